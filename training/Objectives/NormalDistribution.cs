using System;

namespace Pipeline.Training.Objectives;

/// <summary>The standard normal distribution function and its inverse, in double precision. For setting up, not for inner loops.</summary>
public static class NormalDistribution
{
    /// <summary>Φ(x), by the series ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …) (Marsaglia, J. Stat. Softw. 11(4), 2004), to about 1e-15.</summary>
    /// <param name="x">Any number.</param>
    public static double Cumulative(double x)
    {
        if (Math.Abs(x) > 9) return x > 0 ? 1 : 0;
        double term = x, sum = x, before = 0;
        for (int odd = 3; sum != before; odd += 2)
        {
            before = sum;
            term *= x * x / odd;
            sum += term;
        }

        return 0.5 + (sum * Density(x));
    }

    /// <summary>Φ⁻¹(p), to about 1e-9 between 1e-6 and 1 − 1e-6: the rational start of Abramowitz and Stegun, 26.2.23, made exact by Newton's method.</summary>
    /// <param name="p">Above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not.</exception>
    public static double Quantile(double p)
    {
        if (!(p > 0 && p < 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "The normal quantile takes a probability above 0 and below 1.");
        double t = Math.Sqrt(-2 * Math.Log(Math.Min(p, 1 - p)));
        double tail = t - ((2.515517 + (t * (0.802853 + (t * 0.010328)))) / (1 + (t * (1.432788 + (t * (0.189269 + (t * 0.001308)))))));
        double x = p < 0.5 ? -tail : tail;
        for (int step = 0; step < 3; step++) x -= (Cumulative(x) - p) / Density(x);
        return x;
    }

    private static double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
}
