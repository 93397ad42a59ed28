using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>
/// Two-dimensional convolution and its two gradients. The three are bilinear in each other's results, so each one's gradient is the other two.
/// Layouts: images [batch, channels, height, width], kernels [out channels, in channels, height, width].
/// Attributes: <c>stride</c> and <c>padding</c>, one number each for both axes.
/// </summary>
public static class Convolution
{
    /// <summary>Images x and kernels w give images y.</summary>
    public static readonly Operator Conv = new(
        "Conv",
        (inputs, attributes) =>
        {
            Operator.RequireFloat(inputs, "Conv");
            (Shape x, Shape w) = (inputs[0].Shape, inputs[1].Shape);
            Operator.Require(x.Rank == 4 && w.Rank == 4 && x[1] == w[1], "Conv", "takes images [batch, channels, height, width] and kernels [out, channels, height, width]", inputs);
            return (ElementType.Float32, [x[0], w[0], OutputLength(x[2], w[2], attributes), OutputLength(x[3], w[3], attributes)]);
        },
        (y, g) => Gradients(y, Full(g, y), (x, w, gy) => (InputOf(gy, w, x, y.Attributes), KernelOf(x, gy, w, y.Attributes))),
        (e, t) => e.Node("Conv", t, [e.Name(t.InputArray[0]), e.Name(t.InputArray[1])], ("strides", Twice(t, "stride")), ("pads", Pads(t))));

    /// <summary>Gradient of <see cref="Conv"/> for its images: y and w give x, of the size in attributes <c>height</c> and <c>width</c>.</summary>
    public static readonly Operator ConvInput = new(
        "ConvInput",
        (inputs, attributes) =>
        {
            (Shape y, Shape w) = (inputs[0].Shape, inputs[1].Shape);
            return (ElementType.Float32, [y[0], w[1], attributes.Integer("height"), attributes.Integer("width")]);
        },
        (x, g) => Gradients(x, Full(g, x), (y, w, gx) => (ImagesOf(gx, w, x.Attributes), KernelOf(gx, y, w, x.Attributes))),
        (e, t) =>
        {
            long stride = t.Attributes.Integer("stride"), padding = t.Attributes.Integer("padding");
            Shape y = t.InputArray[0].Shape, w = t.InputArray[1].Shape;
            long Missing(int axis) => t.Shape[axis].Value - (((y[axis].Value - 1) * stride) + w[axis].Value - (2 * padding));
            e.Node(
                "ConvTranspose", t, [e.Name(t.InputArray[0]), e.Name(t.InputArray[1])],
                ("strides", Twice(t, "stride")), ("pads", Pads(t)), ("output_padding", new[] { Missing(2), Missing(3) }));
        });

    /// <summary>Gradient of <see cref="Conv"/> for its kernels: x and y give w, of the size in attributes <c>height</c> and <c>width</c>.</summary>
    public static readonly Operator ConvKernel = new(
        "ConvKernel",
        (inputs, attributes) =>
        {
            (Shape x, Shape y) = (inputs[0].Shape, inputs[1].Shape);
            return (ElementType.Float32, [y[1], x[1], attributes.Integer("height"), attributes.Integer("width")]);
        },
        (w, g) => Gradients(w, Full(g, w), (x, y, gw) => (InputOf(y, gw, x, w.Attributes), ImagesOf(x, gw, w.Attributes))),
        EmitConvKernel);

    internal static IReadOnlyList<Operator> Rows => [Conv, ConvInput, ConvKernel];

    private static Tensor?[] Gradients(Tensor result, Tensor g, Func<Tensor, Tensor, Tensor, (Tensor A, Tensor B)> rule)
    {
        (Tensor a, Tensor b) = rule(result.InputArray[0], result.InputArray[1], g);
        return [a, b];
    }

    private static Tensor ImagesOf(Tensor x, Tensor w, Attributes a) => Op.Conv(x, w, (int)a.Integer("stride"), (int)a.Integer("padding"));

    private static Tensor InputOf(Tensor y, Tensor w, Tensor like, Attributes a) => like.Graph.Apply(ConvInput, Sized(a, like.Shape), y, w);

    private static Tensor KernelOf(Tensor x, Tensor y, Tensor like, Attributes a) => like.Graph.Apply(ConvKernel, Sized(a, like.Shape), x, y);

    private static Attributes Sized(Attributes a, Shape shape) =>
        Attributes.Of(("stride", a.Integer("stride")), ("padding", a.Integer("padding")), ("height", shape[2].Value), ("width", shape[3].Value));

    private static long OutputLength(Dimension input, Dimension kernel, Attributes a)
    {
        long room = input.Value + (2 * a.Integer("padding")) - kernel.Value;
        return room >= 0 ? (room / a.Integer("stride")) + 1 : throw new ArgumentException($"Conv: a kernel of length {kernel} does not fit into {input} with padding {a.Integer("padding")}.");
    }

    // A convolution whose batch is the channels and whose kernels are y: its dilation is the stride. What does not divide is cut off.
    private static void EmitConvKernel(Onnx.Emitter e, Tensor t)
    {
        string x = e.Temporary(), y = e.Temporary(), w = e.Temporary(), cut = e.Temporary();
        e.Node("Transpose", [e.Name(t.InputArray[0])], x, ("perm", new long[] { 1, 0, 2, 3 }));
        e.Node("Transpose", [e.Name(t.InputArray[1])], y, ("perm", new long[] { 1, 0, 2, 3 }));
        e.Node("Conv", [x, y], w, ("dilations", Twice(t, "stride")), ("pads", Pads(t)));
        e.Node("Slice", [w, e.Integers([0, 0]), e.Integers([t.Shape[2].Value, t.Shape[3].Value]), e.Integers([2, 3])], cut);
        e.Node("Transpose", t, [cut], ("perm", new long[] { 1, 0, 2, 3 }));
    }

    private static long[] Twice(Tensor t, string name) => [t.Attributes.Integer(name), t.Attributes.Integer(name)];

    private static long[] Pads(Tensor t) => [.. Twice(t, "padding"), .. Twice(t, "padding")];
}
