using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime.Execution;

namespace Pipeline.Runtime;

/// <summary>
/// Many agents that one policy plays, with one run for all of them a frame. Each has a slot from Join to Leave, with its observation, mask,
/// reward, action, recurrent state and generator; others that join, leave or reset do not touch it.
/// <para>A frame: write <see cref="Observation"/> (and <see cref="Mask"/>, <see cref="Reward"/> where the policy uses them) of each agent,
/// call <see cref="Act()"/> or <see cref="Sample()"/>, read each <see cref="Action"/>.</para>
/// <para>Within the capacity nothing is allocated on the managed heap, in frames in which agents join, leave and reset too; beyond it a join doubles the
/// capacity and keeps everything. One thread at a time may use an instance; several instances may share a policy on several threads.</para>
/// <para>A draw depends on the seed, the agent's stream and how often it has drawn, and on no other agent. (The last bits of a network's
/// output may depend on the number of rows that are run together.)</para>
/// <para>When the policy is reloaded, recurrent states start anew, unless <see cref="KeepStateOnReload"/> says otherwise; observations,
/// masks, rewards, slots and generators stay.</para>
/// </summary>
public sealed class PolicyAgents
{
    private readonly Policy _policy;
    private readonly ulong _seed;
    private readonly int _observationSize;
    private readonly int _actionSize;
    private readonly int _maskSize;
    private readonly int _callers;
    private float[] _observations = Array.Empty<float>();
    private float[] _actions = Array.Empty<float>();
    private float[] _masks = Array.Empty<float>();
    private float[] _rewards = Array.Empty<float>();
    private float[] _states = Array.Empty<float>();
    private RandomGenerator[] _randoms = Array.Empty<RandomGenerator>();
    private int[] _generations = Array.Empty<int>();
    private bool[] _taken = Array.Empty<bool>();
    private int[] _rows = Array.Empty<int>();
    private int[] _some = Array.Empty<int>();
    private long[] _turns = Array.Empty<long>();
    private long _turn;
    private int _lowestFree;
    private ulong _joins;
    private bool _rowsAreOld;
    private bool _isMasked;

