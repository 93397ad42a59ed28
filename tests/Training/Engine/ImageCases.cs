using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using static Pipeline.Tests.Training.Engine.CaseInput;

namespace Pipeline.Tests.Training.Engine;

/// <summary>Cases for matrix products, convolution and pooling.</summary>
internal static class ImageCases
{
    private static readonly (int Size, int Kernel, int Stride, int Padding)[] _windows = [(4, 2, 1, 0), (4, 3, 1, 1), (5, 2, 2, 0), (4, 3, 2, 1), (3, 1, 2, 0), (3, 3, 3, 0), (6, 3, 2, 0)];

    public static IEnumerable<OperatorCase> All => [.. Products(), .. Convolutions(), .. Pools()];

    public static NdArray MatMul(NdArray a, NdArray b, bool transposeA = false, bool transposeB = false)
    {
        (a, b) = (transposeA ? Swap(a) : a, transposeB ? Swap(b) : b);
        long[] leading = NdArray.BroadcastShape(a.Shape[..^2], b.Shape[..^2]);
        return NdArray.Make([.. leading, a.Shape[^2], b.Shape[^1]], i =>
        {
            double sum = 0;
            for (long k = 0; k < a.Shape[^1]; k++) sum += a.At([.. i[..^1], k]) * b.At([.. i[..^2], k, i[^1]]);
            return sum;
        });
    }

    private static NdArray Swap(NdArray x) => NdArray.Make([.. x.Shape[..^2], x.Shape[^1], x.Shape[^2]], i => x.At([.. i[..^2], i[^1], i[^2]]));

    private static IEnumerable<OperatorCase> Products()
    {
        (CaseInput A, CaseInput B)[] untransposed =
        [
            (Of(2, 3), Of(3, 4)), (Of(1, 3), Of(3, 1)), (Of(2, 1), Of(1, 2)), (Of(2, 2, 3), Of(3, 2)), (Of(2, 3), Of(2, 3, 2)), (Of(2, 2, 3), Of(2, 3, 2)),
            (Of(2, 1, 2, 3), Of(3, 3, 2)), (Batch(3, 2), Of(2, 2)), (Of(0, 3), Of(3, 2)), (Of(2, 0), Of(0, 2)), (Of(2, 2), Batch(3, 2, 2)), (Batch(2, 3, 2), Of(2, 2)),
        ];
        foreach ((CaseInput a, CaseInput b) in untransposed)
            yield return new(MatrixProducts.MatMul, "MatMul", [a, b], x => Op.MatMul(x[0], x[1]), x => MatMul(x[0], x[1]));
        (CaseInput A, CaseInput B, bool First, bool Second)[] transposed =
        [
            (Of(3, 2), Of(3, 4), true, false), (Of(2, 3), Of(4, 3), false, true), (Of(3, 2), Of(4, 3), true, true),
            (Of(2, 3, 2), Of(2, 3, 2), true, false), (Of(2, 2, 3), Of(2, 2, 3), false, true), (Of(2, 3, 2), Of(2, 2, 3), true, true),
            (Of(3, 2), Of(2, 3, 2), true, false), (Of(2, 3, 2), Of(3, 2), true, false), (Of(2, 2, 3), Of(2, 3), false, true), (Of(2, 3), Of(2, 2, 3), false, true),
            (Batch(3, 2), Batch(3, 2), true, false), (Batch(3, 2), Of(4, 2), false, true), (Of(3, 9), Of(3, 2), true, false),
        ];
        foreach ((CaseInput a, CaseInput b, bool first, bool second) in transposed)
        {
            string name = $"MatMul{(first ? " first transposed" : string.Empty)}{(second ? " second transposed" : string.Empty)}";
            yield return new(MatrixProducts.MatMul, name, [a, b], x => Op.MatMul(x[0], x[1], first, second), x => MatMul(x[0], x[1], first, second));
        }

        foreach (CaseInput bias in new[] { Of(4), Of(1, 4), Of(2, 1), Of(), Of(2, 4) })
            yield return new(MatrixProducts.MatMul, "MatMul with a bias", [Of(2, 3), Of(3, 4), bias], x => Op.MatMul(x[0], x[1]) + x[2], x => NdArray.Zip(MatMul(x[0], x[1]), x[2], (p, q) => p + q));
    }

    private static Attributes Window(long stride, long padding, long height, long width) =>
        Attributes.Of(("stride", stride), ("padding", padding), ("height", height), ("width", width));

