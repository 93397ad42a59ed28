using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
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
/// <param name="Critics">The critics that learn</param>
/// <param name="Actor">What else learns; the same scope where all parameters are in one vector</param>
/// <param name="Target">What targets are made with</param>
internal sealed record SoftBatch(
    Tensor Encoded, Tensor? Mask, Tensor Action, Tensor Reward, Tensor Discount, Tensor NextEncoded, Tensor? NextMask,
    ParameterScope Critics, ParameterScope Actor, ParameterScope Target);

/// <summary>A loss of a maximum-entropy method.</summary>
/// <param name="Total">A scalar.</param>
/// <param name="Figures">Scalars to be reported, under the keys of their metrics.</param>
internal sealed record SoftLoss(Tensor Total, params (string Key, Tensor Value)[] Figures)
{
    /// <summary>L = ½·Σᵢ mean (Qᵢ(s, a) − y)².</summary>
    /// <param name="target">y, [B, 1]</param>
    /// <param name="values">Qᵢ(s, a), [B, 1] each; the mean of the first is reported.</param>
    public static SoftLoss OfCritics(Tensor target, params Tensor[] values)
    {
        Tensor loss = values.Select(v => ValueLosses.SquaredError(v, target)).Aggregate((a, b) => a + b) * 0.5;
        return new SoftLoss(loss, ("q_loss", loss), ("q_value", Op.Mean(values[0])));
    }
}

/// <summary>
/// What a maximum-entropy method consists of, as graphs: a loss of the critics and one of the actor. Each passes gradients to its own parameters
/// alone, so that one function can compute both where the parameters are in one vector, and two functions at once where they are in two.
/// </summary>
internal interface ISoftMethod
{
    /// <summary>What acts.</summary>
    IPolicyNetwork Policy { get; }

    /// <summary>The critics' parameters.</summary>
    ParameterSet CriticParameters { get; }

    /// <summary>What acts and whatever learns along with it; may be the same set.</summary>
    ParameterSet ActorParameters { get; }

    /// <summary>What targets are made with averages of: the first parameters of one of the two sets.</summary>
    IReadOnlyList<Parameter> Averaged { get; }

    /// <summary>How the noise of actions hangs together over time; null where it does not.</summary>
    NoiseCorrelation? Correlation => null;

    /// <summary>How much is explored, where the policy has such a number.</summary>
    double Exploration => 0;

    /// <summary>The critics' loss.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="build">Where further inputs are declared.</param>
    /// <param name="noise">Random numbers that the loss takes.</param>
    SoftLoss CriticLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise);

    /// <summary>The actor's loss.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="build">Where further inputs are declared.</param>
    /// <param name="noise">Random numbers that the loss takes.</param>
    SoftLoss ActorLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise);
}

/// <summary>
/// Takes gradient steps on both losses of a method at once, each with the parameters as they are before the step (as the program of the authors of SAC
/// does; others let the actor's loss see the new critics), then moves the averages. What sac, sac-v1 and sql have in common.
/// </summary>
internal sealed class SoftLearner : IOffPolicyAlgorithm
{
    private delegate SoftLoss LossRule(SoftBatch batch, FunctionBuilder build, UpdateNoise noise);

    private readonly LearningContext _context;
    private readonly OffPolicyOptions _options;
    private readonly ISoftMethod _method;
    private readonly StateVector _critics;
    private readonly StateVector _actor;
    private readonly StateVector _averaged;
    private readonly StateVector _target;
    private readonly TargetAverage _average;
    private readonly UpdateNoise _noise = new();
    private readonly LearningStep[] _steps;
    private readonly ConcurrentCalls _gradients;
    private double _learningRate;