    /// <summary>Makes room for agents, and warms the policy up for any number of them up to the capacity.</summary>
    /// <param name="policy">Plays the agents; not disposed with them. It may be reloaded at any time.</param>
    /// <param name="capacity">Number of agents to make room for, at least 1.</param>
    /// <param name="seed">Seed of the agents' draws.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public PolicyAgents(Policy policy, int capacity = 16, ulong seed = 0)
    {
        _policy = policy ?? throw new ArgumentNullException(nameof(policy));
        if (capacity < 1) throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "Make room for at least 1 agent.");
        _seed = seed;
        _observationSize = policy.ObservationSpace.Size;
        _actionSize = policy.ActionSpace.Size;
        _maskSize = policy.UsesMasks ? policy.ActionSpace.MaskSize : 0;
        Version = policy.Version;
        _callers = policy.AddAgents();
        Grow(capacity);
    }

    /// <summary>
    /// Whether agents keep their recurrent state when another file takes the policy's place. Default false: a state means nothing to
    /// another network. True suits files that are stages of one training, whose states mean nearly the same.
    /// </summary>
    public bool KeepStateOnReload { get; init; }

    /// <summary>Number of agents that have joined and not left.</summary>
    public int Count { get; private set; }

    /// <summary>Number of agents there is room for.</summary>
    public int Capacity => _taken.Length;

    /// <summary>The <see cref="Policy.Version"/> that chose the last actions.</summary>
    public long Version { get; private set; }

    /// <summary>Takes in an agent at the start of an episode. Its stream of draws is the number of agents that joined before it.</summary>
    /// <returns>Its slot, the lowest free place.</returns>
    /// <exception cref="ObjectDisposedException">The capacity has to grow, and the policy is disposed.</exception>
    public AgentSlot Join() => Join(_joins);

    /// <summary>Takes in an agent at the start of an episode, with a stream of draws that does not depend on who joined when.</summary>
    /// <param name="stream">The agent's own number in the host's world.</param>
    /// <returns>Its slot, the lowest free place.</returns>
    /// <exception cref="ObjectDisposedException">The capacity has to grow, and the policy is disposed.</exception>
    public AgentSlot Join(ulong stream)
    {
        if (Count == Capacity) Grow(checked(Capacity * 2));
        int index = _lowestFree + _taken.AsSpan(_lowestFree).IndexOf(false);
        _lowestFree = index + 1;
        _taken[index] = true;
        _generations[index]++;
        Count++;
        _joins++;
        _rowsAreOld = true;
        if (_randoms.Length != 0) _randoms[index].Seed(_seed, stream);
        _observations.AsSpan(index * _observationSize, _observationSize).Clear();
        _actions.AsSpan(index * _actionSize, _actionSize).Clear();
        _masks.AsSpan(index * _maskSize, _maskSize).Fill(1);
        Start(index);
        return new AgentSlot(index, _generations[index]);
    }

    /// <summary>Lets an agent go; its place is free for another.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <exception cref="ArgumentException">The slot is of no agent that is here: it has left already, or was never given.</exception>
    public void Leave(AgentSlot slot)
    {
        int index = Check(slot);
        _taken[index] = false;
        _generations[index]++;
        Count--;
        _lowestFree = Math.Min(_lowestFree, index);
        _rowsAreOld = true;
    }

    /// <summary>Starts an agent's next episode: recurrent state at its start, reward 0. Its generator goes on.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <exception cref="ArgumentException">The slot is of no agent that is here.</exception>
    public void Reset(AgentSlot slot) => Start(Check(slot));

    /// <summary>Whether the slot's agent is here still.</summary>
    /// <param name="slot">A slot that Join gave; default for none.</param>
    public bool Contains(AgentSlot slot) =>
        (uint)slot.Index < (uint)_generations.Length && _generations[slot.Index] == slot.Generation && (slot.Generation & 1) == 1;

    /// <summary>An agent's observation, to be written before each frame in which it changes; zeros after Join.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <returns><c>ObservationSpace.Size</c> floats, good until the capacity grows.</returns>
    /// <exception cref="ArgumentException">The slot is of no agent that is here.</exception>
    public Span<float> Observation(AgentSlot slot) => _observations.AsSpan(Check(slot) * _observationSize, _observationSize);

    /// <summary>An agent's action mask, to be written where it changes: 1 allowed, 0 not; all allowed after Join.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <returns><c>ActionSpace.MaskSize</c> floats, none for a policy without masks; good until the capacity grows.</returns>
    /// <exception cref="ArgumentException">The slot is of no agent that is here.</exception>
    public Span<float> Mask(AgentSlot slot)
    {
        int index = Check(slot);
        _isMasked = _maskSize != 0;
        return _masks.AsSpan(index * _maskSize, _maskSize);
    }

    /// <summary>An agent's reward of the step before, for a policy that <see cref="Policy.UsesRewards"/>; 0 after Join and Reset.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <returns>Where to write it; good until the capacity grows.</returns>
    /// <exception cref="ArgumentException">The slot is of no agent that is here.</exception>
    public ref float Reward(AgentSlot slot) => ref _rewards[Check(slot)];

    /// <summary>An agent's recurrent state, for a host that saves and restores it.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <returns><see cref="Policy.StateSize"/> floats, good until the capacity grows.</returns>
    /// <exception cref="ArgumentException">The slot is of no agent that is here.</exception>
    public Span<float> State(AgentSlot slot) => _states.AsSpan(Check(slot) * _policy.StateSize, _policy.StateSize);

    /// <summary>An agent's last action; zeros before its first.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <returns><c>ActionSpace.Size</c> floats, good until the capacity grows.</returns>
    /// <exception cref="ArgumentException">The slot is of no agent that is here.</exception>
    public ReadOnlySpan<float> Action(AgentSlot slot) => _actions.AsSpan(Check(slot) * _actionSize, _actionSize);

    /// <summary>An agent's last choice, of a policy with a <see cref="Discrete"/> action space.</summary>
    /// <param name="slot">The agent's slot.</param>
    /// <returns>0 … n−1.</returns>
    /// <exception cref="ArgumentException">The slot is of no agent that is here.</exception>
    /// <exception cref="InvalidOperationException">The action space is not Discrete.</exception>
    public int DiscreteAction(AgentSlot slot) => _policy.ActionSpace is Discrete
        ? (int)_actions[Check(slot)]
        : throw new InvalidOperationException($"The action space is {_policy.ActionSpace}, not Discrete. Use Action.");

    /// <summary>The deterministic actions of all agents.</summary>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Act() => RunAll(drawn: false);

    /// <summary>The deterministic actions of some agents; the others' actions and states stay as they are.</summary>
    /// <param name="slots">The agents whose turn it is, each once.</param>
    /// <exception cref="ArgumentException">A slot is of no agent that is here, or is given twice.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Act(ReadOnlySpan<AgentSlot> slots) => RunSome(slots, drawn: false);

    /// <summary>Actions of all agents, drawn from the policy's distribution by each agent's own generator.</summary>
    /// <exception cref="InvalidOperationException">The policy cannot draw actions, see <see cref="Policy.CanSample"/>.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Sample() => RunAll(drawn: true);

    /// <summary>Actions of some agents, drawn from the policy's distribution by each agent's own generator.</summary>
    /// <param name="slots">The agents whose turn it is, each once.</param>
    /// <exception cref="ArgumentException">A slot is of no agent that is here, or is given twice.</exception>
    /// <exception cref="InvalidOperationException">The policy cannot draw actions, see <see cref="Policy.CanSample"/>.</exception>
    /// <exception cref="ObjectDisposedException">The policy is disposed.</exception>
    public void Sample(ReadOnlySpan<AgentSlot> slots) => RunSome(slots, drawn: true);

    private void RunAll(bool drawn)
    {
        if (_rowsAreOld) ListRows();
        // Without gaps the rows are the first ones, and are copied as one.
        bool gaps = Count > 0 && _rows[Count - 1] != Count - 1;
        Run(Count, gaps ? _rows.AsSpan(0, Count) : default, drawn);
    }

    private void RunSome(ReadOnlySpan<AgentSlot> slots, bool drawn)
    {
        _turn++;
        for (int i = 0; i < slots.Length; i++)
        {
            int index = Check(slots[i]);
            if (_turns[index] == _turn) throw new ArgumentException($"slots[{i}]: slot {index} is given twice. Give each agent once a call.", nameof(slots));
            _turns[index] = _turn;
            _some[i] = index;
        }

        Run(slots.Length, _some.AsSpan(0, slots.Length), drawn);
    }

    private void Run(int count, ReadOnlySpan<int> rows, bool drawn)
    {
        if (drawn && !_policy.CanSample) throw _policy.CannotSample();
        PolicyModel model = _policy.Enter();
        try
        {
            if (Version != model.Version && !KeepStateOnReload) Array.Clear(_states, 0, _states.Length);
            Version = model.Version;
            model.Run(new PolicyBatch
            {
                Count = count,
                Rows = rows,
                Observations = _observations,
                Masks = _isMasked ? _masks : default,
                Rewards = _rewards,
                States = _states,
                Actions = _actions,
                Randoms = drawn ? _randoms : default,
            });
        }
        finally
        {
            model.Exit();
        }
    }

    private void ListRows()
    {
        int row = 0;
        for (int index = 0; row < Count; index++)
        {
            if (_taken[index]) _rows[row++] = index;
        }

        _rowsAreOld = false;
    }

    private void Start(int index)
    {
        _rewards[index] = 0;
        _policy.ResetState(_states.AsSpan(index * _policy.StateSize, _policy.StateSize));
    }

    private int Check(AgentSlot slot) => Contains(slot) ? slot.Index : throw Unknown(slot);

    private ArgumentException Unknown(AgentSlot slot)
    {
        string fault = slot.Generation == 0 || slot.Index >= Capacity || slot.Generation > _generations[slot.Index]
            ? "The slot was not given by Join of these agents."
            : $"The agent of slot {slot.Index} has left" + (_taken[slot.Index] ? ", and another has joined in its place." : ".");
        return new ArgumentException(fault + " Keep what Join returns, and drop it after Leave.", nameof(slot));
    }

    private void Grow(int capacity)
    {
        PolicyModel model = _policy.Enter();
        try
        {
            model.Prepare(capacity, _callers);
        }
        finally
        {
            model.Exit();
        }

        int before = Capacity;
        Array.Resize(ref _observations, checked(capacity * _observationSize));
        Array.Resize(ref _actions, checked(capacity * _actionSize));
        Array.Resize(ref _masks, checked(capacity * _maskSize));
        Array.Resize(ref _rewards, capacity);
        Array.Resize(ref _states, checked(capacity * _policy.StateSize));
        Array.Resize(ref _generations, capacity);
        Array.Resize(ref _rows, capacity);
        Array.Resize(ref _some, capacity);
        Array.Resize(ref _turns, capacity);
        if (_policy.CanSample)
        {
            Array.Resize(ref _randoms, capacity);
            for (int i = before; i < capacity; i++) _randoms[i] = new RandomGenerator(_seed);
        }

        // The capacity comes last: a growth that fails leaves what was there in use.
        Array.Resize(ref _taken, capacity);
    }
}
