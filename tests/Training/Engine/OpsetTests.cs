using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

/// <summary>
/// Every operator in the forms of every operator set that can be written: ONNX Runtime checks them as it loads, and runs them. Files with all of them go to the
/// folder <c>hosts/opsets</c> beside the tests, which <c>.ci/run</c> gives to onnx.checker.
/// </summary>
[TestFixture]
public sealed class OpsetTests
{
    // What came later, and cannot be composed of what was there; the sums that scatter are gradients alone.
    private static readonly Dictionary<string, int> _since = new() { ["CumSum"] = 11, ["GatherElements"] = 11, ["ScatterElements"] = 16, ["ScatterND"] = 16, ["Reshape"] = 14 };

    private static readonly OperatorCase[] _cases = [.. ElementwiseCases.All, .. ReductionCases.All, .. ShapingCases.All, .. ImageCases.All, .. CompositeCases.All];

    [TestCase(9)]
    [TestCase(10)]
    [TestCase(11)]
    [TestCase(12)]
    [TestCase(13)]
    [TestCase(14)]
    [TestCase(15)]
    [TestCase(16)]
    public void Every_operator_has_the_values_of_the_newest_set_or_is_refused_by_name(int opset)
    {
        var wrong = new List<string>();
        int written = 0;
        foreach (OperatorCase c in _cases)
        {
            byte[] newest = Write(c, 17);
            string[] later = [.. Later(newest, opset)];
            if (later.Length > 0)
            {
                ArgumentException refusal = Assert.Throws<ArgumentException>(() => Write(c, opset), $"{c.Name}: {string.Join(", ", later)}")!;
                Assert.That(later.Any(l => refusal.Message.Contains($"for {l}", StringComparison.Ordinal)), refusal.Message);
                continue;
            }

            written++;
            double[][] values = [Run(c, newest), Run(c, Write(c, opset))];
            if (!values[0].Zip(values[1], (a, b) => a.Equals(b) || Math.Abs(a - b) <= 2e-6 * Math.Max(1, Math.Abs(a))).All(same => same)) wrong.Add(c.Label($"opset {opset}"));
        }

        Assert.That(wrong, Is.Empty);
        Assert.That(written, Is.GreaterThan(_cases.Length * 3 / 4));
        File.WriteAllBytes(Path.Combine(Folder, $"opset-{opset}.onnx"), Together(opset));
    }

    [Test]
    public void A_file_of_an_old_set_has_the_format_of_its_time_and_no_constant_too_many()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [Dimension.Batch, 4]);
        Tensor y = Op.Clip(Op.Sum(Op.Slice(x, 1, 1, 3), [1], keepDimensions: true), -1, 1);
        Model Make(int opset) => Model.Parser.ParseFrom(OnnxWriter.Write(new("m", [x], [new("y", y)]) { Opset = opset }));
        Assert.Multiple(() =>
        {
            Assert.That(Make(9).Graph.Initializer, Is.Empty, "bounds and axes are attributes");
            Assert.That(Make(9).Graph.Node.Select(n => n.Input.Count), Is.All.EqualTo(1));
            Assert.That(new[] { 9, 10, 11, 12, 13, 14, 15, 16, 17 }.Select(o => (Make(o).OpsetImport.Single().Version, Make(o).IrVersion)), Is.EqualTo(new[]
            {
                (9L, 4L), (10, 5), (11, 6), (12, 7), (13, 7), (14, 7), (15, 8), (16, 8), (17, 8),
            }));
        });
    }

    [Test]
    public void Bounds_that_are_computed_are_kept_in_old_sets()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [3]), low = graph.Input("low", Shape.Scalar);
        Tensor y = Op.Clip(x, low, low + 1);
        byte[] model = OnnxWriter.Write(new("m", [x, low], [new("y", y)]) { Opset = 9 });
        using var session = new InferenceSession(model);
        using var options = new RunOptions();
        using OrtValue xs = OrtValue.CreateTensorValueFromMemory([-1f, 0.5f, 9f], [3]), bound = OrtValue.CreateTensorValueFromMemory([0.25f], []);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["x", "low"], [xs, bound], ["y"]);
        Assert.That(results[0].GetTensorDataAsSpan<float>().ToArray(), Is.EqualTo(new[] { 0.25f, 0.5f, 1.25f }));
    }

    private static string Folder => Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.TestDirectory, "hosts", "opsets")).FullName;

    private static IEnumerable<string> Later(byte[] model, int opset)
    {
        foreach (Node node in Model.Parser.ParseFrom(model).Graph.Node)
        {
            bool plain = node.Attribute.All(a => a.Name is not ("reduction" or "allowzero"));
            int since = _since.GetValueOrDefault(node.OpType) switch { 16 when plain => 11, 14 when plain => 0, int n => n };
            if (since > opset) yield return node.OpType;
        }
    }

    private static byte[] Write(OperatorCase c, int opset)
    {
        var graph = new Graph();
        (Tensor[] inputs, Tensor y) = Build(graph, c, "input_");
        return OnnxWriter.Write(new("m", [.. inputs.Where(i => Graph.Order([y]).Contains(i))], [new("y", y)]) { Opset = opset });
    }

    private static (Tensor[] Inputs, Tensor Result) Build(Graph graph, OperatorCase c, string prefix)
    {
        Tensor[] inputs = [.. c.Inputs.Select((input, i) => graph.Input($"{prefix}{i}", input.Declared, input.ElementType))];
        Tensor y = c.Build(inputs);
        return (inputs, y.ElementType == ElementType.Boolean ? Op.Cast(y, ElementType.Float32) : y);
    }

    private static byte[] Together(int opset)
    {
        var graph = new Graph();
        List<Tensor> inputs = [];
        List<KeyValuePair<string, Tensor>> outputs = [];
        for (int i = 0; i < _cases.Length; i++)
        {
            if (Later(Write(_cases[i], 17), opset).Any()) continue;
            (Tensor[] own, Tensor y) = Build(graph, _cases[i], $"case_{i}_input_");
            inputs.AddRange(own.Where(x => Graph.Order([y]).Contains(x)));
            outputs.Add(new($"case_{i}", y));
        }

        return OnnxWriter.Write(new("all operators", inputs, outputs) { Opset = opset });
    }

    private static double[] Run(OperatorCase c, byte[] model)
    {
        using SessionOptions options = ExecutionDevice.Cpu.SessionOptions();
        using var session = new InferenceSession(model, options);
        var values = new List<OrtValue>();
        foreach (string name in session.InputNames)
        {
            int i = int.Parse(name.AsSpan("input_".Length), System.Globalization.CultureInfo.InvariantCulture);
            double[] numbers = c.Inputs[i].Values(i);
            values.Add(c.Inputs[i].ElementType == ElementType.Float32
                ? OrtValue.CreateTensorValueFromMemory(numbers.Select(v => (float)v).ToArray(), c.Inputs[i].Actual)
                : OrtValue.CreateTensorValueFromMemory(numbers.Select(v => (long)v).ToArray(), c.Inputs[i].Actual));
        }

        using var runOptions = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(runOptions, session.InputNames, values, ["y"]);
        foreach (OrtValue value in values) value.Dispose();
        return results[0].GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64
            ? [.. results[0].GetTensorDataAsSpan<long>().ToArray().Select(v => (double)v)]
            : [.. results[0].GetTensorDataAsSpan<float>().ToArray().Select(v => (double)v)];
    }
}
