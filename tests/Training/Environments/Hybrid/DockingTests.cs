using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Hybrid;

namespace Pipeline.Tests.Training.Environments.Hybrid;

[TestFixture]
public sealed class DockingTests
{
    private const float Turn = 0, Sail = 1, Dock = 2, Cost = 0.02f;

    [Test]
    public void Manoeuvres_move_the_berth_about_the_vessel_as_worked_by_hand()
    {
        var docking = new Docking();
        float[] seen = Start(docking, 0);
        (float ahead, float left) = (seen[0], seen[1]);
        float distance = MathF.Sqrt((ahead * ahead) + (left * left));
        Assert.That(distance, Is.InRange(0.5f, MathF.Sqrt(8)));
        Assert.That(docking.ObservationSpace.Contains(seen));

        // A turn to the left by a right angle: what was on the left is ahead, what was ahead is on the right.
        (StepResult result, seen) = Step(docking, Turn, MathF.PI / 2, 0.2f);
        Assert.That(result, Is.EqualTo(new StepResult(-Cost)));
        Assert.That(seen, Is.EqualTo(new[] { left, -ahead, 0 }).Within(1e-6));
        (result, seen) = Step(docking, Turn, -9, 0.2f);
        Assert.That(seen, Is.EqualTo(new[] { ahead, left, 0 }).Within(1e-6), "a right angle is the most");

        (_, seen) = Step(docking, Turn, Bearing(seen) / 2, 0);
        (_, seen) = Step(docking, Turn, Bearing(seen), 0);
        Assert.That(seen, Is.EqualTo(new[] { distance, 0, 0 }).Within(1e-5));
        (result, seen) = Step(docking, Sail, 1, 0.125f);
        Assert.That(result.Reward, Is.EqualTo(0.125f - Cost).Within(1e-5), "as much nearer, less the cost; the angle does not count");
        Assert.That(seen, Is.EqualTo(new[] { distance - 0.125f, 0, 0 }).Within(1e-5));
        (result, _) = Step(docking, Sail, 1, -3);
        Assert.That(result.Reward, Is.EqualTo(-Cost).Within(1e-6), "it does not sail astern");
    }

    [TestCase(0UL)]
    [TestCase(1UL)]
    [TestCase(2UL)]
    public void It_docks_where_the_berth_is_in_reach_and_nowhere_else(ulong seed)
    {
        var docking = new Docking();
        float[] seen = Start(docking, seed), mask = new float[3];
        float total = 0, distance = MathF.Sqrt((seen[0] * seen[0]) + (seen[1] * seen[1]));
        int steps = 0;
        StepResult result;
        for (; seen[2] == 0; steps++)
        {
            docking.WriteActionMask(mask);
            Assert.That(mask, Is.EqualTo(new float[] { 1, 1, 0 }));
            Assert.That(Step(docking, Dock, 1, 1), Is.EqualTo((new StepResult(-Cost), seen)), "nothing happens");
            (result, seen) = MathF.Abs(Bearing(seen)) > 0.01f ? Step(docking, Turn, Bearing(seen), 0) : Step(docking, Sail, 0, seen[0]);
            Assert.That(result.Terminated, Is.False);
            total += result.Reward;
        }

        docking.WriteActionMask(mask);
        Assert.That(mask, Is.EqualTo(new float[] { 1, 1, 1 }));
        (result, seen) = Step(docking, Dock, 0, 0);
        Assert.That(result, Is.EqualTo(new StepResult(1 - Cost, Terminated: true)));
        float left = MathF.Sqrt((seen[0] * seen[0]) + (seen[1] * seen[1]));
        Assert.That(total, Is.EqualTo(distance - left - (steps * Cost)).Within(1e-4), "on the way its returns are what it came nearer, less the costs");
    }

    [Test]
    public void The_edge_of_the_square_stops_the_vessel()
    {
        var docking = new Docking();
        Start(docking, 4);
        float[][] seen = [.. Enumerable.Range(0, 20).Select(_ => Step(docking, Sail, 0, 0.25f).Seen)];
        Assert.That(seen[^1], Is.EqualTo(seen[^2]), "in a corner, or at a wall straight ahead");
        Assert.That(seen[0], Is.Not.EqualTo(seen[1]));
    }

    [Test]
    public void Actions_that_are_none_are_refused()
    {
        var docking = new Docking();
        Start(docking, 0);
        Assert.That(() => Step(docking, 3, 0, 0), Throws.InstanceOf<ArgumentException>().With.Message.Contains("0 to 2 of Docking"));
        Assert.That(() => Step(docking, Turn, float.NaN, 0), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => Step(docking, Turn, 0, float.NaN), Throws.ArgumentException.With.Message.Contains("from 0 to 0.25"));
    }

    private static float Bearing(float[] seen) => MathF.Atan2(seen[1], seen[0]);

    private static float[] Start(Docking docking, ulong seed)
    {
        float[] seen = new float[3];
        docking.Reset(new RandomGenerator(seed), seen);
        return seen;
    }

    private static (StepResult Result, float[] Seen) Step(Docking docking, float manoeuvre, float angle, float distance)
    {
        float[] seen = new float[3];
        return (docking.Step([manoeuvre, angle, distance], seen), seen);
    }
}
