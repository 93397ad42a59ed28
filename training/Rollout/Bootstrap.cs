using System;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>
/// Fills in V(s′) of a rollout whose V(s) is known: V of the next row, except at the rollout's end and where an episode was truncated, where it is V of
/// the observation the step really led to. No mask is known of those: all is taken for allowed.
/// </summary>
public sealed class Bootstrap : IDisposable
{
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;
    private readonly TensorBuffer _observations;
    private readonly TensorBuffer _values;
    private readonly TensorBuffer? _states;
    private readonly TensorBuffer? _previous;

    /// <summary>V(s) in a graph.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="actor">[B, features]: what the actor's hidden layers read, the encoded observations or what recurrent layers make of them.</param>
    /// <param name="critic">[B, features]: what the critic's do.</param>
    /// <returns>[B, 1]</returns>
    public delegate Tensor StateValue(ParameterScope scope, Tensor actor, Tensor critic);

    /// <summary>Compiles the value function.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="encoder">Turns observations into what networks read.</param>
    /// <param name="parameters">The networks' parameters.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    /// <param name="rollout">A rollout of the size that every one has.</param>
    /// <param name="value">V</param>
    /// <param name="memory">The recurrent layers; null where there are none.</param>
    public Bootstrap(
        ExecutionDevice device, ObservationEncoder encoder, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout, StateValue value, PolicyMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(value);
        _observations = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, rollout.Observations.Dimensions[1]);
        _values = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, 1);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor actor = encoder.Encode(build.Add("observation", _observations)), critic = actor;
        if (memory is not null)
        {
            _states = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, memory.StateSize);
            _previous = memory.PreviousSize > 0 ? new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, memory.PreviousSize) : null;
            MemoryInputs inputs = memory.Inputs(build.Add("memory", _states), _previous is null ? null : build.Add("previous", _previous));
            (Tensor[] Actor, Tensor[]? Critic) remembered = memory.Step(scope, actor, inputs);
            (actor, critic) = (remembered.Actor[0], remembered.Critic![0]);
        }

        build.Output("value", value(scope, actor, critic), _values);
        build.AddStatistics(encoder, statistics);
        build.AddParameters(scope, parameters);
        (_function, _call) = build.Compile(device, "bootstrap");
    }

    /// <summary>Fills in V(s′).</summary>
    /// <param name="rollout">The rollout, its values known.</param>
    public void Run(RolloutBuffer rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        int n = rollout.EnvironmentCount;
        rollout.Values.Floats[n..].CopyTo(rollout.NextValues);
        Evaluate(rollout.LastObservations, rollout.Memory?.Last, 0, n);
        _values.Floats.CopyTo(rollout.NextValues.AsSpan(rollout.Rows - n));
        for (int first = 0; first < rollout.TruncatedCount; first += n)
        {
            int count = Math.Min(n, rollout.TruncatedCount - first);
            Evaluate(rollout.FinalObservations, rollout.Memory?.Final, first, count);
            for (int i = 0; i < count; i++) rollout.NextValues[rollout.TruncatedRows[first + i]] = _values.Floats[i];
        }
    }

    /// <summary>Releases the session and the memory.</summary>
    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        _observations.Dispose();
        _values.Dispose();
        _states?.Dispose();
        _previous?.Dispose();
    }

    // V of some observations, with what was remembered at each.
    private void Evaluate(float[] observations, RecurrentRows? memory, int first, int count)
    {
        Copy(observations, _observations, first, count);
        Copy(memory?.States, _states, first, count);
        Copy(memory?.Previous, _previous, first, count);
        _call.Run();
    }

    private static void Copy(float[]? rows, TensorBuffer? destination, int first, int count)
    {
        if (rows is null || destination is null) return;
        int size = (int)destination.Dimensions[1];
        rows.AsSpan(first * size, count * size).CopyTo(destination.Floats);
    }
}
