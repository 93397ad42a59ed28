using System;
using System.Collections.Generic;
using System.Linq;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pipeline.Training.Engine.Onnx.Messages;

namespace Pipeline.Tests.Training.Export;

/// <summary>Runs a file as a host does that knows nothing of Pipeline.</summary>
internal sealed class HostSession : IDisposable
{
    private readonly InferenceSession _session;

    public HostSession(byte[] model) => _session = new InferenceSession(model);

    /// <summary>The same file with its random operators seeded, so that a test repeats.</summary>
    public static HostSession Seeded(byte[] model)
    {
        Model parsed = Model.Parser.ParseFrom(model);
        foreach (Node node in parsed.Graph.Node.Where(n => n.OpType is "Multinomial" or "RandomNormalLike" or "RandomUniformLike"))
            node.Attribute.Add(new Pipeline.Training.Engine.Onnx.Messages.Attribute { Name = "seed", F = 7, Type = 1 });
        return new HostSession(parsed.ToByteArray());
    }

    public IReadOnlyList<string> Inputs => _session.InputNames;

    public IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>The shape that the file declares for an input or output, −1 where it is open.</summary>
    public int[] Shape(string name) => (_session.InputMetadata.TryGetValue(name, out NodeMetadata? input) ? input : _session.OutputMetadata[name]).Dimensions;

    public Type Element(string name) => _session.OutputMetadata[name].ElementType;

    /// <summary>All outputs, flat; inputs by name with their values, the batch first.</summary>
    public Dictionary<string, float[]> Run(int batch, params (string Name, float[] Values)[] inputs)
    {
        OrtValue[] values = [.. inputs.Select(i => OrtValue.CreateTensorValueFromMemory(i.Values, [.. Shape(i.Name).Select(n => n < 0 ? (long)batch : n)]))];
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(options, [.. inputs.Select(i => i.Name)], values, _session.OutputNames);
        foreach (OrtValue value in values) value.Dispose();
        return Outputs.Select((name, i) => (name, Numbers(results[i]))).ToDictionary(r => r.name, r => r.Item2);
    }

    public void Dispose() => _session.Dispose();

    private static float[] Numbers(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Int64
        ? [.. value.GetTensorDataAsSpan<long>().ToArray().Select(v => (float)v)]
        : value.GetTensorDataAsSpan<float>().ToArray();
}