    public SoftLearner(LearningContext context, OffPolicyOptions options, double tau, ISoftMethod method)
    {
        (_context, _options, _method) = (context, options, method);
        bool together = method.CriticParameters == method.ActorParameters;
        _critics = method.CriticParameters.Start("critics", context.Random);
        _actor = together ? _critics : method.ActorParameters.Start("actor", context.Random);
        _averaged = method.CriticParameters.All.Contains(method.Averaged[0]) ? _critics : _actor;
        _target = new StateVector("target", method.Averaged.Select(p => (p.Name, p.Shape)), doubleBuffered: false);
        _averaged.Values[.._target.Length].CopyTo(_target.Values);
        _average = new TargetAverage(context.Device, _target, _averaged, tau);
        _steps = together
            ? [Step("update", method.CriticParameters, _critics, [method.CriticLoss, method.ActorLoss])]
            : [Step("critics", method.CriticParameters, _critics, [method.CriticLoss]), Step("actor", method.ActorParameters, _actor, [method.ActorLoss])];
        _gradients = new ConcurrentCalls(context.Device, [.. _steps.SelectMany(s => s.Calls)]);
    }

    public IPolicyNetwork Policy => _method.Policy;

    public StateVector PolicyParameters => _actor;

    public long Updates => _steps[0].Steps;

    public IReadOnlyList<KeyValuePair<string, StateVector>> State =>
        [.. new[] { _critics, _actor, _target }.Distinct().Select(v => KeyValuePair.Create(v.Name, v)), .. _steps.SelectMany(s => s.State)];

    public double[] Counters
    {
        get => [_steps[0].Steps];
        set => Array.ForEach(_steps, s => s.Steps = (long)value[0]);
    }

    public NoiseCorrelation? Correlation => _method.Correlation;

    /// <summary>The critics' parameters.</summary>
    internal StateVector Critics => _critics;

    public double Exploration(double progress) => _method.Exploration;

    public void Update(UpdateContext context)
    {
        _noise.Fill(context.Random);
        _learningRate = _options.LearningRate.At(context.Progress);
        _gradients.Run();
        foreach (LearningStep step in _steps) step.Take(_learningRate);
        _average.Step();
    }

    public void Report(Action<string, double> report)
    {
        foreach (LearningStep step in _steps) step.Figures.Report(report);
        report("learning_rate", _learningRate);
    }

    public void Dispose()
    {
        foreach (LearningStep step in _steps) step.Dispose();
        _noise.Dispose();
        _target.Dispose();
        _actor.Dispose();
        _critics.Dispose();
    }

    private LearningStep Step(string name, ParameterSet parameters, StateVector vector, LossRule[] losses) => new(
        _context.Device, name, parameters, vector, new Adam(Epsilon: _options.AdamEpsilon), _options.MaxGradientNorm, (build, learning, figures) =>
        {
            ReplayBatch memory = _context.Batch;
            ObservationEncoder encoder = _method.Policy.Encoder;
            var other = new ParameterScope(learning.Graph);
            var target = new ParameterScope(learning.Graph, "target.");
            (ParameterScope critics, ParameterScope actor) = losses.Length == 2 ? (learning, learning) : vector == _critics ? (learning, other) : (other, learning);
            Tensor? Mask(string mask, TensorBuffer? buffer) => buffer is null ? null : build.Add(mask, buffer);
            var batch = new SoftBatch(
                encoder.Encode(build.Add("observation", memory.Observations)), Mask("action_mask", memory.Masks),
                build.Add("action", memory.Actions), build.Add("reward", memory.Rewards), build.Add("discount", memory.Discounts),
                encoder.Encode(build.Add("next_observation", memory.NextObservations)), Mask("next_action_mask", memory.NextMasks),
                critics, actor, target);
            SoftLoss[] made = [.. losses.Select(l => l(batch, build, _noise))];
            build.AddParameters(other, vector == _critics ? _actor : _critics);
            build.AddParameters(target, _target);
            build.AddStatistics(encoder, _context.Statistics);
            foreach ((string key, Tensor value) in made.SelectMany(l => l.Figures)) figures.Add(build, key, value);
            return made.Select(l => l.Total).Aggregate((a, b) => a + b);
        });
}
