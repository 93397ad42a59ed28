using System;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Training.Loop;

/// <summary>
/// An algorithm at work on its environments: what the training loop drives. One instance is one run; it is used by one thread.
/// </summary>
public interface ITrainer : IDisposable
{
    /// <summary>Environment steps taken so far, summed over all environments.</summary>
    long Steps { get; }

    /// <summary>Updates of the parameters made so far.</summary>
    long Updates { get; }

    /// <summary>
    /// Collects experience once and learns from it: for an on-policy algorithm one rollout and its epochs.
    /// May step a little past the run's total; never leaves anything half done.
    /// </summary>
    /// <param name="metrics">Where the iteration's figures go, under their fixed keys.</param>
    /// <exception cref="NonFiniteLossException">The loss or the parameters are no longer numbers.</exception>
    void Iterate(MetricSet metrics);

    /// <summary>Writes everything that is needed to go on as if the run had never stopped.</summary>
    /// <param name="checkpoint">Where to.</param>
    void Save(CheckpointWriter checkpoint);

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">Where from.</param>
    /// <exception cref="CheckpointException">The checkpoint does not fit this run.</exception>
    void Load(CheckpointReader checkpoint);

    /// <summary>Whether checkpoints have a file of their own for replayed experience.</summary>
    bool SavesReplay => false;

    /// <summary>Writes the replayed experience; the file is whole when this returns.</summary>
    /// <param name="path">The file.</param>
    void SaveReplay(string path)
    {
    }

    /// <summary>Takes back what <see cref="SaveReplay"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged or does not fit this run.</exception>
    void LoadReplay(string path)
    {
    }

    /// <summary>Makes a deployable model of the actor, after checking that it answers as the training graph does.</summary>
    /// <param name="record">What the manifest says about the run.</param>
    /// <exception cref="ParityException">It does not.</exception>
    ExportedPolicy Export(RunRecord record);
}

/// <summary>What a trainer is made from.</summary>
/// <param name="Environments">The vectorised training environments; the trainer disposes them.</param>
/// <param name="Options">The algorithm's options, already validated.</param>
/// <param name="Seed">The run's seed: the only source of randomness.</param>
/// <param name="Device">Where the graphs run: cpu, cuda or auto.</param>
/// <param name="Log">Receives plain messages for the person watching, such as a device fall-back.</param>
/// <param name="Threads">Threads that an update may use; what is learned does not depend on it.</param>
/// <param name="MakeMore">Makes further environments like these, for actors that have their own; null where there are none but these.</param>
public sealed record TrainerContext(
    IVectorEnvironment Environments, IAlgorithmOptions Options, ulong Seed, string Device, Action<string> Log, int Threads = 1, Func<IVectorEnvironment>? MakeMore = null);
