using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Distributions;

/// <summary>
/// Independent parts chosen together: the distribution of a hybrid action. Its probability is the product of theirs, so logarithms of probabilities, entropies
/// and divergences are sums.
/// </summary>
public sealed class Product : IDistribution
{
    private readonly ProductHead _head;
    private readonly IDistribution[] _entries;

    internal Product(ProductHead head, IDistribution[] entries) => (_head, _entries) = (head, entries);

    /// <inheritdoc/>
    public Tensor Mode => Op.Concat([.. _entries.Select(e => e.Mode)], 1);

    /// <inheritdoc/>
    public Tensor? ModeScores => Joined(_entries.Select(e => e.ModeScores));

    /// <inheritdoc/>
    public Tensor Entropy => Sum(_entries.Select(e => e.Entropy));

    /// <inheritdoc/>
    public Tensor Sample(Tensor noise) => Op.Concat([.. _entries.Zip(_head.SplitNoise(noise), (e, n) => e.Sample(n))], 1);

    /// <inheritdoc/>
    public Tensor? SampleScores(Tensor noise) => Joined(_entries.Zip(_head.SplitNoise(noise), (e, n) => e.SampleScores(n)));

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor encoded) => Sum(_entries.Zip(_head.SplitEncoded(encoded), (e, a) => e.LogProbability(a)));

    /// <summary>Those of the entries, one after the other.</summary>
    public IReadOnlyList<Tensor> Parts => [.. _entries.SelectMany(e => e.Parts)];

    /// <inheritdoc/>
    public IDistribution With(IReadOnlyList<Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var made = new IDistribution[_entries.Length];
        int start = 0;
        for (int i = 0; i < made.Length; i++)
        {
            int count = _entries[i].Parts.Count;
            made[i] = _entries[i].With([.. parts.Skip(start).Take(count)]);
            start += count;
        }

        return new Product(_head, made);
    }

    /// <inheritdoc/>
    public Tensor DivergenceFrom(IDistribution other) => Sum(_entries.Zip(((Product)other)._entries, (q, p) => q.DivergenceFrom(p)));

    private static Tensor Sum(IEnumerable<Tensor> terms) => terms.Aggregate((a, b) => a + b);

    private static Tensor? Joined(IEnumerable<Tensor?> scores)
    {
        Tensor[] some = [.. scores.OfType<Tensor>()];
        return some.Length == 0 ? null : Op.Concat(some, 1);
    }
}

/// <summary>Makes <see cref="Product"/> distributions: the outputs, encoded actions and masks of the entries stand one after the other.</summary>
public sealed class ProductHead : ActionHead
{
    private readonly (string Name, Space Space, ActionHead Head)[] _entries;

    /// <summary>Makes the head.</summary>
    /// <param name="space">The entries.</param>
    public ProductHead(Dict space)
        : this([.. (space ?? throw new ArgumentNullException(nameof(space))).Entries.Select(e => (e.Key, e.Value, For(e.Value)))])
    {
    }

    private ProductHead((string Name, Space Space, ActionHead Head)[] entries)
        : base(entries.Sum(e => e.Head.ParameterSize), entries.Sum(e => e.Head.EncodedSize), entries.Sum(e => e.Head.NoiseSize), entries.Sum(e => e.Head.RealSize)) =>
        _entries = entries;

    /// <summary>The entries' names and heads, in order.</summary>
    public IReadOnlyList<(string Name, ActionHead Head)> Entries => [.. _entries.Select(e => (e.Name, e.Head))];

    /// <summary>Takes the network's outputs apart.</summary>
    /// <param name="outputs">[B, P]</param>
    /// <returns>Of each entry what its distribution is made from.</returns>
    public Tensor[] SplitOutputs(Tensor outputs) => Op.Split(outputs, 1, Sizes(e => e.Head.ParameterSize));

    /// <inheritdoc/>
    public override IDistribution Distribution(Tensor outputs, Tensor? logStandardDeviation, Tensor? mask)
    {
        Tensor[] own = SplitOutputs(outputs);
        var made = new IDistribution[_entries.Length];
        int real = 0, masked = 0;
        for (int i = 0; i < made.Length; i++)
        {
            (_, Space space, ActionHead head) = _entries[i];
            Tensor? deviation = head.RealSize == 0 || logStandardDeviation is null ? null : Op.Slice(logStandardDeviation, 0, real, real += head.RealSize);
            Tensor? allowed = space.MaskSize == 0 || mask is null ? null : Op.Slice(mask, 1, masked, masked += space.MaskSize);
            made[i] = head.Distribution(own[i], deviation, allowed);
        }

        return new Product(this, made);
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> action, Span<float> encoded)
    {
        foreach ((_, Space space, ActionHead head) in _entries)
        {
            head.Encode(action[..space.Size], encoded[..head.EncodedSize]);
            action = action[space.Size..];
            encoded = encoded[head.EncodedSize..];
        }
    }

    /// <inheritdoc/>
    public override Tensor Encode(Tensor action) =>
        Op.Concat([.. _entries.Zip(Op.Split(action, 1, Sizes(e => e.Space.Size)), (e, a) => e.Head.Encode(a))], 1);

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<float> encoded, Span<float> action)
    {
        foreach ((_, Space space, ActionHead head) in _entries)
        {
            head.Decode(encoded[..head.EncodedSize], action[..space.Size]);
            action = action[space.Size..];
            encoded = encoded[head.EncodedSize..];
        }
    }

    internal Tensor[] SplitEncoded(Tensor encoded) => Op.Split(encoded, 1, Sizes(e => e.Head.EncodedSize));

    // The normal numbers of all entries stand before the uniform ones.
    internal Tensor[] SplitNoise(Tensor noise)
    {
        int normal = 0, uniform = RealSize;
        Tensor Next(ActionHead head) => head.IsDiscrete
            ? Op.Slice(noise, 1, uniform, uniform += head.NoiseSize)
            : Op.Slice(noise, 1, normal, normal += head.NoiseSize);
        return [.. _entries.Select(e => Next(e.Head))];
    }

    private long[] Sizes(Func<(string Name, Space Space, ActionHead Head), long> size) => [.. _entries.Select(size)];
}
