using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Tests.Training.Engine;

/// <summary>An array of doubles worked on by plain loops over indices: what the engine's results are compared with.</summary>
internal sealed record NdArray(long[] Shape, double[] Values)
{
    public static NdArray Scalar(double value) => new([], [value]);

    /// <summary>Fills a shape from a function of the index.</summary>
    public static NdArray Make(long[] shape, Func<long[], double> element)
    {
        double[] values = new double[Size(shape)];
        for (int i = 0; i < values.Length; i++) values[i] = element(IndexOf(shape, i));
        return new NdArray(shape, values);
    }

    public static long Size(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    public static IEnumerable<long[]> Indices(long[] shape)
    {
        for (long i = 0; i < Size(shape); i++) yield return IndexOf(shape, i);
    }

    public static long[] BroadcastShape(long[] a, long[] b)
    {
        int rank = Math.Max(a.Length, b.Length);
        long[] result = new long[rank];
        for (int i = 1; i <= rank; i++)
        {
            long left = i <= a.Length ? a[^i] : 1, right = i <= b.Length ? b[^i] : 1;
            result[^i] = left == 1 ? right : left;
        }

        return result;
    }

    public static NdArray Zip(NdArray a, NdArray b, Func<double, double, double> function) =>
        Make(BroadcastShape(a.Shape, b.Shape), i => function(a.At(i), b.At(i)));

    /// <summary>The element at an index, or where a shape that this one broadcasts to is indexed, the element that is stretched there.</summary>
    public double At(params long[] index) => Values[Flat(index)];

    public long Flat(long[] index)
    {
        long flat = 0;
        int skipped = index.Length - Shape.Length;
        for (int axis = 0; axis < Shape.Length; axis++)
            flat = (flat * Shape[axis]) + (Shape[axis] == 1 ? 0 : index[axis + skipped]);
        return flat;
    }

    public NdArray Map(Func<double, double> function) => new(Shape, [.. Values.Select(function)]);

    public NdArray Reduce(int[] axes, bool keep, Func<double[], double> function)
    {
        long[] kept = [.. Shape.Select((length, axis) => axes.Contains(axis) ? 1 : length)];
        NdArray full = Make(kept, index => function([.. Indices(Shape).Where(i => Enumerable.Range(0, i.Length).All(a => axes.Contains(a) || i[a] == index[a])).Select(i => At(i))]));
        return keep ? full : new NdArray([.. kept.Where((_, axis) => !axes.Contains(axis))], full.Values);
    }

    /// <summary>Applies a function to every line of elements along an axis.</summary>
    public NdArray Along(int axis, Func<double[], double[]> function) => Make(Shape, index => function(Line(axis, index))[index[axis]]);

    public double[] Line(int axis, long[] index) => [.. Enumerable.Range(0, (int)Shape[axis]).Select(i => At(Replace(index, axis, i)))];

    public double Dot(NdArray other) => Values.Zip(other.Values, (a, b) => a * b).Sum();

    public static long[] Replace(long[] index, int axis, long value)
    {
        long[] copy = [.. index];
        copy[axis] = value;
        return copy;
    }

    private static long[] IndexOf(long[] shape, long flat)
    {
        long[] index = new long[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            index[axis] = flat % shape[axis];
            flat /= shape[axis];
        }

        return index;
    }
}
