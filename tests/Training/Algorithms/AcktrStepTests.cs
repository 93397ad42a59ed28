using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The adaption of the policy's steps to the divergence measured after them.</summary>
public sealed class AcktrStepTests
{
    private static readonly AcktrOptions Start = new()
    {
        EnvironmentCount = 4, RolloutLength = 32, HiddenSizes = [8], LearningRate = 0.4, TargetKl = 10, DesiredKl = 1e-4, Momentum = 0, NormalizeAdvantages = true,
    };

    [TestCase(0.0101, 0.2, ExpectedResult = 2 / 1.5, Description = "more than twice as far as wanted")]
    [TestCase(0.0099, 0.2, ExpectedResult = 2.0)]
    [TestCase(0.0026, 0.2, ExpectedResult = 2.0)]
    [TestCase(0.0024, 0.2, ExpectedResult = 3.0, Description = "less than half as far")]
    [TestCase(0, 0.7, ExpectedResult = 2.0, Description = "no step is longer than the natural gradient")]
    [TestCase(1, 1.4e-8, ExpectedResult = 2.0)]
    [TestCase(0, 0, ExpectedResult = 3.0, Description = "a learning rate that has fallen to 0")]
    public double Steps_that_miss_the_divergence_by_half_change_the_next(double divergence, double learningRate) => Acktr.Adapt(2, learningRate, divergence, desired: 0.005);

    // KL(π_old ‖ π) by its formula, from the parameters before and after.
    [TestCase("Pendulum-v1")]
    [TestCase("Acrobot-v1")]
    public void What_is_measured_is_how_far_the_policy_has_moved(string environment)
    {
        using var trial = new Trial(new EnvironmentRegistry().MakeVector(environment, 4), Start);
        for (int i = 0; i < 3; i++)
        {
            float[] before = trial.Trainer.Parameters.Values.ToArray();
            trial.Iterate();
            float[] after = trial.Trainer.Parameters.Values.ToArray();
            (float[] outputs, float[] deviations) = Policy(trial);
            before.CopyTo(trial.Trainer.Parameters.Values);
            (float[] oldOutputs, float[] oldDeviations) = Policy(trial);
            after.CopyTo(trial.Trainer.Parameters.Values);
            double expected = deviations.Length > 0 ? Gaussian(oldOutputs, oldDeviations[0], outputs, deviations[0]) : Categorical(oldOutputs, outputs, 3);
            Assert.That(expected, Is.GreaterThan(1e-5));
            Assert.That(trial.Metrics.Get("approx_kl"), Is.EqualTo(expected).Within(1e-3 * expected));
        }
    }

    [Test]
    public void Steps_shrink_to_the_divergence_that_is_wanted()
    {
        double[] last(AcktrOptions options)
        {
            using var trial = new Trial(new EnvironmentRegistry().MakeVector("Pendulum-v1", 4), options);
            return [.. Enumerable.Range(0, 60).Select(_ => trial.Iterate().Metrics.Get("approx_kl")!.Value).Skip(20).Order()];
        }

        Assert.That(last(Start)[20], Is.InRange(2e-5, 5e-4));
        Assert.That(last(Start with { DesiredKl = 1e-2 })[20], Is.InRange(2e-3, 5e-2));
    }

    private static (float[] Outputs, float[] LogDeviations) Policy(Trial trial) =>
        (trial.Evaluate(trial.Trainer.Rollout.Observations.Floats.ToArray()).Outputs,
            trial.Trainer.Model.Head.IsDiscrete ? [] : trial.Trainer.Parameters["actor.log_std"].ToArray());

    private static double Gaussian(float[] oldMeans, double oldLog, float[] means, double log) =>
        oldMeans.Zip(means, (p, q) => log - oldLog + ((Math.Exp(2 * oldLog) + ((p - q) * (p - q))) / (2 * Math.Exp(2 * log))) - 0.5).Average();

    private static double Categorical(float[] oldLogits, float[] logits, int choices)
    {
        double[] logs(float[] row) => [.. row.Select(l => l - Math.Log(row.Sum(x => Math.Exp(x))))];
        return oldLogits.Chunk(choices).Zip(logits.Chunk(choices), (p, q) => logs(p).Zip(logs(q), (a, b) => Math.Exp(a) * (a - b)).Sum()).Average();
    }
}
