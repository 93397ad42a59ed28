using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Pixels;

namespace Pipeline.Tests.Training.Environments.Pixels;

[TestFixture]
public sealed class PixelBreakoutTests
{
    private const int Stay = 0;
    private const int Left = 1;
    private const int Right = 2;

    [Test]
    public void An_episode_worked_by_hand_is_played_as_the_rules_say()
    {
        PixelBreakout environment = FromLeft(out float[] board);
        Assert.That((Cells(board, 0), Cells(board, 1), Cells(board, 3).Length), Is.EqualTo((new[] { (9, 4) }, new[] { (3, 0) }, 30)).UsingPropertiesComparer());

        // Down to the right; the paddle, one column on, stands where the ball comes from and turns it upwards.
        (int, int)[] path = [(4, 1), (5, 2), (6, 3), (7, 4), (8, 5), (8, 6), (7, 7), (6, 8), (5, 9), (4, 9)];
        (int, int) before = (3, 0);
        for (int t = 0; t < path.Length; t++)
        {
            Assert.That(environment.Step([t == 0 ? Right : Stay], board), Is.EqualTo(default(StepResult)), $"step {t + 1}");
            Assert.That(Cells(board, 1), Is.EqualTo(new[] { path[t] }), $"ball after step {t + 1}");
            Assert.That(Cells(board, 2), Is.EqualTo(new[] { before }), $"trail after step {t + 1}");
            before = path[t];
        }

        // At the wall it turned; the brick (3, 8) is broken and the ball goes down again.
        Assert.That(environment.Step([Left], board), Is.EqualTo(new StepResult(1)));
        Assert.That((Cells(board, 1)[0], Cells(board, 3).Length, Cells(board, 3).Contains((3, 8))), Is.EqualTo(((4, 8), 29, false)));
        foreach ((int, int) place in new[] { (5, 7), (6, 6), (7, 5), (8, 4) })
        {
            Assert.That(environment.Step([Stay], board), Is.EqualTo(default(StepResult)));
            Assert.That(Cells(board, 1), Is.EqualTo(new[] { place }));
        }

        // The paddle comes to column 3, which the ball would enter: back to where it came from.
        Assert.That(environment.Step([Left], board).Terminated, Is.False);
        Assert.That((Cells(board, 0)[0], Cells(board, 1)[0]), Is.EqualTo(((9, 3), (8, 3))));
        environment.Step([Stay], board);
        Assert.That(Cells(board, 1)[0], Is.EqualTo((7, 4)));
    }

    [Test]
    public void A_ball_that_the_paddle_does_not_meet_is_lost()
    {
        PixelBreakout environment = FromLeft(out float[] board);
        for (int t = 0; t < 5; t++) Assert.That(environment.Step([Stay], board).Terminated, Is.False);
        Assert.That(environment.Step([Stay], board), Is.EqualTo(new StepResult(0, Terminated: true)));
        Assert.That((Cells(board, 0)[0], Cells(board, 1)[0]), Is.EqualTo(((9, 4), (9, 6))));
        Assert.That(environment.Step([Stay], board), Is.EqualTo(new StepResult(0, Terminated: true)), "lost for good");
    }

    [Test]
    public void After_a_hit_the_ball_passes_through_bricks_until_it_meets_none()
    {
        PixelBoard bricks = PixelBoard.Cell(1, 5) | PixelBoard.Cell(3, 6) | PixelBoard.Cell(2, 0);
        PixelBreakout environment = At(bricks, paddle: 0, row: 2, column: 4, down: -1, right: 1);
        float[] board = new float[400];
        Assert.That(environment.Step([Stay], board).Reward, Is.EqualTo(1));
        Assert.That(Cells(board, 1)[0], Is.EqualTo((2, 5)));
        Assert.That(environment.Step([Stay], board).Reward, Is.Zero);
        Assert.That((Cells(board, 1)[0], Cells(board, 3)), Is.EqualTo(((3, 6), new[] { (2, 0), (3, 6) })).UsingPropertiesComparer());
        environment.Step([Stay], board);
        Assert.That(Cells(board, 1)[0], Is.EqualTo((4, 7)));
    }

