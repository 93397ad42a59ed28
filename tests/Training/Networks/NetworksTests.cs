using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Networks;

[TestFixture]
public sealed class NetworksTests
{
    [TestCase(Activation.Tanh)]
    [TestCase(Activation.Relu)]
    [TestCase(Activation.Elu)]
    [TestCase(Activation.Silu)]
    [TestCase(Activation.Gelu)]
    public void A_network_is_its_layers_with_the_nonlinearity_between(Activation activation)
    {
        var set = new ParameterSet();
        var network = new Mlp(set, "net", 2, [3], 1, activation, outputGain: 1);
        Assert.That(set.All.Select(p => (p.Name, p.Shape.ToString())), Is.EqualTo(new[] { ("net.0.weight", "[2, 3]"), ("net.0.bias", "[1, 3]"), ("net.1.weight", "[3, 1]"), ("net.1.bias", "[1, 1]") }));
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor x = graph.Input("x", [Dimension.Batch, 2]);
        Tensor y = network.Apply(scope, x);
        NdArray[] w = [.. set.All.Select((p, k) => NdArray.Make(p.Shape.Resolve(_ => 0), i => MathF.Sin((7 * k) + (3 * i.Sum()) + i[0])))];
        NdArray input = new([2, 2], [0.5, -1, 2, 0.25]);

        double Function(double v) => activation switch
        {
            Activation.Tanh => Math.Tanh(v),
            Activation.Relu => Math.Max(v, 0),
            Activation.Elu => v > 0 ? v : Math.Exp(v) - 1,
            Activation.Silu => v / (1 + Math.Exp(-v)),
            _ => v * 0.5 * (1 + ElementwiseCases.Erf(v / Math.Sqrt(2))),
        };
        NdArray hidden = NdArray.Zip(ImageCases.MatMul(input, w[0]), w[1], (a, b) => Function(a + b));
        NdArray expected = NdArray.Zip(ImageCases.MatMul(hidden, w[2]), w[3], (a, b) => a + b);
        NdArray actual = Evaluation.Run(y, [new Feed(x, input), .. set.All.Zip(w, (p, v) => new Feed(scope[p], v))]);
        Evaluation.AssertClose(actual, expected, 2e-6, activation.ToString());
    }

    [Test]
    public void Parameters_are_kept_apart_by_their_names()
    {
        var set = new ParameterSet();
        _ = new Mlp(set, "actor", 2, [], 1, Activation.Tanh, outputGain: 1);
        Assert.That(() => new Mlp(set, "actor", 2, [], 1, Activation.Tanh, outputGain: 1), Throws.ArgumentException.With.Message.Contains("'actor.0.weight'"));
    }

    [Test]
    public void A_vector_starts_with_the_values_of_its_initializers_in_order()
    {
        var set = new ParameterSet();
        Parameter a = set.Add("a", [3], Initializers.Constant(2)), b = set.Add("b", [2, 10], Initializers.Uniform(1));
        using StateVector vector = set.MakeVector("parameters");
        set.Initialize(vector, new RandomGenerator(4));
        Assert.That(vector["a"].ToArray(), Is.All.EqualTo(2));
        float[] expected = new float[20];
        b.Initializer(new RandomGenerator(4), b.Shape, expected);
        Assert.That(vector["b"].ToArray(), Is.EqualTo(expected));
        Assert.That(vector.Values[3..16].ToArray(), Is.All.Zero, a.Name);
    }

    [Test]
    public void Another_tensor_can_stand_in_the_place_of_a_parameter()
    {
        var set = new ParameterSet();
        Parameter p = set.Add("p", [2], Initializers.Constant(0));
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor own = scope[p];
        scope[p] = own * 2;
        Assert.That(own.Name, Is.EqualTo("p"));
        Assert.That(scope[p].Operator, Is.EqualTo(Elementwise.Mul));
        Assert.That(scope.Used, Is.EqualTo(new[] { p }));
    }
}
