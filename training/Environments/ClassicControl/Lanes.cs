using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// A 64-bit number, or several side by side: arithmetic written once for both gives the same bits in every lane.
/// </summary>
internal interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf value);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract implicit operator TSelf(double value);

    static abstract TSelf Abs(TSelf value);

    /// <summary>left · right + addend, rounded once.</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>In each lane <paramref name="ifLess"/> where left is less than right, else <paramref name="otherwise"/>.</summary>
    static abstract TSelf SelectLess(TSelf left, TSelf right, TSelf ifLess, TSelf otherwise);

    /// <summary>Whether left is less than right in every lane.</summary>
    static abstract bool AllLess(TSelf left, TSelf right);

    /// <summary>The value, its sign changed where the lowest bit of <paramref name="bits"/> is 1.</summary>
    static abstract TSelf FlipSign(TSelf value, TSelf bits);

    /// <summary>A function of each lane.</summary>
    static abstract TSelf Map(TSelf value, Func<double, double> function);
}

/// <summary>One number.</summary>
internal readonly struct OneLane(double value) : ILanes<OneLane>
{
    public readonly double Value = value;

    public static OneLane operator +(OneLane left, OneLane right) => new(left.Value + right.Value);

    public static OneLane operator -(OneLane left, OneLane right) => new(left.Value - right.Value);

    public static OneLane operator -(OneLane value) => new(-value.Value);

    public static OneLane operator *(OneLane left, OneLane right) => new(left.Value * right.Value);

    public static OneLane operator /(OneLane left, OneLane right) => new(left.Value / right.Value);

    public static implicit operator OneLane(double value) => new(value);

    public static OneLane Abs(OneLane value) => new(Math.Abs(value.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane FusedMultiplyAdd(OneLane left, OneLane right, OneLane addend) =>
        new(Math.FusedMultiplyAdd(left.Value, right.Value, addend.Value));

    public static OneLane SelectLess(OneLane left, OneLane right, OneLane ifLess, OneLane otherwise) => left.Value < right.Value ? ifLess : otherwise;

    public static bool AllLess(OneLane left, OneLane right) => left.Value < right.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane FlipSign(OneLane value, OneLane bits) =>
        new(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(value.Value) ^ (BitConverter.DoubleToInt64Bits(bits.Value) << 63)));

    public static OneLane Map(OneLane value, Func<double, double> function) => new(function(value.Value));
}

/// <summary>Eight numbers.</summary>
internal readonly struct EightLanes(Vector512<double> value) : ILanes<EightLanes>
{
    public const int Count = 8;

    public readonly Vector512<double> Value = value;

    public static EightLanes operator +(EightLanes left, EightLanes right) => new(left.Value + right.Value);

    public static EightLanes operator -(EightLanes left, EightLanes right) => new(left.Value - right.Value);

    public static EightLanes operator -(EightLanes value) => new(-value.Value);

    public static EightLanes operator *(EightLanes left, EightLanes right) => new(left.Value * right.Value);

    public static EightLanes operator /(EightLanes left, EightLanes right) => new(left.Value / right.Value);

    public static implicit operator EightLanes(double value) => new(Vector512.Create(value));

    public static EightLanes Abs(EightLanes value) => new(Vector512.Abs(value.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes FusedMultiplyAdd(EightLanes left, EightLanes right, EightLanes addend) =>
        new(Vector512.FusedMultiplyAdd(left.Value, right.Value, addend.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes SelectLess(EightLanes left, EightLanes right, EightLanes ifLess, EightLanes otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(left.Value, right.Value), ifLess.Value, otherwise.Value));

    public static bool AllLess(EightLanes left, EightLanes right) => Vector512.LessThanAll(left.Value, right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes FlipSign(EightLanes value, EightLanes bits) =>
        new((value.Value.AsInt64() ^ Vector512.ShiftLeft(bits.Value.AsInt64(), 63)).AsDouble());

    public static EightLanes Map(EightLanes value, Func<double, double> function)
    {
        Span<double> lanes = stackalloc double[Count];
        value.Value.CopyTo(lanes);
        foreach (ref double lane in lanes) lane = function(lane);
        return new EightLanes(Vector512.Create<double>(lanes));
    }
}
