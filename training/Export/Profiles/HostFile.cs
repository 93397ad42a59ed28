using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Onnx.Messages;

namespace Pipeline.Training.Export.Profiles;

/// <summary>An input or output as any ONNX file declares it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type, by ONNX's number.</param>
/// <param name="Shape">The lengths of its axes, −1 where they are open; null where the file does not say, or it is no tensor.</param>
internal sealed record HostValue(string Name, int Type, long[]? Shape)
{
    public const int Float = 1, Int64 = 7, Int32 = 6;

    private static readonly string[] _types = ["nothing", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64", "uint32", "uint64"];

    /// <summary>The element type's name.</summary>
    public string TypeName => Type >= 0 && Type < _types.Length ? _types[Type] : $"element type {Type}";

    /// <summary>The shape as text.</summary>
    public string ShapeText => Shape is null ? "[?]" : $"[{string.Join(", ", Shape.Select((n, i) => n >= 0 ? $"{n}" : i == 0 ? "batch" : "?"))}]";

    public override string ToString() => $"'{Name}' {TypeName} {ShapeText}";
}

/// <summary>
/// Any ONNX file, as far as the hosts' rules ask: read from its bytes, knowing nothing of who wrote it.
/// </summary>
internal sealed class HostFile
{
    private const int MaximumElements = 1 << 24;
    private readonly Model _model;
    private readonly Dictionary<string, TensorData> _constants = [];
    private readonly Lazy<ZeroRun> _run;

    private HostFile(Model model, byte[] bytes)
    {
        _model = model;
        foreach (TensorData constant in model.Graph.Initializer) _constants[constant.Name] = constant;
        Inputs = [.. model.Graph.Input.Where(i => !_constants.ContainsKey(i.Name)).Select(Read)];
        Outputs = [.. model.Graph.Output.Select(Read)];
        Bytes = bytes;
        _run = new Lazy<ZeroRun>(TryZeros);
    }

    /// <summary>The file.</summary>
    public byte[] Bytes { get; }

    /// <summary>The inputs that are no constants of the file.</summary>
    public IReadOnlyList<HostValue> Inputs { get; }

    /// <summary>The outputs.</summary>
    public IReadOnlyList<HostValue> Outputs { get; }

    /// <summary>The operator set of the ONNX standard; 0 where the file names none.</summary>
    public long Opset => _model.OpsetImport.Where(o => o.Domain is "" or "ai.onnx").Select(o => o.Version).FirstOrDefault();

    /// <summary>The version of the file format.</summary>
    public long IrVersion => _model.IrVersion;

    /// <summary>The program that wrote it, as the file says.</summary>
    public string Producer => $"{_model.ProducerName} {_model.ProducerVersion}".Trim();

    /// <summary>The operators, each once.</summary>
    public IReadOnlyList<(string Domain, string Type)> Operators =>
        [.. AllNodes(_model.Graph).Select(n => (n.Domain is "ai.onnx" ? "" : n.Domain, n.OpType)).Distinct().Order()];

    /// <summary>Whether a tensor's data is in another file.</summary>
    public bool HasExternalData => _model.Graph.Initializer.Any(i => i.DataLocation != 0);

    /// <summary>Whether it has operators with graphs of their own, functions or sparse tensors.</summary>
    public bool HasSubgraphs => _model.Functions.Count > 0 || _model.Graph.SparseInitializer.Count > 0 || _model.Graph.Node.Any(n => n.Attribute.Any(a => a.G is not null));

