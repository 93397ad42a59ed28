using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Loop;

public sealed class EvaluatorTests
{
    [Test]
    public void Short_episodes_are_counted_no_more_often_than_long_ones()
    {
        // Environment 0 plays episodes of 2 steps and return 2, environment 1 of 10 steps and return 10. The first ten episodes to
        // end are nearly all short; five of each are asked for.
        Evaluation evaluation = Evaluator.Evaluate(new TwoLengths(), (_, _) => { }, 10, seed: 0);
        Assert.Multiple(() =>
        {
            Assert.That(evaluation.Returns, Is.EqualTo(new double[] { 2, 2, 2, 2, 2, 10, 10, 10, 10, 10 }));
            Assert.That(evaluation.MeanReturn, Is.EqualTo(6));
            Assert.That(evaluation.MeanLength, Is.EqualTo(6));
            Assert.That(evaluation.Steps, Is.EqualTo(100), "50 steps of both, until the last long one ended");
        });
    }

    [TestCase(10, 4, ExpectedResult = new[] { 3, 3, 2, 2 })]
    [TestCase(2, 3, ExpectedResult = new[] { 1, 1, 0 })]
    public int[] The_quotas_add_up_to_the_episodes(int episodes, int count) =>
        Enumerable.Range(0, count).Select(i => Evaluator.Quota(i, count, episodes)).ToArray();

    [Test]
    public void The_spread_is_that_of_a_sample()
    {
        // Mean 3, squared deviations 4 + 1 + 0 + 1 + 4 = 10, over n − 1 = 4: 2.5. t(0.975, 4) = 2.776: 2.776 · √2.5 / √5 = 1.963.
        var evaluation = new Evaluation([1, 2, 3, 4, 5], [1, 1, 1, 1, 1], 2, 10);
        Assert.Multiple(() =>
        {
            Assert.That(evaluation.StandardDeviation, Is.EqualTo(Math.Sqrt(2.5)));
            Assert.That(evaluation.ConfidenceHalfWidth, Is.EqualTo(1.963).Within(0.02));
            Assert.That((evaluation.MinReturn, evaluation.MaxReturn, evaluation.StepsPerSecond), Is.EqualTo((1.0, 5.0, 5.0)));
        });
    }

    [TestCase(1, 12.706, 1e-3)]
    [TestCase(2, 4.303, 1e-3)]
    [TestCase(3, 3.182, 2e-2)]
    [TestCase(4, 2.776, 1e-2)]
    [TestCase(10, 2.228, 1e-3)]
    [TestCase(99, 1.984, 1e-3)]
    public void Students_quantile_is_that_of_the_tables(int degrees, double table, double tolerance) =>
        Assert.That(Evaluation.StudentT975(degrees), Is.EqualTo(table).Within(tolerance));

    [Test]
    public void One_episode_has_no_spread()
    {
        var evaluation = new Evaluation([7], [3], 1, 3);
        Assert.That((evaluation.StandardDeviation, evaluation.ConfidenceHalfWidth), Is.EqualTo((0.0, 0.0)));
    }

    private sealed class TwoLengths : IVectorEnvironment
    {
        private readonly int[] _elapsed = new int[2];

        public int Count => 2;

        public Space ObservationSpace { get; } = new Box(0, 1, 1);

        public Space ActionSpace { get; } = new Discrete(2);

        public bool HasActionMask => false;

        public void Reset(ulong seed, VectorStep step) => Array.Clear(_elapsed);

        public void Step(ReadOnlySpan<float> actions, VectorStep step)
        {
            for (int i = 0; i < 2; i++)
            {
                step.Rewards[i] = 1;
                bool ended = ++_elapsed[i] == (i == 0 ? 2 : 10);
                step.Terminated[i] = ended && i == 0;
                step.Truncated[i] = ended && i == 1;
                if (ended) _elapsed[i] = 0;
            }
        }

        public void SaveState(BinaryWriter writer) => writer.Write(_elapsed[0]);

        public void LoadState(BinaryReader reader) => _elapsed[0] = reader.ReadInt32();

        public void Dispose()
        {
        }
    }
}
