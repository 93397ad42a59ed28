using System;
using System.Linq;
using System.Runtime.CompilerServices;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Replay;

/// <summary>Actions as they are kept: choices as whole numbers of 1, 2 or 4 bytes, as their number needs; real numbers as floats.</summary>
internal sealed unsafe class ActionCodec
{
    private readonly Space _space;
    private readonly bool _isReal;
    private readonly int _width;

    public ActionCodec(Space space)
    {
        _space = space;
        _isReal = space is Box;
        int choices = space switch { Discrete discrete => discrete.N, MultiDiscrete multi => multi.Branches.Max(), _ => 2 };
        _width = _isReal || choices > 1 << 16 ? 4 : choices > 1 << 8 ? 2 : 1;
        Bytes = _width * space.Size;
    }

    /// <summary>Bytes of an action.</summary>
    public int Bytes { get; }

    /// <summary>Refuses a number that is no choice. Real numbers are kept as they are.</summary>
    public void Check(ReadOnlySpan<float> action, int environment)
    {
        if (!_isReal && !_space.Contains(action))
            throw new ReplayException($"The action [{string.Join(", ", action.ToArray())}] of environment {environment} is no value of {_space}. Add actions as the environment takes them.");
    }

    public void Write(ReadOnlySpan<float> action, byte* destination)
    {
        if (_isReal)
        {
            action.CopyTo(new Span<float>(destination, action.Length));
            return;
        }

        for (int i = 0; i < action.Length; i++)
        {
            int choice = (int)action[i];
            if (_width == 1) destination[i] = (byte)choice;
            else if (_width == 2) Unsafe.WriteUnaligned(destination + (2 * i), (ushort)choice);
            else Unsafe.WriteUnaligned(destination + (4 * i), choice);
        }
    }

    public void Read(byte* source, Span<float> action)
    {
        if (_isReal)
        {
            new ReadOnlySpan<float>(source, action.Length).CopyTo(action);
            return;
        }

        for (int i = 0; i < action.Length; i++)
        {
            action[i] = _width switch
            {
                1 => source[i],
                2 => Unsafe.ReadUnaligned<ushort>(source + (2 * i)),
                _ => Unsafe.ReadUnaligned<int>(source + (4 * i)),
            };
        }
    }
}