    /// <summary>What comes out where every input is zeros, one row.</summary>
    public ZeroRun Zeros => _run.Value;

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>Null where they are no ONNX model.</returns>
    public static HostFile? Read(byte[] bytes)
    {
        try
        {
            Model model = Model.Parser.ParseFrom(bytes);
            return model.Graph is null ? null : new HostFile(model, bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>What the metadata holds under a key; null for nothing.</summary>
    /// <param name="key">The key.</param>
    public string? Metadata(string key) => _model.MetadataProps.FirstOrDefault(p => p.Key == key)?.Value;

    /// <summary>The input of a name, or null.</summary>
    /// <param name="name">The name.</param>
    public HostValue? Input(string name) => Inputs.FirstOrDefault(i => i.Name == name);

    /// <summary>The output of a name, or null.</summary>
    /// <param name="name">The name.</param>
    public HostValue? Output(string name) => Outputs.FirstOrDefault(o => o.Name == name);

    /// <summary>The floats of an output that is a constant of the file, itself or as a plain copy of one; null where it is none.</summary>
    /// <param name="output">The output's name.</param>
    public float[]? Constant(string output)
    {
        for (int hops = 0; hops < 8; hops++)
        {
            if (_constants.TryGetValue(output, out TensorData? data)) return Floats(data);
            Node? node = _model.Graph.Node.FirstOrDefault(n => n.Output.Contains(output));
            if (node is { OpType: "Constant" }) return node.Attribute.Select(a => a.T).FirstOrDefault(t => t is not null) is TensorData held ? Floats(held) : null;
            if (node is not { OpType: "Identity", Input.Count: 1 }) return null;
            output = node.Input[0];
        }

        return null;
    }

    private static float[]? Floats(TensorData data)
    {
        if (data.DataType != HostValue.Float || data.DataLocation != 0 || data.RawData.Length % sizeof(float) != 0) return null;
        return data.FloatData.Count > 0 ? [.. data.FloatData] : MemoryMarshal.Cast<byte, float>(data.RawData.Span).ToArray();
    }

    private static HostValue Read(ValueInfo value)
    {
        TensorValueType? type = value.Type?.TensorType;
        long[]? shape = type?.Shape is null ? null : [.. type.Shape.Dim.Select(d => d.ValueCase == ShapeDimension.ValueOneofCase.DimValue && d.DimValue >= 0 ? d.DimValue : -1)];
        return new HostValue(value.Name, type?.ElemType ?? 0, shape);
    }

    private static IEnumerable<Node> AllNodes(GraphDefinition graph) =>
        graph.Node.Concat(graph.Node.SelectMany(n => n.Attribute).Where(a => a.G is not null).SelectMany(a => AllNodes(a.G)));

    // Open axes have length 1, as the ML-Agents loader takes them.
    private ZeroRun TryZeros()
    {
        if (HasExternalData) return new ZeroRun("its data is in other files", []);
        HostValue? odd = Inputs.FirstOrDefault(i => i.Type is not (HostValue.Float or HostValue.Int64 or HostValue.Int32) || i.Shape is null);
        if (odd is not null) return new ZeroRun($"the input {odd} is not tried", []);
        if (Inputs.Any(i => i.Shape!.Aggregate(1d, (a, b) => a * Math.Abs(b)) > MaximumElements)) return new ZeroRun("an input is too large to be tried", []);
        var values = new List<OrtValue>();
        try
        {
            using SessionOptions options = ExecutionDevice.Cpu.SessionOptions();
            using var session = new InferenceSession(Bytes, options);
            foreach (HostValue input in Inputs) values.Add(Zero(input));
            using var runOptions = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(runOptions, [.. Inputs.Select(i => i.Name)], values, [.. Outputs.Select(o => o.Name)]);
            return new ZeroRun(null, Outputs.Select((o, i) => (o.Name, Result: ZeroResult.Of(results[i]))).ToDictionary(r => r.Name, r => r.Result));
        }
        catch (OnnxRuntimeException exception)
        {
            return new ZeroRun(exception.Message, []);
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    private static OrtValue Zero(HostValue input)
    {
        long[] shape = [.. input.Shape!.Select(n => n < 0 ? 1 : n)];
        int count = (int)shape.Aggregate(1L, (a, b) => a * b);
        return input.Type switch
        {
            HostValue.Float => OrtValue.CreateTensorValueFromMemory(new float[count], shape),
            HostValue.Int64 => OrtValue.CreateTensorValueFromMemory(new long[count], shape),
            _ => OrtValue.CreateTensorValueFromMemory(new int[count], shape),
        };
    }
}

/// <summary>What a file says where every input is zeros.</summary>
/// <param name="Failure">Why it did not run; null where it did.</param>
/// <param name="Results">The outputs by name.</param>
internal sealed record ZeroRun(string? Failure, Dictionary<string, ZeroResult> Results)
{
    /// <summary>What is wrong with it, as the rules of every host see it.</summary>
    public IEnumerable<string> Problems()
    {
        if (Failure is not null) yield return $"It does not run where all inputs are zeros, which the host tries: {Failure}";
        foreach ((string name, ZeroResult result) in Results)
        {
            if (!result.IsFinite) yield return $"Where all inputs are zeros, the output '{name}' has values that are no finite numbers.";
        }
    }
}

/// <summary>An output of such a run.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">Its values, where they are floats or whole numbers.</param>
internal sealed record ZeroResult(long[] Shape, double[] Values)
{
    public bool IsFinite => Values.All(double.IsFinite);

    internal static ZeroResult Of(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        double[] values = info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => [.. value.GetTensorDataAsSpan<float>().ToArray().Select(v => (double)v)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => [.. value.GetTensorDataAsSpan<long>().ToArray().Select(v => (double)v)],
            _ => [],
        };
        return new ZeroResult(info.Shape, values);
    }
}
