using Pipeline.Training.Environments;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Loop;

/// <summary>Where the collecting of experience has got to: environments and their present observations, normaliser, episode statistics. For checkpoints.</summary>
/// <param name="Environments">The environments, wrappers included.</param>
/// <param name="Step">The results of their latest step.</param>
/// <param name="Statistics">What observations are normalised by.</param>
/// <param name="Episodes">The latest episodes.</param>
/// <param name="RestartsOnLoad">Whether the environments start new episodes where a state is loaded, since they cannot be saved.</param>
internal sealed record CollectionState(IVectorEnvironment Environments, VectorStep Step, ObservationStatistics Statistics, EpisodeStatistics Episodes, bool RestartsOnLoad)
{
    /// <summary>Writes the state.</summary>
    public void Save(CheckpointWriter checkpoint)
    {
        checkpoint.Add("statistics", Statistics.SaveState);
        Place.Save(checkpoint);
        Episodes.Save(checkpoint);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">The checkpoint does not fit this run.</exception>
    public void Load(CheckpointReader checkpoint)
    {
        checkpoint.Read("statistics", Statistics.LoadState);
        Place.Load(checkpoint);
        Episodes.Load(checkpoint);
        if (RestartsOnLoad) Episodes.BeginEpisodes();
    }

    private EnvironmentPlace Place => new(Environments, Step);
}

/// <summary>Where environments are in their episodes. For checkpoints.</summary>
/// <param name="Environments">The environments, wrappers included.</param>
/// <param name="Step">The results of their latest step.</param>
/// <param name="Prefix">What the names in the checkpoint begin with, where there are several.</param>
internal sealed record EnvironmentPlace(IVectorEnvironment Environments, VectorStep Step, string Prefix = "")
{
    /// <summary>Writes the state.</summary>
    public void Save(CheckpointWriter checkpoint)
    {
        checkpoint.Add($"{Prefix}environments", Environments.SaveState);
        checkpoint.Add($"{Prefix}observations", Step.Observations);
        checkpoint.Add($"{Prefix}action_masks", Step.ActionMasks);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">The checkpoint does not fit this run.</exception>
    public void Load(CheckpointReader checkpoint)
    {
        checkpoint.Read($"{Prefix}environments", Environments.LoadState);
        checkpoint.Read($"{Prefix}observations", Step.Observations);
        checkpoint.Read($"{Prefix}action_masks", Step.ActionMasks);

        // An environment that could not be saved has started new episodes: go on from those, not from where the old ones were.
        Environments.Observe(Step);
    }
}

/// <summary>What a policy remembers while it acts. For checkpoints.</summary>
/// <param name="Memory">The memory.</param>
/// <param name="Prefix">What the names in the checkpoint begin with, where there are several.</param>
internal sealed record MemoryPlace(ActorMemory Memory, string Prefix = "")
{
    /// <summary>Writes the state.</summary>
    public void Save(CheckpointWriter checkpoint)
    {
        checkpoint.Add($"{Prefix}memory", Memory.State.Floats);
        if (Memory.Previous is not null) checkpoint.Add($"{Prefix}previous_step", Memory.Previous.Floats);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote, or forgets everything where the environments have started new episodes.</summary>
    /// <exception cref="CheckpointException">The checkpoint does not fit this run.</exception>
    public void Load(CheckpointReader checkpoint, bool restarted)
    {
        checkpoint.Read($"{Prefix}memory", Memory.State.Floats);
        if (Memory.Previous is not null) checkpoint.Read($"{Prefix}previous_step", Memory.Previous.Floats);
        if (restarted) Memory.Clear();
    }
}
