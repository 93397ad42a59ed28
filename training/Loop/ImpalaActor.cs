using System;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Loop;

/// <summary>An actor of <see cref="Impala"/>: collects trajectories with the parameters it is told to, and sends them.</summary>
internal sealed class ImpalaActor : IDisposable
{
    private readonly IActorLink _link;
    private readonly RolloutProbability? _probability;
    private readonly float[] _rawRewards;

    public ImpalaActor(ActorWorker worker, IActorLink link)
    {
        (Worker, _link) = (worker, link);
        OnPolicyContext own = worker.Context;
        // Networks that remember say it while they collect.
        if (own.Rollout.Memory is null) _probability = new RolloutProbability(own.Device, own.Model, own.Parameters, own.Statistics, own.Rollout);
        _rawRewards = new float[own.Rollout.Rows];
    }

    /// <summary>Environments, parameters and rollout.</summary>
    public ActorWorker Worker { get; }

    /// <summary>Collects and sends a trajectory.</summary>
    /// <param name="index">How many it has sent before.</param>
    /// <param name="version">Of the parameters to act with.</param>
    public void Collect(long index, long version)
    {
        OnPolicyContext own = Worker.Context;
        ParameterSnapshot snapshot = _link.Snapshot(version);
        snapshot.Parameters.CopyTo(own.Parameters.Values);
        snapshot.Mean.CopyTo(own.Statistics.Mean.Floats);
        snapshot.Scale.CopyTo(own.Statistics.Scale.Floats);
        int row = 0;
        Worker.Collect(() =>
        {
            Worker.RawRewards.CopyTo(_rawRewards, row);
            row += Worker.RawRewards.Length;
        });
        _probability?.Run();
        _link.Send(Trajectory.Of(Worker.Index, index, version, own.Rollout, _rawRewards));
    }

    public void Dispose()
    {
        _probability?.Dispose();
        Worker.Dispose();
    }
}
