using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>What an actor-critic remembers with.</summary>
public enum MemoryKind
{
    /// <summary>Nothing: it acts on what it observes.</summary>
    None,

    /// <summary>A long short-term memory, <see cref="Networks.Lstm"/>.</summary>
    Lstm,

    /// <summary>A gated recurrent unit, <see cref="Networks.Gru"/>.</summary>
    Gru,
}

/// <summary>How an actor-critic remembers.</summary>
/// <param name="Kind">With what.</param>
/// <param name="Size">H of each recurrent layer.</param>
/// <param name="Shared">Whether actor and critic read one recurrent layer; else each has its own.</param>
/// <param name="PreviousAction">Whether the action of the step before is an input.</param>
/// <param name="PreviousReward">Whether its reward is.</param>
/// <param name="Span">The longest span that units start with, in steps.</param>
public sealed record MemorySettings(MemoryKind Kind, int Size, bool Shared = false, bool PreviousAction = false, bool PreviousReward = false, int Span = 32);

/// <summary>What a policy that remembers acts on besides the observation, in a graph.</summary>
/// <param name="Actor">The parts of the state that the actor reads, [B, H] each.</param>
/// <param name="Critic">Those that the critic reads where it has its own; null where it is not asked.</param>
/// <param name="Previous">[B, <see cref="PolicyMemory.PreviousSize"/>]: encoded action and reward of the step before, zeros at the start of an episode; null where neither is an input.</param>
public sealed record MemoryInputs(IReadOnlyList<Tensor> Actor, IReadOnlyList<Tensor>? Critic, Tensor? Previous);

/// <summary>What a policy that remembers says besides the action, in a graph.</summary>
/// <param name="Actor">The new parts of the state that the actor reads, [B, H] each.</param>
/// <param name="Critic">Those that the critic reads where it has its own; empty elsewhere.</param>
/// <param name="Value">V(s), [B, 1]; null where the critic is not asked, or says Q(s, ·).</param>
/// <param name="Outputs">What the actions are made from, [B, P].</param>
/// <param name="LogProbability">ln π of the drawn action, [B, 1].</param>
/// <param name="Mode">The deterministic action, encoded, [B, E].</param>
/// <param name="Sample">The drawn action, encoded, [B, E].</param>
public sealed record MemoryTensors(
    IReadOnlyList<Tensor> Actor, IReadOnlyList<Tensor> Critic, Tensor? Value, Tensor Outputs, Tensor LogProbability, Tensor Mode, Tensor Sample);

/// <summary>
/// What sequences of steps need besides their rows, in a graph. The rows are in the order of steps, and of the sequences beside each other within a step.
/// </summary>
/// <param name="State">[sequences, <see cref="PolicyMemory.StateSize"/>]: the states before the sequences that begin at the first step, then those before the ones that follow.</param>
/// <param name="Keep">[rows, 1]: 0 where a step is the first of an episode, otherwise 1.</param>
/// <param name="Previous">[rows, <see cref="PolicyMemory.PreviousSize"/>], or null.</param>
/// <param name="Beside">How many sequences there are beside each other.</param>
public sealed record SequenceTensors(Tensor State, Tensor Keep, Tensor? Previous, int Beside);

/// <summary>
/// The recurrent layers of an actor-critic, between the encoded observation and the hidden layers. A state is one row of floats: the parts that the actor
/// reads, then those that the critic reads where it has its own.
/// </summary>
public sealed class PolicyMemory
{
    private readonly MemorySettings _settings;
    private readonly RecurrentCell _actor;
    private readonly RecurrentCell _critic;

    internal PolicyMemory(MemorySettings settings, ActionHead head, RecurrentCell actor, RecurrentCell critic)
    {
        _settings = settings;
        (_actor, _critic) = (actor, critic);
        EncodedActionSize = settings.PreviousAction ? head.EncodedSize : 0;
        PreviousSize = PreviousSizeOf(settings, head);
    }

    /// <summary>Whether actor and critic read one recurrent layer.</summary>
    public bool IsShared => _actor == _critic;

    /// <summary>Number of floats of a state.</summary>
    public int StateSize => (IsShared ? 1 : 2) * _actor.Parts.Count * _actor.Size;

