using System;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>What exported policies have learned of probes, whichever trainer taught them.</summary>
internal static class ProbedPolicy
{
    /// <summary>What <see cref="Hybrid"/> takes.</summary>
    public static readonly Dict HybridActions = new(("aim", new Box(-2, 6, 1)), ("tool", new Discrete(3)), ("push", new MultiBinary(1)));

    /// <summary>What <see cref="Hybrid"/> shows.</summary>
    public static readonly Dict HybridObservations = new(("allowed", new MultiBinary(3)), ("place", new Box(-1, 1, 1)));

    /// <summary>Iterates to a number of steps.</summary>
    public static T Trained<T>(T trainer, long steps)
        where T : ITrainer
    {
        var metrics = new MetricSet();
        while (trainer.Steps < steps) trainer.Iterate(metrics);
        return trainer;
    }

    /// <summary>The exported policy of a trainer, loaded as a host loads it.</summary>
    public static Policy Load(ITrainer trainer) => Policy.Load(trainer.Export(new RunRecord("an algorithm", "a probe", 0, trainer.Steps, null)).Model, "the exported policy");

    /// <summary>Asserts what <see cref="ObservationActionReward"/> teaches.</summary>
    public static void AssertFindsTheAction(Policy policy) =>
        Assert.That(new[] { Trial.Act(policy, [-1])[0], Trial.Act(policy, [1])[0] }, Is.EqualTo(new[] { 0f, 1f }));

    /// <summary>Three choices, the lower the better, of which the observation says which are allowed.</summary>
    public static IEnvironment Forbidding()
    {
        var space = new Discrete(3);
        return new MaskedOneStep(new MultiBinary(3), space, (_, a) => -a[0], Masks.FromBits(space));
    }

    /// <summary>Asserts what <see cref="Forbidding"/> teaches.</summary>
    public static void AssertTakesTheBestAllowed(Policy policy)
    {
        Assert.That(Trial.Act(policy, [0, 1, 1], [0, 1, 1]), Is.EqualTo(new[] { 1f }));
        Assert.That(Trial.Act(policy, [1, 1, 1], [1, 1, 1]), Is.EqualTo(new[] { 0f }));
    }

    /// <summary>
    /// An aim, best at 2 + 2·place; three tools, the lower the better, of which the observation says which are allowed; a push, right where the place is above 0.
    /// </summary>
    public static IEnvironment Hybrid() => new MaskedOneStep(HybridObservations, HybridActions, HybridReward, Masks.FromBits(HybridActions));

    /// <summary>Asserts what <see cref="Hybrid"/> teaches.</summary>
    public static void AssertTakesTheHybridAction(Policy policy, double tolerance = 0.8)
    {
        foreach (float place in new[] { -0.8f, 0.8f })
        {
            for (int first = 0; first < 3; first++)
            {
                float[] mask = [first == 0 ? 1 : 0, first <= 1 ? 1 : 0, 1], action = Trial.Act(policy, [.. mask, place], mask);
                Assert.That(action[0], Is.EqualTo(2 + (2 * place)).Within(tolerance), $"the aim at {place}");
                Assert.That((action[1], action[2]), Is.EqualTo((first, place > 0 ? 1 : 0)), $"tool and push at {place}, {string.Join(' ', mask)} allowed");
            }
        }
    }

    /// <summary>What <see cref="Hybrid"/> gives.</summary>
    public static float HybridReward(ReadOnlySpan<float> o, ReadOnlySpan<float> a)
    {
        float miss = (a[0] - (2 + (2 * o[3]))) / 4;
        return (a[2] == 1 == o[3] > 0 ? 1 : 0) - (a[1] / 2) - (miss * miss);
    }

    /// <summary>The mean return of 100 episodes of <see cref="MemoryCue"/> with 3 blanks, or what is made of it.</summary>
    public static double CueReturn(Policy policy, Func<IEnvironment>? create = null)
    {
        using var environments = new VectorEnvironment(create ?? (() => new MemoryCue(3)), 10);
        return Evaluator.Evaluate(environments, policy, 100, seed: 7, stochastic: false).MeanReturn;
    }
}
