using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Networks;

/// <summary>Names, shapes, noise and starting values of action-value networks. Outputs and gradients are compared with PyTorch elsewhere.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QNetworkTests
{
    private static readonly Box _numbers = new(-1, 1, 4);
    private static readonly Box _planes = new(0, 1, 4, 10, 10);
    private readonly Graph _graph = new();
    private readonly ParameterSet _parameters = new();

    private string[] Declared => [.. _parameters.All.Select(p => $"{p.Name} {p.Shape}")];

    // Values that differ from element to element, the same for a parameter wherever it occurs.
    private Feed[] Feeds(ParameterScope scope) =>
        [.. scope.Used.Select((p, k) => new Feed(scope[p], NdArray.Make(p.Shape.Resolve(_ => 0), i => 0.5 * Math.Sin((5 * k) + (3 * i.Sum()) + i[^1] + 1))))];

    [Test]
    public void A_plain_network_is_dense_layers()
    {
        var q = new QNetwork(_parameters, "q", _numbers, 4, 2, new QNetworkLayout { HiddenSizes = [8, 6] });
        Assert.That(Declared, Is.EqualTo(new[] { "q.0.weight [4, 8]", "q.0.bias [1, 8]", "q.1.weight [8, 6]", "q.1.bias [1, 6]", "q.2.weight [6, 2]", "q.2.bias [1, 2]" }));
        Assert.That(q.NoiseSize, Is.Zero);
        Assert.That(q.Outputs(new ParameterScope(_graph), _graph.Input("x", [Dimension.Batch, 4])).Shape.ToString(), Is.EqualTo("[batch, 2]"));
    }

    [Test]
    public void Images_go_through_convolutions_and_other_observations_do_not()
    {
        var q = new QNetwork(_parameters, "q", _planes, 400, 3, new QNetworkLayout { HiddenSizes = [5], Atoms = 7 });
        Assert.That(Declared, Is.EqualTo(new[] { "q.torso.0.weight [16, 4, 3, 3]", "q.torso.0.bias [16, 1, 1]", "q.0.weight [1024, 5]", "q.0.bias [1, 5]", "q.1.weight [5, 21]", "q.1.bias [1, 21]" }));
        Assert.That(q.Outputs(new ParameterScope(_graph), _graph.Input("x", [Dimension.Batch, 400])).Shape.ToString(), Is.EqualTo("[batch, 3, 7]"));
        Assert.That(ConvolutionalTorso.Reads(_numbers), Is.False);
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Of_two_streams_the_mean_over_actions_is_that_of_the_state(int atoms)
    {
        var layout = new QNetworkLayout { HiddenSizes = [6, 5], Atoms = atoms, Dueling = true };
        var q = new QNetwork(_parameters, "q", _numbers, 4, 3, layout);
        Assert.That(
            Declared.Where(d => d.Contains("weight")),
            Is.EqualTo(new[] { "q.0.weight [4, 6]", "q.advantage.0.weight [6, 5]", $"q.advantage.1.weight [5, {3 * atoms}]", "q.value.0.weight [6, 5]", $"q.value.1.weight [5, {atoms}]" }));
        var scope = new ParameterScope(_graph);
        Tensor x = _graph.Input("x", [2, 4]), outputs = q.Outputs(scope, x);
        // Without the state's stream (zero output weights, bias 2) the advantages are centred on 2.
        Feed[] feeds = [.. Feeds(scope).Select(f => f.Input.Name switch
        {
            "q.value.1.weight" => f with { Value = f.Value.Map(_ => 0) },
            "q.value.1.bias" => f with { Value = f.Value.Map(_ => 2) },
            _ => f,
        })];
        NdArray values = Evaluation.Run(outputs, [.. feeds, new Feed(x, 1, 2, 3, 4, -4, 3, -2, 1)]);
        Assert.That(values.Values.Distinct().Count(), Is.GreaterThan(3), "advantages differ");
        Assert.That(values.Reduce([1], false, v => v.Average()).Values, Is.All.EqualTo(2).Within(1e-5));
    }

    [Test]
    public void Every_dense_layer_has_noise_of_its_own()
    {
        var layout = new QNetworkLayout { HiddenSizes = [6, 5], Dueling = true, Noisy = true };
        var q = new QNetwork(_parameters, "q", _numbers, 4, 3, layout);
        Assert.That(q.NoiseSize, Is.EqualTo((4 + 6) + (6 + 5) + (5 + 3) + (6 + 5) + (5 + 1)));
        var scope = new ParameterScope(_graph);
        Tensor x = _graph.Input("x", [1, 4]), noise = _graph.Input("noise", [q.NoiseSize]);
        Tensor[] outputs = [q.Outputs(scope, x, noise), q.Outputs(scope, x)];
        Feed[] feeds = [.. Feeds(scope).Select(f => f with { Value = f.Value.Map(Math.Abs) }), new Feed(x, 1, 2, 3, 4)];
        NdArray[] still = Evaluation.Run(outputs, [.. feeds, new Feed(noise, new float[q.NoiseSize])]);
        Assert.That(still[0].Values, Is.EqualTo(still[1].Values), "no noise is the means alone");
        var seen = new HashSet<double>();
        for (int i = 0; i < q.NoiseSize; i++)
        {
            // Only where the layer's other side is above 0 does a number reach the weights; it reaches the bias where it is an output's.
            float[] ones = [.. Enumerable.Repeat(1f, q.NoiseSize)];
            ones[i] = 2;
            seen.Add(Evaluation.Run(outputs[0], [.. feeds, new Feed(noise, ones)]).Values.Sum());
        }

        Assert.That(seen, Has.Count.GreaterThan(q.NoiseSize / 2));
        Assert.That(seen, Does.Not.Contain(still[0].Values.Sum()));
    }

    // One input, one output, μ = 3, σ = 2, bias 0.5 with σ 0.25: ε = (4, −9) gives p = 2, q = −3: y = x·(3 − 12) + 0.5 − 0.75.
    [Test]
    public void A_noisy_layer_adds_the_product_of_shaped_noise()
    {
        var layer = new NoisyLinear(_parameters, "n", 1, 1, noiseStart: 1);
        var scope = new ParameterScope(_graph);
        Tensor x = _graph.Input("x", [1, 1]), noise = _graph.Input("noise", [3]);
        Tensor[] outputs = [layer.Apply(scope, x, noise), layer.Apply(scope, x, null)];
        Feed[] feeds = [.. _parameters.All.Zip([3f, 0.5f, 2f, 0.25f], (p, v) => new Feed(scope[p], v)), new Feed(x, 10), new Feed(noise, 100, 4, -9)];
        Assert.That(Evaluation.Run(outputs, feeds).Select(r => r.Values[0]), Is.EqualTo(new[] { -90.25, 30.5 }).Within(1e-5));
    }

    [Test]
    public void Noisy_layers_start_as_their_paper_says()
    {
        _ = new NoisyLinear(_parameters, "n", 16, 50, noiseStart: 0);
        using StateVector vector = _parameters.MakeVector("parameters");
        _parameters.Initialize(vector, new RandomGenerator(2));
        Assert.That(vector["n.weight"].ToArray(), Is.All.InRange(-0.25f, 0.25f));
        Assert.That(vector["n.weight"].ToArray().Max(), Is.GreaterThan(0.24f));
        Assert.That(vector["n.weight_deviation"].ToArray(), Is.All.EqualTo(0.125f));
        Assert.That(vector["n.bias_deviation"].ToArray(), Is.All.EqualTo(0.125f));
    }

    [Test]
    public void A_network_can_start_as_those_of_pytorch_do()
    {
        _ = Mlp.WithFanIn(_parameters, "m", 16, [100], 4, Activation.Relu, outputBound: 3e-3);
        using StateVector vector = _parameters.MakeVector("parameters");
        _parameters.Initialize(vector, new RandomGenerator(2));
        Assert.That(Declared, Is.EqualTo(new[] { "m.0.weight [16, 100]", "m.0.bias [1, 100]", "m.1.weight [100, 4]", "m.1.bias [1, 4]" }));
        Assert.That(vector["m.0.bias"].ToArray(), Is.All.InRange(-0.25f, 0.25f).And.Some.LessThan(-0.2f));
        Assert.That(vector["m.1.weight"].ToArray(), Is.All.InRange(-3e-3f, 3e-3f).And.Some.GreaterThan(2.5e-3f));
        Assert.That(vector["m.1.bias"].ToArray(), Is.All.InRange(-3e-3f, 3e-3f).And.All.Not.Zero);
    }

    [Test]
    public void A_convolution_that_does_not_fit_is_refused()
    {
        Assert.That(() => new ConvolutionalTorso(_parameters, "c", _numbers, ConvolutionalTorso.SmallPlanes), Throws.ArgumentException.With.Message.Contains("three axes"));
        Assert.That(() => new ConvolutionalTorso(_parameters, "c", _planes, ConvolutionalTorso.LargeImages), Throws.ArgumentException.With.Message.Contains("kernel 4").And.Message.Contains("1 by 1"));
        Assert.That(new ConvolutionalTorso(new ParameterSet(), "c", new Box(0, 255, 4, 84, 84), ConvolutionalTorso.LargeImages).Size, Is.EqualTo(64 * 7 * 7));
    }

    [Test]
    public void Fractions_that_all_rows_share_give_the_quantiles_of_the_same_fractions_row_by_row()
    {
        var q = new IqnNetwork(_parameters, "q", _numbers, 4, 3, new QNetworkLayout { HiddenSizes = [6, 5], Dueling = true, Noisy = true });
        var scope = new ParameterScope(_graph);
        Tensor x = _graph.Input("x", [2, 4]), noise = _graph.Input("noise", [q.NoiseSize]), shared = _graph.Input("shared", [1, 2]), each = _graph.Input("each", [2, 2]);
        Tensor[] outputs = [q.Quantiles(scope, x, shared, noise), q.Quantiles(scope, x, each, noise)];
        float[] drawn = new float[q.NoiseSize];
        new RandomGenerator(9).FillGaussian(drawn);
        NdArray[] results = Evaluation.Run(outputs, [.. Feeds(scope), new Feed(x, 1, 2, 3, 4, -4, 3, -2, 1), new Feed(noise, drawn), new Feed(shared, 0.2f, 0.7f), new Feed(each, 0.2f, 0.7f, 0.2f, 0.7f)]);
        Assert.That(results[0].Shape, Is.EqualTo(new long[] { 2, 2, 3 }));
        Assert.That(results[0].Values, Is.EqualTo(results[1].Values).Within(1e-5));
        Assert.That(results[0].At(0, 0, 0), Is.Not.EqualTo(results[0].At(0, 1, 0)).Within(1e-5), "fractions differ");
    }

    [TestCase(new[] { 6 }, "q.state.0.weight [4, 6], q.embedding.weight [64, 6], q.0.weight [6, 3]")]
    [TestCase(new[] { 7, 6, 5 }, "q.state.0.weight [4, 7], q.state.1.weight [7, 6], q.embedding.weight [64, 6], q.0.weight [6, 5], q.1.weight [5, 3]")]
    public void The_last_of_several_hidden_layers_comes_after_the_fractions(int[] hidden, string weights)
    {
        _ = new IqnNetwork(_parameters, "q", _numbers, 4, 3, new QNetworkLayout { HiddenSizes = hidden });
        Assert.That(string.Join(", ", Declared.Where(d => d.Contains("weight"))), Is.EqualTo(weights));
    }

    [Test]
    public void An_implicit_quantile_network_without_a_hidden_layer_or_with_atoms_is_refused()
    {
        Assert.That(() => new IqnNetwork(_parameters, "q", _numbers, 4, 3, new QNetworkLayout { HiddenSizes = [] }), Throws.ArgumentException.With.Message.Contains("HiddenSizes"));
        Assert.That(() => new IqnNetwork(_parameters, "q", _numbers, 4, 3, new QNetworkLayout { Atoms = 51 }), Throws.ArgumentException.With.Message.Contains("51"));
    }
}
