using System;
using System.Collections.Generic;
using System.Linq;
using MathNet.Numerics.Distributions;

namespace Pipeline.Training.Evaluation.Statistics;

/// <summary>What can be said of a candidate against a reference.</summary>
public enum Verdict
{
    /// <summary>The whole interval of the difference lies above 0.</summary>
    Better,

    /// <summary>It reaches down to 0 or below, and not below minus the margin.</summary>
    NotWorse,

    /// <summary>It lies below minus the margin.</summary>
    Worse,

    /// <summary>It reaches from below minus the margin to above it: more episodes are needed.</summary>
    Undecided,
}

/// <summary>
/// The mean difference of two policies over the same episodes, with its interval: Student's t of the differences of the pairs. What
/// luck gives to both falls out of the difference.
/// </summary>
public sealed record PairedDifference
{
    private const double Power = 0.8;

    /// <summary>Number of pairs.</summary>
    public required int Pairs { get; init; }

    /// <summary>Mean of candidate minus reference.</summary>
    public required double Mean { get; init; }

    /// <summary>Standard deviation of the differences.</summary>
    public required double StandardDeviation { get; init; }

    /// <summary>The interval's lower end.</summary>
    public required double Low { get; init; }

    /// <summary>The interval's upper end.</summary>
    public required double High { get; init; }

    /// <summary>Correlation of the two scores over the pairs, −1 to 1; null where one of them never changes.</summary>
    public required double? Correlation { get; init; }

    /// <summary>Probability that the interval holds the true difference.</summary>
    public required double Confidence { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="reference">The scores of the one that stands.</param>
    /// <param name="candidate">The scores of the one that is to be judged, in the same episodes.</param>
    /// <param name="confidence">Such as 0.95.</param>
    /// <exception cref="ArgumentException">The numbers of scores differ or are below 2.</exception>
    public static PairedDifference Of(IReadOnlyList<double> reference, IReadOnlyList<double> candidate, double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(candidate);
        if (reference.Count != candidate.Count || reference.Count < 2)
            throw new ArgumentException($"{reference.Count} scores of one and {candidate.Count} of the other make no pairs; give as many of both, at least 2.", nameof(candidate));
        double[] differences = [.. candidate.Zip(reference, (c, r) => c - r)];
        double mean = differences.Average(), half = Descriptive.MeanHalfWidth(differences, confidence);
        return new PairedDifference
        {
            Pairs = differences.Length,
            Mean = mean,
            StandardDeviation = Descriptive.StandardDeviation(differences),
            Low = mean - half,
            High = mean + half,
            Correlation = CorrelationOf(reference, candidate),
            Confidence = confidence,
        };
    }

    /// <summary>What can be said, where a loss of up to a margin does not matter.</summary>
    /// <param name="margin">0 or more, in units of return.</param>
    public Verdict Judge(double margin)
    {
        if (Low > 0) return Verdict.Better;
        if (High < -margin) return Verdict.Worse;
        return Low >= -margin ? Verdict.NotWorse : Verdict.Undecided;
    }

    /// <summary>
    /// How many pairs would most likely (four times in five) settle the question, by n = ((z₁₋α⁄₂ + z₀.₈)·s/δ)²: δ is how far the mean lies from
    /// minus the margin. Null where it lies on it.
    /// </summary>
    /// <param name="margin">0 or more, in units of return.</param>
    public double? PairsNeeded(double margin)
    {
        double distance = Math.Abs(Mean + margin);
        if (distance == 0) return null;
        double z = Normal.InvCDF(0, 1, 0.5 + (Confidence / 2)) + Normal.InvCDF(0, 1, Power);
        double root = z * StandardDeviation / distance;
        return Math.Max(2, Math.Ceiling(root * root));
    }

    private static double? CorrelationOf(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        double sx = Descriptive.StandardDeviation(x), sy = Descriptive.StandardDeviation(y);
        if (sx == 0 || sy == 0) return null;
        double mx = x.Average(), my = y.Average();
        return x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / ((x.Count - 1) * sx * sy);
    }
}
