using System;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>What exported policies have learned of probes, whichever trainer taught them.</summary>
internal static class ProbedPolicy
{
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

    /// <summary>The mean return of 100 episodes of <see cref="MemoryCue"/> with 3 blanks, or what is made of it.</summary>
    public static double CueReturn(Policy policy, Func<IEnvironment>? create = null)
    {
        using var environments = new VectorEnvironment(create ?? (() => new MemoryCue(3)), 10);
        return Evaluator.Evaluate(environments, policy, 100, seed: 7, stochastic: false).MeanReturn;
    }
}
