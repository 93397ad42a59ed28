using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class DqnOptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly DqnOptions Start = (DqnOptions)Small(new DqnOptions());

    private static readonly C51Options Atoms = (C51Options)Small(new C51Options { VMin = 0, VMax = 20, Atoms = 11 });

    private static readonly QrDqnOptions Quantiles = (QrDqnOptions)Small(new QrDqnOptions { Quantiles = 4 });

    private static readonly IqnOptions Fractions = (IqnOptions)Small(new IqnOptions { Fractions = 4, TargetFractions = 4, PolicyFractions = 4 });

    private static readonly IqnOptions Greedy = Fractions with { TotalSteps = 600, ExplorationInitial = 0, ExplorationFinal = 0 };

    private static readonly IqnOptions Averse = Greedy with { Risk = RiskKind.Wang, RiskEta = -2 };

    private static readonly DqnOptions Goals = Start with { Hindsight = HindsightStrategy.Future };

    private static readonly DqnOptions ByPriority = Start with { Replayed = ReplayChoice.Prioritized };

    private static readonly DqnOptions Averaged = Start with { TargetUpdate = TargetUpdate.Averaged };

    /// <summary>For each option an environment where it matters, and two settings that must not learn the same.</summary>
    private static readonly Dictionary<string, (string Environment, QLearningOptions One, QLearningOptions Other)> Effects = new()
    {
        [nameof(DqnOptions.TotalSteps)] = ("CartPole-v1", Start, Start with { TotalSteps = 400 }),
        [nameof(DqnOptions.EnvironmentCount)] = ("CartPole-v1", Start, Start with { EnvironmentCount = 1 }),
        [nameof(DqnOptions.BufferSize)] = ("CartPole-v1", Start, Start with { BufferSize = 40 }),
        [nameof(DqnOptions.BufferBytes)] = ("CartPole-v1", Start, Start with { BufferBytes = 2000 }),
        [nameof(DqnOptions.BatchSize)] = ("CartPole-v1", Start, Start with { BatchSize = 8 }),
        [nameof(DqnOptions.LearningStarts)] = ("CartPole-v1", Start, Start with { LearningStarts = 60 }),
        [nameof(DqnOptions.TrainEvery)] = ("CartPole-v1", Start, Start with { TrainEvery = 8 }),
        [nameof(DqnOptions.GradientSteps)] = ("CartPole-v1", Start, Start with { GradientSteps = 2 }),
        [nameof(DqnOptions.LearningRate)] = ("CartPole-v1", Start, Start with { LearningRate = 1e-3 }),
        [nameof(DqnOptions.Gamma)] = ("CartPole-v1", Start, Start with { Gamma = 0.5 }),
        [nameof(DqnOptions.NStep)] = ("CartPole-v1", Start, Start with { NStep = 3 }),
        [nameof(DqnOptions.Hindsight)] = ("BitFlip-v0?n=4", Start, Goals),
        [nameof(DqnOptions.HindsightGoals)] = ("BitFlip-v0?n=4", Goals, Goals with { HindsightGoals = 1 }),
        [nameof(DqnOptions.MaxGradientNorm)] = ("CartPole-v1", Start, Start with { MaxGradientNorm = 0.01 }),
        [nameof(DqnOptions.NormalizeObservations)] = ("CartPole-v1", Start, Start with { NormalizeObservations = true }),
        [nameof(DqnOptions.HiddenSizes)] = ("CartPole-v1", Start, Start with { HiddenSizes = [] }),
        [nameof(DqnOptions.Activation)] = ("CartPole-v1", Start, Start with { Activation = Activation.Tanh }),
        [nameof(DqnOptions.AdamEpsilon)] = ("CartPole-v1", Start, Start with { AdamEpsilon = 1e-2 }),
        [nameof(DqnOptions.Target)] = ("CartPole-v1", Start, Start with { Target = QTarget.Double }),
        [nameof(DqnOptions.Streams)] = ("CartPole-v1", Start, Start with { Streams = QStreams.Dueling }),
        [nameof(DqnOptions.Layers)] = ("CartPole-v1", Start, Start with { Layers = QLayers.Noisy }),
        [nameof(DqnOptions.Replayed)] = ("CartPole-v1", Start, ByPriority),
        [nameof(DqnOptions.PriorityExponent)] = ("CartPole-v1", ByPriority, ByPriority with { PriorityExponent = 0.1 }),
        [nameof(DqnOptions.PriorityCorrection)] = ("CartPole-v1", ByPriority, ByPriority with { PriorityCorrection = 1 }),
        [nameof(DqnOptions.Exploration)] = ("CartPole-v1", Start, Start with { Exploration = QExploration.Boltzmann }),
        [nameof(DqnOptions.ExplorationInitial)] = ("CartPole-v1", Start, Start with { ExplorationInitial = 0.1 }),
        [nameof(DqnOptions.ExplorationFinal)] = ("CartPole-v1", Start, Start with { ExplorationFinal = 0.9 }),
        [nameof(DqnOptions.ExplorationFraction)] = ("CartPole-v1", Start, Start with { ExplorationFraction = 0.01 }),
        [nameof(DqnOptions.TargetUpdate)] = ("CartPole-v1", Start, Averaged),
        [nameof(DqnOptions.TargetUpdateEvery)] = ("CartPole-v1", Start, Start with { TargetUpdateEvery = 1000 }),
        [nameof(DqnOptions.Tau)] = ("CartPole-v1", Averaged, Averaged with { Tau = 0.5 }),
        [nameof(DqnOptions.Channels)] = ("Catch-v0", Start, Start with { Channels = [4, 4] }),
        [nameof(DqnOptions.HuberThreshold)] = ("CartPole-v1", Start, Start with { HuberThreshold = 0.01 }),
        [nameof(C51Options.VMin)] = ("CartPole-v1", Atoms, Atoms with { VMin = -5 }),
        [nameof(C51Options.VMax)] = ("CartPole-v1", Atoms, Atoms with { VMax = 10 }),
        [nameof(C51Options.Atoms)] = ("CartPole-v1", Atoms, Atoms with { Atoms = 21 }),
        [nameof(QrDqnOptions.Quantiles)] = ("CartPole-v1", Quantiles, Quantiles with { Quantiles = 8 }),
        ["QrDqn.HuberThreshold"] = ("CartPole-v1", Quantiles, Quantiles with { HuberThreshold = 0.01 }),
        [nameof(IqnOptions.Fractions)] = ("CartPole-v1", Fractions, Fractions with { Fractions = 3 }),
        [nameof(IqnOptions.TargetFractions)] = ("CartPole-v1", Fractions, Fractions with { TargetFractions = 3 }),
        [nameof(IqnOptions.PolicyFractions)] = ("CartPole-v1", Averse, Averse with { PolicyFractions = 1 }),
        [nameof(IqnOptions.Risk)] = ("CartPole-v1", Greedy, Averse),
        [nameof(IqnOptions.RiskEta)] = ("CartPole-v1", Averse, Averse with { RiskEta = 2 }),
        ["Iqn.HuberThreshold"] = ("CartPole-v1", Fractions, Fractions with { HuberThreshold = 0.01 }),
    };

    /// <summary>What changes how experience is kept and not what is learned from it.</summary>
    private static readonly string[] Keeping = [nameof(DqnOptions.SaveReplay), nameof(DqnOptions.ObservationStorage)];

    private static string[] Names() => [.. Effects.Keys];

    [TestCaseSource(nameof(Names))]
    public void Every_option_has_an_effect(string option)
    {
        (string environment, QLearningOptions one, QLearningOptions other) = Effects[option];
        OptionEffect.Assert(Learn(environment, one), Learn(environment, other));
    }

    [Test]
    public void Every_option_is_known_here()
    {
        IEnumerable<string> all = new[] { typeof(DqnOptions), typeof(C51Options), typeof(QrDqnOptions), typeof(IqnOptions) }
            .SelectMany(t => t.GetProperties().Where(p => p.CanWrite).Select(p => p.Name)).Distinct();
        Assert.That(all.Except(Effects.Keys).Except(Keeping), Is.Empty, "an option without a row here is not known to do anything");
    }

    [Test]
    public void Observations_of_bits_are_kept_as_bytes_unless_floats_are_asked_for_and_nothing_else_is_learned()
    {
        using var bytes = new QTrial(Registry.MakeVector("Catch-v0", 2), Start);
        using var floats = new QTrial(Registry.MakeVector("Catch-v0", 2), Start with { ObservationStorage = ObservationStorage.Float });
        Assert.That(floats.Iterate(50).Learned, Is.EqualTo(bytes.Iterate(50).Learned));
        Assert.That(floats.Trainer.Replay.Bytes, Is.GreaterThan(2 * bytes.Trainer.Replay.Bytes));
    }

    [TestCase("dqn", "target_update_every", "0", "target_update_every is 0. It is at least 1.")]
    [TestCase("dqn", "exploration_initial", "1.5", "exploration_initial is 1.5. It is 0 to 1.")]
    [TestCase("dqn", "exploration_final", "-1", "exploration_final is -1. It is 0 to 1.")]
    [TestCase("dqn", "exploration_fraction", "2", "exploration_fraction is 2. It is 0 to 1.")]
    [TestCase("dqn", "priority_exponent", "2", "priority_exponent is 2. It is 0 to 1.")]
    [TestCase("dqn", "priority_correction", "-1", "priority_correction is -1. It is 0 to 1.")]
    [TestCase("dqn", "tau", "1.5", "tau is 1.5. It is")]
    [TestCase("dqn", "channels", "16,0", "channels is 16,0. Each is at least 1.")]
    [TestCase("dqn", "huber_threshold", "0", "huber_threshold is 0. It is above 0.")]
    [TestCase("dqn", "streams", "duelling", "dueling")]
    [TestCase("dqn", "train_every", "0", "train_every is 0")]
    [TestCase("dqn", "gradient_steps", "0", "gradient_steps is 0")]
    [TestCase("dqn", "learning_starts", "-1", "learning_starts is -1")]
    [TestCase("dqn", "environment_count", "3", "train_every 256 is no multiple of environment_count 3")]
    [TestCase("dqn", "hindsight", "future", "achieved_goal")]
    [TestCase("c51", "atoms", "1", "atoms is 1. It is at least 2")]
    [TestCase("c51", "v_max", "-50", "v_min 0 and v_max -50 leave no room")]
    [TestCase("rainbow", "v_min", "200", "v_min 200 and v_max 100")]
    [TestCase("qr-dqn", "quantiles", "1", "quantiles is 1. It is at least 2")]
    [TestCase("qr-dqn", "huber_threshold", "-1", "huber_threshold is -1")]
    [TestCase("iqn", "fractions", "0", "fractions is 0. It is at least 1.")]
    [TestCase("iqn", "target_fractions", "0", "target_fractions is 0. It is at least 1.")]
    [TestCase("iqn", "policy_fractions", "0", "policy_fractions is 0. It is at least 1.")]
    [TestCase("iqn", "risk", "cvar", "risk_eta is 0. The distortion Cvar takes an η above 0")]
    [TestCase("iqn", "hidden_sizes", "", "hidden_sizes is empty")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string algorithm, string option, string value, string message) =>
        Assert.That(Runs.Problems(algorithm, "CartPole-v1", (option, value)), Has.Some.Contains(message));

    [Test]
    public void Actions_that_are_no_choice_are_refused() =>
        Assert.That(new DqnOptions().Validate(new Box(-1, 1, 1), new Box(-1, 1, 2)), Has.One.Contains("Box").And.One.Contains("Discrete").And.One.Contains("sac"));

    [Test]
    public void The_shipped_settings_are_valid(
        [ValueSource(typeof(QTrial), nameof(QTrial.Algorithms))] string algorithm,
        [Values("CartPole-v1", "CartPole-v1?max_episode_steps=100", "Acrobot-v1", "MountainCar-v0", "Catch-v0", "PixelBreakout-v0", "FrozenLake-v1")] string environment)
    {
        using ResolvedRun run = Runs.Resolve(algorithm, environment);
        Assert.That(run.Config.Algorithm, Is.EqualTo(algorithm));
    }

    [Test]
    public void Rainbow_has_all_six_parts()
    {
        C51Options rainbow = RainbowPresets.For("an environment of somebody else");
        Assert.That(
            (rainbow.Target, rainbow.Streams, rainbow.Layers, rainbow.Replayed, rainbow.NStep, rainbow.Atoms),
            Is.EqualTo((QTarget.Double, QStreams.Dueling, QLayers.Noisy, ReplayChoice.Prioritized, 3, 51)));
    }

    [Test]
    public void Exploration_falls_linearly_and_then_stays()
    {
        DqnOptions options = new() { ExplorationInitial = 1, ExplorationFinal = 0.2, ExplorationFraction = 0.5 };
        Assert.That(new[] { 0, 0.25, 0.5, 1 }.Select(options.ExplorationAt), Is.EqualTo(new[] { 1, 0.6, 0.2, 0.2 }).Within(1e-12));
    }

    private static QLearningOptions Small(QLearningOptions options) => options with
    {
        TotalSteps = 200,
        EnvironmentCount = 2,
        BufferSize = 500,
        BatchSize = 16,
        LearningStarts = 40,
        TrainEvery = 2,
        TargetUpdateEvery = 20,
        ExplorationFraction = 0.5,
        LearningRate = 3e-3,
        HiddenSizes = [8],
        Channels = [2],
    };

    private static float[] Learn(string environment, QLearningOptions options)
    {
        using var trial = new QTrial(Registry.MakeVector(environment, options.EnvironmentCount), options);
        return trial.Train().Learned;
    }
}
