using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// Turns observations into what dense layers read: real numbers and bits as they are, choices one-hot, the entries of a dictionary side by
/// side, arrays flattened. Real numbers can be normalised first: clip((x − mean) · scale, ±10), scale = 1/√(variance + 1e-8).
/// </summary>
public sealed class ObservationEncoder
{
    /// <summary>How far from the mean a normalised observation can be.</summary>
    public const double Limit = 10;

    private readonly Space _space;

    /// <summary>Makes an encoder.</summary>
    /// <param name="space">The observation space.</param>
    /// <param name="normalizes">Whether real numbers are normalised.</param>
    public ObservationEncoder(Space space, bool normalizes)
    {
        ArgumentNullException.ThrowIfNull(space);
        _space = space;
        Normalizes = normalizes && Entries().Any(e => e.Value is Box);
        Size = Entries().Sum(e => EncodedSize(e.Value));
    }

    /// <summary>Whether real numbers are normalised: then the two statistics are inputs of the graph.</summary>
    public bool Normalizes { get; }

    /// <summary>Number of encoded floats.</summary>
    public int Size { get; }

    /// <summary>The mean of each float of an observation row, as an input [observation size].</summary>
    /// <param name="graph">The graph.</param>
    public Tensor Mean(Graph graph) => Statistic(graph, "observation_mean");

    /// <summary>1/√(variance + 1e-8) of each float of an observation row, as an input [observation size].</summary>
    /// <param name="graph">The graph.</param>
    public Tensor Scale(Graph graph) => Statistic(graph, "observation_scale");

    /// <summary>Encodes whole rows.</summary>
    /// <param name="rows">[B, observation size]</param>
    /// <returns>[B, <see cref="Size"/>]</returns>
    public Tensor Encode(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (_space is Box) return Normal(rows, 0, _space.Size);
        Tensor[] parts = Op.Split(rows, 1, [.. Entries().Select(e => (long)e.Value.Size)]);
        return Encode(parts);
    }

    /// <summary>Encodes the entries of an observation, given one by one.</summary>
    /// <param name="parts">For each entry [B, entry size]; one tensor where the space is not a dictionary.</param>
    /// <returns>[B, <see cref="Size"/>]</returns>
    public Tensor Encode(IReadOnlyList<Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var encoded = new List<Tensor>();
        int start = 0;
        foreach ((KeyValuePair<string, Space> entry, Tensor part) in Entries().Zip(parts))
        {
            encoded.AddRange(entry.Value switch
            {
                Box => [Normal(part, start, entry.Value.Size)],
                Discrete discrete => [OneHot(part, discrete.N)],
                MultiDiscrete multi => Op.Split(part, 1, [.. multi.Branches.Select(_ => 1L)]).Zip(multi.Branches, OneHot),
                _ => [part],
            });
            start += entry.Value.Size;
        }

        return Op.Concat(encoded, 1);
    }

    private IReadOnlyList<KeyValuePair<string, Space>> Entries() => _space is Dict dict ? dict.Entries : [new("observation", _space)];

    private Tensor Statistic(Graph graph, string name)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.Input(name, [_space.Size]);
    }

    private Tensor Normal(Tensor part, int start, int size)
    {
        if (!Normalizes) return part;
        Tensor mean = Op.Slice(Mean(part.Graph), 0, start, start + size), scale = Op.Slice(Scale(part.Graph), 0, start, start + size);
        return Op.Clip((part - mean) * scale, -Limit, Limit);
    }

    private static Tensor OneHot(Tensor column, int n) =>
        Op.OneHot(Op.Reshape(Op.Cast(column, ElementType.Int64), [column.Shape[0]]), n);

    private static int EncodedSize(Space space) => space switch
    {
        Discrete discrete => discrete.N,
        MultiDiscrete multi => multi.Branches.Sum(),
        _ => space.Size,
    };
}
