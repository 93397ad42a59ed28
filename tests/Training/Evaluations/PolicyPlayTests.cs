using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Repository;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Rendering;

namespace Pipeline.Tests.Training.Evaluations;

/// <summary>A policy playing to be watched.</summary>
internal sealed class PolicyPlayTests
{
    private readonly EnvironmentRegistry _environments = new();

    [TestCase(false)]
    [TestCase(true)]
    public void The_episodes_watched_are_those_that_are_scored(bool stochastic)
    {
        using Policy policy = Shipped("Acrobot-v1");
        Assert.That(Played(policy, "Acrobot-v1", 3, 5, stochastic), Is.EqualTo(Scored(policy, "Acrobot-v1", 3, 5, stochastic)));
    }

    [TestCase("CartPoleNoVel-v1", "memory=lstm")]
    [TestCase("Taxi-v4", "hidden_sizes=16")]
    [TestCase("Docking-v0", "hidden_sizes=16")]
    public void Memory_begins_anew_with_each_episode_and_masks_are_obeyed(string environment, string setting)
    {
        using var folder = new TemporaryFolder();
        PipelineCommand run = PipelineCommand.Run("train", "ppo", "--env", environment, "--steps", "2048", "--set", setting, "--out", folder["run"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using Policy policy = Policy.Load(folder["run/policy.onnx"]);
        string limited = $"{environment}?max_episode_steps=40";
        Assert.That(policy.UsesMasks || policy.StateSize > 0, "what is tested");
        Assert.That(Played(policy, limited, 4, 9, stochastic: true), Is.EqualTo(Scored(policy, limited, 4, 9, stochastic: true)));
    }

    [Test]
    public void The_last_moment_of_an_episode_is_seen_before_the_next_begins()
    {
        using Policy policy = Shipped("CartPole-v1");
        using PolicyPlay play = Play(policy, "CartPole-v1?max_episode_steps=3", 1, false);
        string[][] seen = [.. Enumerable.Range(0, 5).Select(_ =>
        {
            play.Advance();
            return play.Status(2).ToArray();
        })];
        Assert.Multiple(() =>
        {
            Assert.That(seen[0], Is.EqualTo(new[] { "step 0   reward 0   return 0", "episode 1 of 2   start" }));
            Assert.That(seen[3][0], Is.EqualTo("step 3   reward 1   return 3"));
            Assert.That(seen[3][1], Does.Match("^episode 1 of 2   action (left|right)   truncated$"));
            Assert.That(seen[4], Is.EqualTo(new[] { "step 0   reward 0   return 0", "episode 2 of 2   start" }));
        });
    }

    [Test]
    public void A_step_that_ends_the_task_at_the_time_limit_is_both_terminated_and_truncated()
    {
        using Policy policy = Shipped("CartPole-v1");
        using var play = new PolicyPlay(new Ending(), 2, policy, 0, stochastic: false);
        for (int i = 0; i < 3; i++) play.Advance();
        Assert.That((play.Latest.Terminated, play.Latest.Truncated), Is.EqualTo((true, true)));
        Assert.That(play.Status(1)[1], Does.EndWith("terminated, truncated"));
    }

    [Test]
    public void An_environment_that_does_not_draw_itself_is_shown_by_its_observation()
    {
        using Policy policy = Shipped("CartPole-v1");
        using var play = new PolicyPlay(new Ending(), null, policy, 0, stochastic: false);
        play.Advance();
        Assert.That(play.Draw().Shapes.OfType<Label>().Select(l => l.Content), Is.EqualTo(new[] { "[0]", "0.25", "[1]", "0.25", "[2]", "0.25", "[3]", "0.25" }));
        play.Advance();
        Assert.That(play.Status(1)[1], Does.Match("^action [01]$"));
    }

    [Test]
    public void A_policy_for_other_spaces_is_refused()
    {
        using Policy policy = Shipped("CartPole-v1");
        Assert.That(() => Play(policy, "Acrobot-v1", 0, false), Throws.TypeOf<EvaluationException>().With.Message.Contains("Box([4]").And.Message.Contains("Discrete(3)"));
    }

    [Test]
    public void A_recording_keeps_every_so_many_steps_the_last_of_an_episode_and_holds_it_for_a_second()
    {
        using Policy policy = Shipped("CartPole-v1");
        using PolicyPlay play = Play(policy, "CartPole-v1?max_episode_steps=7", 1, false);
        Animation animation = PlayRecorder.Record(play, 2, long.MaxValue, new PlayPace(50, 25), "it");

        // Steps 0, 2, 4, 6 and 7, twice.
        Assert.Multiple(() =>
        {
            Assert.That(animation.Frames.Select(f => f.Status[0].Split(' ')[1]), Is.EqualTo(new[] { "0", "2", "4", "6", "7", "0", "2", "4", "6", "7" }));
            Assert.That(animation.Frames.Select(f => f.Ticks), Is.EqualTo(new[] { 1, 1, 1, 1, 25, 1, 1, 1, 1, 25 }));
            Assert.That((animation.TicksPerSecond, animation.Ticks, animation.Duration), Is.EqualTo((25.0, 58, TimeSpan.FromSeconds(58 / 25.0))));
        });
    }

    [Test]
    public void A_recording_ends_after_its_most_steps()
    {
        using Policy policy = Shipped("CartPole-v1");
        using PolicyPlay play = Play(policy, "CartPole-v1", 1, false);
        Animation animation = PlayRecorder.Record(play, 1, 10, new PlayPace(50, 50), "it");
        Assert.That((animation.Frames.Count, play.IsOver), Is.EqualTo((11, false)));
    }

    [TestCase(50, 25, 2, 25)]
    [TestCase(50, 30, 2, 25)]
    [TestCase(50, 50, 1, 50)]
    [TestCase(20, 30, 1, 20)]
    [TestCase(1 / 0.02, 50, 1, 50)]
    [TestCase(0.5, 25, 1, 0.5)]
    public void Steps_are_left_out_where_frames_would_come_too_fast(double steps, double most, int stride, double frames)
    {
        var pace = new PlayPace(steps, most);
        Assert.That((pace.Stride, pace.FramesPerSecond), Is.EqualTo((stride, frames)));
    }

    private static Policy Shipped(string environment) => Policy.Load(RepositoryFiles.At("models", $"{environment}-ppo", "policy.onnx"));

    private PolicyPlay Play(Policy policy, string environment, ulong seed, bool stochastic) =>
        new(_environments.Make(environment), _environments.Find(environment).MaxEpisodeSteps, policy, seed, stochastic);

    private List<Episode> Played(Policy policy, string environment, int episodes, ulong seed, bool stochastic)
    {
        using PolicyPlay play = Play(policy, environment, seed, stochastic);
        var played = new List<Episode>();
        while (played.Count < episodes)
        {
            play.Advance();
            if (play.IsOver) played.Add(new Episode(play.Return, play.Step, play.Latest.Terminated, play.Latest.Truncated));
        }

        return played;
    }

    private IReadOnlyList<Episode> Scored(Policy policy, string environment, int episodes, ulong seed, bool stochastic)
    {
        using IVectorEnvironment one = _environments.MakeVector(environment, 1);
        return Evaluator.Evaluate(one, policy, episodes, seed, stochastic).All;
    }

    /// <summary>Has CartPole's spaces, is over after two steps, and cannot be drawn.</summary>
    private sealed class Ending : IEnvironment
    {
        private int _steps;

        public Space ObservationSpace { get; } = new EnvironmentRegistry().Make("CartPole-v1").ObservationSpace;

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            _steps = 0;
            observation.Fill(0.25f);
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            observation.Fill(0.5f);
            return new StepResult(1, Terminated: ++_steps == 2);
        }
    }
}
