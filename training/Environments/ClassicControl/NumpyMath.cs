using System;
using System.Runtime.CompilerServices;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// Sine and cosine to the last bit as NumPy's <c>sin</c> and <c>cos</c> of 64-bit numbers give them on a processor with AVX-512 (the variants
/// of Intel's SVML with an error below 4 ulp): reduction by a multiple of π in three parts, an odd polynomial of degree 17, fused products.
/// An unstable or chaotic motion multiplies its rounding errors until they are the motion, so an episode recorded from Gymnasium is repeated
/// over hundreds of steps only by the same roundings. Where Gymnasium calls Python's <c>math</c>, <see cref="Math"/> is the same already.
/// </summary>
internal static class NumpyMath
{
    // Beyond this NumPy reduces the argument another way; no task of ours gets near.
    private const double Limit = 1 << 23;
    private const double InversePi = 1 / Math.PI;
    private const double Pi2 = 1.224646799147353e-16;
    private const double Pi3 = 2.165713347843828e-32;
    private const double RoundToNearest = 6755399441055744.0; // 1.5 · 2⁵²: what is added to it is rounded to a whole number.

    /// <summary>The sine of <paramref name="x"/> radians.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sin(double x) => Sin<OneLane>(x).Value;

    /// <summary>The cosine of <paramref name="x"/> radians.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Cos(double x) => Cos<OneLane>(x).Value;

    /// <summary>The sine of every lane of <paramref name="x"/>, in radians.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sin<T>(T x)
        where T : struct, ILanes<T>
    {
        if (!T.AllLess(T.Abs(x), Limit)) return SinOutOfRange(x);
        T shifted = T.FusedMultiplyAdd(x, InversePi, RoundToNearest);
        T halfTurns = shifted - RoundToNearest;
        T rest = T.FusedMultiplyAdd(-halfTurns, Math.PI, x);
        rest = T.FusedMultiplyAdd(-halfTurns, Pi2, rest);
        T square = rest * rest;
        rest = T.FusedMultiplyAdd(-halfTurns, Pi3, rest);

        T sum = T.FusedMultiplyAdd(square, -7.373344533110665e-13, 1.6048095404959637e-10);
        sum = T.FusedMultiplyAdd(sum, square, -2.505188027386288e-08);
        sum = T.FusedMultiplyAdd(sum, square, 2.7557316600552628e-06);
        sum = T.FusedMultiplyAdd(sum, square, -0.00019841269825056256);
        sum = T.FusedMultiplyAdd(sum, square, 0.008333333333285542);
        sum = T.FusedMultiplyAdd(sum, square, -0.16666666666666186);

        // Every other half turn the sine changes its sign; the number of half turns stands in the lowest bits.
        return T.FlipSign(T.FusedMultiplyAdd(sum, square * rest, rest), shifted);
    }

    /// <summary>The cosine of every lane of <paramref name="x"/>, in radians.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Cos<T>(T x)
        where T : struct, ILanes<T>
    {
        x = T.Abs(x);
        if (!T.AllLess(x, Limit)) return CosOutOfRange(x);

        // The whole number of half turns below x, exactly: the rounded one, less one where it is above x.
        T whole = T.FusedMultiplyAdd(x, InversePi, RoundToNearest) - RoundToNearest;
        whole = T.SelectLess(T.FusedMultiplyAdd(x, InversePi, -whole), 0, whole - 1, whole);
        T halfTurns = whole + 0.5;
        T rest = T.FusedMultiplyAdd(halfTurns, Math.PI, -x);
        rest = T.FusedMultiplyAdd(halfTurns, Pi2, rest);
        T square = rest * rest;
        rest = T.FusedMultiplyAdd(halfTurns, Pi3, rest);

        T sum = T.FusedMultiplyAdd(square, -7.37280909726507e-13, 1.6048055576979365e-10);
        sum = T.FusedMultiplyAdd(sum, square, -2.505187912674299e-08);
        sum = T.FusedMultiplyAdd(sum, square, 2.755731658449074e-06);
        sum = T.FusedMultiplyAdd(sum, square, -0.00019841269824944275);
        sum = T.FusedMultiplyAdd(sum, square, 0.00833333333328519);
        sum = T.FusedMultiplyAdd(sum, square, -0.16666666666666183);
        T cosine = T.FlipSign(T.FusedMultiplyAdd(sum, square * rest, rest), whole + RoundToNearest);
        return T.SelectLess(x, 1.0 / (1 << 27), 1, cosine);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T SinOutOfRange<T>(T x)
        where T : struct, ILanes<T> => T.Map(x, lane => Math.Abs(lane) < Limit ? Sin(lane) : Math.Sin(lane));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T CosOutOfRange<T>(T x)
        where T : struct, ILanes<T> => T.Map(x, lane => Math.Abs(lane) < Limit ? Cos(lane) : Math.Cos(lane));
}
