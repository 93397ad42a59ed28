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

    /// <summary>The options that need rows of their own.</summary>
    private static readonly OnPolicyOptionEffects<VpgOptions> VpgEffects = new(Vpg, new Dictionary<string, (string Environment, VpgOptions One, VpgOptions Other)>
    {
        [nameof(VpgOptions.LearningRate)] = ("CartPole-v1", Vpg, Vpg with { LearningRate = 1e-2 }),
        [nameof(VpgOptions.ValueLearningRate)] = ("CartPole-v1", Vpg, Vpg with { ValueLearningRate = 1e-2 }),
        [nameof(VpgOptions.ValueSteps)] = ("CartPole-v1", Vpg, Vpg with { ValueSteps = 4 }),
        [nameof(VpgOptions.Weight)] = ("CartPole-v1", Vpg, Vpg with { Weight = VpgWeight.RewardToGo }),
        [nameof(VpgOptions.NormalizeAdvantages)] = ("CartPole-v1", Vpg, Vpg with { NormalizeAdvantages = false }),
        [nameof(VpgOptions.AdamEpsilon)] = ("CartPole-v1", Vpg, Vpg with { AdamEpsilon = 1e-2 }),
    });

    private static readonly OnPolicyOptionEffects<A2cOptions> A2cEffects = new(A2c, new Dictionary<string, (string Environment, A2cOptions One, A2cOptions Other)>
    {
        [nameof(A2cOptions.NormalizeAdvantages)] = ("CartPole-v1", A2c, A2c with { NormalizeAdvantages = true }),
        [nameof(A2cOptions.Memory)] = ("CartPole-v1", Recurrent, Recurrent with { Memory = MemoryKind.Gru }),
        [nameof(A2cOptions.MemorySize)] = ("CartPole-v1", Recurrent, Recurrent with { MemorySize = 4 }),
        [nameof(A2cOptions.SharedMemory)] = ("CartPole-v1", Recurrent, Recurrent with { SharedMemory = true }),
        [nameof(A2cOptions.SequenceLength)] = ("CartPole-v1", Recurrent, Recurrent with { SequenceLength = 8 }),
        [nameof(A2cOptions.PreviousAction)] = ("CartPole-v1", Recurrent, Recurrent with { PreviousAction = true }),
        [nameof(A2cOptions.PreviousReward)] = ("CartPole-v1", Recurrent, Recurrent with { PreviousReward = true }),
        [nameof(A2cOptions.LearningRate)] = ("CartPole-v1", A2c, A2c with { LearningRate = 1e-2 }),
        [nameof(A2cOptions.Optimizer)] = ("CartPole-v1", A2c, A2c with { Optimizer = ActorCriticOptimizer.RmsPropTf }),
        [nameof(A2cOptions.RmsPropDecay)] = ("CartPole-v1", A2c, A2c with { RmsPropDecay = 0.9 }),
        [nameof(A2cOptions.OptimizerEpsilon)] = ("CartPole-v1", A2c, A2c with { OptimizerEpsilon = 1e-2 }),
        [nameof(A2cOptions.EntropyCoefficient)] = ("CartPole-v1", A2c, A2c with { EntropyCoefficient = 0.1 }),
        [nameof(A2cOptions.ValueCoefficient)] = ("CartPole-v1", A2c with { MaxGradientNorm = 0.1 }, A2c with { MaxGradientNorm = 0.1, ValueCoefficient = 0.1 }),
    });

    private static IEnumerable<string> VpgNames() => typeof(VpgOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);

    private static IEnumerable<string> A2cNames() => typeof(A2cOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);

    [TestCaseSource(nameof(VpgNames))]
    public void Every_option_of_vpg_has_an_effect(string option) => VpgEffects.Assert(option);

    [TestCaseSource(nameof(A2cNames))]
    public void Every_option_of_a2c_has_an_effect(string option) => A2cEffects.Assert(option);

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
    [TestCase("CartPoleNoVel-v1")]
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
}
