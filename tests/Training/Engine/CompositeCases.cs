using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using static Pipeline.Tests.Training.Engine.CaseInput;

namespace Pipeline.Tests.Training.Engine;

/// <summary>Cases for functions of <see cref="Op"/> that are composed of several operators.</summary>
internal static class CompositeCases
{
    public static IEnumerable<OperatorCase> All => [.. Activations(), .. Others()];

    private static IEnumerable<OperatorCase> Activations()
    {
        (string Name, Func<Tensor, Tensor> Build, Func<double, double> Reference)[] functions =
        [
            ("Elu", Op.Elu, x => x > 0 ? x : Math.Exp(x) - 1),
            ("Gelu", Op.Gelu, x => x * 0.5 * (1 + ElementwiseCases.Erf(x / Math.Sqrt(2)))),
            ("Silu", Op.Silu, x => x / (1 + Math.Exp(-x))),
            ("LeakyRelu", x => Op.LeakyRelu(x, 0.2), x => x > 0 ? x : 0.2 * x),
            ("Square", Op.Square, x => x * x),
            ("Power 0", x => Op.Power(x, 0) * x, x => x),
            ("Power 1", x => Op.Power(x, 1), x => x),
            ("Power 2", x => Op.Power(x, 2), x => x * x),
            ("arithmetic with numbers", x => (1 - ((2 * x) + 3) / 4 - 0.5) * -1 / (x * x + 1), x => -(1 - (((2 * x) + 3) / 4) - 0.5) / ((x * x) + 1)),
        ];
        foreach ((string name, Func<Tensor, Tensor> build, Func<double, double> reference) in functions)
        {
            foreach (CaseInput input in new[] { Of(2, 3), Batch(3, 2), Of() })
                yield return new(null, name, [input], x => build(x[0]), x => x[0].Map(reference));
        }

        yield return new(null, "Power 0.5", [Positive(2, 3)], x => Op.Power(x[0], 0.5), x => x[0].Map(Math.Sqrt));
    }

    private static IEnumerable<OperatorCase> Others()
    {
        yield return new(null, "LayerNormalize", [Of(2, 4)], x => Op.LayerNormalize(x[0]), x => LayerNormalize(x[0]));
        yield return new(null, "LayerNormalize", [Batch(3, 4)], x => Op.LayerNormalize(x[0]), x => LayerNormalize(x[0]));
        yield return new(
            null, "LayerNormalize scaled and shifted", [Of(2, 2, 3), Of(3), Of(3)], x => Op.LayerNormalize(x[0], x[1], x[2]),
            x => NdArray.Zip(NdArray.Zip(LayerNormalize(x[0]), x[1], (a, b) => a * b), x[2], (a, b) => a + b));
        foreach ((int size, int kernel, int stride, int padding) in new[] { (4, 2, 2, 0), (4, 3, 1, 1), (5, 2, 2, 0) })
        {
            NdArray window = NdArray.Make([1, 1, kernel, kernel], _ => 1.0 / (kernel * kernel));
            foreach (CaseInput images in new[] { Of(2, 2, size, size), Batch(2, 2, size, size) })
            {
                yield return new(
                    null, $"MeanPool kernel {kernel} stride {stride} padding {padding}", [images], x => Op.MeanPool(x[0], kernel, stride, padding),
                    x => NdArray.Make([2, 2, ((size + (2 * padding) - kernel) / stride) + 1, ((size + (2 * padding) - kernel) / stride) + 1], i => ImageCases.Conv(Channel(x[0], i[0], i[1]), window, stride, padding).At(0, 0, i[2], i[3])));
            }
        }

        yield return new(
            null, "Split", [Of(2, 5)], x => Op.Split(x[0], 1, 2, 3) is [Tensor a, Tensor b] ? Op.Sum(a, [1]) * Op.Max(b, [1]) : throw new InvalidOperationException(),
            x => NdArray.Make([2], i => (x[0].At(i[0], 0) + x[0].At(i[0], 1)) * Math.Max(x[0].At(i[0], 2), Math.Max(x[0].At(i[0], 3), x[0].At(i[0], 4)))));
        yield return new(null, "matrix products in a row", [Of(2, 2, 3), Of(3, 2), Of(2)], x => Op.Tanh(Op.MatMul(x[0], x[1]) + x[2]), x => NdArray.Zip(ImageCases.MatMul(x[0], x[1]), x[2], (a, b) => Math.Tanh(a + b)));
        yield return new(
            null, "transposed sum", [Of(2, 3, 2)], x => Op.Sum(Op.Transpose(Op.Transpose(x[0], [1, 2, 0]), [2, 1, 0]), [1]),
            x => NdArray.Make([2, 3], i => x[0].At(i[0], i[1], 0) + x[0].At(i[0], i[1], 1)));
    }

    private static NdArray Channel(NdArray x, long batch, long channel) => NdArray.Make([1, 1, x.Shape[2], x.Shape[3]], i => x.At(batch, channel, i[2], i[3]));

    private static NdArray LayerNormalize(NdArray x) => x.Along(x.Shape.Length - 1, line =>
    {
        double mean = line.Average(), variance = line.Average(a => (a - mean) * (a - mean));
        return [.. line.Select(a => (a - mean) / Math.Sqrt(variance + 1e-5))];
    });
}
