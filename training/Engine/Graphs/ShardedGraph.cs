using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>A part of what a shard computes, between two exchanges with the others.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Outputs">
/// Names and tensors of what is computed: the outputs asked for, under their names, and what later stages read, under the names of their inputs. Of an output
/// in <see cref="ShardedGraph.Sums"/> it is the shard's share, under the name that is there.
/// </param>
internal sealed record ShardStage(Graph Graph, Dictionary<string, Tensor> Outputs)
{
    /// <summary>What the outputs are computed from.</summary>
    public IEnumerable<Tensor> Inputs => Graph.Order(Outputs.Values).Where(t => t.Name is not null);
}

/// <summary>
/// A computation dealt out to shards of which each has its share of the large parameters: columns of one layer and the matching rows of the next, so that of
/// what lies between each needs its own share alone (Shoeybi et al., arXiv:1909.08053). Where shares make a sum, every shard adds up those of all, in the
/// same order; for that the computation comes in stages. What is small each shard does for itself.
/// </summary>
internal sealed class ShardedGraph
{
    /// <summary>Multiplications of a product from which on its columns are shared out.</summary>
    private const long WorthSharing = 2_000_000;

    private const string KeptPrefix = "kept_";
    private const string SumPrefix = "sum_";

    private readonly int _count;
    private readonly HashSet<Tensor> _undecided;
    private readonly IReadOnlyDictionary<string, Tensor> _outputs;
    private readonly Dictionary<Tensor, Layout> _layouts = [];

    private ShardedGraph(IReadOnlyDictionary<string, Tensor> outputs, IEnumerable<Tensor> parameters, int count) =>
        (_outputs, _undecided, _count) = (outputs, [.. parameters], count);

    private enum Kind
    {
        /// <summary>The same on every shard.</summary>
        Whole,

        /// <summary>Each shard has its share of one axis.</summary>
        Split,

        /// <summary>The sum of what the shards have.</summary>
        Sum,
    }

    /// <summary>Outputs that are left to be added up: for their names, the names of every shard's share.</summary>
    public IEnumerable<KeyValuePair<string, string[]>> Sums => _outputs.Where(o => _layouts[o.Value].Kind == Kind.Sum)
        .Select(o => KeyValuePair.Create(o.Key, Enumerable.Range(0, _count).Select(s => ShareOf(o.Value, s)).ToArray()));

    /// <summary>The axis that a parameter is split along.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <returns>Null where each shard has all of it.</returns>
    public int? SplitAxis(Tensor parameter) => _layouts.TryGetValue(parameter, out Layout layout) && layout.Kind == Kind.Split ? layout.Axis : null;

    /// <summary>Deals a computation out.</summary>
    /// <param name="outputs">Names and tensors of what is computed.</param>
    /// <param name="parameters">The inputs that may be split.</param>
    /// <param name="count">Number of shards.</param>
    /// <returns>Null where nothing is worth it, or a share would meet an operator that needs the whole.</returns>
    public static ShardedGraph? Of(IReadOnlyDictionary<string, Tensor> outputs, IEnumerable<Tensor> parameters, int count)
    {
        var graph = new ShardedGraph(outputs, parameters, count);
        foreach (Tensor tensor in Graph.Order(outputs.Values))
        {
            if (graph.LayOut(tensor) is not Layout layout) return null;
            graph._layouts[tensor] = layout;
            graph._undecided.ExceptWith(tensor.InputArray);
        }

        return graph._layouts.Values.Any(l => l.Kind == Kind.Split) ? graph : null;
    }

    /// <summary>Whether a name is of something that stages hand on, to later ones of the same shard or of all.</summary>
    /// <param name="name">An output of a stage.</param>
    public static bool IsExchanged(string name) => name.StartsWith(KeptPrefix, StringComparison.Ordinal) || name.StartsWith(SumPrefix, StringComparison.Ordinal);

    /// <summary>What one shard computes, stage by stage.</summary>
    /// <param name="shard">Which, from 0.</param>
    public IReadOnlyList<ShardStage> Stages(int shard) => new Writer(this, shard).Stages;

