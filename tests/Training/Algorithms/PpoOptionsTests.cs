using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class PpoOptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly PpoOptions Start = new()
    {
        TotalSteps = 2048, EnvironmentCount = 4, RolloutLength = 32, MinibatchSize = 32, UpdateEpochs = 2, HiddenSizes = [8], LearningRate = Schedule.Linear(3e-3), MaxGradientNorm = null,
    };

    private static readonly PpoOptions Recurrent = Start with { Memory = MemoryKind.Lstm, MemorySize = 8, SequenceLength = 16 };

    /// <summary>The options that need rows of their own.</summary>
    private static readonly OnPolicyOptionEffects<PpoOptions> Effects = new(Start, new Dictionary<string, (string Environment, PpoOptions One, PpoOptions Other)>
    {
        [nameof(PpoOptions.MinibatchSize)] = ("CartPole-v1", Start, Start with { MinibatchSize = 128 }),
        [nameof(PpoOptions.UpdateEpochs)] = ("CartPole-v1", Start, Start with { UpdateEpochs = 3 }),
        [nameof(PpoOptions.LearningRate)] = ("CartPole-v1", Start, Start with { LearningRate = 3e-3 }),
        [nameof(PpoOptions.Objective)] = ("CartPole-v1", Start, Start with { Objective = PpoObjective.KlPenalty }),
        [nameof(PpoOptions.ClipRange)] = ("CartPole-v1", Start, Start with { ClipRange = 0.001 }),
        [nameof(PpoOptions.KlCoefficient)] = ("CartPole-v1", Start with { Objective = PpoObjective.KlPenalty }, Start with { Objective = PpoObjective.KlPenalty, KlCoefficient = 10 }),
        [nameof(PpoOptions.KlTarget)] = ("CartPole-v1", Start with { Objective = PpoObjective.KlPenalty }, Start with { Objective = PpoObjective.KlPenalty, KlTarget = 1e-6 }),
        [nameof(PpoOptions.ValueClipRange)] = ("CartPole-v1", Start, Start with { ValueClipRange = 0.001 }),
        [nameof(PpoOptions.TargetKl)] = ("CartPole-v1", Start, Start with { TargetKl = 1e-9 }),
        [nameof(PpoOptions.EntropyCoefficient)] = ("CartPole-v1", Start, Start with { EntropyCoefficient = 0.1 }),
        [nameof(PpoOptions.ValueCoefficient)] = ("CartPole-v1", Start with { MaxGradientNorm = 0.5 }, Start with { MaxGradientNorm = 0.5, ValueCoefficient = 0.1 }),
        [nameof(PpoOptions.MaxGradientNorm)] = ("CartPole-v1", Start, Start with { MaxGradientNorm = 0.1 }),
        [nameof(PpoOptions.NormalizeAdvantages)] = ("CartPole-v1", Start, Start with { NormalizeAdvantages = false }),
        [nameof(PpoOptions.Memory)] = ("CartPole-v1", Recurrent, Recurrent with { Memory = MemoryKind.Gru }),
        [nameof(PpoOptions.MemorySize)] = ("CartPole-v1", Recurrent, Recurrent with { MemorySize = 4 }),
        [nameof(PpoOptions.SharedMemory)] = ("CartPole-v1", Recurrent, Recurrent with { SharedMemory = true }),
        [nameof(PpoOptions.SequenceLength)] = ("CartPole-v1", Recurrent, Recurrent with { SequenceLength = 8 }),
        [nameof(PpoOptions.PreviousAction)] = ("CartPole-v1", Recurrent, Recurrent with { PreviousAction = true }),
        [nameof(PpoOptions.PreviousReward)] = ("Pendulum-v1", Recurrent, Recurrent with { PreviousReward = true }),
        [nameof(PpoOptions.AdamEpsilon)] = ("CartPole-v1", Start, Start with { AdamEpsilon = 1e-2 }),
    });

    private static IEnumerable<string> Names() => typeof(PpoOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);

    [TestCaseSource(nameof(Names))]
    public void Every_option_has_an_effect(string option) => Effects.Assert(option);

    [TestCase("total_steps", "0", "total_steps is 0")]
    [TestCase("environment_count", "0", "environment_count is 0")]
    [TestCase("rollout_length", "-1", "rollout_length is -1")]
    [TestCase("update_epochs", "0", "update_epochs is 0")]
    [TestCase("minibatch_size", "0", "minibatch_size is 0")]
    [TestCase("minibatch_size", "96", "minibatch_size 96 does not divide rollout_length 32 × environment_count 8 = 256. Use a divisor such as 32 or 64 or 128.")]
    [TestCase("minibatch_size", "1", "normalize_advantages=false")]
    [TestCase("rollout_length", "2000000000", "rollout_length 2000000000 × environment_count 8 is more than a rollout can hold: at most 536870911 rows")]
    [TestCase("gamma", "1.5", "gamma is 1.5. It is 0 to 1.")]
    [TestCase("gae_lambda", "-0.1", "gae_lambda is -0.1. It is 0 to 1.")]
    [TestCase("learning_rate", "0", "learning_rate is 0. It is above 0.")]
    [TestCase("learning_rate", "lin_0.1_-1", "learning_rate's end is -1")]
    [TestCase("clip_range", "-0.2", "clip_range is -0.2")]
    [TestCase("clip_range", "lin_0.2_-1", "clip_range's end is -1")]
    [TestCase("kl_coefficient", "0", "kl_coefficient is 0")]
    [TestCase("kl_target", "0", "kl_target is 0")]
    [TestCase("value_clip_range", "0", "value_clip_range is 0")]
    [TestCase("target_kl", "-1", "target_kl is -1")]
    [TestCase("max_gradient_norm", "0", "max_gradient_norm is 0")]
    [TestCase("adam_epsilon", "0", "adam_epsilon is 0")]
    [TestCase("entropy_coefficient", "-1", "entropy_coefficient is -1")]
    [TestCase("value_coefficient", "-1", "value_coefficient is -1")]
    [TestCase("hidden_sizes", "64,0", "hidden_sizes is 64,0")]
    [TestCase("activation", "tanhh", "tanh")]
    [TestCase("objective", "clipped", "clip")]
    [TestCase("initial_log_std", "NaN", "initial_log_std")]
    [TestCase("memory", "lstms", "lstm")]
    [TestCase("memory_size", "0", "memory_size is 0")]
    [TestCase("sequence_length", "0", "sequence_length is 0")]
    [TestCase("clip_rage", "0.2", "clip_range")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message) =>
        Assert.That(Runs.Problems("ppo", "CartPole-v1", (option, value)), Has.Some.Contains(message).And.All.Contains(option));

    [Test]
    public void Sequences_fill_rollouts_and_minibatches_or_are_refused() => Assert.Multiple(() =>
    {
        Assert.That(
            (Recurrent with { SequenceLength = 12, MinibatchSize = 64 }).Validate(new Box(-1, 1, 1), new Discrete(2)), Is.EquivalentTo(new[]
            {
                "sequence_length 12 does not divide rollout_length 32. Use a divisor such as 8 or 32.",
                "minibatch_size 64 holds no whole number of sequences of sequence_length 12. Use a multiple such as 72, or shorter sequences.",
            }));
        Assert.That((Recurrent with { Memory = MemoryKind.None, SequenceLength = 12 }).Validate(new Box(-1, 1, 1), new Discrete(2)), Is.Empty);
    });

    [Test]
    public void Each_divisor_is_named_once() =>
        Assert.That(
            (Start with { EnvironmentCount = 1, MinibatchSize = 5 }).Validate(new Box(-1, 1, 1), new Discrete(2)),
            Is.EqualTo(new[] { "minibatch_size 5 does not divide rollout_length 32 × environment_count 1 = 32. Use a divisor such as 32." }));

    [Test]
    public void All_problems_are_told_at_once()
    {
        IReadOnlyList<string> problems = Runs.Problems("ppo", "CartPole-v1", ("gamma", "2"), ("minibatch_size", "100"), ("learning_rate", "fast"), ("update_epoch", "3"), ("hidden_sizes", "0"));
        Assert.That(problems, Has.Count.EqualTo(5));
        foreach (string option in new[] { "gamma", "minibatch_size", "learning_rate", "update_epoch", "hidden_sizes" })
            Assert.That(problems, Has.Some.Contains(option));
    }

    [TestCase("CartPole-v1")]
    [TestCase("CartPole-v1?max_episode_steps=100")]
    [TestCase("Acrobot-v1")]
    [TestCase("MountainCar-v0")]
    [TestCase("Pendulum-v1")]
    [TestCase("FrozenLake-v1")]
    [TestCase("Taxi-v4")]
    [TestCase("CartPoleNoVel-v1")]
    [TestCase("PendulumNoVel-v1")]
    [TestCase("TMaze-v0")]
    [TestCase("Docking-v0")]
    [TestCase("an environment of somebody else")]
    public void The_shipped_settings_are_valid(string environment) =>
        Assert.That(PpoPresets.For(environment).Validate(new Box(-1, 1, 4), new Discrete(2)), Is.Empty);

    [Test]
    public void A_small_divergence_target_stops_the_passes_and_a_large_one_does_not()
    {
        PpoOptions options = Start with { UpdateEpochs = 10, LearningRate = 0.01 };
        long Updates(double? target)
        {
            using var trial = new Trial(Registry.MakeVector("CartPole-v1", 4), options with { TargetKl = target });
            return trial.Iterate().Trainer.Updates;
        }

        Assert.Multiple(() =>
        {
            Assert.That(Updates(null), Is.EqualTo(40));
            Assert.That(Updates(1e6), Is.EqualTo(40));
            Assert.That(Updates(1e-6), Is.InRange(1, 4), "the first step changes the policy; its effect is seen on the second");
        });
    }

    [Test]
    public void The_entropy_bonus_keeps_the_policy_undecided()
    {
        double Entropy(double coefficient)
        {
            using Trial trial = new Trial(() => new ActionReward(), Trial.Quick with { TotalSteps = 5120, EntropyCoefficient = coefficient }).Train();
            return trial.Metrics.Get("entropy")!.Value;
        }

        Assert.Multiple(() =>
        {
            Assert.That(Entropy(0), Is.LessThan(0.1));
            Assert.That(Entropy(10), Is.EqualTo(Math.Log(2)).Within(0.02));
        });
    }

    [Test]
    public void The_penalty_grows_where_the_policy_moves_too_far_and_shrinks_where_it_hardly_moves()
    {
        double Penalty(double target)
        {
            using var trial = new Trial(Registry.MakeVector("CartPole-v1", 4), Start with { Objective = PpoObjective.KlPenalty, KlTarget = target });
            return trial.Iterate(3).Metrics.Get("kl_coefficient")!.Value;
        }

        Assert.Multiple(() =>
        {
            Assert.That(Penalty(1e-9), Is.EqualTo(8), "doubled by each of three rollouts");
            Assert.That(Penalty(1e3), Is.EqualTo(1.0 / 8), "halved by each");
        });
    }

    [Test]
    public void A_linear_learning_rate_falls_with_the_share_of_the_run_that_is_done()
    {
        using var trial = new Trial(Registry.MakeVector("CartPole-v1", 4), Start with { TotalSteps = 512, LearningRate = Schedule.Linear(0.004) });
        double[] rates = [.. Enumerable.Range(0, 4).Select(_ => trial.Iterate().Metrics.Get("learning_rate")!.Value)];
        Assert.That(rates, Is.EqualTo(new[] { 0.004, 0.003, 0.002, 0.001 }).Within(1e-12));
    }

    [Test]
    public void Every_nonlinearity_and_depth_learns(
        [Values] Activation activation, [Values("", "16", "8,8,8")] string hidden)
    {
        PpoOptions options = Trial.Quick with { TotalSteps = 5120, Activation = activation, HiddenSizes = [.. hidden.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)] };
        using Trial trial = new Trial(() => new ObservationActionReward(), options).Train();
        using Policy policy = trial.Load();
        Assert.That(new[] { Trial.Act(policy, [-1])[0], Trial.Act(policy, [1])[0] }, Is.EqualTo(new[] { 0f, 1f }));
    }

    private static ResolvedRun Resolve(params (string, string)[] settings) =>
        Runs.Resolve("ppo", "CartPole-v1", settings: settings);
}
