using System;
using System.Collections.Generic;
using System.Linq;
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
    private readonly long[] _sizes;
    private readonly Tensor[] _logits;
    private readonly Branch[] _branches;

    /// <summary>Makes the distribution.</summary>
    /// <param name="logits">[B, Σ branch sizes]</param>
    /// <param name="branches">The number of choices of each branch.</param>
    /// <param name="mask">[B, Σ branch sizes], 1 allowed and 0 not; null where all is allowed.</param>
    public Categorical(Tensor logits, IReadOnlyList<int> branches, Tensor? mask)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(branches);
        _sizes = [.. branches.Select(n => (long)n)];
        Tensor allowed = mask is null ? logits : (logits * mask) + ((mask - 1) * Forbidden);
        _logits = Op.Split(allowed, 1, _sizes);
        _branches = [.. _logits.Select(l => l.Shape[1] == 2 ? (Branch)new Pair(l) : new Choices(l))];
    }

    private Categorical(Categorical like, IReadOnlyList<Tensor> parts)
    {
        _sizes = like._sizes;
        _branches = [.. like._branches.Zip(parts, (b, p) => b.With(p))];
        _logits = [.. _branches.Select(b => b.Logits)];
    }

    /// <inheritdoc/>
    public Tensor Mode => Choose(_logits);

    /// <inheritdoc/>
    public Tensor ModeScores => Op.Concat(_logits, 1);

    /// <inheritdoc/>
    public Tensor Entropy => _branches.Select(b => b.Entropy).Aggregate((a, b) => a + b);

    /// <inheritdoc/>
    public Tensor Sample(Tensor noise) => Choose(Perturbed(noise));

    /// <inheritdoc/>
    public Tensor SampleScores(Tensor noise) => Op.Concat(Perturbed(noise), 1);

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor encoded)
    {
        Tensor[] chosen = Op.Split(encoded, 1, _sizes);
        return _branches.Zip(chosen, (b, c) => b.LogProbability(c)).Aggregate((a, b) => a + b);
    }

    /// <summary>Of each branch the logits, or the difference of the two where there are two: as they are once forbidden choices are lowered.</summary>
    public IReadOnlyList<Tensor> Parts => [.. _branches.Select(b => b.Part)];

    /// <inheritdoc/>
    public IDistribution With(IReadOnlyList<Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new Categorical(this, parts);
    }

    /// <inheritdoc/>
    public Tensor DivergenceFrom(IDistribution other) =>
        _branches.Zip(((Categorical)other)._branches, (q, p) => q.DivergenceFrom(p)).Aggregate((a, b) => a + b);

    private Tensor[] Perturbed(Tensor noise)
    {
        Tensor[] gumbel = Op.Split(-Op.Log(-Op.Log(noise)), 1, _sizes);
        return [.. _logits.Zip(gumbel, (l, g) => l + g)];
    }

    private static Tensor Choose(Tensor[] scores) => Op.Concat(
        [.. scores.Select(s => Op.Reshape(Op.Cast(Op.ArgMax(s, 1), ElementType.Float32), [s.Shape[0], 1]))], 1);

    /// <summary>One branch: every result is [B, 1].</summary>
    private abstract class Branch
    {
        public abstract Tensor Entropy { get; }

        public abstract Tensor Logits { get; }

        public abstract Tensor Part { get; }

        public abstract Branch With(Tensor part);

        public abstract Tensor LogProbability(Tensor chosen);

        public abstract Tensor DivergenceFrom(Branch other);
    }

    private sealed class Choices(Tensor logits) : Branch
    {
        private readonly Tensor _logProbabilities = Op.LogSoftmax(logits);

        public override Tensor Entropy => -Op.Sum(Op.Exp(_logProbabilities) * _logProbabilities, [1], keepDimensions: true);

        public override Tensor Logits => logits;

        public override Tensor Part => logits;

        public override Branch With(Tensor part) => new Choices(part);

        public override Tensor LogProbability(Tensor chosen) => Op.ChosenLogSoftmax(logits, chosen);

        public override Tensor DivergenceFrom(Branch other)
        {
            Tensor p = ((Choices)other)._logProbabilities;
            return Op.Sum(Op.Exp(p) * (p - _logProbabilities), [1], keepDimensions: true);
        }
    }

    /// <summary>
    /// Two choices: softmax is then the logistic function of the difference d of the two logits, ln p(chosen) = −softplus(∓d). The difference is a
    /// product with a constant, which goes into the last layer's weights: one output to compute and differentiate instead of two.
    /// </summary>
    private sealed class Pair : Branch
    {
        private readonly Tensor _difference;
        private readonly Bernoulli _first;

        public Pair(Tensor logits)
            : this(logits, Op.MatMul(logits, logits.Graph.Constant([1f, -1f], [2, 1])))
        {
        }

        private Pair(Tensor logits, Tensor difference)
        {
            Logits = logits;
            _difference = difference;
            _first = new Bernoulli(difference);
        }

        public override Tensor Logits { get; }

        public override Tensor Part => _difference;

        public override Tensor Entropy => _first.Entropy;

        public override Branch With(Tensor part) => new Pair(Op.Concat([part, part * 0], 1), part);

        public override Tensor LogProbability(Tensor chosen)
        {
            Tensor against = Op.MatMul(chosen, chosen.Graph.Constant([-1f, 1f], [2, 1]));
            return -Op.Softplus(against * _difference);
        }

        public override Tensor DivergenceFrom(Branch other) => _first.DivergenceFrom(((Pair)other)._first);
    }
}

/// <summary>Makes <see cref="Categorical"/> distributions.</summary>
public sealed class CategoricalHead : ActionHead
{
    private readonly int[] _branches;

    /// <summary>Makes the head.</summary>
    /// <param name="branches">The number of choices of each branch.</param>
    public CategoricalHead(int[] branches)
        : base(branches.Sum(), branches.Sum(), branches.Sum(), realSize: 0) => _branches = branches;

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

    /// <inheritdoc/>
    public override Tensor Encode(Tensor action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Tensor[] columns = Op.Split(action, 1, [.. _branches.Select(_ => 1L)]);
        return Op.Concat([.. columns.Zip(_branches, (c, n) => Op.OneHot(Op.Reshape(Op.Cast(c, ElementType.Int64), [c.Shape[0]]), n))], 1);
    }

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<float> encoded, Span<float> action)
    {
        int start = 0;
        for (int i = 0; i < _branches.Length; i++)
        {
            action[i] = encoded.Slice(start, _branches[i]).IndexOf(1f);
            start += _branches[i];
        }
    }
}
