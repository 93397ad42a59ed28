using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Engine.Execution;

/// <summary>One named tensor inside a <see cref="StateVector"/>.</summary>
/// <param name="Name">Its name, unique in the vector.</param>
/// <param name="Shape">Its shape; all lengths known.</param>
/// <param name="Offset">Its first element.</param>
public sealed record StateEntry(string Name, Shape Shape, int Offset);

/// <summary>
/// State that updates change: named tensors side by side in one flat vector of floats, kept twice. An update reads the current copy and
/// writes the other, which then becomes current. Each tensor begins at a multiple of 16 floats; the gaps between stay 0.
/// </summary>
public sealed class StateVector : IDisposable
{
    private const int Alignment = 16;
    private readonly TensorBuffer[] _copies;
    private readonly Dictionary<string, TensorBuffer>[] _views;

    /// <summary>Makes a vector of zeros.</summary>
    /// <param name="name">Its name: the whole vector's input is called that in graphs.</param>
    /// <param name="entries">Names and shapes of its tensors.</param>
    /// <param name="doubleBuffered">False for what is written whole before it is read, such as gradients: then there is one copy.</param>
    public StateVector(string name, IEnumerable<(string Name, Shape Shape)> entries, bool doubleBuffered = true)
    {
        Name = name;
        var laid = new List<StateEntry>();
        int offset = 0;
        foreach ((string entry, Shape shape) in entries)
        {
            laid.Add(new StateEntry(entry, shape, offset));
            offset += (int)((shape.ElementCount + Alignment - 1) / Alignment * Alignment);
        }

        Entries = laid;
        Length = offset;
        _copies = [.. Enumerable.Range(0, doubleBuffered ? 2 : 1).Select(_ => new TensorBuffer(ElementType.Float32, Length))];
        _views = [.. _copies.Select(c => laid.ToDictionary(e => e.Name, e => c.View(e.Offset, e.Shape.Resolve(_ => 0))))];
    }

    /// <summary>The vector's name.</summary>
    public string Name { get; }

    /// <summary>Its tensors, in order.</summary>
    public IReadOnlyList<StateEntry> Entries { get; }

    /// <summary>Number of floats, gaps included.</summary>
    public int Length { get; }

    /// <summary>The current values, whole.</summary>
    public Span<float> Values => _copies[Current].Floats;

    internal int Current { get; private set; }

    internal int CopyCount => _copies.Length;

    internal int Next => (Current + 1) % _copies.Length;

    /// <summary>The current values of one tensor, row-major.</summary>
    /// <param name="name">Its name.</param>
    public Span<float> this[string name] => _views[Current][name].Floats;

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (TensorBuffer view in _views.SelectMany(v => v.Values)) view.Dispose();
        foreach (TensorBuffer copy in _copies) copy.Dispose();
    }

    internal TensorBuffer Buffer(int copy, string? entry) => entry is null ? _copies[copy] : _views[copy][entry];

    internal void Flip() => Current = Next;
}
