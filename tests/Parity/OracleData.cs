using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Parity;

/// <summary>A file that a script in Oracles wrote: what PyTorch was given and what it computed, in double precision.</summary>
internal sealed class OracleData
{
    /// <summary>
    /// The largest difference of a tensor's elements divided by the largest magnitude among the expected ones (or by 1e-3 where that is
    /// larger): what rounding in float32 does grows with the tensor's largest terms, not with each element.
    /// </summary>
    public const double Tolerance = 1e-5;

    private readonly Dictionary<string, NdArray> _tensors = [];
    private readonly string _name;

    public OracleData(string name)
    {
        _name = name;
        string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "Parity", "Data", $"{name}.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        foreach (JsonProperty tensor in document.RootElement.GetProperty("tensors").EnumerateObject())
            _tensors.Add(tensor.Name, Read(tensor.Value));
    }

    /// <summary>The largest relative difference asserted so far.</summary>
    public double Largest { get; private set; }

    public bool IsGiven(string name) => _tensors.ContainsKey($"in.{name}");

    public NdArray Given(string name) => _tensors[$"in.{name}"];

    public NdArray Expected(string name) => _tensors[$"out.{name}"];

    /// <summary>An input of a graph with the name and the shape of what was given.</summary>
    public Tensor Input(Graph graph, string name) => graph.Input(name, Shape.Of(Given(name).Shape));

    /// <summary>The values of all given tensors that the graph has inputs for.</summary>
    public Feed[] Feeds(params Tensor[] inputs) =>
        [.. inputs.Select(i => new Feed(i, i.Shape.IsKnown ? new NdArray(i.Shape.Resolve(_ => 0), Given(i.Name!).Values) : Given(i.Name!)))];

    public Feed[] Feeds(ParameterSet parameters, ParameterScope scope) => Feeds([.. parameters.All.Select(p => scope[p])]);

    /// <summary>Gives a vector's tensors the values that were given under their names.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="prefix">What the names begin with.</param>
    public void Fill(StateVector vector, string prefix = "")
    {
        foreach (StateEntry entry in vector.Entries) Copy(prefix + entry.Name, vector[entry.Name]);
    }

    /// <summary>Writes what was given under a name.</summary>
    public void Copy(string given, Span<float> destination) => Given(given).Values.Select(v => (float)v).ToArray().CopyTo(destination);

    /// <summary>Asserts that a vector's tensors are what is expected under their names after a prefix.</summary>
    public void AssertAgrees(StateVector vector, string prefix)
    {
        foreach (StateEntry entry in vector.Entries) AssertAgrees([.. vector[entry.Name].ToArray().Select(v => (double)v)], prefix + entry.Name);
    }

    public void AssertAgrees(NdArray actual, string expected) => AssertAgrees(actual.Values, expected);

    public void AssertAgrees(double[] actual, string expected)
    {
        double[] wanted = Expected(expected).Values;
        Assert.That(actual, Has.Length.EqualTo(wanted.Length), expected);
        double scale = wanted.Select(Math.Abs).Append(1e-3).Max();
        double difference = actual.Zip(wanted, (a, b) => Math.Abs(a - b)).Append(0).Max() / scale;
        Largest = Math.Max(Largest, difference);
        Assert.That(difference, Is.LessThanOrEqualTo(Tolerance), $"{_name}: {expected}");
    }

    /// <summary>Writes the largest difference to the test's output.</summary>
    public void Report() => TestContext.Out.WriteLine($"{_name}: largest relative difference {Largest:E1}");

    private static NdArray Read(JsonElement tensor)
    {
        long[] shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        JsonElement values = tensor.GetProperty("values");
        double[] numbers = values.ValueKind == JsonValueKind.String
            ? [.. MemoryMarshal.Cast<byte, float>(values.GetBytesFromBase64()).ToArray().Select(v => (double)v)]
            : [.. values.EnumerateArray().Select(v => v.GetDouble())];
        return new NdArray(shape, numbers);
    }
}
