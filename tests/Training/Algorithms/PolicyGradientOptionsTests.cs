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

namespace Pipeline.Tests.Training.Algorithms;

public sealed class PolicyGradientOptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly VpgOptions Vpg = new()
    {
        TotalSteps = 2048, EnvironmentCount = 4, RolloutLength = 32, HiddenSizes = [8], LearningRate = Schedule.Linear(1e-2), ValueSteps = 3, MaxGradientNorm = null,
    };

    private static readonly A2cOptions A2c = new() { TotalSteps = 2048, EnvironmentCount = 4, HiddenSizes = [8], LearningRate = Schedule.Linear(1e-2), GaeLambda = 0.9, MaxGradientNorm = null };

    private static readonly A2cOptions Recurrent = A2c with { RolloutLength = 16, Memory = MemoryKind.Lstm, MemorySize = 8, SequenceLength = 16 };

    /// <summary>For each option of its own two settings that must not learn the same.</summary>
    private static readonly Dictionary<string, (OnPolicyOptions One, OnPolicyOptions Other)> Own = new()
    {
        ["VpgOptions.LearningRate"] = (Vpg, Vpg with { LearningRate = 1e-2 }),
        ["VpgOptions.ValueLearningRate"] = (Vpg, Vpg with { ValueLearningRate = 1e-2 }),
        ["VpgOptions.ValueSteps"] = (Vpg, Vpg with { ValueSteps = 4 }),
        ["VpgOptions.Weight"] = (Vpg, Vpg with { Weight = VpgWeight.RewardToGo }),
        ["VpgOptions.NormalizeAdvantages"] = (Vpg, Vpg with { NormalizeAdvantages = false }),
        ["VpgOptions.AdamEpsilon"] = (Vpg, Vpg with { AdamEpsilon = 1e-2 }),
        ["A2cOptions.NormalizeAdvantages"] = (A2c, A2c with { NormalizeAdvantages = true }),
        ["RecurrentOptions.Memory"] = (Recurrent, Recurrent with { Memory = MemoryKind.Gru }),
        ["RecurrentOptions.MemorySize"] = (Recurrent, Recurrent with { MemorySize = 4 }),
        ["RecurrentOptions.SharedMemory"] = (Recurrent, Recurrent with { SharedMemory = true }),
        ["RecurrentOptions.SequenceLength"] = (Recurrent, Recurrent with { SequenceLength = 8 }),
        ["RecurrentOptions.PreviousAction"] = (Recurrent, Recurrent with { PreviousAction = true }),
        ["RecurrentOptions.PreviousReward"] = (Recurrent, Recurrent with { PreviousReward = true }),
        ["ActorCriticOptions.LearningRate"] = (A2c, A2c with { LearningRate = 1e-2 }),
        ["ActorCriticOptions.Optimizer"] = (A2c, A2c with { Optimizer = ActorCriticOptimizer.RmsPropTf }),
        ["ActorCriticOptions.RmsPropDecay"] = (A2c, A2c with { RmsPropDecay = 0.9 }),
        ["ActorCriticOptions.OptimizerEpsilon"] = (A2c, A2c with { OptimizerEpsilon = 1e-2 }),
        ["ActorCriticOptions.EntropyCoefficient"] = (A2c, A2c with { EntropyCoefficient = 0.1 }),
        ["ActorCriticOptions.ValueCoefficient"] = (A2c with { MaxGradientNorm = 0.1 }, A2c with { MaxGradientNorm = 0.1, ValueCoefficient = 0.1 }),
    };

    /// <summary>The same for the options that all on-policy algorithms have, and an environment where they matter.</summary>
    private static readonly Dictionary<string, (string Environment, Func<OnPolicyOptions, OnPolicyOptions> Change)> Shared = new()
    {
        [nameof(OnPolicyOptions.TotalSteps)] = ("CartPole-v1", o => o with { TotalSteps = 4096 }),
        [nameof(OnPolicyOptions.EnvironmentCount)] = ("CartPole-v1", o => o with { EnvironmentCount = 8 }),
        [nameof(OnPolicyOptions.RolloutLength)] = ("CartPole-v1", o => o with { RolloutLength = 16 }),
        [nameof(OnPolicyOptions.Gamma)] = ("CartPole-v1", o => o with { Gamma = 0.9 }),
        [nameof(OnPolicyOptions.GaeLambda)] = ("CartPole-v1", o => o with { GaeLambda = 0.5 }),
        [nameof(OnPolicyOptions.MaxGradientNorm)] = ("CartPole-v1", o => o with { MaxGradientNorm = 0.01 }),
        [nameof(OnPolicyOptions.NormalizeObservations)] = ("CartPole-v1", o => o with { NormalizeObservations = true }),
        [nameof(OnPolicyOptions.NormalizeRewards)] = ("Pendulum-v1", o => o with { NormalizeRewards = true }),
        [nameof(OnPolicyOptions.UseActionMasks)] = ("Taxi-v4", o => o with { UseActionMasks = false }),
        [nameof(OnPolicyOptions.HiddenSizes)] = ("CartPole-v1", o => o with { HiddenSizes = [] }),
        [nameof(OnPolicyOptions.Activation)] = ("CartPole-v1", o => o with { Activation = Activation.Relu }),
        [nameof(OnPolicyOptions.InitialLogStd)] = ("Pendulum-v1", o => o with { InitialLogStd = -1 }),
    };

    private static IEnumerable<string> OwnNames() => new[] { typeof(VpgOptions), typeof(RecurrentOptions), typeof(ActorCriticOptions), typeof(A2cOptions) }
        .SelectMany(t => t.GetProperties().Where(p => p.CanWrite && p.DeclaringType == t).Select(p => $"{t.Name}.{p.Name}"));

    private static IEnumerable<string> SharedNames() => typeof(OnPolicyOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);

    [TestCaseSource(nameof(OwnNames))]
    public void Every_option_of_its_own_has_an_effect(string option)
    {
        Assert.That(Own, Contains.Key(option), "an option without a row here is not known to do anything");
        OptionEffect.Assert(Learn("CartPole-v1", Own[option].One), Learn("CartPole-v1", Own[option].Other));
    }

    [TestCaseSource(nameof(SharedNames))]
    public void Every_shared_option_has_an_effect(string option)
    {
        Assert.That(Shared, Contains.Key(option), "an option without a row here is not known to do anything");
        (string environment, Func<OnPolicyOptions, OnPolicyOptions> change) = Shared[option];
        foreach (OnPolicyOptions options in new OnPolicyOptions[] { Vpg, A2c }) OptionEffect.Assert(Learn(environment, options), Learn(environment, change(options)));
    }

    [TestCase("vpg", "value_steps", "0", "value_steps is 0. It is at least 1.")]
    [TestCase("vpg", "learning_rate", "0", "learning_rate is 0. It is above 0.")]
    [TestCase("vpg", "value_learning_rate", "lin_0.1_-1", "value_learning_rate's end is -1")]
    [TestCase("vpg", "adam_epsilon", "0", "adam_epsilon is 0")]
    [TestCase("vpg", "weight", "advantages", "reward_to_go, advantage")]
    [TestCase("vpg", "gae_lambda", "2", "gae_lambda is 2. It is 0 to 1.")]
    [TestCase("vpg", "memory", "lstm", "vpg has no option 'memory'.")]
    [TestCase("a2c", "memory", "lstms", "none, lstm, gru")]
    [TestCase("a2c", "memory_size", "0", "memory_size is 0")]
    [TestCase("a2c", "optimizer", "rmsprop", "rms_prop, rms_prop_tf, adam")]
    [TestCase("a2c", "rms_prop_decay", "1.5", "rms_prop_decay is 1.5. It is 0 to 1.")]
    [TestCase("a2c", "optimizer_epsilon", "0", "optimizer_epsilon is 0")]
    [TestCase("a2c", "entropy_coefficient", "-1", "entropy_coefficient is -1")]
    [TestCase("a2c", "value_coefficient", "-1", "value_coefficient is -1")]
    [TestCase("a2c", "learning_rate", "-1", "learning_rate is -1")]
    [TestCase("a2c", "hidden_sizes", "64,0", "hidden_sizes is 64,0")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string algorithm, string option, string value, string message) =>
        Assert.That(Runs.Problems(algorithm, "CartPole-v1", (option, value)), Has.Some.Contains(message).And.All.Contains(option));

    [Test]
    public void One_row_cannot_be_standardised()
    {
        foreach (OnPolicyOptions options in new OnPolicyOptions[] { Vpg, A2c with { NormalizeAdvantages = true } })
            Assert.That((options with { RolloutLength = 1, EnvironmentCount = 1 }).Validate(new Box(-1, 1, 1), new Discrete(2)), Has.One.Contains("normalize_advantages=false"));
    }

    [Test]
    public void A_rollout_is_whole_sequences()
    {
        Assert.That(
            (Recurrent with { SequenceLength = 12 }).Validate(new Box(-1, 1, 1), new Discrete(2)),
            Is.EqualTo(new[] { "sequence_length 12 does not divide rollout_length 16. Use a divisor such as 8 or 16." }));
        Assert.That((A2c with { SequenceLength = 12 }).Validate(new Box(-1, 1, 1), new Discrete(2)), Is.Empty, "without a memory there are no sequences");
    }

    [TestCase("CartPole-v1")]
    [TestCase("Acrobot-v1")]
    [TestCase("Pendulum-v1")]
    [TestCase("an environment of somebody else")]
    public void The_shipped_settings_are_valid(string environment)
    {
        foreach (OnPolicyOptions options in new OnPolicyOptions[] { VpgPresets.For(environment), A2cPresets.For(environment) })
            Assert.That(options.Validate(new Box(-1, 1, 4), new Discrete(2)), Is.Empty);
        foreach (RecurrentOptions options in new RecurrentOptions[] { A2cPresets.For(environment), A3cPresets.For(environment), ImpalaPresets.For(environment) })
            Assert.That((options with { Memory = MemoryKind.Lstm }).Validate(new Box(-1, 1, 4), new Discrete(2)), Is.Empty, "with a memory and nothing else");
    }

    [Test]
    public void Without_steps_of_the_value_function_left_out_only_the_policy_is_moved_once_a_rollout()
    {
        using var trial = new Trial(Registry.MakeVector("CartPole-v1", 4), Vpg with { ValueSteps = 7 });
        Assert.That(trial.Iterate(3).Trainer.Updates, Is.EqualTo(3));
        Assert.That(trial.Trainer.Algorithm.Counters, Is.EqualTo(new double[] { 3, 21 }));
    }

    private static float[] Learn(string environment, OnPolicyOptions options)
    {
        using var trial = new Trial(Registry.MakeVector(environment, options.EnvironmentCount), options);
        return trial.Iterate(3).Trainer.Parameters.Values.ToArray();
    }
}
