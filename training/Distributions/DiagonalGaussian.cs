using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Distributions;

/// <summary>Independent normal numbers with mean μ and standard deviation σ = e^s, the same s for every row of the batch or one for each.</summary>
public sealed class DiagonalGaussian : IDistribution
{
    private static readonly double _logSqrtTwoPi = 0.5 * Math.Log(2 * Math.PI);
    private readonly Tensor _mean;
    private readonly Tensor _logDeviation;

    /// <summary>Makes the distribution.</summary>
    /// <param name="mean">μ, [B, A]</param>
    /// <param name="logStandardDeviation">s, [A] or [B, A]</param>
    public DiagonalGaussian(Tensor mean, Tensor logStandardDeviation) => (_mean, _logDeviation) = (mean, logStandardDeviation);

    /// <inheritdoc/>
    public Tensor Mode => _mean;

    /// <inheritdoc/>
    public Tensor Entropy => _logDeviation.Shape.Rank == 1 ? Op.Reshape(Total(_logDeviation + (0.5 + _logSqrtTwoPi)), [1, 1]) : Total(_logDeviation + (0.5 + _logSqrtTwoPi));

    /// <inheritdoc/>
    public Tensor Sample(Tensor noise) => _mean + (Op.Exp(_logDeviation) * noise);

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor encoded)
    {
        Tensor z = (encoded - _mean) * Op.Exp(-_logDeviation);
        return (Op.SumSquare(z, [1], keepDimensions: true) * -0.5) - Total(_logDeviation + _logSqrtTwoPi);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Parts => [_mean, _logDeviation];

    /// <inheritdoc/>
    public IDistribution With(IReadOnlyList<Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new DiagonalGaussian(parts[0], parts[1]);
    }

    /// <inheritdoc/>
    public Tensor DivergenceFrom(IDistribution other)
    {
        var p = (DiagonalGaussian)other;
        Tensor ratio = Op.Exp(2 * (p._logDeviation - _logDeviation));
        Tensor distance = Op.Square(p._mean - _mean) * Op.Exp(-2 * _logDeviation);
        return Op.Sum(((ratio + distance - 1) * 0.5) + (_logDeviation - p._logDeviation), [1], keepDimensions: true);
    }

    // Over the numbers of an action: a scalar, or [B, 1].
    private static Tensor Total(Tensor x) => x.Shape.Rank == 1 ? Op.Sum(x) : Op.Sum(x, [1], keepDimensions: true);
}

/// <summary>Makes <see cref="DiagonalGaussian"/> distributions.</summary>
public sealed class GaussianHead : ActionHead
{
    /// <summary>Makes the head.</summary>
    /// <param name="size">Number of real numbers in an action.</param>
    public GaussianHead(int size)
        : base(size, size, size, realSize: size)
    {
    }

    /// <inheritdoc/>
    public override IDistribution Distribution(Tensor outputs, Tensor? logStandardDeviation, Tensor? mask) =>
        new DiagonalGaussian(outputs, logStandardDeviation ?? throw new ArgumentNullException(nameof(logStandardDeviation)));

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> action, Span<float> encoded) => action.CopyTo(encoded);
}
