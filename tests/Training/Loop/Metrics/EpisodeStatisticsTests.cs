using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Loop.Metrics;

public sealed class EpisodeStatisticsTests
{
    [Test]
    public void Returns_and_lengths_are_those_of_the_ended_episodes()
    {
        var statistics = new EpisodeStatistics(2);
        Assert.That(statistics.MeanReturn, Is.NaN);
        statistics.Record([1, 10], [false, false], [false, false]);
        statistics.Record([2, 20], [true, false], [false, false]);
        statistics.Record([4, 30], [false, false], [false, true]);
        // Environment 0: 1 + 2 = 3 in 2 steps. Environment 1: 10 + 20 + 30 = 60 in 3 steps. The 4 belongs to an episode that goes on.
        var metrics = new MetricSet();
        statistics.Publish(metrics);
        Assert.Multiple(() =>
        {
            Assert.That(statistics.Episodes, Is.EqualTo(2));
            Assert.That(metrics.Get("episode_return"), Is.EqualTo(31.5));
            Assert.That(metrics.Get("episode_length"), Is.EqualTo(2.5));
        });
    }

    [Test]
    public void Only_the_latest_episodes_count()
    {
        var statistics = new EpisodeStatistics(1, window: 3);
        foreach (float reward in (float[])[100, 1, 2, 3])
            statistics.Record([reward], [true], [false]);
        Assert.That(statistics.MeanReturn, Is.EqualTo(2));
    }

    [Test]
    public void Nothing_is_published_before_an_episode_has_ended()
    {
        var metrics = new MetricSet();
        new EpisodeStatistics(1).Publish(metrics);
        Assert.That(metrics.Keys, Is.Empty);
    }

    [Test]
    public void A_checkpoint_brings_everything_back_unfinished_episodes_included()
    {
        using var folder = new TemporaryFolder();
        var before = new EpisodeStatistics(2, window: 4);
        before.Record([1, 10], [true, false], [false, false]);
        var writer = new CheckpointWriter();
        before.Save(writer);
        writer.WriteTo(folder["c"]);
        var after = new EpisodeStatistics(2, window: 4);
        using (CheckpointReader reader = CheckpointReader.Open(folder["c"]))
            after.Load(reader);
        foreach (EpisodeStatistics statistics in (EpisodeStatistics[])[before, after])
            statistics.Record([5, 20], [false, true], [false, false]);
        Assert.Multiple(() =>
        {
            Assert.That(after.Episodes, Is.EqualTo(2));
            Assert.That(after.MeanReturn, Is.EqualTo(15.5).And.EqualTo(before.MeanReturn));
            Assert.That(after.MeanLength, Is.EqualTo(1.5));
        });
    }

    [Test]
    public void Recording_allocates_nothing()
    {
        var statistics = new EpisodeStatistics(8);
        float[] rewards = Enumerable.Repeat(1f, 8).ToArray();
        bool[] ended = new bool[8];
        ended[3] = true;
        statistics.Record(rewards, ended, new bool[8]);
        bool[] none = new bool[8];
        long allocated = AllocatedBytes.Of(() =>
        {
            for (int i = 0; i < 1000; i++) statistics.Record(rewards, ended, none);
        });
        Assert.That(allocated, Is.Zero);
    }
}
