using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A user's environment that cannot save its state starts new episodes when its run is resumed.</summary>
public sealed class PpoRestartTests
{
    [Test]
    public void A_resumed_run_goes_on_from_what_the_new_episodes_show()
    {
        using var folder = new TemporaryFolder();
        MakeEnvironments make = (_, _, count) => new VectorEnvironment(() => new Numbered(), count);
        (string, string)[] settings = [("total_steps", "256"), ("environment_count", "4"), ("rollout_length", "20"), ("minibatch_size", "80"), ("hidden_sizes", "8")];
        Runs.Train(folder["run"], "ppo", "numbered", stopAt: 80, make: make, settings: settings);
        using ResolvedRun resolved = ResolvedRun.From(RunRequest.Read(RunFolder.ConfigIn(folder["run"])), AlgorithmRegistry.All, make);
        using var trainer = (OnPolicyTrainer)resolved.CreateTrainer(_ => { });
        TrainingRun.LoadLatest(folder["run"], trainer, _ => { });
        var metrics = new MetricSet();
        trainer.Iterate(metrics);
        float[] observed = trainer.Rollout.Observations.Floats.ToArray();
        var problems = new List<string>();
        for (int n = 0; n < 4; n++)
        {
            // Of each environment: the mark of an episode stays while its time rises from 0.
            (float Mark, float Time)[] rows = [.. Enumerable.Range(0, 20).Select(t => (observed[2 * ((t * 4) + n)], observed[(2 * ((t * 4) + n)) + 1]))];
            if (rows[0].Time != 0) problems.Add($"environment {n} starts at time {rows[0].Time}");
            for (int t = 1; t < 20; t++)
            {
                if (rows[t].Time != 0 && rows[t] != (rows[t - 1].Mark, rows[t - 1].Time + 1)) problems.Add($"environment {n}: {rows[t - 1]} then {rows[t]}");
            }
        }

        Assert.That(problems, Is.Empty);
        Assert.That(metrics.Get("episode_length"), Is.EqualTo(7), "no episode is pieced together of two");
    }

    /// <summary>Episodes of 7 steps that show a number drawn for each and the time.</summary>
    private sealed class Numbered : IEnvironment
    {
        private float _mark;
        private int _time;

        public Space ObservationSpace { get; } = new Box(0, 10, 2);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            _time = 0;
            _mark = (float)random.NextDouble();
            (observation[0], observation[1]) = (_mark, 0);
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            (observation[0], observation[1]) = (_mark, ++_time);
            return new StepResult(1, Terminated: _time == 7);
        }
    }
}