    /// <summary>The names of the parts of the state that the actor reads.</summary>
    public IReadOnlyList<string> ActorParts => _actor.Parts;

    /// <summary>H, the size of each part.</summary>
    public int Size => _actor.Size;

    /// <summary>Number of floats of what is remembered of the step before: its encoded action, then its reward, as far as they are inputs.</summary>
    public int PreviousSize { get; }

    /// <summary>Floats of the encoded action before; 0 where it is no input.</summary>
    public int EncodedActionSize { get; }

    /// <summary>Whether the reward of the step before is an input.</summary>
    public bool PreviousReward => _settings.PreviousReward;

    /// <summary>Takes a state apart.</summary>
    /// <param name="state">[B, <see cref="StateSize"/>]</param>
    /// <param name="previous">[B, <see cref="PreviousSize"/>], or null.</param>
    public MemoryInputs Inputs(Tensor state, Tensor? previous)
    {
        Tensor[] parts = Parts(state);
        int count = _actor.Parts.Count;
        return new MemoryInputs(parts[..count], IsShared ? null : parts[count..], previous);
    }

    /// <summary>One step of the recurrent layers.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <param name="inputs">The state; without the critic's own parts its layer is left out.</param>
    /// <returns>The new parts of the actor and of the critic; the first of each is what the hidden layers read. The critic's are null where it is left out.</returns>
    internal (Tensor[] Actor, Tensor[]? Critic) Step(ParameterScope scope, Tensor encoded, MemoryInputs inputs)
    {
        Tensor x = Joined(encoded, inputs.Previous);
        Tensor[] actor = _actor.Step(scope, x, inputs.Actor);
        return (actor, IsShared ? actor : inputs.Critic is null ? null : _critic.Step(scope, x, inputs.Critic));
    }

    /// <summary>What the hidden layers of actor and critic read at every step of sequences, [rows, H] each.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[rows, encoded size]</param>
    /// <param name="given">What the sequences need besides.</param>
    internal (Tensor Actor, Tensor Critic) Unroll(ParameterScope scope, Tensor encoded, SequenceTensors given)
    {
        Tensor actor = UnrollActor(scope, encoded, given);
        return (actor, IsShared ? actor : Unroll(scope, encoded, given, _critic, state => state.Critic!));
    }

    /// <summary>What the hidden layers of the actor read at every step of sequences, [rows, H].</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[rows, encoded size]</param>
    /// <param name="given">What the sequences need besides.</param>
    internal Tensor UnrollActor(ParameterScope scope, Tensor encoded, SequenceTensors given) => Unroll(scope, encoded, given, _actor, state => state.Actor);

    /// <summary>Number of floats of what is remembered of the step before.</summary>
    internal static int PreviousSizeOf(MemorySettings settings, ActionHead head) => (settings.PreviousAction ? head.EncodedSize : 0) + (settings.PreviousReward ? 1 : 0);

    private Tensor Unroll(ParameterScope scope, Tensor encoded, SequenceTensors given, RecurrentCell cell, Func<MemoryInputs, IReadOnlyList<Tensor>> parts)
    {
        Tensor x = Joined(encoded, given.Previous);
        long sequences = given.State.Shape[0].Value, rows = x.Shape[0].Value / sequences * given.Beside;
        var outputs = new List<Tensor>();
        for (long i = 0; i < sequences / given.Beside; i++)
        {
            // A sequence that follows another begins with the state that was kept: no gradient goes further back.
            Tensor inputs = Op.Slice(x, 0, i * rows, (i + 1) * rows), keep = Op.Slice(given.Keep, 0, i * rows, (i + 1) * rows);
            MemoryInputs state = Inputs(Op.Slice(given.State, 0, i * given.Beside, (i + 1) * given.Beside), null);
            outputs.Add(cell.Unroll(scope, inputs, parts(state), keep));
        }

        return Op.Concat(outputs, 0);
    }

    private Tensor[] Parts(Tensor state) => Op.Split(state, 1, [.. Enumerable.Repeat((long)Size, StateSize / Size)]);

    private static Tensor Joined(Tensor encoded, Tensor? previous) => previous is null ? encoded : Op.Concat([encoded, previous], 1);
}