    [Test]
    public void The_ceiling_turns_the_ball_and_a_corner_turns_it_both_ways()
    {
        float[] board = new float[400];
        PixelBreakout environment = At(PixelBoard.Cell(1, 0), paddle: 0, row: 0, column: 4, down: -1, right: 1);
        environment.Step([Stay], board);
        Assert.That(Cells(board, 1)[0], Is.EqualTo((0, 5)));
        environment.Step([Stay], board);
        Assert.That(Cells(board, 1)[0], Is.EqualTo((1, 6)));
        environment = At(PixelBoard.Cell(1, 0), paddle: 0, row: 0, column: 9, down: -1, right: 1);
        environment.Step([Stay], board);
        environment.Step([Stay], board);
        Assert.That(Cells(board, 1)[0], Is.EqualTo((1, 8)));
    }

    [Test]
    public void The_wall_is_built_anew_when_the_ball_comes_down_and_no_brick_is_left()
    {
        float[] board = new float[400];
        PixelBreakout environment = At(PixelBoard.Cell(3, 5), paddle: 4, row: 4, column: 4, down: -1, right: 1);
        Assert.That(environment.Step([Right], board).Reward, Is.EqualTo(1));
        Assert.That(Cells(board, 3), Is.Empty);
        for (int t = 0; t < 4; t++) environment.Step([Right], board);
        Assert.That((Cells(board, 1)[0], Cells(board, 3).Length), Is.EqualTo(((8, 9), 0)));
        Assert.That(environment.Step([Stay], board).Terminated, Is.False);
        Assert.That((Cells(board, 1)[0], Cells(board, 3).Length), Is.EqualTo(((8, 9), 30)));
    }

    [Test]
    public void Following_the_ball_never_loses_it_and_every_reward_is_a_brick()
    {
        var environment = new PixelBreakout(0);
        var random = new RandomGenerator(4);
        float[] board = new float[400];
        double sum = 0;
        for (int episode = 0; episode < 10; episode++)
        {
            environment.Reset(random, board);
            for (int t = 0; t < 1000; t++)
            {
                int bricks = Cells(board, 3).Length;
                int offset = Cells(board, 1)[0].Column - Cells(board, 0)[0].Column;
                StepResult result = environment.Step([offset < 0 ? Left : offset > 0 ? Right : Stay], board);
                Assert.That(result.Terminated, Is.False);
                int left = Cells(board, 3).Length;
                Assert.That(left == bricks - (int)result.Reward || (bricks == 0 && left == 30), Is.True);
                sum += result.Reward;
            }
        }

        TestContext.Out.WriteLine($"mean return {sum / 10}");
        Assert.That(sum / 10, Is.GreaterThan(30), "more than one wall");
    }

    [Test]
    public void Actions_stick_as_often_as_is_said()
    {
        foreach (double probability in new[] { 0, 0.1, 1 })
        {
            var environment = new PixelBreakout(probability);
            var random = new RandomGenerator(6);
            float[] board = new float[400];
            int stuck = 0;
            for (int episode = 0; episode < 5000; episode++)
            {
                environment.Reset(random, board);
                environment.Step([Right], board);
                if (Cells(board, 0)[0].Column == 4) stuck++;
            }

            // At 0.1, 500 are expected with a standard deviation of 21.
            Assert.That(stuck, Is.EqualTo(5000 * probability).Within(probability == 0.1 ? 85 : 0));
        }

        Assert.That(() => new PixelBreakout(1.5), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new PixelBreakout().Step([0], new float[400]), Throws.InvalidOperationException.With.Message.Contains("Reset"));
    }

    internal static (int Row, int Column)[] Cells(float[] board, int channel) =>
        [.. Enumerable.Range(0, 100).Where(i => board[(channel * 100) + i] == 1).Select(i => (i / 10, i % 10))];

    private static PixelBreakout FromLeft(out float[] board)
    {
        var environment = new PixelBreakout(0);
        var random = new RandomGenerator(0);
        board = new float[400];
        do environment.Reset(random, board);
        while (Cells(board, 1)[0] != (3, 0));
        return environment;
    }

    private static PixelBreakout At(PixelBoard bricks, int paddle, int row, int column, int down, int right)
    {
        var environment = new PixelBreakout(0);
        environment.Reset(new RandomGenerator(0), new float[400]);
        using var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        writer.Write(Stay);
        bricks.Save(writer);
        foreach (int number in new[] { paddle, row, column, down, right, row, column }) writer.Write(number);
        writer.Write(false);
        stream.Position = 0;
        environment.LoadState(new BinaryReader(stream));
        return environment;
    }
}
