using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace Pipeline.Runtime.Execution;

/// <summary>
/// One block of native memory with a place for each tensor of a graph. Fewer rows than it has room for use the front of each place, so
/// a row that a call computes and ignores is zeros or an older row of the same tensor, never bits of another one.
/// </summary>
internal sealed unsafe class RowBuffers : IDisposable
{
    private const int Alignment = 64;

    private readonly Dictionary<Part, IntPtr> _places = new();
    private IntPtr _block;

    /// <summary>Allocates, and fills with zeros.</summary>
    /// <param name="layout">The tensors.</param>
    /// <param name="capacity">Room for that many rows.</param>
    internal RowBuffers(Layout layout, int capacity)
    {
        Inputs = layout.Inputs.ToArray();
        Outputs = layout.Outputs.ToArray();
        Part[] parts = Inputs.Concat(Outputs).ToArray();
        long[] padded = new long[parts.Length];
        long room = Alignment;
        for (int i = 0; i < parts.Length; i++)
        {
            padded[i] = (parts[i].BytesFor(capacity) + Alignment - 1) / Alignment * Alignment;
            room += padded[i];
        }

        _block = Marshal.AllocHGlobal(new IntPtr(room));
        long address = ((long)_block + Alignment - 1) / Alignment * Alignment;
        for (int i = 0; i < parts.Length; i++)
        {
            for (long done = 0; done < padded[i];)
            {
                int piece = (int)Math.Min(padded[i] - done, 1 << 30);
                new Span<byte>((void*)(address + done), piece).Clear();
                done += piece;
            }

            _places[parts[i]] = new IntPtr(address);
            address += padded[i];
        }
    }

    internal Part[] Inputs { get; }

    internal Part[] Outputs { get; }

    /// <summary>Where a tensor's first row is.</summary>
    internal IntPtr this[Part part] => _places[part];

    /// <summary>Where the first rows of some tensors are.</summary>
    internal IntPtr[] Of(Part[] parts)
    {
        var places = new IntPtr[parts.Length];
        for (int i = 0; i < parts.Length; i++) places[i] = _places[parts[i]];
        return places;
    }

    public void Dispose()
    {
        if (_block != IntPtr.Zero) Marshal.FreeHGlobal(_block);
        _block = IntPtr.Zero;
    }
}
