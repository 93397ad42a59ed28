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
        checkpoint.Add("environments", Environments.SaveState);
        checkpoint.Add("observations", Step.Observations);
        checkpoint.Add("action_masks", Step.ActionMasks);
        Episodes.Save(checkpoint);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">The checkpoint does not fit this run.</exception>
    public void Load(CheckpointReader checkpoint)
    {
        checkpoint.Read("statistics", Statistics.LoadState);
        checkpoint.Read("environments", Environments.LoadState);
        checkpoint.Read("observations", Step.Observations);
        checkpoint.Read("action_masks", Step.ActionMasks);

        // An environment that could not be saved has started new episodes: go on from those, not from where the old ones were.
        Environments.Observe(Step);
        Episodes.Load(checkpoint);
        if (RestartsOnLoad) Episodes.BeginEpisodes();
    }
}
