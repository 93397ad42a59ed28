using System;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Export;
using Pipeline.Training.Loop.Checkpoints;

namespace Pipeline.Training.Loop;

/// <summary>
/// Scores the policy as it is trained, by deterministic actions in environments of its own, always the same episodes. The best one so far is kept;
/// of equal ones the latest. Scoring changes nothing that is learned.
/// </summary>
public sealed class PolicyScoring : IDisposable
{
    private const string Entry = "best";
    private readonly IVectorEnvironment _environments;
    private readonly ulong _seed;
    private readonly int _episodes;

    /// <summary>Makes the scoring.</summary>
    /// <param name="environments">Environments to score in; disposed with this.</param>
    /// <param name="every">Environment steps of training between two scores.</param>
    /// <param name="episodes">Episodes of a score.</param>
    /// <param name="seed">The run's seed.</param>
    public PolicyScoring(IVectorEnvironment environments, long every, int episodes, ulong seed)
    {
        _environments = environments;
        Every = every;
        _episodes = episodes;
        _seed = new Contracts.RandomGenerator(seed, RandomStreams.Evaluation).NextUInt64();
    }

    /// <summary>Environment steps between two scores; the iteration that passes a multiple of it is followed by one.</summary>
    public long Every { get; }

    /// <summary>The best mean return so far; null before the first score.</summary>
    public double? Best { get; private set; }

    /// <summary>The environment steps after which the best was found.</summary>
    public long BestSteps { get; private set; }

    /// <summary>Scores a policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="steps">Environment steps of training so far.</param>
    /// <returns>The mean return, and whether none was better.</returns>
    public (double Score, bool IsBest) Score(ExportedPolicy policy, long steps)
    {
        ArgumentNullException.ThrowIfNull(policy);
        using var loaded = Policy.Load(policy.Model, "the policy in training");
        double score = Evaluator.Evaluate(_environments, loaded, _episodes, _seed, stochastic: false).MeanReturn;
        bool best = !(score < Best);
        if (best) (Best, BestSteps) = (score, steps);
        return (score, best);
    }

    /// <summary>Writes the best score.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add(Entry, [Best ?? double.NaN, BestSteps]);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote; nothing where the run was not scored so far.</summary>
    /// <param name="checkpoint">Where from.</param>
    public void Load(CheckpointReader checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (!checkpoint.Has(Entry)) return;
        double[] saved = new double[2];
        checkpoint.Read(Entry, saved);
        (Best, BestSteps) = (double.IsNaN(saved[0]) ? null : saved[0], (long)saved[1]);
    }

    /// <inheritdoc/>
    public void Dispose() => _environments.Dispose();
}
