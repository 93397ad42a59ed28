using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>What the on-policy loop needs of an algorithm: to learn from a rollout, and to be saved and put back.</summary>
public interface IOnPolicyAlgorithm : IDisposable
{
    /// <summary>Updates of the parameters made so far.</summary>
    long Updates { get; }

    /// <summary>Every vector that learning changes, for checkpoints.</summary>
    IReadOnlyList<StateVector> State { get; }

    /// <summary>Every number that learning changes, for checkpoints: read to save, written to put back.</summary>
    double[] Counters { get; set; }

    /// <summary>Learns from a rollout.</summary>
    /// <param name="rollout">The rollout, as collected; values, advantages and the rest are filled in here.</param>
    /// <param name="progress">Share of the run that is done, 0 to 1, for schedules.</param>
    /// <param name="random">Where the randomness of minibatches comes from.</param>
    /// <param name="report">Receives each figure under its fixed key.</param>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number.</exception>
    void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report);
}
