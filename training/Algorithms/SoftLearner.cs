using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>A batch of transitions in a graph, with the networks that learn and those that targets are made with. Columns are [B, 1].</summary>
/// <param name="Encoded">s, [B, encoded size]</param>
/// <param name="Mask">What is allowed in s, [B, A]; null for everything</param>
/// <param name="Action">a, [B, A], in [−1, 1] or one-hot</param>
/// <param name="Reward">r, summed over the folded steps</param>
/// <param name="Discount">γ to the number of steps, 0 where s′ is terminal</param>
/// <param name="NextEncoded">s′, [B, encoded size]</param>
/// <param name="NextMask">What is allowed in s′, [B, A]; null for everything</param>
/// <param name="Online">The networks that learn</param>
/// <param name="Target">Their averages</param>
internal sealed record SoftBatch(
    Tensor Encoded, Tensor? Mask, Tensor Action, Tensor Reward, Tensor Discount, Tensor NextEncoded, Tensor? NextMask, ParameterScope Online, ParameterScope Target)
{
    /// <summary>The learning networks as plain numbers: what a loss reads through them passes no gradient to these parameters.</summary>
    public ParameterScope Frozen(IEnumerable<Parameter> parameters)
    {
        var frozen = new ParameterScope(Online.Graph);
        foreach (Parameter parameter in parameters) frozen[parameter] = Op.StopGradient(Online[parameter]);
        return frozen;
    }
}

/// <summary>The losses of a maximum-entropy method and what is reported of them.</summary>
/// <param name="Total">Their sum, a scalar. Each passes gradients to its own networks alone, so that one function computes all of them.</param>
/// <param name="Figures">Scalars under the keys of their metrics.</param>
internal sealed record SoftLoss(Tensor Total, params (string Key, Tensor Value)[] Figures);

/// <summary>What a maximum-entropy method consists of, as graphs.</summary>
internal interface ISoftMethod
{
    /// <summary>What acts.</summary>
    IPolicyNetwork Policy { get; }

    /// <summary>The parameters of all networks, first those in <see cref="Averaged"/>.</summary>
    ParameterSet Parameters { get; }

    /// <summary>The parameters that targets are made with averages of.</summary>
    IReadOnlyList<Parameter> Averaged { get; }

    /// <summary>How the noise of actions hangs together over time; null where it does not.</summary>
    NoiseCorrelation? Correlation => null;

    /// <summary>How much is explored, where the policy has such a number.</summary>
    double Exploration => 0;

    /// <summary>The losses of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="build">Where further inputs are declared.</param>
    /// <param name="noise">Random numbers that the losses take.</param>
    SoftLoss Loss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise);
}

/// <summary>
/// Takes gradient steps on all losses of a method at once, each with the parameters as they are before the step (as the program of the authors of SAC
/// does; others let the policy's loss see the new critics), then moves the averages. What sac, sac-v1 and sql have in common.
/// </summary>
internal sealed class SoftLearner : IOffPolicyAlgorithm
{
    private readonly OffPolicyOptions _options;
    private readonly double _tau;
    private readonly ISoftMethod _method;
    private readonly StateVector _parameters;
    private readonly StateVector _target;
    private readonly UpdateNoise _noise = new();
    private readonly LearningStep _step;
    private double _learningRate;

    public SoftLearner(LearningContext context, OffPolicyOptions options, double tau, ISoftMethod method)
    {
        (_options, _tau, _method) = (options, tau, method);
        ReplayBatch memory = context.Batch;
        ObservationEncoder encoder = method.Policy.Encoder;
        _parameters = method.Parameters.MakeVector("parameters");
        method.Parameters.Initialize(_parameters, context.Random);
        _target = new StateVector("target", method.Averaged.Select(p => (p.Name, p.Shape)), doubleBuffered: false);
        _parameters.Values[.._target.Length].CopyTo(_target.Values);
        _step = new LearningStep(context.Device, "update", method.Parameters, _parameters, new Adam(Epsilon: options.AdamEpsilon), options.MaxGradientNorm, (build, scope, figures) =>
        {
            var target = new ParameterScope(scope.Graph, "target.");
            var batch = new SoftBatch(
                encoder.Encode(build.Add("observation", memory.Observations)),
                memory.Masks is null ? null : build.Add("action_mask", memory.Masks),
                build.Add("action", memory.Actions),
                build.Add("reward", memory.Rewards),
                build.Add("discount", memory.Discounts),
                encoder.Encode(build.Add("next_observation", memory.NextObservations)),
                memory.NextMasks is null ? null : build.Add("next_action_mask", memory.NextMasks),
                scope, target);
            SoftLoss loss = method.Loss(batch, build, _noise);
            build.AddParameters(target, _target);
            build.AddStatistics(encoder, context.Statistics);
            foreach ((string key, Tensor value) in loss.Figures) figures.Add(build, key, value);
            return loss.Total;
        });
    }

    public IPolicyNetwork Policy => _method.Policy;

    public StateVector PolicyParameters => _parameters;

    public long Updates => _step.Steps;

    public IReadOnlyList<KeyValuePair<string, StateVector>> State => [new("parameters", _parameters), new("target", _target), .. _step.State];

    public double[] Counters
    {
        get => [_step.Steps];
        set => _step.Steps = (long)value[0];
    }

    public NoiseCorrelation? Correlation => _method.Correlation;

    public double Exploration(double progress) => _method.Exploration;

    public void Update(UpdateContext context)
    {
        _noise.Fill(context.Random);
        _learningRate = _options.LearningRate.At(context.Progress);
        _step.Run(_learningRate);
        Polyak.Average(_target.Values, _parameters.Values[.._target.Length], _tau);
    }

    public void Report(Action<string, double> report)
    {
        _step.Figures.Report(report);
        report("learning_rate", _learningRate);
    }

    public void Dispose()
    {
        _step.Dispose();
        _noise.Dispose();
        _target.Dispose();
        _parameters.Dispose();
    }
}
