using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Runtime.Onnx;

/// <content>Matrix products, convolutions, pooling.</content>
internal static partial class OperatorRules
{
    private const int MaximumWindow = 1 << 12;

    private static void AddProducts(Dictionary<string, OperatorRule> table)
    {
        table.Add("MatMul", new OperatorRule(2, 2, MatMul));
        table.Add("Gemm", new OperatorRule(
            2, 3, Gemm, ("transA", AttributeKind.Integer), ("transB", AttributeKind.Integer), ("alpha", AttributeKind.Real), ("beta", AttributeKind.Real)));
        table.Add("Conv", new OperatorRule(
            2, 3, Conv, ("strides", AttributeKind.Integers), ("pads", AttributeKind.Integers), ("dilations", AttributeKind.Integers), ("kernel_shape", AttributeKind.Integers), ("group", AttributeKind.Integer)));
        table.Add("MaxPool", new OperatorRule(1, 1, MaxPool, ("kernel_shape", AttributeKind.Integers), ("strides", AttributeKind.Integers), ("pads", AttributeKind.Integers)));
    }

    private static GraphValue MatMul(OperatorCall call)
    {
        call.Floats();
        long[] a = call[0].Shape;
        long[] b = call[1].Shape;
        call.Require(a.Length >= 2 && b.Length >= 2 && a[^1] == b[^2], "two tensors of at least 2 axes, the last of the first as long as the last but one of the second");
        long[] leading = OperatorCall.Broadcast(a[..^2], b[..^2]);
        GraphValue product = OperatorCall.Float(leading.Concat(new[] { a[^2], b[^1] }).ToArray());
        call.Work = product.Count * a[^1];
        return product;
    }

    private static GraphValue Gemm(OperatorCall call)
    {
        call.Floats();
        long[] a = call[0].Shape;
        long[] b = call[1].Shape;
        call.Require(a.Length == 2 && b.Length == 2, "two matrices");
        if (call.Flag("transA", false)) a = new[] { a[1], a[0] };
        if (call.Flag("transB", false)) b = new[] { b[1], b[0] };
        call.Require(a[1] == b[0], "matrices with equal inner lengths");
        GraphValue product = OperatorCall.Float(a[0], b[1]);
        if (call.Inputs.Length > 2) call.Require(OperatorCall.Broadcast(product.Shape, call[2].Shape).SequenceEqual(product.Shape), "a bias that broadcasts to the product");
        call.Work = product.Count * a[1];
        return product;
    }

    private static GraphValue Conv(OperatorCall call)
    {
        call.Floats();
        long[] x = call[0].Shape;
        long[] w = call[1].Shape;
        call.Require(x.Length == 4 && w.Length == 4, "images and kernels of 4 axes each");
        long groups = call.Integer("group", 1, 1, int.MaxValue);
        call.Require(x[1] == (double)w[1] * groups && w[0] % groups == 0, "kernels for as many channels as the images have");
        long[] kernel = { w[2], w[3] };
        if (call.Has("kernel_shape") && !call.Integers("kernel_shape", 2, 1, 1, MaximumWindow).SequenceEqual(kernel))
            throw OperatorCall.Fault("a kernel_shape other than that of the kernels", $"[{w[2]}, {w[3]}]");
        if (call.Inputs.Length > 2) call.Require(call[2].Shape.Length == 1 && call[2].Shape[0] == w[0], "a bias with a number for each kernel");
        long[] size = Windows(call, x, kernel, call.Integers("dilations", 2, 1, 1, MaximumWindow));
        GraphValue images = OperatorCall.Float(x[0], w[0], size[0], size[1]);
        double window = (double)w[1] * w[2] * w[3];
        call.Work = images.Count * window;
        // The windows of an image laid out as a matrix, once for each group.
        call.Scratch = window * groups * size[0] * size[1] * sizeof(float);
        return images;
    }

    private static GraphValue MaxPool(OperatorCall call)
    {
        call.Floats();
        long[] x = call[0].Shape;
        call.Require(x.Length == 4, "images of 4 axes");
        if (!call.Has("kernel_shape")) throw OperatorCall.Fault("no kernel_shape", "the height and width of the window");
        long[] kernel = call.Integers("kernel_shape", 2, 1, 1, MaximumWindow);
        long[] pads = call.Integers("pads", 4, 0, 0, MaximumWindow);
        if (pads.Where((pad, i) => pad >= kernel[i % 2]).Any()) throw OperatorCall.Fault($"pads [{string.Join(", ", pads)}]", "less than the window's lengths");
        long[] size = Windows(call, x, kernel, new long[] { 1, 1 });
        GraphValue images = OperatorCall.Float(x[0], x[1], size[0], size[1]);
        call.Work = images.Count * kernel[0] * kernel[1];
        return images;
    }

    /// <summary>How many windows stand above and beside each other.</summary>
    private static long[] Windows(OperatorCall call, long[] x, long[] kernel, long[] dilations)
    {
        long[] strides = call.Integers("strides", 2, 1, 1, MaximumWindow);
        long[] pads = call.Integers("pads", 4, 0, 0, MaximumWindow);
        long[] size = new long[2];
        for (int i = 0; i < 2; i++)
        {
            long room = x[i + 2] + pads[i] + pads[i + 2] - ((dilations[i] * (kernel[i] - 1)) + 1);
            call.Require(room >= 0, $"a window of length {kernel[i]}, dilated by {dilations[i]}, that fits into the image with its padding");
            size[i] = (room / strides[i]) + 1;
        }

        return size;
    }
}
