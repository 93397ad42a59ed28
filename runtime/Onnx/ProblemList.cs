using System.Collections.Generic;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Onnx;

/// <summary>Problems found in a file: each once, and no more than a reader can use.</summary>
internal sealed class ProblemList
{
    private const int Maximum = 100;
    private readonly List<ManifestProblem> _items = new();

    internal IReadOnlyList<ManifestProblem> Items => _items;

    internal void Add(string field, string found, string allowed, string remedy)
    {
        var problem = new ManifestProblem(field, found, allowed, remedy);
        if (_items.Count < Maximum && !_items.Contains(problem)) _items.Add(problem);
    }

    internal void AboveLimit(string field, string found, string allowed, string option) =>
        Add(field, found, allowed, $"Raise PolicyOptions.{option} if the file is yours.");
}
