using System;
using Pipeline.Training.Environments;
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

    /// <summary>Writes the actor as a deployable model, after checking that the file answers as the training graph does.</summary>
    /// <param name="path">The .onnx file to write; the readable manifest goes beside it with the ending .json.</param>
    /// <param name="record">What the manifest says about the run.</param>
    void Export(string path, RunRecord record);
}

/// <summary>What the manifest of an exported policy says about the run it came from.</summary>
/// <param name="Algorithm">The algorithm's name on the command line.</param>
/// <param name="Environment">The environment's registered name.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Steps">Environment steps taken.</param>
/// <param name="Score">Mean return over the latest training episodes; null where none has ended.</param>
public sealed record RunRecord(string Algorithm, string Environment, ulong Seed, long Steps, double? Score);

/// <summary>The loss or the parameters became NaN or infinite; the message carries the batch's statistics.</summary>
public sealed class NonFiniteLossException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found, in which update, and the statistics of the batch.</param>
    public NonFiniteLossException(string message)
        : base(message)
    {
    }
}

/// <summary>What a trainer is made from.</summary>
/// <param name="Environments">The vectorised training environments; the trainer disposes them.</param>
/// <param name="Options">The algorithm's options, already validated.</param>
/// <param name="Seed">The run's seed: the only source of randomness.</param>
/// <param name="Device">Where the graphs run: cpu, cuda or auto.</param>
/// <param name="Log">Receives plain messages for the person watching, such as a device fall-back.</param>
public sealed record TrainerContext(IVectorEnvironment Environments, IAlgorithmOptions Options, ulong Seed, string Device, Action<string> Log);