    private static IEnumerable<OperatorCase> Convolutions()
    {
        foreach ((int size, int kernel, int stride, int padding) in _windows)
        {
            int output = ((size + (2 * padding) - kernel) / stride) + 1;
            string name = $"kernel {kernel} stride {stride} padding {padding}";
            CaseInput images = Of(2, 2, size, size), kernels = Of(3, 2, kernel, kernel), results = Of(2, 3, output, output);
            yield return new(Convolution.Conv, $"Conv {name}", [images, kernels], x => Op.Conv(x[0], x[1], stride, padding), x => Conv(x[0], x[1], stride, padding));
            yield return new(
                Convolution.ConvInput, $"ConvInput {name}", [results, kernels], x => x[0].Graph.Apply(Convolution.ConvInput, Window(stride, padding, size, size), x),
                x => Accumulate(images.Actual, Taps(x[0].Shape, x[1].Shape, stride, padding).Select(t => (t.Image, x[0].At(t.Result) * x[1].At(t.Kernel)))));
            yield return new(
                Convolution.ConvKernel, $"ConvKernel {name}", [images, results], x => x[0].Graph.Apply(Convolution.ConvKernel, Window(stride, padding, kernel, kernel), x),
                x => Accumulate(kernels.Actual, Taps(x[1].Shape, kernels.Actual, stride, padding).Where(t => Inside(t.Image, x[0].Shape)).Select(t => (t.Kernel, x[1].At(t.Result) * x[0].At(t.Image)))));
        }

        yield return new(Convolution.Conv, "Conv of a rectangle", [Of(1, 1, 4, 3), Of(1, 1, 2, 1)], x => Op.Conv(x[0], x[1], 2), x => Conv(x[0], x[1], 2, 0));
        yield return new(Convolution.Conv, "Conv of a batch", [Batch(3, 1, 3, 3), Of(2, 1, 2, 2)], x => Op.Conv(x[0], x[1], 1, 1), x => Conv(x[0], x[1], 1, 1));
    }

    // Terms added up at their places; those that lie in the padding are dropped.
    private static NdArray Accumulate(long[] shape, IEnumerable<(long[] At, double Term)> terms)
    {
        var sum = new NdArray(shape, new double[NdArray.Size(shape)]);
        foreach ((long[] at, double term) in terms.Where(t => Inside(t.At, shape))) sum.Values[sum.Flat(at)] += term;
        return sum;
    }

    private static bool Inside(long[] index, long[] shape)
    {
        for (int axis = 0; axis < shape.Length; axis++)
        {
            if (index[axis] < 0 || index[axis] >= shape[axis]) return false;
        }

        return true;
    }

    public static NdArray Conv(NdArray x, NdArray w, int stride, int padding)
    {
        long Length(int axis) => ((x.Shape[axis] + (2 * padding) - w.Shape[axis]) / stride) + 1;
        return NdArray.Make([x.Shape[0], w.Shape[0], Length(2), Length(3)], i =>
        {
            double sum = 0;
            foreach (long[] k in NdArray.Indices([x.Shape[1], w.Shape[2], w.Shape[3]]))
            {
                long[] at = [i[0], k[0], (i[2] * stride) + k[1] - padding, (i[3] * stride) + k[2] - padding];
                if (Inside(at, x.Shape)) sum += x.At(at) * w.At(i[1], k[0], k[1], k[2]);
            }

            return sum;
        });
    }

    // Every product of a convolution: which element of the result it goes to, and which elements of image and kernel it takes.
    private static IEnumerable<(long[] Result, long[] Kernel, long[] Image)> Taps(long[] results, long[] kernels, int stride, int padding) =>
        from r in NdArray.Indices(results)
        from k in NdArray.Indices(kernels)
        where r[1] == k[0]
        select (r, k, new[] { r[0], k[1], (r[2] * stride) + k[2] - padding, (r[3] * stride) + k[3] - padding });

    private static IEnumerable<OperatorCase> Pools()
    {
        foreach ((int size, int kernel, int stride, int padding) in _windows)
        {
            int output = ((size + (2 * padding) - kernel) / stride) + 1;
            Attributes window = Attributes.Of(("kernel", (long)kernel), ("stride", (long)stride), ("padding", (long)padding));
            string name = $"kernel {kernel} stride {stride} padding {padding}";
            CaseInput images = Of(2, 2, size, size), pooled = Of(2, 2, output, output);
            yield return new(
                Pooling.MaxPool, $"MaxPool {name}", [images], x => Op.MaxPool(x[0], kernel, stride, padding),
                x => NdArray.Make(pooled.Actual, i => x[0].At(Largest(x[0], i, kernel, stride, padding))));
            yield return new(
                Pooling.MaxPoolGather, $"MaxPoolGather {name}", [images, images], x => x[0].Graph.Apply(Pooling.MaxPoolGather, window, x),
                x => NdArray.Make(pooled.Actual, i => x[1].At(Largest(x[0], i, kernel, stride, padding))));
            yield return new(
                Pooling.MaxPoolScatter, $"MaxPoolScatter {name}", [images, pooled], x => x[0].Graph.Apply(Pooling.MaxPoolScatter, window, x),
                x => Accumulate(images.Actual, NdArray.Indices(pooled.Actual).Select(p => (Largest(x[0], p, kernel, stride, padding), x[1].At(p)))));
        }
    }

    private static long[] Largest(NdArray x, long[] output, int kernel, int stride, int padding) =>
        NdArray.Indices([kernel, kernel])
            .Select(k => new[] { output[0], output[1], (output[2] * stride) + k[0] - padding, (output[3] * stride) + k[1] - padding })
            .Where(at => Inside(at, x.Shape)).MaxBy(x.At)!;
}
