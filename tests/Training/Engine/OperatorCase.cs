using System;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

/// <summary>An input of an operator case: its shape in the graph, its shape when run, and its values.</summary>
internal sealed record CaseInput(ElementType ElementType, Shape Declared, long[] Actual, Func<int, double[]> Values)
{
    private const double Span = 4;

    /// <summary>
    /// Distinct numbers from −2 to 2 in random order, none 0, none equal to another input's: far enough from every kink for differences.
    /// </summary>
    public static CaseInput Of(params long[] shape) => new(ElementType.Float32, Shape.Of(shape), shape, index => Spread(index, NdArray.Size(shape), -Span / 2));

    /// <summary>As <see cref="Of"/>, with the first axis of symbolic length in the graph.</summary>
    public static CaseInput Batch(params long[] shape) => Of(shape) with { Declared = Shape.Of(shape).With(0, Dimension.Batch) };

    /// <summary>As <see cref="Of"/>, from 0.5 to 4.5.</summary>
    public static CaseInput Positive(params long[] shape) => Of(shape) with { Values = index => Spread(index, NdArray.Size(shape), 0.5) };

    /// <summary>Given numbers.</summary>
    public static CaseInput Exactly(long[] shape, params double[] values) => Of(shape) with { Values = _ => values };

    /// <summary>Given whole numbers.</summary>
    public static CaseInput Integers(long[] shape, params double[] values) => Exactly(shape, values) with { ElementType = ElementType.Int64 };

    private static double[] Spread(int inputIndex, long count, double low)
    {
        int[] order = [.. Enumerable.Range(0, (int)count)];
        new RandomGenerator(77, (ulong)inputIndex).Shuffle(order);
        return [.. order.Select(k => (double)(float)(low + (Span * (k + 0.13 + (0.31 * inputIndex)) / count)))];
    }
}

/// <summary>A case of the operator table: how to build the tensor, and the same computation by plain loops.</summary>
/// <param name="Row">The row that must occur in what is built; null for a function composed of several.</param>
internal sealed record OperatorCase(Operator? Row, string Name, CaseInput[] Inputs, Func<Tensor[], Tensor> Build, Func<NdArray[], NdArray> Reference)
{
    public override string ToString() => Name;

    public string Label(string form) => $"{Name} {string.Join(" ", Inputs.Select(i => i.Declared))} {form}".Trim();
}
