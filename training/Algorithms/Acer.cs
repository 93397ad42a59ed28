using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Actor-critic with experience replay (Wang et al., arXiv:1611.01224): each rollout is learned from once, then a number of times sequences that earlier
/// policies collected, with Retrace's targets, truncated importance weights and their correction, and steps that do not leave an average policy
/// too fast. <see cref="AcerDiscrete"/> and <see cref="AcerContinuous"/> have the losses. Departures from the paper: one learner with
/// several environments in place of threads, as in OpenAI's baselines; actor and critics share no layer; time limits are bootstrapped
/// from the episode's last observation; a λ in the traces, 1 unless set. Networks that remember go through replayed sequences from the states that were kept with them, the
/// average policy from the same ones.
/// </summary>
public sealed class Acer : IOnPolicyAlgorithm
{
    private readonly AcerOptions _options;
    private readonly StateVector _parameters;
    private readonly StateVector _average;
    private readonly AcerSequences _sequences;
    private readonly RolloutReplay _replay;

    internal Acer(OnPolicyContext context, IAcerMethod method, AcerOptions options)
    {
        _options = options;
        _parameters = context.Parameters;
        _average = method.Model.PolicyParameters.MakeVector("average");
        OfPolicy.CopyTo(_average.Values);
        _sequences = new AcerSequences(context, method, options);
        _replay = new RolloutReplay(options.BufferSize, options.ObservationStorage, method.Model, _sequences.Steps, method.StatisticsSize);
        Step = new LearningStep(context.Device, "acer", method.Model.Parameters, _parameters, options.Rule, options.MaxGradientNorm, (build, scope, figures) =>
        {
            var average = new ParameterScope(scope.Graph, "average.");
            AcerBatch batch = _sequences.Declare(build, scope, average);
            AcerLoss loss = method.Loss(batch, build.Add("target", _sequences.Target), build.Add("uncorrected", _sequences.Uncorrected));
            build.AddParameters(average, _average);
            foreach ((string key, Tensor value) in loss.Figures) figures.Add(build, key, value);
            return loss.Total;
        });
    }

    /// <inheritdoc/>
    public long Updates => Step.Steps;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, StateVector>> State =>
        [KeyValuePair.Create(_parameters.Name, _parameters), KeyValuePair.Create(_average.Name, _average), .. Step.State];

    /// <inheritdoc/>
    public double[] Counters
    {
        get => [Step.Steps];
        set => Step.Steps = (long)value[0];
    }

    /// <inheritdoc/>
    public bool SavesReplay => _options.SaveReplay;

    internal RolloutReplay Replay => _replay;

    internal AcerSequences Sequences => _sequences;

    internal StateVector Average => _average;

    internal LearningStep Step { get; }

    /// <inheritdoc/>
    public void SaveReplay(string path) => _replay.Save(path);

    /// <inheritdoc/>
    public void LoadReplay(string path) => _replay.Load(path);

    /// <inheritdoc/>
    public void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(report);
        double learningRate = _options.LearningRate.At(progress);
        _sequences.Steps.CopySteps(rollout);
        _sequences.Draw(random);
        Learn(justCollected: true, learningRate);
        Step.Figures.Report(report);
        report("explained_variance", _sequences.ExplainedVariance);
        report("gradient_norm", Step.GradientNorm);
        report("learning_rate", learningRate);

        _replay.Add(_sequences.Steps, _sequences.Behaviour.Floats);
        if (_replay.Count < _options.LearningStarts) return;
        for (int replays = Poisson(random, _options.ReplayRatio); replays > 0; replays--)
        {
            _replay.Sample(random, _sequences.Steps, _sequences.Behaviour.Floats);
            _sequences.Draw(random);
            Learn(justCollected: false, learningRate);
        }
    }

    /// <summary>Releases sessions and memory; the parameters stay the caller's.</summary>
    public void Dispose()
    {
        Step.Dispose();
        _replay.Dispose();
        _sequences.Dispose();
        _average.Dispose();
    }

    // The policy's parameters are the first.
    private Span<float> OfPolicy => _parameters.Values[.._average.Length];

    /// <summary>Networks and losses for an action space.</summary>
    internal static IAcerMethod Method(Space observationSpace, Space actionSpace, bool masked, AcerOptions options) => actionSpace is Discrete discrete
        ? new AcerDiscrete(observationSpace, discrete, masked, options)
        : new AcerContinuous(observationSpace, (Box)actionSpace, options);

    /// <summary>A number from Poisson's distribution: how many uniform numbers can be multiplied before the product is below e^−mean (Knuth).</summary>
    internal static int Poisson(RandomGenerator random, double mean)
    {
        double limit = Math.Exp(-mean), product = random.NextDouble();
        int count = 0;
        for (; product > limit; count++) product *= random.NextDouble();
        return count;
    }

    /// <summary>One update by the sequences and the noise that are there.</summary>
    internal void Learn(bool justCollected, double learningRate)
    {
        _sequences.MakeTargets(justCollected);
        Step.Run(learningRate);
        Polyak.Average(_average.Values, OfPolicy, _options.Tau);
    }
}
