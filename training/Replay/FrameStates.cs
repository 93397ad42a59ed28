using System;
using System.Collections.Generic;

namespace Pipeline.Training.Replay;

/// <summary>
/// The recurrent states that some frames of a store have, marked there by <see cref="StepFlags.Remembered"/>. A state takes memory only where there is one, and
/// gives it back when its frame is written anew.
/// </summary>
internal sealed class FrameStates
{
    private const int BlockRows = 256;

    // A frame's row and 1; 0 where it has none.
    private readonly int[] _rows;
    private readonly Stack<int> _free = new();
    private readonly List<float[]> _blocks = [];
    private int _used;

    /// <param name="size">Floats of a state.</param>
    /// <param name="frames">Places of all lanes together.</param>
    public FrameStates(int size, int frames) => (Size, _rows) = (size, new int[frames]);

    /// <summary>Floats of a state.</summary>
    public int Size { get; }

    /// <summary>Bytes of a state.</summary>
    public int Bytes => Size * sizeof(float);

    /// <summary>Frames that have one.</summary>
    public int Count => _used - _free.Count;

    /// <summary>The state of a frame that has one.</summary>
    public Span<float> this[int frame]
    {
        get
        {
            int row = _rows[frame] - 1;
            return _blocks[row / BlockRows].AsSpan(row % BlockRows * Size, Size);
        }
    }

    /// <summary>Makes room for a frame's state, to be written.</summary>
    public Span<float> Add(int frame)
    {
        if (_rows[frame] == 0) _rows[frame] = 1 + (_free.Count > 0 ? _free.Pop() : _used++);
        if (_used > _blocks.Count * BlockRows) _blocks.Add(new float[BlockRows * Size]);
        return this[frame];
    }

    /// <summary>Gives back the room of a frame's state, if it has one.</summary>
    public void Remove(int frame)
    {
        if (_rows[frame] == 0) return;
        _free.Push(_rows[frame] - 1);
        _rows[frame] = 0;
    }

    /// <summary>Gives back all room.</summary>
    public void Clear()
    {
        Array.Clear(_rows);
        _free.Clear();
        _used = 0;
    }
}
