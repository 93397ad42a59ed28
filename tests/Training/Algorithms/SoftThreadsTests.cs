using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>What is learned does not depend on the number of threads.</summary>
public sealed class SoftThreadsTests
{
    [Test]
    public void Two_threads_learn_the_same_bits_as_one()
    {
        float[] Learned(int threads)
        {
            Space observations = new Box(-1, 1, 5), actions = new Box(-1, 1, 2);
            using var batch = new ReplayBatch(observations, actions, masked: false, 32);
            using var statistics = new ObservationStatistics(5);
            var random = new RandomGenerator(1);
            foreach (TensorBuffer buffer in new[] { batch.Observations, batch.NextObservations, batch.Actions, batch.Rewards }) random.FillGaussian(buffer.Floats);
            batch.Discounts.Floats.Fill(0.9f);
            var device = ExecutionDevice.Choose("cpu", _ => { }, threads);
            using IOffPolicyAlgorithm sac = Sac.Create(new LearningContext(device, observations, actions, Masked: false, statistics, batch, random), new SacOptions { HiddenSizes = [64, 64] });
            for (int i = 0; i < 50; i++) sac.Update(new UpdateContext(i, 0, random));
            return [.. sac.State.SelectMany(s => s.Value.Values.ToArray())];
        }

        Assert.That(Learned(2), Is.EqualTo(Learned(1)));
    }
}
