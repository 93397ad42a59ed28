using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Pixels;

namespace Pipeline.Tests.Training.Environments.Pixels;

[TestFixture]
public sealed class CatchTests
{
    private const int Columns = 5;

    [TestCase(0, ExpectedResult = 0)]
    [TestCase(1, ExpectedResult = 2)]
    [TestCase(2, ExpectedResult = 4)]
    public int The_paddle_goes_where_it_is_moved_and_no_further_than_the_wall(int action)
    {
        float[] board = Play(new Catch(), new RandomGenerator(0), _ => action).Board;
        return Array.IndexOf(board, 1, 9 * Columns) % Columns;
    }

    [Test]
    public void The_ball_falls_a_row_a_step_and_the_ninth_step_ends_the_episode()
    {
        var environment = new Catch();
        float[] board = new float[50];
        environment.Reset(new RandomGenerator(1), board);
        int column = Array.IndexOf(board, 1);
        Assert.That(column, Is.InRange(0, Columns - 1));
        Assert.That(board[(9 * Columns) + 2], Is.EqualTo(1), "the paddle, in the middle");
        for (int row = 1; row < 9; row++)
        {
            Assert.That(environment.Step([1], board), Is.EqualTo(new StepResult(0)));
            Assert.That(Enumerable.Range(0, 50).Where(i => board[i] == 1), Is.EqualTo(new[] { (row * Columns) + column, 47 }));
        }

        Assert.That(environment.Step([1], board), Is.EqualTo(new StepResult(column == 2 ? 1 : -1, Terminated: true)));
    }

    [Test]
    public void Following_the_ball_always_catches_it_and_standing_still_catches_one_of_five()
    {
        var environment = new Catch();
        var random = new RandomGenerator(2);
        int caught = 0;
        for (int episode = 0; episode < 1000; episode++)
        {
            Assert.That(Play(environment, random, Follow).Reward, Is.EqualTo(1));
            if (Play(environment, random, _ => 1).Reward > 0) caught++;
        }

        // 200 expected, with a standard deviation of 12.6.
        Assert.That(caught, Is.InRange(150, 250));
    }

    private static int Follow(float[] board)
    {
        int ball = Array.IndexOf(board, 1) % Columns, paddle = Array.IndexOf(board, 1, 9 * Columns) % Columns;
        return 1 + Math.Sign(ball - paddle);
    }

    private static (float Reward, float[] Board) Play(Catch environment, RandomGenerator random, Func<float[], int> act)
    {
        float[] board = new float[50];
        environment.Reset(random, board);
        while (true)
        {
            StepResult result = environment.Step([act(board)], board);
            if (result.Terminated) return (result.Reward, board);
        }
    }
}
