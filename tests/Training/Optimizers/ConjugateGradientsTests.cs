using System;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Optimizers;

public sealed class ConjugateGradientsTests
{
    [Test]
    public void A_small_system_is_solved_in_as_many_steps_as_it_has_unknowns()
    {
        // [4 1; 1 3]·x = [1; 2]: after one step x = 5/20·b, after two [1/11; 7/11].
        var solver = new ConjugateGradients(2);
        ConjugateGradients.Multiply matrix = (v, product) => (product[0], product[1]) = ((4 * v[0]) + v[1], v[0] + (3 * v[1]));
        solver.Solve(matrix, [1, 2], 1);
        Assert.That(solver.Solution, Is.EqualTo(new[] { 0.25f, 0.5f }).Within(1e-6));
        Assert.That(solver.Residual.ToArray(), Is.EqualTo(new[] { -0.5f, 0.25f }).Within(1e-6));
        solver.Solve(matrix, [1, 2], 10);
        Assert.That(solver.Solution, Is.EqualTo(new[] { 1 / 11f, 7 / 11f }).Within(1e-6));
        Assert.That(solver.Steps, Is.EqualTo(2), "nothing is left after two");
    }

    [Test]
    public void What_is_left_over_is_the_right_side_less_the_product()
    {
        const int n = 30;
        var random = new RandomGenerator(1);
        float[] scales = new float[n], b = new float[n], product = new float[n];
        for (int i = 0; i < n; i++) scales[i] = (float)random.NextDouble(0.1, 10);
        random.FillGaussian(b);
        ConjugateGradients.Multiply matrix = (v, result) =>
        {
            for (int i = 0; i < n; i++) result[i] = scales[i] * v[i];
        };
        var solver = new ConjugateGradients(n);
        solver.Solve(matrix, b, 8);
        matrix(solver.Solution, product);
        for (int i = 0; i < n; i++) Assert.That(solver.Residual[i], Is.EqualTo(b[i] - product[i]).Within(1e-5));
    }

    [Test]
    public void Nothing_to_solve_is_solved_by_nothing()
    {
        var solver = new ConjugateGradients(3);
        solver.Solve((_, _) => throw new InvalidOperationException("no product is needed"), [0, 0, 0], 5);
        Assert.That(solver.Solution, Is.All.Zero);
    }
}
