using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Distributions;

/// <summary>
/// Independent choices, one for each branch, each with probabilities softmax(logits of the branch). One branch: a categorical distribution.
/// A forbidden choice has its logit lowered to −1e8, as Huang and Ontañón (arXiv:2006.14171) do: its probability and gradient are 0.
/// Samples by the Gumbel-max method: argmax(logits − ln(−ln u)).
/// </summary>
public sealed class Categorical : IDistribution
{
    private const double Forbidden = 1e8;
    private readonly long[] _branches;
    private readonly Tensor[] _logits;
    private readonly Tensor[] _logProbabilities;

    /// <summary>Makes the distribution.</summary>
    /// <param name="logits">[B, Σ branch sizes]</param>
    /// <param name="branches">The number of choices of each branch.</param>
    /// <param name="mask">[B, Σ branch sizes], 1 allowed and 0 not; null where all is allowed.</param>
    public Categorical(Tensor logits, IReadOnlyList<int> branches, Tensor? mask)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(branches);
        _branches = [.. branches.Select(n => (long)n)];
        Tensor allowed = mask is null ? logits : (logits * mask) + ((mask - 1) * Forbidden);
        _logits = Op.Split(allowed, 1, _branches);
        _logProbabilities = [.. _logits.Select(l => Op.LogSoftmax(l))];
    }

    /// <inheritdoc/>
    public Tensor Mode => Choose(_logits);

    /// <inheritdoc/>
    public Tensor Entropy => _logProbabilities.Select(l => -Op.Sum(Op.Exp(l) * l, [1], keepDimensions: true)).Aggregate((a, b) => a + b);

    /// <inheritdoc/>
    public Tensor Sample(Tensor noise)
    {
        Tensor[] gumbel = Op.Split(-Op.Log(-Op.Log(noise)), 1, _branches);
        return Choose([.. _logits.Zip(gumbel, (l, g) => l + g)]);
    }

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor encoded)
    {
        Tensor[] chosen = Op.Split(encoded, 1, _branches);
        return _logits.Zip(chosen, Op.ChosenLogSoftmax).Aggregate((a, b) => a + b);
    }

    /// <inheritdoc/>
    public Tensor DivergenceFrom(IDistribution other)
    {
        var categorical = (Categorical)other;
        return categorical._logProbabilities.Zip(_logProbabilities, (p, q) => Op.Sum(Op.Exp(p) * (p - q), [1], keepDimensions: true)).Aggregate((a, b) => a + b);
    }

    private static Tensor Choose(Tensor[] scores) => Op.Concat(
        [.. scores.Select(s => Op.Reshape(Op.Cast(Op.ArgMax(s, 1), ElementType.Float32), [s.Shape[0], 1]))], 1);
}

/// <summary>Makes <see cref="Categorical"/> distributions.</summary>
public sealed class CategoricalHead : ActionHead
{
    private readonly int[] _branches;

    /// <summary>Makes the head.</summary>
    /// <param name="branches">The number of choices of each branch.</param>
    public CategoricalHead(int[] branches)
        : base(branches.Sum(), branches.Sum(), branches.Sum(), NoiseKind.Uniform) => _branches = branches;

    /// <inheritdoc/>
    public override IDistribution Distribution(Tensor outputs, Tensor? logStandardDeviation, Tensor? mask) => new Categorical(outputs, _branches, mask);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> action, Span<float> encoded)
    {
        encoded.Clear();
        int start = 0;
        for (int i = 0; i < _branches.Length; i++)
        {
            encoded[start + (int)action[i]] = 1;
            start += _branches[i];
        }
    }
}
