using System;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Engine.Execution;

/// <summary>
/// Native memory with a type and a shape that graphs read or write in place. The memory stays where it is until the buffer is disposed,
/// and starts as zeros, aligned to 64 bytes. A view shares another buffer's memory.
/// </summary>
public sealed unsafe class TensorBuffer : IDisposable
{
    private readonly bool _owned;
    private byte* _memory;

    /// <summary>Allocates a buffer.</summary>
    /// <param name="elementType">What the elements are.</param>
    /// <param name="shape">The lengths of the axes; a length may be 0.</param>
    public TensorBuffer(ElementType elementType, params long[] shape)
        : this(elementType, shape, null)
    {
    }

    private TensorBuffer(ElementType elementType, long[] shape, byte* memory)
    {
        ElementType = elementType;
        Dimensions = shape;
        Count = checked((int)shape.Aggregate(1L, (a, b) => a * b));
        nuint bytes = (nuint)Math.Max(64, Count * (long)ElementSize);
        _owned = memory is null;
        _memory = memory is null ? (byte*)NativeMemory.AlignedAlloc(bytes, 64) : memory;
        if (_owned) NativeMemory.Clear(_memory, bytes);
        Value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, (TensorElementType)(int)elementType, shape, (nint)_memory, Math.Max(1, Count) * ElementSize);
    }

    /// <summary>What the elements are.</summary>
    public ElementType ElementType { get; }

    /// <summary>The lengths of the axes.</summary>
    public long[] Dimensions { get; }

    /// <summary>Number of elements.</summary>
    public int Count { get; }

    /// <summary>The elements, of a buffer of floats.</summary>
    public Span<float> Floats => Span<float>(ElementType.Float32);

    /// <summary>The elements, of a buffer of whole numbers.</summary>
    public Span<long> Integers => Span<long>(ElementType.Int64);

    internal OrtValue Value { get; }

    private int ElementSize => ElementType switch { ElementType.Float32 => 4, ElementType.Int64 => 8, _ => 1 };

    /// <summary>A buffer over part of this one's memory. Dispose it before this one.</summary>
    /// <param name="offset">The first element.</param>
    /// <param name="shape">The lengths of the axes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie within this buffer.</exception>
    public TensorBuffer View(int offset, params long[] shape)
    {
        long count = shape.Aggregate(1L, (a, b) => a * b);
        if (offset < 0 || offset + count > Count)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{count} elements from {offset} on do not lie within the {Count} of this buffer.");
        ObjectDisposedException.ThrowIf(_memory is null, this);
        return new TensorBuffer(ElementType, shape, _memory + ((long)offset * ElementSize));
    }

    /// <summary>Frees the memory, unless this is a view.</summary>
    public void Dispose()
    {
        if (_memory is null) return;
        Value.Dispose();
        if (_owned) NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private Span<T> Span<T>(ElementType expected)
        where T : unmanaged
    {
        if (ElementType != expected) throw new InvalidOperationException($"This buffer holds {ElementType}, not {expected}.");
        ObjectDisposedException.ThrowIf(_memory is null, this);
        return new Span<T>(_memory, Count);
    }
}
