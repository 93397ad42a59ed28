using System;
using System.Linq;
using MathNet.Numerics.LinearAlgebra;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// Values linear in features φ(s, a), by ridge regression. Of each episode the sums Σφφᵀ, Σφφ̄′ᵀ and Σφr are kept, φ̄′ = E over a′ of π of φ(s′, a′): to count
/// episodes otherwise is to add them up otherwise.
/// </summary>
internal sealed class LinearValues : FittedValues
{
    private const double Ridge = 1e-5;
    private readonly float[] _taken;
    private readonly float[] _expected;
    private readonly int _width;
    private readonly double[][] _sums;

    /// <summary>Sums up episodes.</summary>
    /// <param name="data">The episodes.</param>
    /// <param name="view">The evaluated policy.</param>
    /// <param name="taken">φ(s, a), [steps, d]</param>
    /// <param name="expected">φ̄ = E over a of π of φ(s, a), [points, d]</param>
    /// <param name="width">d</param>
    public LinearValues(LoggedDataset data, TargetView view, float[] taken, float[] expected, int width)
    {
        (_taken, _expected, _width) = (taken, expected, width);
        _sums = [.. Enumerable.Range(0, data.Episodes).Select(episode => Sum(data, view, episode))];
    }

    protected override int Size => _width;

    public override double ActionValue(int step, double[] coefficients) => Product(_taken, step, coefficients);

    public override double Value(int point, double[] coefficients) => Product(_expected, point, coefficients);

    protected override Action<double[], double[]> Regression(ReadOnlySpan<double> counts, double gamma)
    {
        int d = _width;
        double[] sum = new double[_sums[0].Length];
        for (int episode = 0; episode < _sums.Length; episode++)
        {
            if (counts[episode] == 0) continue;
            double[] own = _sums[episode];
            for (int i = 0; i < sum.Length; i++) sum[i] += counts[episode] * own[i];
        }

        Matrix<double> gram = Matrix<double>.Build.Dense(d, d, (i, j) => sum[(i * d) + j]);
        gram += Matrix<double>.Build.DenseIdentity(d) * (Ridge * gram.Trace() / d);
        var right = Matrix<double>.Build.Dense(d, d + 1, (i, j) => j < d ? gamma * sum[(d * d) + (i * d) + j] : sum[(2 * d * d) + i]);
        double[][] rows = gram.Cholesky().Solve(right).ToRowArrays();
        return (before, after) =>
        {
            for (int i = 0; i < d; i++)
            {
                double value = rows[i][d];
                for (int j = 0; j < d; j++) value += rows[i][j] * before[j];
                after[i] = value;
            }
        };
    }

    private double[] Sum(LoggedDataset data, TargetView view, int episode)
    {
        int d = _width;
        double[] sum = new double[(2 * d * d) + d];
        for (int step = data.Start(episode); step < data.Start(episode) + data.Length(episode); step++)
        {
            int next = view.Next[step];
            if (next == TargetView.Unknown) continue;
            ReadOnlySpan<float> features = _taken.AsSpan(step * d, d), following = next >= 0 ? _expected.AsSpan(next * d, d) : [];
            for (int i = 0; i < d; i++)
            {
                double feature = features[i];
                for (int j = 0; j < d; j++) sum[(i * d) + j] += feature * features[j];
                for (int j = 0; j < following.Length; j++) sum[(d * d) + (i * d) + j] += feature * following[j];
                sum[(2 * d * d) + i] += feature * view.Rewards[step];
            }
        }

        return sum;
    }

    private double Product(float[] rows, int row, double[] coefficients)
    {
        double sum = 0;
        for (int i = 0; i < _width; i++) sum += rows[(row * _width) + i] * coefficients[i];
        return sum;
    }
}
