using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// A policy π(a|s) and a value function V(s) with networks of their own over the same encoded observation.
/// The standard deviation of real-valued actions is a parameter that does not depend on the state.
/// </summary>
public sealed class ActorCritic : IPolicyNetwork
{
    private readonly Mlp _actor;
    private readonly Mlp _critic;
    private readonly Parameter? _logDeviation;
    private readonly int _valueCount;

    /// <summary>Declares the networks <c>actor</c> and <c>critic</c>.</summary>
    /// <param name="observationSpace">What is observed.</param>
    /// <param name="actionSpace">What is chosen.</param>
    /// <param name="hiddenSizes">Width of each hidden layer, of both networks.</param>
    /// <param name="activation">The nonlinearity.</param>
    /// <param name="normalizeObservations">Whether observations are normalised inside the graph.</param>
    /// <param name="masked">Whether an action mask is an input.</param>
    /// <param name="initialLogDeviation">ln σ at the start, for real-valued actions.</param>
    /// <param name="valueCount">K, numbers that the critic says of an observation: 1 for V(s), as many as there are choices for Q(s, ·).</param>
    /// <param name="memory">How it remembers; null for not at all.</param>
    public ActorCritic(
        Space observationSpace, Space actionSpace, IReadOnlyList<int> hiddenSizes, Activation activation,
        bool normalizeObservations, bool masked, double initialLogDeviation = 0, int valueCount = 1, MemorySettings? memory = null)
    {
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        ObservationSpace = observationSpace;
        ActionSpace = actionSpace;
        Masked = masked;
        _valueCount = valueCount;
        Encoder = new ObservationEncoder(observationSpace, normalizeObservations);
        Head = ActionHead.For(actionSpace);
        RecurrentCell? actorMemory = Cell(memory, memory is { Shared: true } ? "memory" : "actor.memory");
        _actor = new Mlp(Parameters, "actor", actorMemory?.Size ?? Encoder.Size, hiddenSizes, Head.ParameterSize, activation, outputGain: 0.01);
        if (!Head.IsDiscrete) _logDeviation = Parameters.Add("actor.log_std", [Head.RealSize], Initializers.Constant(initialLogDeviation));
        RecurrentCell? criticMemory = memory is { Shared: true } ? actorMemory : Cell(memory, "critic.memory");
        _critic = new Mlp(Parameters, "critic", criticMemory?.Size ?? Encoder.Size, hiddenSizes, valueCount, activation, outputGain: 1);
        Scaling = new ActionScaling(actionSpace);
        if (memory is not null && actorMemory is not null) Memory = new PolicyMemory(memory, Head, actorMemory, criticMemory!);
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public bool Masked { get; }

    /// <inheritdoc/>
    public ActionScaling Scaling { get; }

    /// <inheritdoc/>
    public ObservationEncoder Encoder { get; }

    /// <inheritdoc/>
    public PolicyMemory? Memory { get; }

    /// <summary>Turns the actor's outputs into a distribution.</summary>
    public ActionHead Head { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>Those that the policy is made of, the recurrent layer that it reads among them. They are the first of all.</summary>
    public ParameterSet PolicyParameters => Memory is { IsShared: true } ? Parameters.Of("memory", "actor") : Parameters.Of("actor");

    /// <summary>What the hidden layers of actor and critic read: the encoded observations as they are, or what the recurrent layers make of sequences of them.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <param name="sequences">What the sequences need besides; null for networks that do not remember.</param>
    /// <returns>[B, features] each.</returns>
    public (Tensor Actor, Tensor Critic) Features(ParameterScope scope, Tensor encoded, SequenceTensors? sequences) =>
        Memory is null ? (encoded, encoded) : Memory.Unroll(scope, encoded, sequences ?? throw new ArgumentNullException(nameof(sequences)));

    /// <summary>What the hidden layers of the actor read: the first that <see cref="Features"/> gives, without the critic's recurrent layer.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <param name="sequences">What the sequences need besides; null for networks that do not remember.</param>
    /// <returns>[B, features]</returns>
    public Tensor PolicyFeatures(ParameterScope scope, Tensor encoded, SequenceTensors? sequences) =>
        Memory is null ? encoded : Memory.UnrollActor(scope, encoded, sequences ?? throw new ArgumentNullException(nameof(sequences)));

    /// <summary>The policy network's outputs.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, features]: the encoded observations, or what <see cref="Features"/> makes of them.</param>
    /// <returns>[B, P]</returns>
    public Tensor PolicyOutputs(ParameterScope scope, Tensor encoded) => _actor.Apply(scope, encoded);

    /// <summary>The distribution that the policy network's outputs make.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="outputs">[B, P]</param>
    /// <param name="mask">[B, mask size], or null.</param>
    public IDistribution Distribution(ParameterScope scope, Tensor outputs, Tensor? mask) => Head.Distribution(outputs, LogDeviation(scope), mask);

    /// <summary>ln σ, [R], of the real numbers of actions; null where there are none.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    public Tensor? LogDeviation(ParameterScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return _logDeviation is null ? null : scope[_logDeviation];
    }

    /// <summary>V(s), or Q(s, ·).</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, features]: the encoded observations, or what <see cref="Features"/> makes of them.</param>
    /// <returns>[B, K]</returns>
    public Tensor Value(ParameterScope scope, Tensor encoded) => _critic.Apply(scope, encoded);

    /// <summary>The policy network layer by layer.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, features]</param>
    public IReadOnlyList<LinearTrace> PolicyLayers(ParameterScope scope, Tensor encoded) => _actor.Trace(scope, encoded);

    /// <summary>The value network layer by layer.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, features]</param>
    public IReadOnlyList<LinearTrace> ValueLayers(ParameterScope scope, Tensor encoded) => _critic.Trace(scope, encoded);

    /// <inheritdoc/>
    public PolicyTensors Act(ParameterScope scope, PolicyInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        (Tensor[] Actor, Tensor[]? Critic) remembered = Memory is null ? ([inputs.Encoded], null)
            : Memory.Step(scope, inputs.Encoded, inputs.Memory ?? throw new ArgumentException("The policy remembers, and there is no state among its inputs.", nameof(inputs)));
        Tensor outputs = PolicyOutputs(scope, remembered.Actor[0]);
        IDistribution policy = Distribution(scope, outputs, inputs.Mask);
        Tensor mode = policy.Mode, sample = policy.Sample(inputs.Noise);
        var said = new PolicyTensors(mode, sample, Named(scope, outputs), policy.ModeScores, policy.SampleScores(inputs.Noise));
        if (Memory is null) return said;
        Tensor encoded = Head.Encode(sample);
        Tensor? value = remembered.Critic is null || _valueCount > 1 ? null : Value(scope, remembered.Critic[0]);
        Tensor[] critic = Memory.IsShared ? [] : remembered.Critic ?? [];
        return said with { Memory = new MemoryTensors(remembered.Actor, critic, value, outputs, policy.LogProbability(encoded), Head.Encode(mode), encoded) };
    }

    private List<PolicyOutput> Named(ParameterScope scope, Tensor outputs)
    {
        static PolicyOutput Name(ActionHead head, string entry, Tensor output) =>
            head.IsDiscrete ? new("logits" + entry, TensorRole.Logits, output) : new("mean" + entry, TensorRole.Mean, output);
        if (Head is not ProductHead hybrid)
        {
            PolicyOutput whole = Name(Head, "", outputs);
            return LogDeviation(scope) is Tensor deviation ? [whole, new(NativeProfile.LogStdName, TensorRole.LogStd, Op.ExpandLike(deviation, outputs))] : [whole];
        }

        var named = new List<PolicyOutput>();
        int real = 0;
        foreach (((string entry, ActionHead head), Tensor output) in hybrid.Entries.Zip(hybrid.SplitOutputs(outputs)))
        {
            named.Add(Name(head, "." + entry, output));
            if (head.IsDiscrete) continue;
            Tensor own = Op.Slice(LogDeviation(scope)!, 0, real, real += head.RealSize);
            named.Add(new($"{NativeProfile.LogStdName}.{entry}", TensorRole.LogStd, Op.ExpandLike(own, output)));
        }

        return named;
    }

    private RecurrentCell? Cell(MemorySettings? memory, string name) => memory is null ? null : memory.Kind switch
    {
        MemoryKind.Lstm => new Lstm(Parameters, name, Encoder.Size + PolicyMemory.PreviousSizeOf(memory, Head), memory.Size, memory.Span),
        MemoryKind.Gru => new Gru(Parameters, name, Encoder.Size + PolicyMemory.PreviousSizeOf(memory, Head), memory.Size, memory.Span),
        _ => null,
    };
}
