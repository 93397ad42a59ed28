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
    public static double Sin(double x)
    {
        if (!(Math.Abs(x) < Limit)) return Math.Sin(x);
        double shifted = Math.FusedMultiplyAdd(x, InversePi, RoundToNearest);
        double halfTurns = shifted - RoundToNearest;
        double rest = Math.FusedMultiplyAdd(-halfTurns, Math.PI, x);
        rest = Math.FusedMultiplyAdd(-halfTurns, Pi2, rest);
        double square = rest * rest;
        rest = Math.FusedMultiplyAdd(-halfTurns, Pi3, rest);

        double sum = Math.FusedMultiplyAdd(square, -7.373344533110665e-13, 1.6048095404959637e-10);
        sum = Math.FusedMultiplyAdd(sum, square, -2.505188027386288e-08);
        sum = Math.FusedMultiplyAdd(sum, square, 2.7557316600552628e-06);
        sum = Math.FusedMultiplyAdd(sum, square, -0.00019841269825056256);
        sum = Math.FusedMultiplyAdd(sum, square, 0.008333333333285542);
        sum = Math.FusedMultiplyAdd(sum, square, -0.16666666666666186);
        return Signed(Math.FusedMultiplyAdd(sum, square * rest, rest), BitConverter.DoubleToInt64Bits(shifted));
    }

    /// <summary>The cosine of <paramref name="x"/> radians.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Cos(double x)
    {
        x = Math.Abs(x);
        if (!(x < Limit)) return Math.Cos(x);
        if (x < 1.0 / (1 << 27)) return 1;

        // The whole number of half turns below x, exactly: the rounded one, less one where it is above x.
        double shifted = Math.FusedMultiplyAdd(x, InversePi, RoundToNearest);
        double whole = shifted - RoundToNearest;
        whole -= Math.FusedMultiplyAdd(x, InversePi, -whole) < 0 ? 1 : 0;
        double halfTurns = whole + 0.5;
        double rest = Math.FusedMultiplyAdd(halfTurns, Math.PI, -x);
        rest = Math.FusedMultiplyAdd(halfTurns, Pi2, rest);
        double square = rest * rest;
        rest = Math.FusedMultiplyAdd(halfTurns, Pi3, rest);

        double sum = Math.FusedMultiplyAdd(square, -7.37280909726507e-13, 1.6048055576979365e-10);
        sum = Math.FusedMultiplyAdd(sum, square, -2.505187912674299e-08);
        sum = Math.FusedMultiplyAdd(sum, square, 2.755731658449074e-06);
        sum = Math.FusedMultiplyAdd(sum, square, -0.00019841269824944275);
        sum = Math.FusedMultiplyAdd(sum, square, 0.00833333333328519);
        sum = Math.FusedMultiplyAdd(sum, square, -0.16666666666666183);
        return Signed(Math.FusedMultiplyAdd(sum, square * rest, rest), (long)whole);
    }

    // Every other half turn the sine changes its sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Signed(double value, long halfTurns) =>
        BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(value) ^ (halfTurns << 63));
}
