using System;
using System.IO;

namespace Pipeline.Training.Environments.Wrappers;

/// <summary>
/// Rewards divided by the running standard deviation of the discounted return, r / √(var + ε), then clipped; their mean is left alone. Each
/// environment keeps R ← γ · R + r, the statistics take in every R, and R starts from 0 after an episode ends either way. That is
/// Stable-Baselines3's VecNormalize; Gymnasium's NormalizeReward neither clips nor forgets R at a truncation.
/// </summary>
public sealed class RewardNormalization : VectorWrapper
{
    private readonly double[] _returns;
    private readonly float[] _returnsTaken;
    private readonly double _gamma;
    private readonly double _epsilon;
    private readonly float _clip;

    /// <summary>Wraps environments.</summary>
    /// <param name="inner">The environments.</param>
    /// <param name="gamma">γ, the discount; 0 to 1.</param>
    /// <param name="clip">The largest size of a normalised reward; above 0.</param>
    /// <param name="epsilon">What keeps the divisor from 0; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public RewardNormalization(IVectorEnvironment inner, double gamma, double clip = 10, double epsilon = 1e-8)
        : base(inner)
    {
        if (gamma is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "The discount is 0 to 1.");
        if (clip is not > 0) throw new ArgumentOutOfRangeException(nameof(clip), clip, "The largest size of a reward is above 0.");
        if (epsilon is not > 0) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon is above 0.");
        _gamma = gamma;
        _clip = (float)clip;
        _epsilon = epsilon;
        _returns = new double[Count];
        _returnsTaken = new float[Count];
        RawRewards = new float[Count];
        Moments = new RunningMoments(1);
    }

    /// <summary>The statistics of the discounted return. Freeze them for evaluation.</summary>
    public RunningMoments Moments { get; }

    /// <summary>[N]: the rewards of the latest step as the environments gave them.</summary>
    public float[] RawRewards { get; }

    /// <summary>None: what a reward for another goal would have been depends on when it was normalised.</summary>
    public override IGoalTask? Goals => null;

    /// <inheritdoc/>
    public override void Reset(ulong seed, VectorStep step)
    {
        Array.Clear(_returns);
        Inner.Reset(seed, step);
    }

    /// <inheritdoc/>
    public override void Step(ReadOnlySpan<float> actions, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Inner.Step(actions, step);
        float[] rewards = step.Rewards;
        rewards.CopyTo(RawRewards, 0);
        for (int i = 0; i < rewards.Length; i++)
        {
            _returns[i] = (_gamma * _returns[i]) + rewards[i];
            _returnsTaken[i] = (float)_returns[i];
        }

        Moments.Update(_returnsTaken);
        double deviation = Math.Sqrt(Moments.Variance[0] + _epsilon);
        for (int i = 0; i < rewards.Length; i++)
        {
            rewards[i] = Math.Clamp((float)(rewards[i] / deviation), -_clip, _clip);
            if (step.Terminated[i] | step.Truncated[i]) _returns[i] = 0;
        }
    }

    /// <inheritdoc/>
    public override void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Inner.SaveState(writer);
        Moments.SaveState(writer);
        foreach (double value in _returns) writer.Write(value);
    }

    /// <inheritdoc/>
    public override void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Inner.LoadState(reader);
        Moments.LoadState(reader);
        foreach (ref double value in _returns.AsSpan()) value = reader.ReadDouble();
    }
}
