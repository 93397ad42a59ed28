using System;
using System.Linq;

namespace Pipeline.Runtime.Onnx;

/// <summary>A node that an operator's rule refuses: what was found, and what is allowed.</summary>
internal sealed class OperatorFault : Exception
{
    private const int LongestText = 60;

    internal OperatorFault(string found, string allowed)
        : base($"found {found}; allowed: {allowed}.")
    {
        Found = found;
        Allowed = allowed;
    }

    internal string Found { get; }

    internal string Allowed { get; }

    /// <summary>A node in a message: its place in the file, its operator, and what it makes.</summary>
    internal static string Field(OnnxNode node) => $"graph.node[{node.Index}] ({Shorten(node.Operator)} '{Shorten(node.Outputs.FirstOrDefault() ?? "")}')";

    /// <summary>Untrusted text, short enough for a message.</summary>
    internal static string Shorten(string text) => text.Length <= LongestText ? text : $"{text[..LongestText]}…";
}
