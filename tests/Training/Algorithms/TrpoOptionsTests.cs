using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class TrpoOptionsTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly TrpoOptions Start = new()
    {
        TotalSteps = 2048, EnvironmentCount = 4, RolloutLength = 32, MinibatchSize = 32, CriticEpochs = 2, HiddenSizes = [8], LearningRate = Schedule.Linear(1e-2), Damping = 1e-3,
    };

    /// <summary>Steps so long that the line search has work.</summary>
    private static readonly TrpoOptions Long = Start with { TargetKl = 1 };

    private static readonly TrpoOptions Vine = Start with { Sampling = TrpoSampling.Vine, VineStates = 4, VineLength = 5 };

    /// <summary>The options that need rows of their own.</summary>
    private static readonly OnPolicyOptionEffects<TrpoOptions> Effects = new(Start, new Dictionary<string, (string Environment, TrpoOptions One, TrpoOptions Other)>
    {
        [nameof(TrpoOptions.MinibatchSize)] = ("CartPole-v1", Start, Start with { MinibatchSize = 128 }),
        [nameof(TrpoOptions.CriticEpochs)] = ("CartPole-v1", Start, Start with { CriticEpochs = 3 }),
        [nameof(TrpoOptions.LearningRate)] = ("CartPole-v1", Start, Start with { LearningRate = 1e-2 }),
        [nameof(TrpoOptions.TargetKl)] = ("CartPole-v1", Start, Start with { TargetKl = 0.02 }),
        [nameof(TrpoOptions.ConjugateGradientSteps)] = ("CartPole-v1", Start, Start with { ConjugateGradientSteps = 2 }),
        [nameof(TrpoOptions.Damping)] = ("CartPole-v1", Start, Start with { Damping = 0.1 }),
        [nameof(TrpoOptions.LineSearchSteps)] = ("CartPole-v1", Long, Long with { LineSearchSteps = 1 }),
        [nameof(TrpoOptions.LineSearchShrink)] = ("CartPole-v1", Long, Long with { LineSearchShrink = 0.5 }),
        [nameof(TrpoOptions.Sampling)] = ("CartPole-v1", Start, Vine),
        [nameof(TrpoOptions.VineStates)] = ("CartPole-v1", Vine, Vine with { VineStates = 8 }),
        [nameof(TrpoOptions.VineActions)] = ("Pendulum-v1", Vine, Vine with { VineActions = 3 }),
        [nameof(TrpoOptions.VineLength)] = ("CartPole-v1", Vine, Vine with { VineLength = 3 }),
        [nameof(TrpoOptions.NormalizeAdvantages)] = ("CartPole-v1", Start, Start with { NormalizeAdvantages = false }),
        [nameof(TrpoOptions.AdamEpsilon)] = ("CartPole-v1", Start, Start with { AdamEpsilon = 1e-2 }),
    });

    private static IEnumerable<string> Names() => typeof(TrpoOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);

    [TestCaseSource(nameof(Names))]
    public void Every_option_has_an_effect(string option) => Effects.Assert(option);

    [TestCase("minibatch_size", "96", "minibatch_size 96 does not divide rollout_length 512 × environment_count 2 = 1024. Use a divisor such as 32 or 64 or 128.")]
    [TestCase("minibatch_size", "0", "minibatch_size is 0")]
    [TestCase("critic_epochs", "0", "critic_epochs is 0. It is at least 1.")]
    [TestCase("learning_rate", "0", "learning_rate is 0. It is above 0.")]
    [TestCase("learning_rate", "lin_0.1_-1", "learning_rate's end is -1")]
    [TestCase("target_kl", "0", "target_kl is 0. It is above 0.")]
    [TestCase("conjugate_gradient_steps", "0", "conjugate_gradient_steps is 0")]
    [TestCase("damping", "-1", "damping is -1. It is at least 0.")]
    [TestCase("line_search_steps", "0", "line_search_steps is 0")]
    [TestCase("line_search_shrink", "1", "line_search_shrink is 1. It is above 0 and below 1.")]
    [TestCase("adam_epsilon", "0", "adam_epsilon is 0")]
    [TestCase("gamma", "1.5", "gamma is 1.5. It is 0 to 1.")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message) =>
        Assert.That(Runs.Problems("trpo", "CartPole-v1", (option, value)), Has.Some.Contains(message).And.All.Contains(option));

    [TestCase("CartPole-v1")]
    [TestCase("Acrobot-v1")]
    [TestCase("MountainCar-v0")]
    [TestCase("Pendulum-v1")]
    [TestCase("an environment of somebody else")]
    public void The_shipped_settings_are_valid(string environment) =>
        Assert.That(TrpoPresets.For(environment).Validate(new Box(-1, 1, 4), new Discrete(2)), Is.Empty);

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    public void The_policy_never_goes_further_than_the_bound(string environment)
    {
        using var trial = new Trial(Registry.MakeVector(environment, 4), Start with { Damping = 0, TargetKl = 0.005 });
        for (int i = 0; i < 10; i++) Assert.That(trial.Iterate().Metrics.Get("approx_kl"), Is.InRange(0, 0.005));
        Assert.That(trial.Trainer.Updates, Is.EqualTo(10));
    }
}
