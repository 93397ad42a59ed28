using System;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>
/// What a policy remembers while it acts, one row an environment, and what its critic says on the way: V(s) cannot be computed afterwards without going
/// through all steps again.
/// </summary>
public sealed class ActorMemory : IDisposable
{
    private readonly PolicyMemory _memory;
    private readonly int _count;
    private TensorBuffer? _outputs;

    /// <summary>Starts with zeros.</summary>
    /// <param name="memory">The recurrent layers.</param>
    /// <param name="count">N</param>
    internal ActorMemory(PolicyMemory memory, int count)
    {
        (_memory, _count) = (memory, count);
        State = new TensorBuffer(ElementType.Float32, count, memory.StateSize);
        NextState = new TensorBuffer(ElementType.Float32, count, memory.StateSize);
        Previous = memory.PreviousSize > 0 ? new TensorBuffer(ElementType.Float32, count, memory.PreviousSize) : null;
        Values = new TensorBuffer(ElementType.Float32, count, 1);
        LogProbabilities = new TensorBuffer(ElementType.Float32, count, 1);
    }

    /// <summary>[N, state size]: the state before the next step.</summary>
    public TensorBuffer State { get; }

    /// <summary>[N, state size]: the state after the latest step, whatever became of the episode.</summary>
    public TensorBuffer NextState { get; }

    /// <summary>[N, size of what is remembered of the step before]; null where nothing is.</summary>
    public TensorBuffer? Previous { get; }

    /// <summary>V(s) at the latest step, [N, 1]; zeros where the critic says Q(s, ·).</summary>
    public TensorBuffer Values { get; }

    /// <summary>ln π of the drawn actions, [N, 1].</summary>
    public TensorBuffer LogProbabilities { get; }

    /// <summary>The policy network's outputs, [N, P].</summary>
    public TensorBuffer Outputs => _outputs!;

    /// <summary>The state of one environment before its next step.</summary>
    /// <param name="environment">Which environment.</param>
    public Span<float> StateOf(int environment) => State.Floats.Slice(environment * _memory.StateSize, _memory.StateSize);

    /// <summary>What the step before was in one environment; empty where nothing of it is an input.</summary>
    /// <param name="environment">Which environment.</param>
    public Span<float> PreviousOf(int environment) => Previous is null ? [] : Previous.Floats.Slice(environment * _memory.PreviousSize, _memory.PreviousSize);

    /// <summary>Goes on to the state after the latest step.</summary>
    /// <param name="environment">Which environment.</param>
    /// <param name="encodedAction">The action taken, encoded.</param>
    /// <param name="reward">Its reward, as the environment gave it.</param>
    public void Advance(int environment, ReadOnlySpan<float> encodedAction, float reward)
    {
        NextState.Floats.Slice(environment * _memory.StateSize, _memory.StateSize).CopyTo(StateOf(environment));
        if (_memory.EncodedActionSize > 0) encodedAction.CopyTo(PreviousOf(environment));
        if (_memory.PreviousReward) PreviousOf(environment)[^1] = reward;
    }

    /// <summary>Goes back to zeros, as at the start of an episode.</summary>
    /// <param name="environment">Which environment.</param>
    public void Forget(int environment)
    {
        StateOf(environment).Clear();
        PreviousOf(environment).Clear();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        State.Floats.Clear();
        Previous?.Floats.Clear();
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        State.Dispose();
        NextState.Dispose();
        Previous?.Dispose();
        Values.Dispose();
        LogProbabilities.Dispose();
        _outputs?.Dispose();
    }

    internal MemoryInputs Declare(FunctionBuilder build) =>
        _memory.Inputs(build.Add("memory", State), Previous is null ? null : build.Add("previous", Previous));

    internal void Output(FunctionBuilder build, PolicyTensors policy)
    {
        MemoryTensors said = policy.Memory!;
        _outputs = new TensorBuffer(ElementType.Float32, _count, said.Outputs.Shape[1].Value);
        build.Output("next_memory", Op.Concat([.. said.Actor, .. said.Critic], 1), NextState);
        if (said.Value is Tensor value) build.Output("value", value, Values);
        build.Output("log_probability", said.LogProbability, LogProbabilities);
        build.Output("outputs", said.Outputs, _outputs);
    }
}
