using System;
using Pipeline.Contracts;
using Pipeline.Runtime;

namespace Samples.GameLoop;

/// <summary>Poles of the game and the slots in which the policy plays them. Several crowds may share a policy, each on a thread of its own.</summary>
internal sealed class Crowd
{
    private const int LongestLife = 500;
    private readonly PolicyAgents _agents;
    private readonly RandomGenerator _random;
    // What belongs to an agent lies at its slot's index; the first Count slots are those that are here.
    private readonly Pole[] _poles;
    private readonly AgentSlot[] _here;

    public Crowd(Policy policy, int size, ulong seed)
    {
        _agents = new PolicyAgents(policy, size, seed);
        _random = new RandomGenerator(seed);
        _poles = new Pole[size];
        _here = new AgentSlot[size];
        // Of all ages, so that they do not all start anew in the same frame.
        while (Count < size) Join(age: _random.NextInt32(LongestLife));
    }

    /// <summary>Agents that are here at most.</summary>
    public int Size => _here.Length;

    /// <summary>Agents that are here.</summary>
    public int Count { get; private set; }

    /// <summary>Poles that fell, and those that stood to the end of their lives.</summary>
    public (long Fallen, long Stood) Lives { get; private set; }

    /// <summary>Agents that joined and left while the game ran.</summary>
    public long Changes { get; private set; }

    /// <summary>Lets some agents go in every other frame, and as many come in the ones between.</summary>
    public void ComeAndGo(long frame, int changes)
    {
        changes = Math.Min(changes, _here.Length);
        for (int i = 0; i < changes; i++)
        {
            if (frame % 2 == 0) LeaveAny();
            else Join(age: 0);
        }

        Changes += changes;
    }

    /// <summary>One call of the policy for all.</summary>
    public void Decide() => _agents.Act();

    /// <summary>Does what was decided, and shows each agent what has come of it.</summary>
    /// <param name="seconds">Length of the frame.</param>
    public void Move(float seconds)
    {
        long fallen = 0, stood = 0;
        foreach (AgentSlot slot in _here.AsSpan(0, Count))
        {
            ref Pole pole = ref _poles[slot.Index];
            pole.Move((int)_agents.Action(slot)[0], seconds);
            if (pole.HasFallen) fallen++;
            else if (pole.Age == LongestLife) stood++;
            if (pole.HasFallen || pole.Age == LongestLife)
            {
                pole = Pole.PutUp(_random);
                _agents.Reset(slot);
            }

            pole.WriteTo(_agents.Observation(slot));
        }

        Lives = (Lives.Fallen + fallen, Lives.Stood + stood);
    }

    private void Join(int age)
    {
        AgentSlot slot = _agents.Join();
        _here[Count++] = slot;
        _poles[slot.Index] = Pole.PutUp(_random);
        _poles[slot.Index].Age = age;
        _poles[slot.Index].WriteTo(_agents.Observation(slot));
    }

    private void LeaveAny()
    {
        int leaving = _random.NextInt32(Count);
        _agents.Leave(_here[leaving]);
        _here[leaving] = _here[--Count];
    }
}
