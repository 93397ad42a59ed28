using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Networks large enough for their gradients to be computed at once: the number of threads has no say in what is learned.</summary>
[TestFixture]
public sealed class ThreadTests
{
    private static readonly (string, string)[] Large = [("environment_count", "8"), ("rollout_length", "64"), ("hidden_sizes", "64,64")];

    [TestCase("ppo", "CartPole-v1", "minibatch_size=256", "update_epochs=2")]
    [TestCase("ppo", "Pendulum-v1", "minibatch_size=256", "update_epochs=2", "normalize_observations=true", "objective=kl_penalty")]
    [TestCase("ppo", "CartPoleNoVel-v1", "minibatch_size=512", "memory=lstm", "memory_size=32", "sequence_length=16")]
    [TestCase("a2c", "Pendulum-v1", "normalize_observations=true")]
    public void One_thread_and_two_learn_the_same_bits(string algorithm, string environment, params string[] settings)
    {
        float[] Learned(int threads)
        {
            using ResolvedRun resolved = Runs.Resolve(algorithm, environment, seed: 4, threads: threads, settings: Large.With(settings));
            using ITrainer trainer = resolved.CreateTrainer(_ => { });
            Assert.That(resolved.Config.Threads, Is.EqualTo(threads));
            var metrics = new MetricSet();
            for (int i = 0; i < 3; i++) trainer.Iterate(metrics);
            return [.. ((OnPolicyTrainer)trainer).Parameters.Values];
        }

        float[] one = Learned(1);
        Assert.That(Learned(2), Is.EqualTo(one));
        Assert.That(one.Distinct().Count(), Is.GreaterThan(1000));
    }
}
