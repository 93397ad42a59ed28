using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Parity;

/// <summary>Recurrent cells, with episodes that start inside a sequence, against PyTorch (Oracles/recurrent.py).</summary>
[TestFixture("lstm")]
[TestFixture("gru")]
public sealed class RecurrentParityTests(string kind)
{
    private const int Steps = 5, Batch = 3, Inputs = 4, Size = 6;
    private readonly OracleData _data = new(kind);

    [Test]
    public void Unrolled_outputs_and_gradients_agree_where_episodes_start_within()
    {
        var graph = new Graph();
        (ParameterSet set, RecurrentCell cell) = Cell();
        var scope = new ParameterScope(graph);
        Tensor x = _data.Input(graph, "x"), keep = _data.Input(graph, "keep"), weight = _data.Input(graph, "weight");
        Tensor[] state = [.. cell.Parts.Select(p => _data.Input(graph, p))];
        Tensor outputs = cell.Unroll(scope, x, state, keep);
        Tensor[] xs = [x, .. state, .. set.All.Select(p => scope[p])];
        NdArray[] results = Evaluation.Run([outputs, .. Gradients.Of(Op.Sum(outputs * weight), xs)], [.. _data.Feeds([x, keep, weight, .. state]), .. _data.Feeds(set, scope)]);
        AssertAll(results, ["outputs", .. xs.Select(v => $"gradient.{v.Name}")]);
    }

    [Test]
    public void Single_steps_are_those_of_the_unrolled_cell()
    {
        var graph = new Graph();
        (ParameterSet set, RecurrentCell cell) = Cell();
        var scope = new ParameterScope(graph);
        Tensor x = _data.Input(graph, "x"), keep = _data.Input(graph, "keep");
        Tensor[] state = [.. cell.Parts.Select(p => _data.Input(graph, p))];
        Feed[] feeds = [.. _data.Feeds([x, keep, .. state]), .. _data.Feeds(set, scope)];
        var outputs = new List<Tensor>();
        for (int t = 0; t < Steps; t++)
        {
            Tensor kept = Op.Slice(keep, 0, t * Batch, (t + 1) * Batch);
            state = cell.Step(scope, Op.Slice(x, 0, t * Batch, (t + 1) * Batch), [.. state.Select(s => s * kept)]);
            outputs.Add(state[0]);
        }

        AssertAll(Evaluation.Run([Op.Concat(outputs, 0), .. state], feeds), ["outputs", .. cell.Parts.Select(p => $"last.{p}")]);
    }

    [Test]
    public void Second_derivatives_of_the_stated_gradient_are_those_of_single_steps()
    {
        var graph = new Graph();
        (ParameterSet set, RecurrentCell cell) = Cell();
        var scope = new ParameterScope(graph);
        Tensor x = _data.Input(graph, "x"), keep = _data.Input(graph, "keep"), weight = _data.Input(graph, "weight");
        Tensor[] start = [.. cell.Parts.Select(p => _data.Input(graph, p))], state = start;
        var outputs = new List<Tensor>();
        for (int t = 0; t < Steps; t++)
        {
            Tensor kept = Op.Slice(keep, 0, t * Batch, (t + 1) * Batch);
            state = cell.Step(scope, Op.Slice(x, 0, t * Batch, (t + 1) * Batch), [.. state.Select(s => s * kept)]);
            outputs.Add(state[0]);
        }

        Tensor[] xs = [x, .. start, .. set.All.Select(p => scope[p])];
        Tensor[] Products(Tensor y) => Gradients.HessianVectorProduct(Op.Sum(Op.Square(y) * weight), xs, xs);
        Tensor[] unrolled = Products(cell.Unroll(scope, x, start, keep)), stepped = Products(Op.Concat(outputs, 0));
        NdArray[] results = Evaluation.Run([.. unrolled, .. stepped], [.. _data.Feeds([x, keep, weight, .. start]), .. _data.Feeds(set, scope)]);
        for (int i = 0; i < xs.Length; i++)
        {
            double[] expected = results[xs.Length + i].Values;
            double size = Math.Max(1, expected.Max(Math.Abs));
            Assert.That(results[i].Values, Is.EqualTo(expected).Within(2e-5 * size), xs[i].Name);
            Assert.That(expected.Max(Math.Abs), Is.GreaterThan(0.01), xs[i].Name);
        }
    }

    [Test]
    public void Rows_that_are_no_whole_number_of_steps_are_refused()
    {
        var graph = new Graph();
        (_, RecurrentCell cell) = Cell();
        Tensor[] state = [.. cell.Parts.Select(p => graph.Input(p, [Batch, Size]))];
        Assert.That(() => cell.Unroll(new ParameterScope(graph), graph.Input("x", [7, Inputs]), state), Throws.ArgumentException.With.Message.Contains("7 rows").And.Message.Contains("3 sequences"));
    }

    private (ParameterSet Set, RecurrentCell Cell) Cell()
    {
        var set = new ParameterSet();
        return (set, kind == "lstm" ? new Lstm(set, "cell", Inputs, Size) : new Gru(set, "cell", Inputs, Size));
    }

    private void AssertAll(NdArray[] results, IReadOnlyList<string> names)
    {
        Assert.That(results, Has.Length.EqualTo(names.Count));
        foreach ((NdArray result, string name) in results.Zip(names)) _data.AssertAgrees(result, name);
        _data.Report();
    }
}