    private Layout? LayOut(Tensor tensor)
    {
        Tensor[] inputs = tensor.InputArray;
        if (inputs.Length == 0) return Layout.Whole;
        Layout[] layouts = [.. inputs.Select(i => _layouts[i])];
        Kind[] kinds = [.. layouts.Select(l => l.Kind)];
        bool linear = IsLinear(tensor.Operator, kinds);
        int stage = layouts.Max(l => l.Stage + (l.Kind == Kind.Sum && !linear ? 1 : 0));
        if (linear) return new Layout(Kind.Sum, 0, stage, Adds: false);
        if (!kinds.Contains(Kind.Split)) return Columns(tensor) ?? new Layout(Kind.Whole, 0, stage, Adds: true);
        Layout? split = tensor.Operator == MatrixProducts.MatMul ? Product(tensor, layouts)
            : tensor.Operator == Reductions.ReduceSum ? Reduction(tensor, layouts[0])
            : Elementwise.Rows.Contains(tensor.Operator) ? Broadcast(tensor, layouts) : null;
        return split is Layout found ? found with { Stage = stage } : null;
    }

    // What of a sum of shares is the sum of what of the shares.
    private static bool IsLinear(Operator source, Kind[] kinds)
    {
        if (source == Elementwise.Add || source == Elementwise.Sub) return kinds is [Kind.Sum, Kind.Sum];
        if (source == Elementwise.Mul || source == MatrixProducts.MatMul) return kinds is [Kind.Sum, Kind.Whole] or [Kind.Whole, Kind.Sum];
        return (source == Elementwise.Neg || source == Elementwise.StopGradient || source == Reductions.ReduceSum) && kinds is [Kind.Sum];
    }

    // A large product of what every shard has with a parameter: each computes some of the columns.
    private Layout? Columns(Tensor tensor)
    {
        if (tensor.Operator != MatrixProducts.MatMul || tensor.Shape.Rank != 2 || tensor.Attributes.Flag("transposeA") || tensor.Attributes.Flag("transposeB")) return null;
        Tensor x = tensor.InputArray[0], parameter = tensor.InputArray[1];
        if (_layouts[x].Kind == Kind.Sum || !tensor.Shape.IsKnown || GraphParts.Multiplications(tensor) < WorthSharing) return null;
        return Split(parameter, 1) ? new Layout(Kind.Split, 1, _layouts[x].Stage, Adds: true) : null;
    }

    private Layout? Product(Tensor tensor, Layout[] layouts)
    {
        if (tensor.Shape.Rank != 2) return null;
        int innerA = tensor.Attributes.Flag("transposeA") ? 0 : 1, innerB = tensor.Attributes.Flag("transposeB") ? 1 : 0;
        bool? a = layouts[0].Kind == Kind.Split ? layouts[0].Axis == innerA : null, b = layouts[1].Kind == Kind.Split ? layouts[1].Axis == innerB : null;
        if (a == true && b is null && Split(tensor.InputArray[1], innerB)) b = true;
        return (a, b) switch
        {
            (true, true) => new Layout(Kind.Sum, 0, 0, Adds: true),
            (false, null) => new Layout(Kind.Split, 0, 0, Adds: true),
            (null, false) => new Layout(Kind.Split, 1, 0, Adds: true),
            _ => null,
        };
    }

    private static Layout? Reduction(Tensor tensor, Layout input)
    {
        long[] axes = tensor.Attributes.Integers("axes");
        if (axes.Contains(input.Axis)) return new Layout(Kind.Sum, 0, 0, Adds: true);
        return new Layout(Kind.Split, tensor.Attributes.Flag("keep") ? input.Axis : input.Axis - axes.Count(a => a < input.Axis), 0, Adds: true);
    }

    private Layout? Broadcast(Tensor tensor, Layout[] layouts)
    {
        // Axes from the last one, since shapes are aligned there.
        int[] axes = [.. layouts.Select((l, i) => (l, i)).Where(p => p.l.Kind == Kind.Split).Select(p => p.l.Axis - tensor.InputArray[p.i].Shape.Rank).Distinct()];
        if (axes.Length > 1) return null;
        for (int i = 0; i < layouts.Length; i++)
        {
            Shape shape = tensor.InputArray[i].Shape;
            if (layouts[i].Kind != Kind.Split && shape.Rank + axes[0] >= 0 && !shape[axes[0]].IsOne && !Split(tensor.InputArray[i], shape.Rank + axes[0])) return null;
        }

        return new Layout(Kind.Split, tensor.Shape.Rank + axes[0], 0, Adds: true);
    }

