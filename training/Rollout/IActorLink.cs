using System.Collections.Generic;

namespace Pipeline.Training.Rollout;

/// <summary>
/// All that passes between a learner and its actors, one in each direction. Actors in other processes need another implementation and nothing else. Every member
/// may be called by several threads at once.
/// </summary>
public interface IActorLink
{
    /// <summary>Makes parameters known to all actors.</summary>
    /// <param name="snapshot">The parameters; not changed afterwards.</param>
    /// <param name="oldest">The oldest version that an actor may still ask for.</param>
    void Publish(ParameterSnapshot snapshot, long oldest);

    /// <summary>Parameters that were published and are not older than the oldest still asked for.</summary>
    /// <param name="version">Their version.</param>
    ParameterSnapshot Snapshot(long version);

    /// <summary>Sends a trajectory to the learner.</summary>
    /// <param name="trajectory">The trajectory; not changed afterwards.</param>
    void Send(Trajectory trajectory);

    /// <summary>Takes the next trajectory of an actor; one must have been sent.</summary>
    /// <param name="actor">The actor, from 0.</param>
    Trajectory Receive(int actor);
}

/// <summary>Learner and actors in one process: messages are handed over as they are.</summary>
public sealed class LocalActorLink : IActorLink
{
    private readonly SortedDictionary<long, ParameterSnapshot> _snapshots = [];
    private readonly Dictionary<int, Queue<Trajectory>> _trajectories = [];

    /// <inheritdoc/>
    public void Publish(ParameterSnapshot snapshot, long oldest)
    {
        lock (_snapshots)
        {
            _snapshots[snapshot.Version] = snapshot;
            for (long version = oldest - 1; _snapshots.Remove(version); version--)
            {
            }
        }
    }

    /// <inheritdoc/>
    public ParameterSnapshot Snapshot(long version)
    {
        lock (_snapshots) return _snapshots[version];
    }

    /// <inheritdoc/>
    public void Send(Trajectory trajectory)
    {
        lock (_trajectories)
        {
            if (!_trajectories.TryGetValue(trajectory.Actor, out Queue<Trajectory>? queue)) _trajectories.Add(trajectory.Actor, queue = new Queue<Trajectory>());
            queue.Enqueue(trajectory);
        }
    }

    /// <inheritdoc/>
    public Trajectory Receive(int actor)
    {
        lock (_trajectories) return _trajectories[actor].Dequeue();
    }
}
