using System;
using System.Linq;

namespace Pipeline.Tests.Training.Engine;

/// <summary>Central differences in double precision of the scalars Σ weight · function, one for each of several weights.</summary>
internal sealed class Differences(Func<NdArray[], NdArray> function, NdArray[] at, NdArray[] weights)
{
    // The error of a central difference is about h²·f‴/6 + 1e-16·f/h: some 1e-10 for the first. The mixed one divides by 4h²: some 1e-8.
    private const double FirstStep = 1e-5;
    private const double SecondStep = 1e-4;

    /// <summary>For each weight ∂scalar/∂(one input).</summary>
    public NdArray[] First(int input) => ForEachElement(input, element =>
    {
        NdArray up = function(Moved(at, input, element, FirstStep)), down = function(Moved(at, input, element, -FirstStep));
        return [.. weights.Select(w => (up.Dot(w) - down.Dot(w)) / (2 * FirstStep))];
    });

    /// <summary>For each weight ∂/∂(one input) of Σ ∂scalar/∂(inputs) · directions.</summary>
    public NdArray[] Second(int input, int[] inputs, NdArray[] directions)
    {
        NdArray[] ahead = Along(inputs, directions, SecondStep), behind = Along(inputs, directions, -SecondStep);
        return ForEachElement(input, element =>
        {
            NdArray upAhead = function(Moved(ahead, input, element, SecondStep)), upBehind = function(Moved(behind, input, element, SecondStep));
            NdArray downAhead = function(Moved(ahead, input, element, -SecondStep)), downBehind = function(Moved(behind, input, element, -SecondStep));
            return [.. weights.Select(w => (upAhead.Dot(w) - upBehind.Dot(w) - (downAhead.Dot(w) - downBehind.Dot(w))) / (4 * SecondStep * SecondStep))];
        });
    }

    private NdArray[] ForEachElement(int input, Func<int, double[]> derivatives)
    {
        NdArray[] results = [.. weights.Select(_ => new NdArray(at[input].Shape, new double[at[input].Values.Length]))];
        for (int element = 0; element < at[input].Values.Length; element++)
        {
            double[] found = derivatives(element);
            for (int w = 0; w < found.Length; w++) results[w].Values[element] = found[w];
        }

        return results;
    }

    private static NdArray[] Moved(NdArray[] from, int input, int element, double step)
    {
        NdArray[] moved = [.. from];
        double[] values = [.. from[input].Values];
        values[element] += step;
        moved[input] = new NdArray(from[input].Shape, values);
        return moved;
    }

    private NdArray[] Along(int[] inputs, NdArray[] directions, double step)
    {
        NdArray[] moved = [.. at];
        for (int i = 0; i < inputs.Length; i++) moved[inputs[i]] = NdArray.Zip(at[inputs[i]], directions[i], (x, d) => x + (step * d));
        return moved;
    }
}
