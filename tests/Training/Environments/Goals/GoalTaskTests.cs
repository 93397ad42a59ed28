using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Wrappers;
using Pipeline.Training.Evaluation;

namespace Pipeline.Tests.Training.Environments.Goals;

[TestFixture]
public sealed class GoalTaskTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static IEnumerable<string> GoalNames() =>
        Registry.Specs.Where(s => Registry.Make(s.Name) is IGoalTask).Select(s => s.Name).Append("PointReach-v0?dense=true").Append("BitFlip-v0?n=3");

    [TestCaseSource(nameof(GoalNames))]
    public void The_rewards_computed_for_the_desired_goals_are_those_of_the_steps_and_the_flags_are_never_terminal(string name)
    {
        using IVectorEnvironment environment = Registry.MakeVector(name, 8);
        GoalLayout layout = GoalLayout.Of(environment.ObservationSpace);
        int size = environment.ObservationSpace.Size, successes = 0;
        var step = new VectorStep(environment);
        var random = new RandomGenerator(5);
        float[] actions = new float[8 * environment.ActionSpace.Size], reward = new float[1];
        environment.Reset(1, step);
        for (int t = 0; t < 1000; t++)
        {
            VectorEnvironmentTests.Sample(environment.ActionSpace, random, actions);
            environment.Step(actions, step);
            for (int i = 0; i < 8; i++)
            {
                ReadOnlySpan<float> row = (step.Truncated[i] ? step.FinalObservations : step.Observations).AsSpan(i * size, size);
                environment.Goals!.ComputeRewards(layout.AchievedOf(row), layout.DesiredOf(row), reward);
                Assert.That(reward[0], Is.EqualTo(step.Rewards[i]));
                bool success = environment.Goals.IsSuccess(layout.AchievedOf(row), layout.DesiredOf(row));
                if (!name.Contains("dense", StringComparison.Ordinal)) Assert.That(success, Is.EqualTo(step.Rewards[i] == 0));
                successes += success ? 1 : 0;
                Assert.That(step.Terminated[i], Is.False);
            }
        }

        if (name != "BitFlip-v0") Assert.That(successes, Is.Positive);
    }

    [TestCaseSource(nameof(GoalNames))]
    public void Rewards_for_other_goals_are_computed_in_batches(string name)
    {
        using IVectorEnvironment environment = Registry.MakeVector(name, 1);
        IGoalTask goals = environment.Goals!;
        int size = GoalLayout.Of(environment.ObservationSpace).Size;
        float[] achieved = new float[30 * size], desired = new float[30 * size], rewards = new float[30], one = new float[1];
        var random = new RandomGenerator(0);
        foreach (ref float number in achieved.AsSpan()) number = random.NextInt32(2);
        foreach (ref float number in desired.AsSpan()) number = random.NextInt32(2);
        achieved.AsSpan(0, 3 * size).CopyTo(desired);
        goals.ComputeRewards(achieved, desired, rewards);
        Assert.That(rewards.Take(3), Is.All.EqualTo(0), "goals that are reached");
        for (int i = 0; i < 30; i++)
        {
            goals.ComputeRewards(achieved.AsSpan(i * size, size), desired.AsSpan(i * size, size), one);
            Assert.That(one[0], Is.EqualTo(rewards[i]));
        }

        Assert.That(VectorEnvironmentTests.AllocatedByCalls(() => goals.ComputeRewards(achieved, desired, rewards)), Is.Zero);
    }

    [TestCase("BitFlip-v0")]
    [TestCase("PointReach-v0")]
    public void Chance_seldom_succeeds(string name)
    {
        using IVectorEnvironment environment = Registry.MakeVector(name, 50);
        var random = new RandomGenerator(2);
        EvaluationResult evaluation = Evaluator.Evaluate(environment, (_, actions) => VectorEnvironmentTests.Sample(environment.ActionSpace, random, actions), 2000, 3);
        Assert.That(evaluation.SuccessRate, Is.LessThan(0.01));
    }

    [Test]
    public void The_success_rate_counts_the_episodes_whose_last_observation_is_at_the_goal()
    {
        using IVectorEnvironment bits = Registry.MakeVector("BitFlip-v0", 4);
        int size = bits.ObservationSpace.Size;
        EvaluationResult evaluation = Evaluator.Evaluate(bits, (step, actions) =>
        {
            // The first two right their bits, the others flip the first forever.
            for (int i = 0; i < 2; i++)
                actions[i] = Enumerable.Range(0, 15).First(b => step.Observations[(i * size) + b] != step.Observations[(i * size) + 30 + b]);
        }, 4, 0);
        Assert.That(evaluation.SuccessRate, Is.EqualTo(0.5));
        using IVectorEnvironment cartPole = Registry.MakeVector("CartPole-v1", 1);
        Assert.That(Evaluator.Evaluate(cartPole, (_, _) => { }, 1, 0).SuccessRate, Is.Null);
    }

    [Test]
    public void Wrappers_pass_goals_on_where_they_keep_their_meaning()
    {
        IVectorEnvironment Make() => Registry.MakeVector("PointReach-v0", 1);
        float[] rewards = new float[1];
        using var scaled = new RewardScale(Make(), 0.5f);
        scaled.Goals!.ComputeRewards([0, 0], [1, 1], rewards);
        Assert.That(rewards[0], Is.EqualTo(-0.5f));
        Assert.That(scaled.Goals.IsSuccess([1, 1], [1, 1]), Is.True);
        using var rescaled = new ActionRescale(Make());
        Assert.That(rescaled.Goals, Is.Not.Null);
        using var normalized = new RewardNormalization(Make(), 0.98);
        Assert.That(normalized.Goals, Is.Null);
        using IVectorEnvironment inner = Make();
        Assert.That(() => new FrameStack(inner, 2), Throws.TypeOf<EnvironmentException>().With.Message.Contains("Leave the stacking out"));
        using var plain = new RewardScale(new VectorEnvironment(() => new Endless(), 1), 2);
        Assert.That(plain.Goals, Is.Null);
    }

    [Test]
    public void The_goals_are_found_in_any_order_of_entries_and_their_absence_is_an_error()
    {
        var two = new Box(0, 1, 2);
        var space = new Dict((IGoalTask.DesiredGoal, two), ("speed", new Box(0, 1, 3)), (IGoalTask.AchievedGoal, two));
        GoalLayout layout = GoalLayout.Of(space);
        Assert.That(layout, Is.EqualTo(new GoalLayout(Achieved: 5, Desired: 0, Size: 2)));
        Assert.That(layout.AchievedOf([0, 1, 2, 3, 4, 5, 6]).ToArray(), Is.EqualTo(new float[] { 5, 6 }));
        Assert.That(() => GoalLayout.Of(two), Throws.TypeOf<EnvironmentException>().With.Message.Contains("no entry 'achieved_goal'"));
        Assert.That(() => GoalLayout.Of(new Dict((IGoalTask.AchievedGoal, two))), Throws.TypeOf<EnvironmentException>().With.Message.Contains("no entry 'desired_goal'"));
        Assert.That(
            () => GoalLayout.Of(new Dict((IGoalTask.AchievedGoal, two), (IGoalTask.DesiredGoal, new Box(0, 1, 3)))),
            Throws.TypeOf<EnvironmentException>().With.Message.Contains("2 numbers").And.Message.Contains("3"));
    }
}
