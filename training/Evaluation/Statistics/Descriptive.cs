using System;
using System.Collections.Generic;
using System.Linq;
using MathNet.Numerics.Distributions;

namespace Pipeline.Training.Evaluation.Statistics;

/// <summary>What a sample of numbers looks like.</summary>
public static class Descriptive
{
    /// <summary>Standard deviation of a sample, n − 1 below the line; 0 for a single number.</summary>
    /// <param name="values">At least one.</param>
    public static double StandardDeviation(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 1) return 0;
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }

    /// <summary>Half the width of a confidence interval of the mean: Student's t with n − 1 degrees of freedom times s/√n.</summary>
    /// <param name="values">At least two.</param>
    /// <param name="confidence">Such as 0.95.</param>
    /// <exception cref="ArgumentException">There are fewer than two numbers: one says nothing of the spread.</exception>
    public static double MeanHalfWidth(IReadOnlyList<double> values, double confidence)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count < 2) throw new ArgumentException($"{values.Count} numbers have no interval; at least 2 have.", nameof(values));
        return StudentT.InvCDF(0, 1, values.Count - 1, 0.5 + (confidence / 2)) * StandardDeviation(values) / Math.Sqrt(values.Count);
    }

    /// <summary>The quantile at p with linear interpolation between order statistics: R's type 7, which numpy has too.</summary>
    /// <param name="sorted">At least one number, in ascending order.</param>
    /// <param name="p">0 to 1.</param>
    public static double Quantile(ReadOnlySpan<double> sorted, double p)
    {
        double position = p * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 >= sorted.Length ? sorted[^1] : sorted[below] + ((position - below) * (sorted[below + 1] - sorted[below]));
    }

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    /// <param name="sorted">At least one number, in ascending order.</param>
    public static double Median(ReadOnlySpan<double> sorted) => Quantile(sorted, 0.5);

    /// <summary>
    /// Interquartile mean: the mean of what is left when ⌊n/4⌋ numbers are cut off at either end, as scipy's trim_mean(0.25), which rliable
    /// uses, cuts them.
    /// </summary>
    /// <param name="sorted">At least one number, in ascending order.</param>
    public static double InterquartileMean(ReadOnlySpan<double> sorted)
    {
        int cut = sorted.Length / 4;
        return Mean(sorted[cut..^cut]);
    }

    /// <summary>The mean.</summary>
    /// <param name="values">At least one.</param>
    public static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum / values.Length;
    }
}
