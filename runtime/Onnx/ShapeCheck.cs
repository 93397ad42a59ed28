using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Onnx;

/// <summary>
/// Works out every type and shape of a graph ahead of its first run, for one row, two, three, and as many as are run at once. A graph that
/// passes cannot ask ONNX Runtime for more memory or work a row than the options allow, and gives what the manifest promises for
/// every number of rows.
/// </summary>
internal static class ShapeCheck
{
    internal const int MaximumRank = 10;
    private const int MaximumKnown = 1 << 16;

    /// <summary>Checks a graph.</summary>
    /// <exception cref="PolicyLoadException">An operator cannot take its inputs, a limit is passed, or an output is not what the manifest says.</exception>
    internal static void Check(PrunedGraph graph, PolicyManifest manifest, PolicyOptions options, int mostRows, string file)
    {
        Dictionary<string, GraphValue> constants = graph.Initializers.ToDictionary(tensor => tensor.Name, tensor => Constant(graph.Model, tensor), StringComparer.Ordinal);
        foreach (int rows in new[] { 1, 2, 3, mostRows })
        {
            ManifestProblem? problem = new Walk(graph, manifest, options, rows).Check(constants);
            if (problem is not null) throw new PolicyLoadException(file, new[] { problem });
        }
    }

    private static GraphValue Constant(OnnxModel model, OnnxTensor tensor)
    {
        long[]? known = null;
        int length = tensor.DataLength / sizeof(long);
        if (tensor.Element == ElementTypes.Int64 && length <= MaximumKnown)
        {
            known = new long[length];
            for (int i = 0; i < length; i++) known[i] = BinaryPrimitives.ReadInt64LittleEndian(model.File.AsSpan(tensor.DataStart + (i * sizeof(long))));
        }

        return new GraphValue(tensor.Element, tensor.Shape, known);
    }

    /// <summary>One pass through the nodes, for one number of rows.</summary>
    private sealed class Walk
    {
        private readonly PrunedGraph _graph;
        private readonly PolicyManifest _manifest;
        private readonly PolicyOptions _options;
        private readonly int _rows;
        private double _bytes;
        private double _work;

        internal Walk(PrunedGraph graph, PolicyManifest manifest, PolicyOptions options, int rows)
        {
            _graph = graph;
            _manifest = manifest;
            _options = options;
            _rows = rows;
        }

        internal ManifestProblem? Check(Dictionary<string, GraphValue> constants)
        {
            var values = new Dictionary<string, GraphValue>(constants, StringComparer.Ordinal);
            foreach (OnnxValue input in _graph.Inputs)
            {
                values[input.Name] = Value(_manifest.Inputs, input.Name);
                if (Count("graph.input", values[input.Name].Bytes, 0) is ManifestProblem large) return large;
            }

            foreach (OnnxNode node in _graph.Nodes)
            {
                if (Infer(node, values) is ManifestProblem problem) return problem;
            }

            foreach (OnnxValue output in _graph.Outputs)
            {
                GraphValue made = values[output.Name];
                GraphValue said = Value(_manifest.Outputs, output.Name);
                if (made.Element != said.Element || !made.Shape.AsSpan().SequenceEqual(said.Shape))
                    return new ManifestProblem($"graph.output '{output.Name}'", $"{made}{ForRows}", $"{said}, as the manifest says", "Export the policy again, and do not edit the file afterwards.");
            }

            return null;
        }

        private string ForRows => _rows == 1 ? " for 1 row" : $" for {_rows} rows";

        private ManifestProblem? Infer(OnnxNode node, Dictionary<string, GraphValue> values)
        {
            string field = OperatorFault.Field(node);
            try
            {
                var call = new OperatorCall(node, node.Inputs.Select(name => values[name]).ToArray());
                GraphValue made = OperatorRules.Of(node.Operator).Infer(call);
                if (made.Shape.Length > MaximumRank) throw OperatorCall.Fault($"a result of {made.Shape.Length} axes", $"at most {MaximumRank}");
                values[node.Outputs[0]] = made;
                double read = 0;
                foreach (GraphValue input in call.Inputs) read += input.Count;
                return Count(field, made.Bytes + call.Scratch, call.Work + made.Count + read);
            }
            catch (OperatorFault fault)
            {
                return new ManifestProblem(field, fault.Found + ForRows, fault.Allowed, "Export the policy again, and do not edit the file afterwards.");
            }
        }

        private ManifestProblem? Count(string field, double bytes, double work)
        {
            _bytes += bytes;
            _work += work;
            // Negated, so that NaN is above every limit.
            if (!(_bytes / _rows <= _options.MaximumRowBytes))
                return Above(field, "tensors", _bytes, "bytes", _options.MaximumRowBytes, nameof(PolicyOptions.MaximumRowBytes));
            return !(_work / _rows <= _options.MaximumRowWork) ? Above(field, "work", _work, "operations", _options.MaximumRowWork, nameof(PolicyOptions.MaximumRowWork)) : null;
        }

        private ManifestProblem Above(string field, string what, double found, string unit, long limit, string option) => new(
            field,
            FormattableString.Invariant($"{what} up to here of {found:G6} {unit}{ForRows}"),
            $"at most {limit} a row",
            $"Raise PolicyOptions.{option} if the file is yours.");

        private GraphValue Value(IReadOnlyList<TensorSpec> specs, string name)
        {
            TensorSpec spec = specs.First(spec => spec.Name == name);
            long[] shape = new long[spec.Shape.Count];
            for (int i = 0; i < shape.Length; i++) shape[i] = spec.Shape[i] == TensorSpec.Batch ? _rows : spec.Shape[i];
            return new GraphValue(ElementTypes.Code(spec.Element), shape);
        }
    }
}
