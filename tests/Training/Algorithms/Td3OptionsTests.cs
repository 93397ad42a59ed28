using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class Td3OptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly Td3Options Start = new()
    {
        TotalSteps = 1000, TrainEvery = 4, GradientSteps = 2, BatchSize = 16, BufferSize = 1000, LearningStarts = 40, HiddenSizes = [8], LearningRate = Schedule.Linear(3e-3),
    };

    private static readonly Td3Options Wandering = Start with { Noise = ExplorationNoise.OrnsteinUhlenbeck };

    private static readonly Td3Options Hindsight = Start with { Hindsight = HindsightStrategy.Future };

    /// <summary>For each option an environment where it matters, and two settings that must not learn the same.</summary>
    private static readonly Dictionary<string, (string Environment, Td3Options One, Td3Options Other)> Effects = new()
    {
        [nameof(Td3Options.TotalSteps)] = ("Pendulum-v1", Start, Start with { TotalSteps = 2000 }),
        [nameof(Td3Options.EnvironmentCount)] = ("Pendulum-v1", Start, Start with { EnvironmentCount = 4 }),
        [nameof(Td3Options.BufferSize)] = ("Pendulum-v1", Start, Start with { BufferSize = 50 }),
        [nameof(Td3Options.BufferBytes)] = ("Pendulum-v1", Start, Start with { BufferBytes = 2000 }),
        [nameof(Td3Options.BatchSize)] = ("Pendulum-v1", Start, Start with { BatchSize = 32 }),
        [nameof(Td3Options.LearningStarts)] = ("Pendulum-v1", Start, Start with { LearningStarts = 80 }),
        [nameof(Td3Options.TrainEvery)] = ("Pendulum-v1", Start, Start with { TrainEvery = 8 }),
        [nameof(Td3Options.GradientSteps)] = ("Pendulum-v1", Start, Start with { GradientSteps = 4 }),
        [nameof(Td3Options.LearningRate)] = ("Pendulum-v1", Start, Start with { LearningRate = 3e-3 }),
        [nameof(Td3Options.Gamma)] = ("Pendulum-v1", Start, Start with { Gamma = 0.9 }),
        [nameof(Td3Options.NStep)] = ("Pendulum-v1", Start, Start with { NStep = 3 }),
        [nameof(Td3Options.Hindsight)] = ("PointReach-v0", Start, Hindsight),
        [nameof(Td3Options.HindsightGoals)] = ("PointReach-v0", Hindsight, Hindsight with { HindsightGoals = 1 }),
        [nameof(Td3Options.ObservationStorage)] = ("PointReach-v0", Start, Start),
        [nameof(Td3Options.SaveReplay)] = ("Pendulum-v1", Start, Start),
        [nameof(Td3Options.MaxGradientNorm)] = ("Pendulum-v1", Start, Start with { MaxGradientNorm = 0.01 }),
        [nameof(Td3Options.NormalizeObservations)] = ("Pendulum-v1", Start, Start with { NormalizeObservations = true }),
        [nameof(Td3Options.HiddenSizes)] = ("Pendulum-v1", Start, Start with { HiddenSizes = [] }),
        [nameof(Td3Options.Activation)] = ("Pendulum-v1", Start, Start with { Activation = Activation.Tanh }),
        [nameof(Td3Options.AdamEpsilon)] = ("Pendulum-v1", Start, Start with { AdamEpsilon = 1e-2 }),
        [nameof(Td3Options.Critics)] = ("Pendulum-v1", Start, Start with { Critics = CriticCount.Single }),
        [nameof(Td3Options.TargetNoiseDeviation)] = ("Pendulum-v1", Start, Start with { TargetNoiseDeviation = 0 }),
        [nameof(Td3Options.TargetNoiseClip)] = ("Pendulum-v1", Start, Start with { TargetNoiseClip = 0.1 }),
        [nameof(Td3Options.PolicyDelay)] = ("Pendulum-v1", Start, Start with { PolicyDelay = 1 }),
        [nameof(Td3Options.Tau)] = ("Pendulum-v1", Start, Start with { Tau = 0.5 }),
        [nameof(Td3Options.Noise)] = ("Pendulum-v1", Start, Wandering),
        [nameof(Td3Options.NoiseDeviation)] = ("Pendulum-v1", Start, Start with { NoiseDeviation = 0.2 }),
        [nameof(Td3Options.NoiseTheta)] = ("Pendulum-v1", Wandering, Wandering with { NoiseTheta = 5 }),
        [nameof(Td3Options.NoiseTimeStep)] = ("Pendulum-v1", Wandering, Wandering with { NoiseTimeStep = 0.1 }),
    };

    /// <summary>Options that change how a run is kept, not what it learns: tests of the replay and of resumed runs show them.</summary>
    private static readonly string[] KeepsTheSame = [nameof(Td3Options.ObservationStorage), nameof(Td3Options.SaveReplay)];

    private static IEnumerable<string> Names() => typeof(Td3Options).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Except(KeepsTheSame);

    [TestCaseSource(nameof(Names))]
    public void Every_option_has_an_effect(string option)
    {
        Assert.That(Effects, Contains.Key(option), "an option without a row here is not known to do anything");
        (string environment, Td3Options one, Td3Options other) = Effects[option];
        OptionEffect.Assert(Learn(environment, one), Learn(environment, other));
    }

    [TestCase("target_noise_deviation", "-0.1", "target_noise_deviation is -0.1. It is a finite number of at least 0.")]
    [TestCase("target_noise_clip", "-1", "target_noise_clip is -1")]
    [TestCase("policy_delay", "0", "policy_delay is 0. It is at least 1.")]
    [TestCase("tau", "0", "tau is 0. It is above 0 and at most 1.")]
    [TestCase("tau", "1.5", "tau is 1.5")]
    [TestCase("noise_deviation", "-1", "noise_deviation is -1")]
    [TestCase("noise_theta", "-1", "noise_theta is -1")]
    [TestCase("noise_time_step", "0", "noise_time_step is 0. It is above 0.")]
    [TestCase("noise_theta", "300", "noise_theta 300 × noise_time_step 0.01 = 3, so that the noise would grow without end. Their product is below 2.")]
    [TestCase("noise", "ornstein", "ornstein_uhlenbeck")]
    [TestCase("critics", "double", "single, twin")]
    [TestCase("train_every", "0", "train_every is 0")]
    [TestCase("learning_rate", "0", "learning_rate is 0. It is above 0.")]
    [TestCase("hidden_sizes", "64,0", "hidden_sizes is 64,0")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message)
    {
        foreach (string algorithm in new[] { "td3", "ddpg" }) Assert.That(Runs.Problems(algorithm, "Pendulum-v1", (option, value)), Has.Some.Contains(message));
    }

    [Test]
    public void Actions_without_finite_bounds_are_refused()
    {
        var observations = new Box(-1, 1, 1);
        Assert.Multiple(() =>
        {
            Assert.That(Start.Validate(observations, new Discrete(3)), Has.One.Contains("Discrete").And.One.Contains("dqn"));
            Assert.That(Start.Validate(observations, new Box(-1, float.PositiveInfinity, 2)), Has.One.Contains("finite bounds"));
        });
    }

    [Test]
    public void Ddpg_is_td3_with_its_three_parts_turned_off(
        [Values("Pendulum-v1", "MountainCarContinuous-v0?max_episode_steps=10", "PointReach-v0", "an environment of somebody else")] string environment)
    {
        Td3Options ddpg = DdpgPresets.For(environment), td3 = Td3Presets.For(environment);
        Assert.Multiple(() =>
        {
            Assert.That((ddpg.Critics, ddpg.TargetNoiseDeviation, ddpg.PolicyDelay), Is.EqualTo((CriticCount.Single, 0.0, 1)));
            Assert.That((td3.Critics, td3.TargetNoiseDeviation, td3.PolicyDelay), Is.EqualTo((CriticCount.Twin, 0.2, 2)));
            foreach (Td3Options options in new[] { ddpg, td3 }) Assert.That(options.Validate(new Box(-1, 1, 4), new Box(-1, 1, 1)).Where(p => !p.Contains("hindsight", System.StringComparison.OrdinalIgnoreCase)), Is.Empty);
        });
    }

    [Test]
    public void The_actor_learns_once_for_every_few_updates_of_the_critics()
    {
        float[] Actor(int gradientSteps)
        {
            using var trial = new Td3Trial(Registry.MakeVector("Pendulum-v1", 1), Start with { PolicyDelay = 3, GradientSteps = gradientSteps });
            return trial.Train(40).Trainer.Algorithm.PolicyParameters.Values.ToArray();
        }

        float[] untouched = Actor(2);
        Assert.Multiple(() =>
        {
            Assert.That(Actor(1), Is.EqualTo(untouched), "one and two updates of the critics");
            Assert.That(Actor(3), Is.Not.EqualTo(untouched));
        });
    }

    private static float[] Learn(string environment, Td3Options options)
    {
        using var trial = new Td3Trial(Registry.MakeVector(environment, options.EnvironmentCount), options);
        return trial.Train(200).Trainer.Algorithm.PolicyParameters.Values.ToArray();
    }
}
