using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Distributions;

/// <summary>Independent bits, each 1 with probability sigmoid(logit).</summary>
public sealed class Bernoulli : IDistribution
{
    private readonly Tensor _logits;

    /// <summary>Makes the distribution.</summary>
    /// <param name="logits">[B, A]</param>
    public Bernoulli(Tensor logits) => _logits = logits;

    /// <inheritdoc/>
    public Tensor Mode => Op.Cast(Op.Greater(_logits, _logits.Graph.Constant(0)), ElementType.Float32);

    /// <inheritdoc/>
    public Tensor Entropy => Op.Sum(Op.Softplus(_logits) - (_logits * Op.Sigmoid(_logits)), [1], keepDimensions: true);

    /// <inheritdoc/>
    public Tensor Sample(Tensor noise) => Op.Cast(Op.Less(noise, Op.Sigmoid(_logits)), ElementType.Float32);

    /// <inheritdoc/>
    public Tensor ModeScores => Spread(_logits, 1);

    /// <inheritdoc/>
    public Tensor SampleScores(Tensor noise) => Spread(noise, 0) + Spread(Op.Sigmoid(_logits), 1);

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor encoded) => Op.Sum((_logits * encoded) - Op.Softplus(_logits), [1], keepDimensions: true);

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Parts => [_logits];

    /// <inheritdoc/>
    public IDistribution With(IReadOnlyList<Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new Bernoulli(parts[0]);
    }

    /// <inheritdoc/>
    public Tensor DivergenceFrom(IDistribution other)
    {
        Tensor p = ((Bernoulli)other)._logits;
        return Op.Sum((Op.Sigmoid(p) * (p - _logits)) - Op.Softplus(p) + Op.Softplus(_logits), [1], keepDimensions: true);
    }

    // Puts each of A numbers into the first (0) or the second (1) of two columns of its own, with 0 in the other.
    private static Tensor Spread(Tensor x, int second)
    {
        int bits = (int)x.Shape[1].Value;
        float[] pattern = new float[bits * 2 * bits];
        for (int i = 0; i < bits; i++) pattern[(i * 2 * bits) + (2 * i) + second] = 1;
        return Op.MatMul(x, x.Graph.Constant(pattern, [bits, 2 * bits]));
    }
}

/// <summary>Makes <see cref="Bernoulli"/> distributions.</summary>
public sealed class BernoulliHead : ActionHead
{
    /// <summary>Makes the head.</summary>
    /// <param name="bits">Number of bits.</param>
    public BernoulliHead(int bits)
        : base(bits, bits, bits, realSize: 0)
    {
    }

    /// <inheritdoc/>
    public override IDistribution Distribution(Tensor outputs, Tensor? logStandardDeviation, Tensor? mask) => new Bernoulli(outputs);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> action, Span<float> encoded) => action.CopyTo(encoded);
}
