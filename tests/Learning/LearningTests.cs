using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Learning;

/// <summary>Does it learn? The goals that take seconds.</summary>
[Category("Learning")]
public sealed class LearningTests
{
    [TestCase("ppo", "CartPole-v1", 0)]
    [TestCase("ppo", "CartPole-v1", 1)]
    [TestCase("ppo", "Pendulum-v1", 0)]
    [TestCase("ppo", "Docking-v0", 0)]
    [TestCase("vpg", "CartPole-v1", 0)]
    [TestCase("a2c", "CartPole-v1", 0)]
    [TestCase("acktr", "CartPole-v1", 0)]
    [TestCase("trpo", "CartPole-v1", 0)]
    [TestCase("trpo", "Pendulum-v1", 0)]
    [TestCase("dqn", "Catch-v0", 0)]
    [TestCase("dqn", "BitFlip-v0", 0)]
    [TestCase("rainbow", "Catch-v0", 0)]
    [TestCase("qr-dqn", "CartPole-v1", 0)]
    [TestCase("td3", "Pendulum-v1", 0)]
    [TestCase("td3", "PointReach-v0", 0)]
    [TestCase("sac", "Pendulum-v1", 0)]
    public void A_quick_goal_is_reached(string algorithm, string environment, int seed)
    {
        LearningGoal goal = LearningCatalogue.Goals.First(g => g.Algorithm == algorithm && g.Environment == environment);
        using var folder = new TemporaryFolder();
        Assert.That(CommandRun.Reached(goal, seed, folder["run"]), Is.GreaterThanOrEqualTo(goal.SeedLevel ?? goal.Level));
    }

    [Test]
    public void The_penalised_objective_learns_too()
    {
        using var folder = new TemporaryFolder();
        var goal = new LearningGoal("ppo", "CartPole-v1", 100_000, 490);
        Assert.That(CommandRun.Reached(goal, 0, folder["run"], "--set", "objective=kl_penalty"), Is.GreaterThanOrEqualTo(goal.Level));
    }

    [Test]
    public void Every_algorithm_has_a_goal()
    {
        IEnumerable<string> without = AlgorithmRegistry.All.Select(a => a.Name).Except(LearningCatalogue.Goals.Select(g => g.Algorithm));
        Assert.That(without, Is.Empty, "algorithms without a goal in the catalogue");
    }

    [Test]
    public void Every_goal_is_of_an_algorithm_and_an_environment_that_there_are_for_the_shipped_steps()
    {
        var environments = new EnvironmentRegistry();
        foreach (LearningGoal goal in LearningCatalogue.Goals)
        {
            AlgorithmDescriptor? algorithm = AlgorithmRegistry.All.SingleOrDefault(a => a.Name == goal.Algorithm);
            Assert.That(algorithm?.DefaultOptions(goal.Environment).TotalSteps, Is.EqualTo(goal.Steps), $"{goal}");
            Assert.That(environments.Find(goal.Environment).Name, Is.EqualTo(goal.Environment));
        }
    }
}
