using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>
/// Pooling of images [batch, channels, height, width] over square windows (attributes <c>kernel</c>, <c>stride</c>, <c>padding</c>).
/// </summary>
public static class Pooling
{
    /// <summary>The largest element of each window; the first in the window where several are equal has the derivative.</summary>
    public static readonly Operator MaxPool = new(
        "MaxPool",
        (inputs, attributes) => (ElementType.Float32, OutputShape(inputs[0], attributes)),
        (y, g) => [y.Graph.Apply(MaxPoolScatter!, y.Attributes, y.InputArray[0], Full(g, y))],
        (e, t) => e.Node("MaxPool", t, [e.Name(t.InputArray[0])], Window(t)));

    /// <summary>The second input's elements added to zeros of the first's shape where the first's window maxima are. Known shapes.</summary>
    public static readonly Operator MaxPoolScatter = new(
        "MaxPoolScatter",
        (inputs, _) => (ElementType.Float32, inputs[0].Shape),
        (y, g) => [null, y.Graph.Apply(MaxPoolGather!, y.Attributes, y.InputArray[0], Full(g, y))],
        (e, t) =>
        {
            string indices = FlatIndices(e, t), updates = e.Temporary(), flat = e.Temporary();
            e.Node("Reshape", [e.Name(t.InputArray[1]), e.Integers([-1])], updates);
            e.Node("ScatterElements", [e.Filled(0, [t.Shape.ElementCount]), indices, updates], flat, ("axis", 0L), ("reduction", "add"));
            e.Node("Reshape", t, [flat, e.Integers([.. t.Shape.Select(d => d.Value)])]);
        });

    /// <summary>The second input's elements at the places of the first's window maxima. Known shapes.</summary>
    public static readonly Operator MaxPoolGather = new(
        "MaxPoolGather",
        (inputs, attributes) => (ElementType.Float32, OutputShape(inputs[0], attributes)),
        (y, g) => [null, y.Graph.Apply(MaxPoolScatter, y.Attributes, y.InputArray[0], Full(g, y))],
        (e, t) =>
        {
            string indices = FlatIndices(e, t), values = e.Temporary(), flat = e.Temporary();
            e.Node("Reshape", [e.Name(t.InputArray[1]), e.Integers([-1])], values);
            e.Node("Gather", [values, indices], flat, ("axis", 0L));
            e.Node("Reshape", t, [flat, e.Integers([.. t.Shape.Select(d => d.Value)])]);
        });

    internal static IReadOnlyList<Operator> Rows => [MaxPool, MaxPoolScatter, MaxPoolGather];

    private static string FlatIndices(Onnx.Emitter e, Tensor t)
    {
        string pooled = e.Temporary(), indices = e.Temporary(), flat = e.Temporary();
        e.Node("MaxPool", [e.Name(t.InputArray[0])], [pooled, indices], Window(t));
        e.Node("Reshape", [indices, e.Integers([-1])], flat);
        return flat;
    }

    private static Shape OutputShape(Tensor x, Attributes a)
    {
        long kernel = a.Integer("kernel"), padding = a.Integer("padding");
        Operator.Require(x.Shape.Rank == 4 && x.ElementType == ElementType.Float32, "MaxPool", "takes Float32 images [batch, channels, height, width]", x);
        Operator.Require(x.Shape.Skip(2).All(d => d.Value + (2 * padding) >= kernel), "MaxPool", $"a window of length {kernel} must fit into the image with padding {padding}", x);
        long Length(int axis) => ((x.Shape[axis].Value + (2 * padding) - kernel) / a.Integer("stride")) + 1;
        return [x.Shape[0], x.Shape[1], Length(2), Length(3)];
    }

    private static (string Name, object Value)[] Window(Tensor t)
    {
        long kernel = t.Attributes.Integer("kernel"), stride = t.Attributes.Integer("stride"), padding = t.Attributes.Integer("padding");
        return [("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), ("pads", new[] { padding, padding, padding, padding })];
    }
}
