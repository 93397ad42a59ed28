using System;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Loop;

/// <summary>A user's environment that cannot save its state: its episodes start anew when a run is resumed.</summary>
public sealed class UnsavedEnvironmentTests
{
    private static readonly RunRequest Request = new()
    {
        Algorithm = "ppo",
        Environment = "clock",
        Options = [new("environment_count", "2"), new("rollout_length", "8"), new("minibatch_size", "16"), new("total_steps", "1000")],
    };

    [Test]
    public void A_resumed_run_goes_on_from_the_new_episodes_first_observations()
    {
        using var folder = new TemporaryFolder();
        using ResolvedRun first = Resolve();
        using ITrainer before = first.CreateTrainer(_ => { });
        before.Iterate(new MetricSet());
        float[] atTheEnd = SaveAndReadObservations(before, folder["a"]);

        using ResolvedRun second = Resolve();
        using ITrainer after = second.CreateTrainer(_ => { });
        using (CheckpointReader reader = CheckpointReader.Open(folder["a"]))
            after.Load(reader);
        Assert.Multiple(() =>
        {
            Assert.That(first.ResumesExactly, Is.False);
            Assert.That(atTheEnd, Is.EqualTo(new float[] { 8, 8 }), "eight steps into the episodes");
            Assert.That(SaveAndReadObservations(after, folder["b"]), Is.EqualTo(new float[] { 0, 0 }));
        });
    }

    private static float[] SaveAndReadObservations(ITrainer trainer, string path)
    {
        var writer = new CheckpointWriter();
        trainer.Save(writer);
        writer.WriteTo(path);
        float[] observations = new float[2];
        using CheckpointReader reader = CheckpointReader.Open(path);
        reader.Read("observations", observations);
        return observations;
    }

    private static ResolvedRun Resolve() =>
        ResolvedRun.From(Request, AlgorithmRegistry.All, (_, _, count) => new VectorEnvironment(() => new Clock(), count, maxEpisodeSteps: 100));

    /// <summary>Observes how many steps its episode has had.</summary>
    private sealed class Clock : IEnvironment
    {
        private int _time;

        public Space ObservationSpace { get; } = new Box(0, 100, 1);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            _time = 0;
            observation[0] = 0;
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            observation[0] = ++_time;
            return new StepResult(1);
        }
    }
}
