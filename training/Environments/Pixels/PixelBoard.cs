using System;
using System.IO;
using System.Numerics;
using System.Runtime.CompilerServices;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.Pixels;

/// <summary>
/// A set of cells of a board of ten by ten, one bit each: cell (row, column) is bit 10 · row + column, row 0 at the top. A whole block of things is
/// moved or compared by a few operations.
/// </summary>
internal readonly record struct PixelBoard(UInt128 Bits)
{
    /// <summary>Rows of the board, and columns.</summary>
    public const int Size = 10;

    /// <summary>Cells of the board.</summary>
    public const int CellCount = Size * Size;

    private static readonly PixelBoard All = new((UInt128.One << CellCount) - 1);

    /// <summary>Whether no cell is in the set.</summary>
    public bool IsEmpty => Bits == UInt128.Zero;

    /// <summary>How many cells are in the set.</summary>
    public int Count => BitOperations.PopCount((ulong)Bits) + BitOperations.PopCount((ulong)(Bits >> 64));

    /// <summary>The last cell of the set alone, in the lowest row that has any. The set must not be empty.</summary>
    public PixelBoard Lowest => new(UInt128.One << (int)UInt128.Log2(Bits));

    /// <summary>The set one row further down; what was in the last row is gone.</summary>
    public PixelBoard Down => new((Bits << Size) & All.Bits);

    /// <summary>The set one row further up; what was in the first row is gone.</summary>
    public PixelBoard Up => new(Bits >> Size);

    /// <summary>The set one column to the left. Nothing of it may be in the first column.</summary>
    public PixelBoard Left => new(Bits >> 1);

    /// <summary>The set one column to the right. Nothing of it may be in the last column.</summary>
    public PixelBoard Right => new(Bits << 1);

    public static PixelBoard operator &(PixelBoard left, PixelBoard right) => new(left.Bits & right.Bits);

    public static PixelBoard operator |(PixelBoard left, PixelBoard right) => new(left.Bits | right.Bits);

    /// <summary>What is in the first set and not in the second.</summary>
    public static PixelBoard operator -(PixelBoard left, PixelBoard right) => new(left.Bits & ~right.Bits);

    /// <summary>One cell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PixelBoard Cell(int row, int column) => new(UInt128.One << ((row * Size) + column));

    /// <summary>A block of cells.</summary>
    /// <param name="row">Its first row.</param>
    /// <param name="column">Its first column.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many columns.</param>
    public static PixelBoard Block(int row, int column, int rows, int columns)
    {
        PixelBoard block = default;
        for (int i = 0; i < rows * columns; i++) block |= Cell(row + (i / columns), column + (i % columns));
        return block;
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static PixelBoard Load(BinaryReader reader)
    {
        ulong upper = reader.ReadUInt64();
        return new(new UInt128(upper, reader.ReadUInt64()));
    }

    /// <summary>Whether a cell is in the set.</summary>
    public bool Contains(int row, int column) => !(this & Cell(row, column)).IsEmpty;

    /// <summary>Draws a whole board.</summary>
    /// <param name="scene">Where to.</param>
    /// <param name="inks">The <see cref="CellCount"/> cells.</param>
    public static void Show(Scene scene, Ink[] inks)
    {
        var board = new Board(Size, Size);
        board.Show(scene);
        board.Fill(scene, inks);
    }

    /// <summary>Writes an ink for every cell of the set; other entries stay as they are.</summary>
    /// <param name="inks">The <see cref="CellCount"/> cells.</param>
    /// <param name="ink">What they are.</param>
    public void Draw(Span<Ink> inks, Ink ink)
    {
        for (UInt128 left = Bits; left != UInt128.Zero; left &= left - UInt128.One) inks[(int)UInt128.TrailingZeroCount(left)] = ink;
    }

    /// <summary>Writes 1 for every cell of the set; other entries stay as they are.</summary>
    /// <param name="plane">The <see cref="CellCount"/> entries of one channel.</param>
    public void Draw(Span<float> plane)
    {
        for (ulong left = (ulong)Bits; left != 0; left &= left - 1) plane[BitOperations.TrailingZeroCount(left)] = 1;
        for (ulong left = (ulong)(Bits >> 64); left != 0; left &= left - 1) plane[64 + BitOperations.TrailingZeroCount(left)] = 1;
    }

    /// <summary>Writes the set.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write((ulong)(Bits >> 64));
        writer.Write((ulong)Bits);
    }
}
