using System;

namespace Pipeline.Training.Environments.Wrappers;

/// <summary>Rewards times a factor; those for other goals too, where the task has goals.</summary>
public sealed class RewardScale : VectorWrapper
{
    /// <summary>Wraps environments.</summary>
    /// <param name="inner">The environments.</param>
    /// <param name="factor">The factor; finite and not 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is 0 or not finite.</exception>
    public RewardScale(IVectorEnvironment inner, float factor)
        : base(inner)
    {
        if (!float.IsFinite(factor) || factor == 0)
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor of the rewards is a finite number other than 0.");
        Factor = factor;
        RawRewards = new float[Count];
        Goals = Inner.Goals is { } goals ? new ScaledGoals(goals, factor) : null;
    }

    /// <summary>The factor.</summary>
    public float Factor { get; }

    /// <summary>[N]: the rewards of the latest step as the environments gave them.</summary>
    public float[] RawRewards { get; }

    /// <inheritdoc/>
    public override IGoalTask? Goals { get; }

    /// <inheritdoc/>
    public override void Step(ReadOnlySpan<float> actions, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Inner.Step(actions, step);
        step.Rewards.CopyTo(RawRewards, 0);
        foreach (ref float reward in step.Rewards.AsSpan()) reward *= Factor;
    }

    private sealed class ScaledGoals(IGoalTask inner, float factor) : IGoalTask
    {
        public void ComputeRewards(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired, Span<float> rewards)
        {
            inner.ComputeRewards(achieved, desired, rewards);
            foreach (ref float reward in rewards) reward *= factor;
        }

        public bool IsSuccess(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired) => inner.IsSuccess(achieved, desired);
    }
}
