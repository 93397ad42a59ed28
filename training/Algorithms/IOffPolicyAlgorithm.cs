using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>What an off-policy algorithm is made from.</summary>
/// <param name="Device">Where graphs run.</param>
/// <param name="ObservationSpace">What is observed.</param>
/// <param name="ActionSpace">What is chosen.</param>
/// <param name="Masked">Whether action masks are inputs.</param>
/// <param name="Statistics">What observations are normalised by.</param>
/// <param name="Batch">The memory that every batch will be in: graphs read it in place.</param>
/// <param name="Random">Where the starting values of parameters come from.</param>
public sealed record LearningContext(
    ExecutionDevice Device, Space ObservationSpace, Space ActionSpace, bool Masked, ObservationStatistics Statistics, ReplayBatch Batch, RandomGenerator Random);

/// <summary>When an update happens.</summary>
/// <param name="Steps">Environment steps taken.</param>
/// <param name="Progress">Share of the run that is done, 0 to 1, for schedules.</param>
/// <param name="Random">Where the randomness of updates comes from.</param>
public readonly record struct UpdateContext(long Steps, double Progress, RandomGenerator Random);

/// <summary>Some experience to be collected, and the updates that follow, each with a batch of its own.</summary>
/// <param name="Collection">Collects the experience with the present parameters, once. Anything else may be done meanwhile that does not depend on it.</param>
/// <param name="Steps">Steps of each environment that are collected.</param>
/// <param name="Updates">Number of updates, at least 1.</param>
/// <param name="Context">When the updates happen.</param>
/// <param name="Replay">Where experience goes to and batches come from.</param>
/// <param name="Random">Where the randomness of sampling comes from.</param>
/// <param name="Batch">The memory that graphs read a batch from.</param>
public readonly record struct LearningRound(
    Action Collection, int Steps, int Updates, UpdateContext Context, ReplayBuffer Replay, RandomGenerator Random, ReplayBatch Batch)
{
    /// <summary>Collects the experience; before the first batch is drawn.</summary>
    /// <returns>Whether there is anything to learn from.</returns>
    public bool Collect()
    {
        Collection();
        return Replay.Count > 0;
    }

    /// <summary>Draws the next batch into <see cref="Batch"/>.</summary>
    public void Sample() => Replay.Sample(Random, Context.Progress, Batch);

    /// <summary>Collects, and learns from the batches one after another.</summary>
    /// <param name="algorithm">What learns.</param>
    public void LearnInTurn(IOffPolicyAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        if (!Collect()) return;
        for (int i = 0; i < Updates; i++)
        {
            Sample();
            algorithm.Update(Context);
            if (algorithm.Errors.Length > 0) Replay.UpdatePriorities(Batch, algorithm.Errors);
        }
    }
}

/// <summary>What the off-policy loop needs of an algorithm: to act, to learn from a batch of replayed transitions, and to be saved and put back.</summary>
public interface IOffPolicyAlgorithm : IDisposable
{
    /// <summary>What acts, and is exported.</summary>
    IPolicyNetwork Policy { get; }

    /// <summary>The parameters of <see cref="Policy"/>.</summary>
    StateVector PolicyParameters { get; }

    /// <summary>Updates made so far.</summary>
    long Updates { get; }

    /// <summary>Every vector that learning changes, for checkpoints, each under a name of its own.</summary>
    IReadOnlyList<KeyValuePair<string, StateVector>> State { get; }

    /// <summary>Every number that learning changes, for checkpoints: read to save, written to put back.</summary>
    double[] Counters { get; set; }

    /// <summary>How the noise of actions hangs together over time; null where it does not.</summary>
    NoiseCorrelation? Correlation => null;

    /// <summary>The error of each transition of the latest batch, for priorities; empty where they are replayed uniformly.</summary>
    ReadOnlySpan<float> Errors => [];

    /// <summary>How much is explored.</summary>
    /// <param name="progress">Share of the run that is done, 0 to 1.</param>
    double Exploration(double progress) => 0;

    /// <summary>Learns from the batch once.</summary>
    /// <param name="context">When.</param>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number.</exception>
    void Update(UpdateContext context);

    /// <summary>Has the experience of a round collected, and learns from its batches, one after another.</summary>
    /// <param name="round">The round.</param>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number.</exception>
    void Learn(LearningRound round) => round.LearnInTurn(this);

    /// <summary>Reports the figures of the latest update.</summary>
    /// <param name="report">Receives each figure under its fixed key.</param>
    void Report(Action<string, double> report);
}
