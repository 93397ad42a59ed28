using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>What an on-policy algorithm is made from.</summary>
/// <param name="Device">Where graphs run.</param>
/// <param name="Model">The networks.</param>
/// <param name="Parameters">Their parameters.</param>
/// <param name="Statistics">What observations are normalised by.</param>
/// <param name="Rollout">The buffer that every rollout will be in: graphs read it in place.</param>
/// <param name="Random">Where the starting values of parameters of its own come from.</param>
public sealed record OnPolicyContext(
    ExecutionDevice Device, ActorCritic Model, StateVector Parameters, ObservationStatistics Statistics, RolloutBuffer Rollout, RandomGenerator Random)
{
    /// <summary>What acts in the environments; null where there are none.</summary>
    public Acting? Acting { get; init; }
}

/// <summary>What acts in the environments while rollouts are collected.</summary>
/// <param name="Environments">The environments, wrappers included.</param>
/// <param name="Actor">The present policy.</param>
/// <param name="Random">Where the randomness of actions comes from.</param>
public sealed record Acting(IVectorEnvironment Environments, Actor Actor, RandomGenerator Random);

/// <summary>What the on-policy loop needs of an algorithm: to learn from a rollout, and to be saved and put back.</summary>
public interface IOnPolicyAlgorithm : IDisposable
{
    /// <summary>Updates of the parameters made so far.</summary>
    long Updates { get; }

    /// <summary>Every vector that learning changes, for checkpoints, each under a name of its own.</summary>
    IReadOnlyList<KeyValuePair<string, StateVector>> State { get; }

    /// <summary>Every number that learning changes, for checkpoints: read to save, written to put back.</summary>
    double[] Counters { get; set; }

    /// <summary>Whether checkpoints have a file of their own for replayed experience.</summary>
    bool SavesReplay => false;

    /// <summary>Writes the replayed experience; the file is whole when this returns.</summary>
    /// <param name="path">The file.</param>
    void SaveReplay(string path)
    {
    }

    /// <summary>Takes back what <see cref="SaveReplay"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="Replay.ReplayException">The file is missing, damaged or does not fit this run.</exception>
    void LoadReplay(string path)
    {
    }

    /// <summary>Called when the environments are where a step of a rollout begins.</summary>
    /// <param name="t">The step, from 0.</param>
    /// <param name="step">The present observations.</param>
    void Arrive(int t, VectorStep step)
    {
    }

    /// <summary>Called once a rollout is collected, to step the environments further; they are left where they are.</summary>
    /// <param name="rollout">The rollout, as collected.</param>
    /// <returns>Environment steps taken.</returns>
    long Branch(RolloutBuffer rollout) => 0;

    /// <summary>Learns from a rollout.</summary>
    /// <param name="rollout">The rollout, as collected; values, advantages and the rest are filled in here.</param>
    /// <param name="progress">Share of the run that is done, 0 to 1, for schedules.</param>
    /// <param name="random">Where the randomness of minibatches comes from.</param>
    /// <param name="report">Receives each figure under its fixed key.</param>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number.</exception>
    void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report);
}
