using System;
using System.Globalization;
using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Learning;

/// <summary>What the paper of TD3 claims of its three parts (Fujimoto et al., arXiv:1802.09477, section 4): without them values are overestimated.</summary>
[Explicit("takes a minute")]
[Category("LearningFull")]
public sealed class OverestimationTests
{
    private const string Environment = "Pendulum-v1";
    private const int Starts = 200;
    private const int Horizon = 500;

    [Test]
    public void Td3_overestimates_less_than_ddpg()
    {
        double[] td3 = Errors(Td3Presets.For(Environment)), ddpg = Errors(DdpgPresets.For(Environment));
        string Text(double[] errors) => string.Join(", ", errors.Select(e => e.ToString("0.00", CultureInfo.InvariantCulture)));
        TestContext.Progress.WriteLine($"Q(s, μ(s)) less the discounted return, a seed each: td3 {Text(td3)}; ddpg {Text(ddpg)}");
        Assert.Multiple(() =>
        {
            Assert.That(ddpg, Is.All.Positive, "ddpg overestimates");
            Assert.That(td3.Max(), Is.LessThan(ddpg.Min()));
        });
    }

    private static double[] Errors(Td3Options options) => [.. Enumerable.Range(0, 3).Select(seed => Error(options, (ulong)seed))];

    /// <summary>The mean of Q(s, μ(s)) less what the policy really gains from s on, over start states and over moments late in the training.</summary>
    private static double Error(Td3Options options, ulong seed)
    {
        using var trial = new Td3Trial(new EnvironmentRegistry().MakeVector(Environment, options.EnvironmentCount), options, seed);
        double sum = 0;
        // The critics start near 0, above every return: what is left of that has to be gone.
        long[] moments = [16_000, 18_000, 20_000];
        foreach (long steps in moments)
        {
            using Policy policy = trial.Train(steps).Load();
            sum += Error(trial, policy, options.Gamma);
        }

        return sum / moments.Length;
    }

    private static double Error(Td3Trial trial, Policy policy, double gamma)
    {
        // So long that what follows is worth nothing: 0.98⁵⁰⁰ is below 1e-4.
        using IVectorEnvironment environments = new EnvironmentRegistry().MakeVector($"{Environment}?max_episode_steps={Horizon}", Starts);
        var step = new VectorStep(environments);
        environments.Reset(100, step);
        float[] starts = [.. step.Observations], actions = new float[Starts];
        policy.ActBatch(starts, Starts, actions);

        // Torques of ±2 are learned as ±1.
        double estimate = trial.Values(starts, [.. actions.Select(a => a / 2)]).Average(), gained = 0;
        for (int time = 0; time < Horizon; time++)
        {
            policy.ActBatch(step.Observations, Starts, actions);
            environments.Step(actions, step);
            gained += Math.Pow(gamma, time) * step.Rewards.Average();
        }

        return estimate - gained;
    }
}
