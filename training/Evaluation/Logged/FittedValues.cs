using System;
using System.Linq;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// Fitted Q evaluation (Le, Voloshin and Yue, arXiv:1903.08738): from Q₀ = 0, Qₖ₊₁ is the regression of r + γ·Vₖ(s′) on (s, a), V(s) = E over a of π of
/// Q(s, a). Qₖ is what is earned in k steps; after as many rounds as a time limit has steps it is the return within it, and in the limit the return without
/// end. The function fitted is linear in features, so that each round is solved and not approached, and episodes can be counted more than once.
/// </summary>
internal abstract class FittedValues
{
    private const int MostRounds = 20_000;
    private const double Tolerance = 1e-9;

    /// <summary>Number of regression coefficients.</summary>
    protected abstract int Size { get; }

    /// <summary>Prepares the regressions on some of the episodes.</summary>
    /// <param name="counts">How often each episode counts.</param>
    /// <param name="gamma">γ</param>
    /// <returns>One round: the coefficients after it, from those before it.</returns>
    protected abstract Action<double[], double[]> Regression(ReadOnlySpan<double> counts, double gamma);

    /// <summary>Q(s, a) of a step.</summary>
    public abstract double ActionValue(int step, double[] coefficients);

    /// <summary>V(s) at a point.</summary>
    public abstract double Value(int point, double[] coefficients);

    /// <summary>Fits.</summary>
    /// <param name="counts">How often each episode counts.</param>
    /// <param name="gamma">γ</param>
    /// <param name="rounds">Number of rounds; null for as many as it takes until nothing changes.</param>
    /// <returns>The coefficients after each round, those of Q₀ first; the last alone where no number of rounds is given. Null where they grow without end.</returns>
    public double[][]? Fit(ReadOnlySpan<double> counts, double gamma, int? rounds)
    {
        Action<double[], double[]> regress = Regression(counts, gamma);
        if (rounds is int known)
        {
            double[][] all = [.. Enumerable.Range(0, known + 1).Select(_ => new double[Size])];
            for (int k = 0; k < known; k++) regress(all[k], all[k + 1]);
            return Array.TrueForAll(all[known], double.IsFinite) ? all : null;
        }

        double[] before = new double[Size], after = new double[Size];
        for (int k = 0; k < MostRounds; k++)
        {
            regress(before, after);
            double change = 0, size = 0;
            for (int i = 0; i < Size; i++)
            {
                change = Math.Max(change, Math.Abs(after[i] - before[i]));
                size = Math.Max(size, Math.Abs(after[i]));
            }

            if (!double.IsFinite(size)) return null;
            if (change <= Tolerance * size) return [after];
            (before, after) = (after, before);
        }

        return null;
    }
}
