using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.ClassicControl;
using Pipeline.Training.Environments.ToyText;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class TaskTests
{
    private static readonly object[] Starts =
    [
        new object[] { new ControlEnvironment<CartPole>(), new[] { -0.05, -0.05, -0.05, -0.05 }, new[] { 0.05, 0.05, 0.05, 0.05 } },
        new object[] { new ControlEnvironment<MountainCar>(), new[] { -0.6, 0 }, new[] { -0.4, 0 } },
        new object[] { new ControlEnvironment<MountainCarContinuous>(), new[] { -0.6, 0 }, new[] { -0.4, 0 } },
        new object[] { new ControlEnvironment<Acrobot>(), new[] { -0.1, -0.1, -0.1, -0.1 }, new[] { 0.1, 0.1, 0.1, 0.1 } },
        new object[] { new ControlEnvironment<Pendulum>(), new[] { -Math.PI, -1 }, new[] { Math.PI, 1 } },
    ];

    [TestCaseSource(nameof(Starts))]
    public void Episodes_start_uniformly_between_their_bounds(object environment, double[] low, double[] high)
    {
        const int Draws = 4000;
        var random = new RandomGenerator(6);
        float[] observation = new float[((IEnvironment)environment).ObservationSpace.Size];
        double[][] states = [.. Enumerable.Range(0, Draws).Select(_ =>
        {
            ((IEnvironment)environment).Reset(random, observation);
            return ((ISettableState)environment).State;
        })];
        for (int i = 0; i < low.Length; i++)
        {
            double width = high[i] - low[i];
            double[] drawn = [.. states.Select(s => s[i])];
            Assert.That(drawn, Is.All.InRange((float)low[i], (float)high[i]));
            Assert.That(drawn.Average(), Is.EqualTo((low[i] + high[i]) / 2).Within(0.02 * width));
            Assert.That(drawn.Average(x => x * x) - Math.Pow(drawn.Average(), 2), Is.EqualTo(width * width / 12).Within(0.05 * width * width));
        }
    }

    [Test]
    public void The_first_state_of_Acrobot_is_rounded_to_32_bits()
    {
        var acrobot = new ControlEnvironment<Acrobot>();
        acrobot.Reset(new RandomGenerator(0), new float[6]);
        Assert.That(acrobot.State, Is.EqualTo(acrobot.State.Select(x => (double)(float)x)));
    }

    [Test]
    public void Stepping_CartPole_on_after_its_end_gives_no_reward_until_it_is_set_anew()
    {
        var cartPole = new ControlEnvironment<CartPole> { State = [2.39, 3, 0, 0] };
        float[] observation = new float[4];
        Assert.That(cartPole.Step([1], observation), Is.EqualTo(new StepResult(1, true)));
        Assert.That(cartPole.Step([1], observation), Is.EqualTo(new StepResult(0, true)));
        cartPole.State = [2.5, 0, 0, 0];
        Assert.That(cartPole.Step([1], observation), Is.EqualTo(new StepResult(1, true)));
        cartPole.State = [0, 0, 0, 0];
        Assert.That(cartPole.Step([1], observation), Is.EqualTo(new StepResult(1, false)));
    }

    [Test]
    public void CartPole_ends_beyond_its_thresholds_and_not_at_them()
    {
        double angle = 12 * 2 * Math.PI / 360;
        foreach ((double[] state, bool ends) in new[]
        {
            (new[] { 2.4, 0, 0, 0 }, false), (new[] { Math.BitIncrement(2.4), 0, 0, 0 }, true), (new[] { -2.4, 0, 0, 0 }, false),
            (new[] { 0, 0, angle, 0 }, false), (new[] { 0, 0, Math.BitIncrement(angle), 0 }, true), (new[] { 0, 0, -angle, 0 }, false),
        })
        {
            var cartPole = new ControlEnvironment<CartPole> { State = state };
            Assert.That(cartPole.Step([0], new float[4]).Terminated, Is.EqualTo(ends), string.Join(", ", state));
        }
    }

    [Test]
    public void The_torque_of_Pendulum_is_clipped_and_its_cost_with_it()
    {
        var clipped = new ControlEnvironment<Pendulum> { State = [1, 0.5] };
        var whole = new ControlEnvironment<Pendulum> { State = [1, 0.5] };
        float[] first = new float[3], second = new float[3];
        Assert.That(clipped.Step([5], first), Is.EqualTo(whole.Step([2], second)));
        Assert.That(first, Is.EqualTo(second));
        Assert.That(clipped.State, Is.EqualTo(whole.State));
    }

    [Test]
    public void The_push_of_MountainCarContinuous_is_clipped_and_its_cost_is_not()
    {
        var car = new ControlEnvironment<MountainCarContinuous> { State = [-0.5, 0] };
        StepResult result = car.Step([3], new float[2]);
        Assert.That(result.Reward, Is.EqualTo(-0.9f));
        Assert.That(car.State[1], Is.EqualTo(0.0015 - (0.0025 * Math.Cos(-1.5))).Within(1e-9));
    }

    [Test]
    public void A_state_of_the_wrong_length_is_refused()
    {
        Assert.That(() => new ControlEnvironment<CartPole> { State = [0, 0] }, Throws.ArgumentException.With.Message.Contains("2").And.Message.Contains("4"));
        Assert.That(() => new FrozenLake { State = [16] }, Throws.ArgumentException.With.Message.Contains("0 to 15"));
        Assert.That(() => new Taxi { State = [0, 0, 0] }, Throws.ArgumentException);
    }

    [Test]
    public void Slippery_steps_are_drawn_as_the_table_says()
    {
        var lake = new FrozenLake();
        var random = new RandomGenerator(0);
        float[] observation = new float[1];
        int[] counts = new int[16];
        lake.Reset(random, observation);
        for (int i = 0; i < 9000; i++)
        {
            lake.State = [6];
            lake.Step([2], observation);
            counts[(int)observation[0]]++;
        }

        // From cell 6, right slips down to 10, right to 7 or up to 2.
        Assert.That(new[] { counts[10], counts[7], counts[2] }, Is.All.InRange(2800, 3200));
        Assert.That(counts.Sum() - counts[10] - counts[7] - counts[2], Is.Zero);
    }

    [Test]
    public void Rain_drifts_to_both_sides_where_the_way_is_free_and_not_at_all_where_it_is_not()
    {
        var taxi = new Taxi(isRainy: true);
        int At(int row, int column) => (((((row * 5) + column) * 5) + 2) * 4) + 1;
        var south = taxi.Transitions(At(2, 2), 0);
        Assert.That(south.Select(t => t.NextState), Is.EqualTo(new[] { At(3, 2), At(2, 3), At(2, 1) }));
        Assert.That(south.Select(t => t.Probability), Is.EqualTo(new[] { 0.8, 0.1, 0.1 }).Within(1e-15));

        // East of (0, 1) is a wall; west of (3, 1) is one too, so that a drift from a southward move stays where it is.
        Assert.That(taxi.Transitions(At(0, 1), 2).Select(t => t.NextState), Is.All.EqualTo(At(0, 1)));
        Assert.That(taxi.Transitions(At(3, 1), 0).Select(t => t.NextState), Is.EqualTo(new[] { At(4, 1), At(3, 2), At(3, 1) }));
        Assert.That(taxi.Transitions(At(2, 2), 4), Has.Count.EqualTo(1));
    }

    [Test]
    public void A_fickle_passenger_changes_their_mind_once_at_the_first_move()
    {
        var taxi = new Taxi(ficklePassenger: true);
        int At(int row, int column, int destination) => (((((row * 5) + column) * 5) + 4) * 4) + destination;
        float[] observation = new float[1];
        taxi.Reset(new RandomGenerator(0), observation);
        int[] counts = new int[4];
        for (int i = 0; i < 3000; i++)
        {
            taxi.State = [At(2, 2, 1), 1];
            taxi.Step([5], observation);
            Assert.That(taxi.State, Is.EqualTo(new double[] { At(2, 2, 1), 1 }), "No move, no change.");
            taxi.Step([0], observation);
            counts[(int)taxi.State[0] % 4]++;
            Assert.That(taxi.State[1], Is.Zero);
            double[] before = taxi.State;
            taxi.Step([1], observation);
            Assert.That((int)taxi.State[0] % 4, Is.EqualTo((int)before[0] % 4), "Once is all.");
        }

        Assert.That(counts[1], Is.Zero);
        Assert.That(new[] { counts[0], counts[2], counts[3] }, Is.All.InRange(900, 1100));
    }

    [Test]
    public void A_map_of_your_own_is_checked()
    {
        var lake = new FrozenLake(["SHS", "FFG"], isSlippery: false, successRate: 1);
        Assert.That(lake.InitialDistribution, Is.EqualTo(new[] { 0.5, 0, 0.5, 0, 0, 0 }));
        Assert.That(lake.Transitions(2, 1), Is.EqualTo(new[] { new Transition(1, 5, 1, true) }));
        Assert.That(() => new FrozenLake(["SF", "G"], false, 1), Throws.ArgumentException.With.Message.Contains("one length"));
        Assert.That(() => new FrozenLake(["SX"], false, 1), Throws.ArgumentException.With.Message.Contains("'X'"));
        Assert.That(() => new FrozenLake(["FG"], false, 1), Throws.ArgumentException.With.Message.Contains("no start"));
        Assert.That(() => new FrozenLake("5x5"), Throws.ArgumentException.With.Message.Contains("4x4, 8x8"));
        Assert.That(() => new FrozenLake(successRate: 1.5), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
