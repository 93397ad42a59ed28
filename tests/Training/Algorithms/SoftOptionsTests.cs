using System;
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

public sealed class SoftOptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly SacOptions Sac = Small(new SacOptions());

    private static readonly SacV1Options First = Small(new SacV1Options());

    private static readonly SqlOptions Sql = Small(new SqlOptions());

    private static readonly SacOptions Correlated = Sac with { Noise = SacNoise.Correlated };

    /// <summary>For each option of its own two settings that must not learn the same, and an environment where they do not.</summary>
    private static readonly Dictionary<string, (string Environment, OffPolicyOptions One, OffPolicyOptions Other)> Own = new()
    {
        ["SacOptions.TemperatureRule"] = ("Pendulum-v1", Sac, Sac with { TemperatureRule = TemperatureRule.Fixed }),
        ["SacOptions.Temperature"] = ("Pendulum-v1", Sac, Sac with { Temperature = 0.1 }),
        ["SacOptions.TargetEntropy"] = ("Pendulum-v1", Sac, Sac with { TargetEntropy = 0.5 }),
        ["SacOptions.Tau"] = ("Pendulum-v1", Sac, Sac with { Tau = 0.5 }),
        ["SacOptions.Noise"] = ("Pendulum-v1", Sac, Correlated),
        ["SacOptions.NoiseTheta"] = ("Pendulum-v1", Correlated, Correlated with { NoiseTheta = 0.5 }),
        ["SacOptions.Channels"] = ("Catch-v0", Sac, Sac with { Channels = [4] }),
        ["SacV1Options.Temperature"] = ("Pendulum-v1", First, First with { Temperature = 0.1 }),
        ["SacV1Options.RewardScale"] = ("Pendulum-v1", First, First with { RewardScale = 1 }),
        ["SacV1Options.Tau"] = ("Pendulum-v1", First, First with { Tau = 0.5 }),
        ["SqlOptions.Temperature"] = ("Pendulum-v1", Sql, Sql with { Temperature = 0.1 }),
        ["SqlOptions.Tau"] = ("Pendulum-v1", Sql, Sql with { Tau = 0.5 }),
        ["SqlOptions.ValueSamples"] = ("Pendulum-v1", Sql, Sql with { ValueSamples = 8 }),
        ["SqlOptions.Particles"] = ("Pendulum-v1", Sql, Sql with { Particles = 4 }),
        ["SqlOptions.Channels"] = ("Catch-v0", Sql, Sql with { Channels = [4] }),
    };

    /// <summary>The same for the options that the three have in common.</summary>
    private static readonly Dictionary<string, (string Environment, Func<OffPolicyOptions, OffPolicyOptions> Change)> Shared = new()
    {
        [nameof(OffPolicyOptions.TotalSteps)] = ("Pendulum-v1", o => o with { TotalSteps = 2000 }),
        [nameof(OffPolicyOptions.EnvironmentCount)] = ("Pendulum-v1", o => o with { EnvironmentCount = 4 }),
        [nameof(OffPolicyOptions.BufferSize)] = ("Pendulum-v1", o => o with { BufferSize = 50 }),
        [nameof(OffPolicyOptions.BufferBytes)] = ("Pendulum-v1", o => o with { BufferBytes = 2000 }),
        [nameof(OffPolicyOptions.BatchSize)] = ("Pendulum-v1", o => o with { BatchSize = 32 }),
        [nameof(OffPolicyOptions.LearningStarts)] = ("Pendulum-v1", o => o with { LearningStarts = 80 }),
        [nameof(OffPolicyOptions.TrainEvery)] = ("Pendulum-v1", o => o with { TrainEvery = 8 }),
        [nameof(OffPolicyOptions.GradientSteps)] = ("Pendulum-v1", o => o with { GradientSteps = 4 }),
        [nameof(OffPolicyOptions.LearningRate)] = ("Pendulum-v1", o => o with { LearningRate = 3e-3 }),
        [nameof(OffPolicyOptions.Gamma)] = ("Pendulum-v1", o => o with { Gamma = 0.9 }),
        [nameof(OffPolicyOptions.NStep)] = ("Pendulum-v1", o => o with { NStep = 3 }),
        [nameof(OffPolicyOptions.Hindsight)] = ("PointReach-v0", o => o with { Hindsight = HindsightStrategy.Future }),
        [nameof(OffPolicyOptions.MaxGradientNorm)] = ("Pendulum-v1", o => o with { MaxGradientNorm = 0.01 }),
        [nameof(OffPolicyOptions.NormalizeObservations)] = ("Pendulum-v1", o => o with { NormalizeObservations = true }),
        [nameof(OffPolicyOptions.HiddenSizes)] = ("Pendulum-v1", o => o with { HiddenSizes = [9] }),
        [nameof(OffPolicyOptions.Activation)] = ("Pendulum-v1", o => o with { Activation = Activation.Tanh }),
        [nameof(OffPolicyOptions.AdamEpsilon)] = ("Pendulum-v1", o => o with { AdamEpsilon = 1e-2 }),
    };

    /// <summary>Options that change how a run is kept or what is exported, not what it learns, or that another one switches on: other tests show them.</summary>
    private static readonly string[] ShownElsewhere =
        [nameof(OffPolicyOptions.ObservationStorage), nameof(OffPolicyOptions.SaveReplay), nameof(OffPolicyOptions.HindsightGoals), nameof(SqlOptions.Candidates)];

    private static IEnumerable<TestCaseData> Names() => new OffPolicyOptions[] { Sac, First, Sql }.SelectMany(start => start.GetType().GetProperties()
        .Where(p => p.CanWrite && !ShownElsewhere.Contains(p.Name)).Select(p => new TestCaseData(start, p.Name).SetArgDisplayNames(start.GetType().Name, p.Name)));

    [TestCaseSource(nameof(Names))]
    public void Every_option_has_an_effect(OffPolicyOptions start, string option)
    {
        if (!Own.TryGetValue($"{start.GetType().Name}.{option}", out (string Environment, OffPolicyOptions One, OffPolicyOptions Other) pair))
        {
            Assert.That(Shared, Contains.Key(option), "an option without a row here is not known to do anything");
            pair = (Shared[option].Environment, start, Shared[option].Change(start));
        }

        OptionEffect.Assert(Learn(pair.Environment, pair.One), Learn(pair.Environment, pair.Other));
    }

    [Test]
    public void The_more_candidates_the_better_the_deterministic_action_by_q()
    {
        using ReplayTrial few = new(Registry.MakeVector("Pendulum-v1", 1), Sql with { Candidates = 1 }), many = new(Registry.MakeVector("Pendulum-v1", 1), Sql with { Candidates = 64 });
        using Pipeline.Runtime.Policy one = few.Load(), best = many.Load();
        Assert.That(Trial.Act(best, [1, 0, 0]), Is.Not.EqualTo(Trial.Act(one, [1, 0, 0])), "the same networks, more to choose from");
    }

    [TestCase("sac", "temperature", "0", "temperature is 0. It is above 0.")]
    [TestCase("sac", "tau", "0", "tau is 0. It is above 0 and at most 1.")]
    [TestCase("sac", "tau", "1.5", "tau is 1.5")]
    [TestCase("sac", "noise_theta", "0", "noise_theta is 0. It is above 0 and at most 1.")]
    [TestCase("sac", "noise", "correlate", "independent, correlated")]
    [TestCase("sac", "temperature_rule", "auto", "learned, fixed")]
    [TestCase("sac", "channels", "0", "channels is 0. Each is at least 1.")]
    [TestCase("sac-v1", "temperature", "-1", "temperature is -1. It is above 0.")]
    [TestCase("sac-v1", "reward_scale", "0", "reward_scale is 0. It is above 0.")]
    [TestCase("sac-v1", "tau", "2", "tau is 2")]
    [TestCase("sql", "temperature", "0", "temperature is 0. It is above 0.")]
    [TestCase("sql", "tau", "0", "tau is 0")]
    [TestCase("sql", "value_samples", "0", "value_samples is 0. It is at least 1.")]
    [TestCase("sql", "particles", "0", "particles is 0. It is at least 1.")]
    [TestCase("sql", "candidates", "0", "candidates is 0. It is at least 1.")]
    [TestCase("sql", "hidden_sizes", "", "hidden_sizes is empty.")]
    [TestCase("sql", "learning_rate", "0", "learning_rate is 0. It is above 0.")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string algorithm, string option, string value, string message) =>
        Assert.That(Runs.Problems(algorithm, "Pendulum-v1", (option, value)), Has.Some.Contains(message));

    [Test]
    public void Spaces_that_are_not_learned_are_refused()
    {
        var observations = new Box(-1, 1, 1);
        Space unbounded = new Box(-1, float.PositiveInfinity, 2);
        Assert.Multiple(() =>
        {
            foreach (OffPolicyOptions options in new OffPolicyOptions[] { Sac, First, Sql })
            {
                Assert.That(options.Validate(observations, unbounded), Has.One.Contains("finite bounds"));
                Assert.That(options.Validate(observations, new MultiDiscrete(2, 3)), Has.One.Contains("finite bounds"));
            }

            Assert.That(First.Validate(observations, new Discrete(3)), Has.One.Contains("For Discrete use sac"));
            Assert.That(Correlated.Validate(observations, new Discrete(3)), Has.One.Contains("noise=correlated"));
            Assert.That((Sac with { TargetEntropy = 1.2 }).Validate(observations, new Discrete(3)), Has.One.Contains("ln 3 = 1.099"));
            Assert.That((Sac with { TargetEntropy = -2 }).Validate(observations, new Box(-1, 1, 2)), Is.Empty);
        });
    }

    [TestCase("Pendulum-v1")]
    [TestCase("MountainCarContinuous-v0")]
    [TestCase("CartPole-v1?max_episode_steps=100")]
    [TestCase("PointReach-v0")]
    [TestCase("an environment of somebody else")]
    public void The_shipped_settings_are_valid(string environment)
    {
        Space actions = environment.StartsWith("CartPole", StringComparison.Ordinal) ? new Discrete(2) : new Box(-1, 1, 1);
        Assert.Multiple(() =>
        {
            foreach (OffPolicyOptions options in new OffPolicyOptions[] { SacPresets.For(environment), SqlPresets.For(environment) })
                Assert.That(options.Validate(new Box(-1, 1, 4), actions).Where(p => !p.Contains("hindsight", StringComparison.OrdinalIgnoreCase)), Is.Empty);
            Assert.That(SacV1Presets.For(environment).Validate(new Box(-1, 1, 4), new Box(-1, 1, 1)), Is.Empty);
        });
    }

    private static TOptions Small<TOptions>(TOptions options)
        where TOptions : OffPolicyOptions => options with
        {
            TotalSteps = 1000,
            TrainEvery = 4,
            GradientSteps = 2,
            BatchSize = 16,
            BufferSize = 1000,
            LearningStarts = 40,
            HiddenSizes = [8],
            LearningRate = Schedule.Linear(3e-3),
        };

    private static float[] Learn(string environment, OffPolicyOptions options)
    {
        using var trial = new ReplayTrial(Registry.MakeVector(environment, options.EnvironmentCount), options);
        return trial.Train(200).Learned;
    }
}