    // A parameter that nothing before has read whole.
    private bool Split(Tensor parameter, int axis)
    {
        if (!_undecided.Remove(parameter) || parameter.Shape[axis].Value % _count != 0) return false;
        _layouts[parameter] = new Layout(Kind.Split, axis, 0, Adds: false);
        return true;
    }

    private static string ShareOf(Tensor sum, int shard) => $"{SumPrefix}{sum.Id}_of_{shard}";

    private Shape ShapeOf(Tensor tensor)
    {
        Layout layout = _layouts[tensor];
        return layout.Kind == Kind.Split ? tensor.Shape.With(layout.Axis, tensor.Shape[layout.Axis].Value / _count) : tensor.Shape;
    }

    /// <summary>How a tensor lies on the shards.</summary>
    /// <param name="Kind">Whole, split or a sum.</param>
    /// <param name="Axis">The axis that is split.</param>
    /// <param name="Stage">The stage in which it is computed.</param>
    /// <param name="Adds">Whether it is computed from sums that have been added up.</param>
    private readonly record struct Layout(Kind Kind, int Axis, int Stage, bool Adds)
    {
        public static Layout Whole { get; } = new(Kind.Whole, 0, 0, Adds: true);
    }

    /// <summary>Writes the stages of one shard.</summary>
    private sealed class Writer
    {
        private readonly ShardedGraph _source;
        private readonly int _shard;
        private readonly List<ShardStage> _stages = [];
        private readonly Dictionary<(Tensor, int, bool), Tensor> _known = [];

        public Writer(ShardedGraph source, int shard)
        {
            (_source, _shard) = (source, shard);
            foreach ((string name, Tensor tensor) in source._outputs)
            {
                Layout layout = source._layouts[tensor];
                bool sum = layout.Kind == Kind.Sum;

                // What is added up at the end is not of the first stage, which a shard may have begun anew while another still adds.
                int stage = sum ? Math.Max(1, layout.Stage) : layout.Stage;
                Tensor written = Write(tensor, stage, added: false);
                Stage(stage).Outputs[sum ? ShareOf(tensor, shard) : name] = written;
            }
        }

        public IReadOnlyList<ShardStage> Stages => _stages;

        private ShardStage Stage(int number)
        {
            while (_stages.Count <= number) _stages.Add(new ShardStage(new Graph(), []));
            return _stages[number];
        }

        private Tensor Write(Tensor tensor, int stage, bool added)
        {
            if (_known.TryGetValue((tensor, stage, added), out Tensor? known)) return known;
            Graph graph = Stage(stage).Graph;
            Layout layout = _source._layouts[tensor];
            Tensor written;
            if (added && layout.Stage + 1 < stage)
            {
                // Shares are read in the stage after that in which they are computed and no later, so that the next run may write them anew.
                written = graph.Input($"{KeptPrefix}{tensor.Id}_added", tensor.Shape, tensor.ElementType);
                Stage(layout.Stage + 1).Outputs.TryAdd(written.Name!, Write(tensor, layout.Stage + 1, added));
            }
            else if (added)
            {
                written = Enumerable.Range(0, _source._count).Select(s => graph.Input(ShareOf(tensor, s), tensor.Shape, tensor.ElementType)).Aggregate((a, b) => a + b);
                Stage(layout.Stage).Outputs.TryAdd(ShareOf(tensor, _shard), Write(tensor, layout.Stage, added: false));
            }
            else if (tensor.Payload is not null)
            {
                written = graph.Constant(tensor.Payload, tensor.Shape, tensor.ElementType);
            }
            else if (tensor.Name is not null)
            {
                written = graph.Input(tensor.Name, _source.ShapeOf(tensor), tensor.ElementType);
            }
            else if (layout.Stage < stage)
            {
                written = graph.Input($"{KeptPrefix}{tensor.Id}", _source.ShapeOf(tensor), tensor.ElementType);
                Stage(layout.Stage).Outputs.TryAdd(written.Name!, Write(tensor, layout.Stage, added: false));
            }
            else
            {
                written = graph.Apply(tensor.Operator, tensor.Attributes, [.. tensor.InputArray.Select(i => Write(i, stage, layout.Adds && _source._layouts[i].Kind == Kind.Sum))]);
            }

            _known[(tensor, stage, added)] = written;
            return written;
        }
    }
}
