using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>How many critics there are.</summary>
public enum CriticCount
{
    /// <summary>One, whose value is the target.</summary>
    Single,

    /// <summary>Two; the smaller of their values is the target (clipped double Q-learning).</summary>
    Twin,
}

/// <summary>What the noise on actions is while experience is collected.</summary>
public enum ExplorationNoise
{
    /// <summary>Normal, drawn anew for each step.</summary>
    Gaussian,

    /// <summary>A process that hangs together over the steps of an episode.</summary>
    OrnsteinUhlenbeck,
}

/// <summary>Options of <see cref="Td3"/>, each part of which can be turned off; with all of them off it is deep deterministic policy gradient.</summary>
public sealed record Td3Options : OffPolicyOptions
{
    /// <summary>Starts from the defaults: those of Fujimoto et al. with Stable-Baselines3's learning rate.</summary>
    public Td3Options() => LearningRate = 1e-3;

    /// <summary>How many critics there are.</summary>
    [Description("Critics: single or twin (the smaller of two values is the target).")]
    public CriticCount Critics { get; init; } = CriticCount.Twin;

    /// <summary>Standard deviation of the noise on the target policy's actions.</summary>
    [Description("Standard deviation of the noise on the target policy's actions, which are in [-1, 1] (target policy smoothing); 0 for none.")]
    public double TargetNoiseDeviation { get; init; } = 0.2;

    /// <summary>c of target policy smoothing.</summary>
    [Description("Largest size of that noise.")]
    public double TargetNoiseClip { get; init; } = 0.5;

    /// <summary>d</summary>
    [Description("Updates of the critics for each one of the actor and of the target networks; 1 for no delay.")]
    public int PolicyDelay { get; init; } = 2;

    /// <summary>τ</summary>
    [Description("Weight of the learning networks in the target networks' averages (τ).")]
    public double Tau { get; init; } = 0.005;

    /// <summary>What the noise on actions is.</summary>
    [Description("Noise on actions while experience is collected: gaussian or ornstein_uhlenbeck.")]
    public ExplorationNoise Noise { get; init; } = ExplorationNoise.Gaussian;

    /// <summary>σ of the noise on actions.</summary>
    [Description("Deviation of that noise (σ), for actions in [-1, 1].")]
    public double NoiseDeviation { get; init; } = 0.1;

    /// <summary>θ of the Ornstein–Uhlenbeck process.</summary>
    [Description("How fast noise=ornstein_uhlenbeck falls back to 0 (θ).")]
    public double NoiseTheta { get; init; } = 0.15;

    /// <summary>dt of the Ornstein–Uhlenbeck process.</summary>
    [Description("Time between two steps for noise=ornstein_uhlenbeck (dt): x falls by θ·dt·x and gains σ·√dt times a normal number.")]
    public double NoiseTimeStep { get; init; } = 0.01;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AtLeastOne(("policy_delay", PolicyDelay)),
            .. OptionChecks.AboveZeroToOne(("tau", Tau)),
            .. OptionChecks.AboveZero(("noise_time_step", NoiseTimeStep)),
        ];
        foreach (string problem in others) yield return problem;
        if (actionSpace is not Box { IsBounded: true })
            yield return $"The action space {actionSpace} is not a Box with finite bounds, which ddpg and td3 need. Bound it, or use dqn for Discrete actions and ppo for all kinds.";
        foreach ((string name, double value) in new[]
        {
            ("target_noise_deviation", TargetNoiseDeviation), ("target_noise_clip", TargetNoiseClip), ("noise_deviation", NoiseDeviation), ("noise_theta", NoiseTheta),
        })
        {
            if (!(value >= 0 && double.IsFinite(value))) yield return $"{name} is {value}. It is a finite number of at least 0.";
        }

        if (NoiseTimeStep > 0 && double.IsFinite(NoiseTimeStep) && !(NoiseTheta * NoiseTimeStep < 2)) yield return $"noise_theta {NoiseTheta} × noise_time_step {NoiseTimeStep} = {NoiseTheta * NoiseTimeStep}, so that the noise would grow without end. Their product is below 2.";
    }

    /// <summary>How the noise on actions hangs together over time; null where it does not.</summary>
    internal NoiseCorrelation? Correlation => Noise == ExplorationNoise.OrnsteinUhlenbeck ? new NoiseCorrelation(NoiseTheta, NoiseTimeStep) : null;
}
