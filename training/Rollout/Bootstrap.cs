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

    /// <summary>V(s) in a graph.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <returns>[B, 1]</returns>
    public delegate Tensor StateValue(ParameterScope scope, Tensor encoded);

    /// <summary>Compiles the value function.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="encoder">Turns observations into what networks read.</param>
    /// <param name="parameters">The networks' parameters.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    /// <param name="rollout">A rollout of the size that every one has.</param>
    /// <param name="value">V</param>
    public Bootstrap(
        ExecutionDevice device, ObservationEncoder encoder, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout, StateValue value)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(value);
        _observations = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, rollout.Observations.Dimensions[1]);
        _values = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, 1);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        build.Output("value", value(scope, encoder.Encode(build.Add("observation", _observations))), _values);
        build.AddStatistics(encoder, statistics);
        build.AddParameters(scope, parameters);
        (_function, _call) = build.Compile(device, "bootstrap");
    }

    /// <summary>Fills in V(s′).</summary>
    /// <param name="rollout">The rollout, its values known.</param>
    public void Run(RolloutBuffer rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        int n = rollout.EnvironmentCount, size = _observations.Count / n;
        rollout.Values.Floats[n..].CopyTo(rollout.NextValues);
        rollout.LastObservations.CopyTo(_observations.Floats);
        _call.Run();
        _values.Floats.CopyTo(rollout.NextValues.AsSpan(rollout.Rows - n));
        for (int first = 0; first < rollout.TruncatedCount; first += n)
        {
            int count = Math.Min(n, rollout.TruncatedCount - first);
            rollout.FinalObservations.AsSpan(first * size, count * size).CopyTo(_observations.Floats);
            _call.Run();
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
    }
}
