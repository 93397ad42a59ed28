namespace Pipeline.Contracts.Manifest;

/// <summary>What recurrent state is at the start of an episode.</summary>
public enum StateReset
{
    /// <summary>All zeros; <c>zeros</c> in a manifest.</summary>
    Zeros,
}

/// <summary>One piece of recurrent state: the output that carries it out of a step and the input that takes it into the next.</summary>
/// <param name="Input">Name of an input with the role state_in.</param>
/// <param name="Output">Name of an output with the role state_out and the same shape.</param>
/// <param name="Reset">What the input is at the start of an episode.</param>
public sealed record StateSpec(string Input, string Output, StateReset Reset = StateReset.Zeros)
{
    /// <summary>Name of the output that carries it where the action is drawn, such as the action itself; null where it is <see cref="Output"/> then too.</summary>
    public string? SampleOutput { get; init; }
}
