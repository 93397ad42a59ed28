using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Pixels;

namespace Pipeline.Tests.Training.Environments.Pixels;

[TestFixture]
public sealed class PixelSpaceInvadersTests
{
    private const int Stay = 0;
    private const int Left = 1;
    private const int Right = 2;
    private const int Fire = 3;

    [Test]
    public void An_episode_of_firing_worked_by_hand_is_played_as_the_rules_say()
    {
        // Bullets leave in steps 1, 6, 11 and 16 and are in row 9 − t after t steps. The first hits (3, 5) in step 6, the second (2, 5) in
        // step 12; the third meets (3, 5) again in step 16, since the aliens moved left in step 13. The lowest alien of column 5, in row 2, fires in
        // step 11, and its bullet is in row 9 seven steps later.
        PixelSpaceInvaders environment = Start(out float[] board);
        Assert.That(Cells(board, 1), Is.EqualTo(Block(2)));
        for (int t = 1; t <= 18; t++)
        {
            StepResult result = environment.Step([Fire], board);
            Assert.That(result, Is.EqualTo(new StepResult(t is 6 or 12 or 16 ? 1 : 0, Terminated: t == 18)), $"step {t}");
            if (t == 5) Assert.That(Cells(board, 4), Is.EqualTo(new[] { (4, 5) }));
            if (t is > 10 and < 18) Assert.That(Cells(board, 5), Is.EqualTo(new[] { (t - 9, 5) }), $"alien bullet of step {t}");
            if (t == 12) Assert.That(Cells(board, 1), Is.EqualTo(Block(2).Except([(2, 5), (3, 5)])));
            if (t == 13) Assert.That(Cells(board, 1), Is.EqualTo(Block(1).Except([(2, 4), (3, 4)])));
        }
    }

    [Test]
    public void The_cannon_moves_a_column_a_step_and_not_through_the_wall()
    {
        PixelSpaceInvaders environment = Start(out float[] board);
        Assert.That(Cells(board, 0), Is.EqualTo(new[] { (9, 5) }));
        for (int t = 1; t <= 6; t++)
        {
            environment.Step([Right], board);
            Assert.That(Cells(board, 0), Is.EqualTo(new[] { (9, t < 4 ? 5 + t : 9) }));
        }

        environment.Step([Left], board);
        environment.Step([Stay], board);
        Assert.That(Cells(board, 0), Is.EqualTo(new[] { (9, 8) }));
    }

    [Test]
    public void The_aliens_turn_and_come_down_at_the_wall_and_show_where_they_move()
    {
        PixelSpaceInvaders environment = At(PixelBoard.Cell(4, 0), cannon: 9, untilMove: 0);
        float[] board = new float[600];
        environment.Step([Stay], board);
        Assert.That((Cells(board, 1)[0], Cells(board, 2).Length, Cells(board, 3)[0]), Is.EqualTo(((5, 0), 0, (5, 0))));

        // One alien is left: it moves every step.
        environment.Step([Stay], board);
        Assert.That(Cells(board, 3)[0], Is.EqualTo((5, 1)));
        Start(out board);
        Assert.That((Cells(board, 2).Length, Cells(board, 3).Length), Is.EqualTo((24, 0)));
    }

    [Test]
    public void The_episode_ends_when_an_alien_comes_to_the_cannon_or_would_leave_at_the_bottom()
    {
        float[] board = new float[600];
        Assert.That(At(PixelBoard.Cell(9, 6), cannon: 5, untilMove: 0).Step([Stay], board).Terminated, Is.True);
        Assert.That(At(PixelBoard.Cell(9, 6), cannon: 5, untilMove: 3).Step([Right], board).Terminated, Is.True);
        Assert.That(At(PixelBoard.Cell(9, 7), cannon: 5, untilMove: 0).Step([Stay], board).Terminated, Is.False);
        Assert.That(At(PixelBoard.Cell(9, 0), cannon: 5, untilMove: 0).Step([Stay], board).Terminated, Is.True);
        Assert.That(At(PixelBoard.Cell(8, 0), cannon: 5, untilMove: 0).Step([Stay], board).Terminated, Is.False);
    }

    [Test]
    public void A_block_that_is_shot_down_is_followed_by_a_faster_one()
    {
        PixelSpaceInvaders environment = At(PixelBoard.Cell(7, 5), cannon: 5, untilMove: 9);
        float[] board = new float[600];
        Assert.That(environment.Step([Fire], board).Reward, Is.Zero);
        Assert.That(environment.Step([Stay], board).Reward, Is.EqualTo(1));
        Assert.That(Cells(board, 1), Is.EqualTo(Block(2)));
        Assert.That(Cells(board, 4), Is.Empty);

        // Seven of the nine steps are left before the aliens move in the next; then they move every 11.
        var moves = new List<int>();
        for (int t = 3; t <= 32; t++)
        {
            var before = Cells(board, 1);
            environment.Step([t < 8 ? Left : Stay], board);
            if (!Cells(board, 1).SequenceEqual(before)) moves.Add(t);
        }

        Assert.That(moves, Is.EqualTo(new[] { 10, 21, 32 }));
    }

    [Test]
    public void The_nearest_alien_fires_and_of_two_the_left()
    {
        float[] board = new float[600];
        PixelSpaceInvaders environment = At(PixelBoard.Cell(1, 3) | PixelBoard.Cell(4, 3) | PixelBoard.Cell(5, 7), cannon: 5, untilMove: 5, untilShot: 0);
        environment.Step([Stay], board);
        Assert.That(Cells(board, 5), Is.EqualTo(new[] { (4, 3) }));
        environment = At(PixelBoard.Cell(1, 3) | PixelBoard.Cell(5, 7), cannon: 5, untilMove: 5, untilShot: 0);
        environment.Step([Right], board);
        Assert.That(Cells(board, 5), Is.EqualTo(new[] { (5, 7) }));
    }

    private static (int, int)[] Block(int column) => [.. Enumerable.Range(0, 24).Select(i => (i / 6, column + (i % 6)))];

    private static (int Row, int Column)[] Cells(float[] board, int channel) => PixelBreakoutTests.Cells(board, channel);

    private static PixelSpaceInvaders Start(out float[] board)
    {
        var environment = new PixelSpaceInvaders(0);
        board = new float[600];
        environment.Reset(new RandomGenerator(0), board);
        return environment;
    }

    private static PixelSpaceInvaders At(PixelBoard aliens, int cannon, int untilMove, int untilShot = 1000)
    {
        PixelSpaceInvaders environment = Start(out _);
        using var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        writer.Write(Stay);
        aliens.Save(writer);
        default(PixelBoard).Save(writer);
        default(PixelBoard).Save(writer);
        foreach (int number in new[] { cannon, 12, untilMove, untilShot, 0 }) writer.Write(number);
        writer.Write(false);
        stream.Position = 0;
        environment.LoadState(new BinaryReader(stream));
        return environment;
    }
}
