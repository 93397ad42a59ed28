using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class AcktrOptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly AcktrOptions Start = new()
    {
        TotalSteps = 2048, EnvironmentCount = 4, RolloutLength = 32, HiddenSizes = [8], GaeLambda = 0.9, ValueLearningRate = Schedule.Linear(0.2), ValueTargetKl = 100, TargetKl = 1,
    };

    /// <summary>The options that need rows of their own.</summary>
    private static readonly OnPolicyOptionEffects<AcktrOptions> Effects = new(Start, new Dictionary<string, (string Environment, AcktrOptions One, AcktrOptions Other)>
    {
        [nameof(AcktrOptions.LearningRate)] = ("CartPole-v1", Start, Start with { LearningRate = 0.2 }),
        [nameof(AcktrOptions.ValueLearningRate)] = ("CartPole-v1", Start, Start with { ValueLearningRate = 0.2 }),
        [nameof(AcktrOptions.ValueSteps)] = ("CartPole-v1", Start, Start with { ValueSteps = 3 }),
        [nameof(AcktrOptions.EntropyCoefficient)] = ("CartPole-v1", Start, Start with { EntropyCoefficient = 0.1 }),
        [nameof(AcktrOptions.TargetKl)] = ("CartPole-v1", Start, Start with { TargetKl = 1e-4 }),
        [nameof(AcktrOptions.DesiredKl)] = ("CartPole-v1", Start, Start with { DesiredKl = 1e-6 }),
        [nameof(AcktrOptions.ValueTargetKl)] = ("CartPole-v1", Start, Start with { ValueTargetKl = 1e-4 }),
        [nameof(AcktrOptions.Momentum)] = ("CartPole-v1", Start, Start with { Momentum = 0 }),
        [nameof(AcktrOptions.Damping)] = ("CartPole-v1", Start, Start with { Damping = 0.1 }),
        [nameof(AcktrOptions.FactorDecay)] = ("CartPole-v1", Start, Start with { FactorDecay = 0.1 }),
        [nameof(AcktrOptions.EigenInterval)] = ("CartPole-v1", Start, Start with { EigenInterval = 1 }),
        [nameof(AcktrOptions.NormalizeAdvantages)] = ("CartPole-v1", Start, Start with { NormalizeAdvantages = true }),
        // Its 500 inputs make large factors: one eigendecomposition is enough.
        [nameof(AcktrOptions.UseActionMasks)] = ("Taxi-v4", Start with { EigenInterval = 10 }, Start with { EigenInterval = 10, UseActionMasks = false }),
    });

    private static IEnumerable<string> Names() => typeof(AcktrOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);

    [TestCaseSource(nameof(Names))]
    public void Every_option_has_an_effect(string option) => Effects.Assert(option);

    [TestCase("learning_rate", "0", "learning_rate is 0. It is above 0.")]
    [TestCase("learning_rate", "lin_0.1_-1", "learning_rate's end is -1")]
    [TestCase("value_learning_rate", "0", "value_learning_rate is 0. It is above 0.")]
    [TestCase("value_steps", "0", "value_steps is 0. It is at least 1.")]
    [TestCase("target_kl", "0", "target_kl is 0. It is above 0.")]
    [TestCase("desired_kl", "0", "desired_kl is 0. It is above 0.")]
    [TestCase("desired_kl", "lin_0.01_-1", "desired_kl's end is -1")]
    [TestCase("value_target_kl", "-1", "value_target_kl is -1. It is above 0.")]
    [TestCase("momentum", "1", "momentum is 1. It is at least 0 and below 1.")]
    [TestCase("factor_decay", "1", "factor_decay is 1. It is at least 0 and below 1.")]
    [TestCase("damping", "0", "damping is 0. It is above 0.")]
    [TestCase("eigen_interval", "0", "eigen_interval is 0. It is at least 1.")]
    [TestCase("entropy_coefficient", "-1", "entropy_coefficient is -1. It is at least 0.")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message) =>
        Assert.That(Runs.Problems("acktr", "CartPole-v1", (option, value)), Has.Some.Contains(message).And.All.Contains(option));

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    [TestCase("an environment of somebody else")]
    public void The_shipped_settings_are_valid(string environment) =>
        Assert.That(AcktrPresets.For(environment).Validate(new Box(-1, 1, 4), new Discrete(2)), Is.Empty);

    [Test]
    public void One_row_cannot_be_standardised() => Assert.That(
        (Start with { RolloutLength = 1, EnvironmentCount = 1, NormalizeAdvantages = true }).Validate(new Box(-1, 1, 1), new Discrete(2)), Has.One.Contains("normalize_advantages=false"));

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    public void The_policy_never_goes_further_than_the_bound(string environment)
    {
        using var trial = new Trial(Registry.MakeVector(environment, 4), Start with { TargetKl = 1e-4, LearningRate = 1 });
        for (int i = 0; i < 10; i++)
        {
            trial.Iterate();
            Assert.That(trial.Metrics.Get("approx_kl"), Is.InRange(0, 1e-4 * (1 + 1e-9)));
            Assert.That(trial.Metrics.Get("step_share"), Is.InRange(0, 1));
        }

        Assert.That(trial.Trainer.Updates, Is.EqualTo(10));
    }
}
