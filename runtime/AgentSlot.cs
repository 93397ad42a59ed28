namespace Pipeline.Runtime;

/// <summary>
/// An agent's place among <see cref="PolicyAgents"/>, its own from Join to Leave. When the place is given to another agent, a slot kept
/// from before is told apart from the new one.
/// </summary>
public readonly record struct AgentSlot
{
    internal AgentSlot(int index, int generation)
    {
        Index = index;
        Generation = generation;
    }

    /// <summary>Which place, 0 … <see cref="PolicyAgents.Capacity"/> − 1: an index for the host's own arrays.</summary>
    public int Index { get; }

    /// <summary>An odd number that no other agent of the place has.</summary>
    internal int Generation { get; }
}
