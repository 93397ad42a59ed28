using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>Operators that pick elements by whole-number indices, and the sums that are their gradients.</summary>
public static class Indexing
{
    /// <summary>
    /// Entries of axis <c>axis</c> of x at indices: [.., axis, ..] and [indices..] give [.., indices.., ..].
    /// </summary>
    public static readonly Operator Gather = new(
        "Gather",
        (inputs, attributes) =>
        {
            RequireIndices(inputs, "Gather");
            int axis = (int)attributes.Integer("axis");
            Shape x = inputs[0].Shape;
            return (inputs[0].ElementType, Shape.Create([.. x.Take(axis), .. inputs[1].Shape, .. x.Skip(axis + 1)]));
        },
        (y, g) =>
        {
            Tensor x = y.InputArray[0];
            if (x.ElementType != ElementType.Float32) return [null, null];
            int axis = (int)y.Attributes.Integer("axis");
            return [Op.ScatterAdd(Full(g, y), y.InputArray[1], axis, x.Shape[axis].Value), null];
        },
        (e, t) => e.Node("Gather", t, [.. t.InputArray.Select(e.Name)], ("axis", t.Attributes.Integer("axis"))));

    /// <summary>
    /// The gradient of <see cref="Gather"/>: zeros of length <c>size</c> along <c>axis</c>, to which the entries of the first input are added at
    /// the indices (an index may occur more than once). All lengths but those of the indices are known.
    /// </summary>
    public static readonly Operator ScatterAdd = new(
        "ScatterAdd",
        (inputs, attributes) =>
        {
            RequireIndices(inputs, "ScatterAdd");
            int axis = (int)attributes.Integer("axis");
            Shape updates = inputs[0].Shape, indices = inputs[1].Shape;
            Operator.Require(updates.Skip(axis).Take(indices.Rank).SequenceEqual(indices), "ScatterAdd", $"the lengths from axis {axis} on must be those of the indices", inputs);
            return (ElementType.Float32, Shape.Create([.. updates.Take(axis), attributes.Integer("size"), .. updates.Skip(axis + indices.Rank)]));
        },
        (y, g) => [Op.Gather(Full(g, y), y.InputArray[1], (int)y.Attributes.Integer("axis")), null],
        EmitScatterAdd);

    /// <summary>Element [.., indices[.., i, ..], ..] along axis <c>axis</c>: x and indices of one rank, equal lengths off the axis.</summary>
    public static readonly Operator GatherElements = new(
        "GatherElements",
        (inputs, attributes) =>
        {
            RequireIndices(inputs, "GatherElements");
            int axis = (int)attributes.Integer("axis");
            Operator.Require(inputs[0].Shape.With(axis, 1).Equals(inputs[1].Shape.With(axis, 1)), "GatherElements", $"all lengths but those of axis {axis} must be equal", inputs);
            return (inputs[0].ElementType, inputs[1].Shape);
        },
        (y, g) =>
        {
            Tensor x = y.InputArray[0];
            if (x.ElementType != ElementType.Float32) return [null, null];
            int axis = (int)y.Attributes.Integer("axis");
            return [Op.ScatterAddElements(Full(g, y), y.InputArray[1], axis, x.Shape[axis].Value), null];
        },
        (e, t) => e.Node("GatherElements", t, [.. t.InputArray.Select(e.Name)], ("axis", t.Attributes.Integer("axis"))));

    /// <summary>The gradient of <see cref="GatherElements"/>: zeros of length <c>size</c> along <c>axis</c> with elements added at the indices. All lengths known.</summary>
    public static readonly Operator ScatterAddElements = new(
        "ScatterAddElements",
        (inputs, attributes) =>
        {
            RequireIndices(inputs, "ScatterAddElements");
            Operator.Require(inputs[0].Shape.Equals(inputs[1].Shape) && inputs[0].Shape.IsKnown, "ScatterAddElements", "both need one shape of known lengths", inputs);
            return (ElementType.Float32, inputs[0].Shape.With((int)attributes.Integer("axis"), attributes.Integer("size")));
        },
        (y, g) => [Op.GatherElements(Full(g, y), y.InputArray[1], (int)y.Attributes.Integer("axis")), null],
        (e, t) => e.Node(
            "ScatterElements", t, [e.Filled(0, [.. t.Shape.Select(d => d.Value)]), e.Name(t.InputArray[1]), e.Name(t.InputArray[0])],
            ("axis", t.Attributes.Integer("axis")), ("reduction", "add")));

    /// <summary>Indices as rows of zeros with a one at the index: [..] gives [.., depth] (attribute <c>depth</c>).</summary>
    public static readonly Operator OneHot = new(
        "OneHot",
        (inputs, attributes) =>
        {
            Operator.Require(inputs[0].ElementType == ElementType.Int64 && inputs[0].Shape.Rank > 0, "OneHot", "indices are Int64 of at least one axis", inputs);
            return (ElementType.Float32, inputs[0].Shape.Insert(inputs[0].Shape.Rank, attributes.Integer("depth")));
        },
        null,
        (e, t) => e.Node("OneHot", t, [e.Name(t.InputArray[0]), e.Integer(t.Attributes.Integer("depth")), e.Floats([0f, 1f])], ("axis", -1L)));

    internal static IReadOnlyList<Operator> Rows => [Gather, ScatterAdd, GatherElements, ScatterAddElements, OneHot];

    private static void RequireIndices(Tensor[] inputs, string name) =>
        Operator.Require(inputs.Length == 2 && inputs[1].ElementType == ElementType.Int64, name, "the second input holds Int64 indices", inputs);

    private static void EmitScatterAdd(Onnx.Emitter e, Tensor t)
    {
        int axis = (int)t.Attributes.Integer("axis");
        int indexRank = t.InputArray[1].Shape.Rank, rank = t.InputArray[0].Shape.Rank;
        string updates = e.Name(t.InputArray[0]), indices = e.Temporary();
        e.Node("Unsqueeze", [e.Name(t.InputArray[1]), e.Integers([indexRank])], indices);
        if (axis == 0)
        {
            e.Node("ScatterND", t, [e.Filled(0, [.. t.Shape.Select(d => d.Value)]), indices, updates], ("reduction", "add"));
            return;
        }

        // ScatterND adds along the first axis: bring the indexed axes there and the result's axis back.
        string front = e.Temporary(), scattered = e.Temporary();
        long[] toFront = [.. Enumerable.Range(axis, indexRank).Concat(Enumerable.Range(0, axis)).Concat(Enumerable.Range(axis + indexRank, rank - axis - indexRank)).Select(i => (long)i)];
        e.Node("Transpose", [updates], front, ("perm", toFront));
        long[] back = [.. Enumerable.Range(1, axis).Select(i => (long)i), 0L, .. Enumerable.Range(axis + 1, t.Shape.Rank - axis - 1).Select(i => (long)i)];
        long[] shape = [.. t.Shape.Select(d => d.Value)];
        e.Node("ScatterND", [e.Filled(0, [shape[axis], .. shape[..axis], .. shape[(axis + 1)..]]), indices, front], scattered, ("reduction", "add"));
        e.Node("Transpose", t, [scattered], ("perm", back));
    }
}
