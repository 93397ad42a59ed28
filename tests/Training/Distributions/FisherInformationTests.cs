using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Distributions;

public sealed class FisherInformationTests
{
    private const int Rows = 12;
    private const double Step = 2e-3;

    private static IEnumerable<Space> Actions() => [new Discrete(2), new Discrete(3), new MultiDiscrete(3, 2), new MultiBinary(2), new Box(-1, 1, 2), new Dict(("aim", new Box(-1, 1, 2)), ("tool", new Discrete(3)), ("flag", new MultiBinary(1)))];

    [TestCaseSource(nameof(Actions))]
    public void The_product_is_the_change_of_the_divergence_s_gradient_along_the_vector(Space actions)
    {
        var policy = new Policy(actions);
        double[][] product = policy.Product();
        double[][] ahead = policy.DivergenceGradient(Step), behind = policy.DivergenceGradient(-Step);
        for (int i = 0; i < product.Length; i++)
        {
            double[] difference = [.. ahead[i].Zip(behind[i], (a, b) => (a - b) / (2 * Step))];
            Assert.That(product[i], Is.EqualTo(difference).Within(2e-3 * difference.Select(Math.Abs).Append(1).Max()), policy.Names[i]);
        }

        Assert.That(product.SelectMany(p => p).Max(), Is.GreaterThan(0.01), "numbers that a mistake would show in");
    }

    [TestCaseSource(nameof(Actions))]
    public void Cut_in_two_it_is_the_same(Space actions)
    {
        var policy = new Policy(actions);
        double[][] whole = policy.Product(), cut = policy.ProductInTwo();
        for (int i = 0; i < whole.Length; i++) Assert.That(cut[i], Is.EqualTo(whole[i]).Within(1e-6), policy.Names[i]);
    }

    [Test]
    public void It_is_the_hessian_of_the_composition_too()
    {
        var graph = new Graph();
        Tensor weight = graph.Input("weight", [2, 3]), x = graph.Input("x", [4, 2]), v = graph.Input("v", [2, 3]);
        Tensor outputs = Op.MatMul(x, weight);
        static Tensor Divergence(Tensor old, Tensor made) => Op.Mean(new Categorical(made, [3], null).DivergenceFrom(new Categorical(old, [3], null)));
        Tensor[] both =
        [
            .. FisherInformation.Product(new Categorical(outputs, [3], null), [weight], [v]),
            .. Gradients.HessianVectorProduct(Divergence(Op.StopGradient(outputs), outputs), [weight], [v]),
        ];
        var random = new RandomGenerator(5);
        NdArray[] results = Evaluation.Run(both, [.. new[] { weight, x, v }.Select(t => new Feed(t, NdArray.Make(t.Shape.Resolve(_ => 0), _ => random.NextGaussian())))]);
        Assert.That(results[0].Values, Is.EqualTo(results[1].Values).Within(1e-6));
    }

    /// <summary>A small policy with random numbers for everything, and a vector along which it moves.</summary>
    private sealed class Policy
    {
        private readonly ActorCritic _model;
        private readonly Graph _graph = new();
        private readonly ParameterScope _scope;
        private readonly ParameterScope _vectors;
        private readonly Parameter[] _actor;
        private readonly Tensor _observation;
        private readonly Dictionary<string, NdArray> _values = [];

        public Policy(Space actions)
        {
            _model = new ActorCritic(new Box(-1, 1, 3), actions, [5, 4], Activation.Tanh, normalizeObservations: false, masked: false);
            _scope = new ParameterScope(_graph);
            _vectors = new ParameterScope(_graph, "vector.");
            _actor = [.. _model.Parameters.Of("actor").All];
            _observation = _graph.Input("observation", [Rows, 3]);
            var random = new RandomGenerator(3);
            _values["observation"] = NdArray.Make([Rows, 3], _ => random.NextGaussian());
            foreach (Parameter p in _actor)
            {
                _values[p.Name] = NdArray.Make(p.Shape.Resolve(_ => 0), _ => 0.5 * random.NextGaussian());
                _values["vector." + p.Name] = NdArray.Make(p.Shape.Resolve(_ => 0), _ => random.NextGaussian());
            }
        }

        public string[] Names => [.. _actor.Select(p => p.Name)];

        public double[][] Product() => Run(Products(), _graph, _values);

        public double[][] ProductInTwo()
        {
            var cut = new GraphCut(Products(), [.. _actor.Select(p => _vectors[p])]);
            double[][] shared = Run([.. cut.Shared.Select(s => s.Value)], _graph, _values);
            var values = new Dictionary<string, NdArray>(_values);
            for (int i = 0; i < shared.Length; i++) values[cut.Shared[i].Key] = new NdArray(cut.Shared[i].Value.Shape.Resolve(_ => 0), shared[i]);
            Assert.That(Graph.Order(cut.Outputs).Count(t => t.Operator == Elementwise.Tanh), Is.Zero, "the activations are computed beforehand");
            return Run(cut.Outputs, cut.Rest, values);
        }

        /// <summary>The gradient of KL(π_old ‖ π) at some way along the vector.</summary>
        public double[][] DivergenceGradient(double way)
        {
            var old = new ParameterScope(_graph, "old.");
            var values = new Dictionary<string, NdArray>(_values);
            foreach (Parameter p in _actor)
            {
                values["old." + p.Name] = _values[p.Name];
                values[p.Name] = NdArray.Zip(_values[p.Name], _values["vector." + p.Name], (x, v) => x + (way * v));
            }

            IDistribution policy = Distribution(_scope), before = Distribution(old);
            return Run(Gradients.Of(Op.Mean(policy.DivergenceFrom(before)), [.. _actor.Select(p => _scope[p])]), _graph, values);
        }

        private static double[][] Run(IReadOnlyList<Tensor> outputs, Graph graph, Dictionary<string, NdArray> values)
        {
            Feed[] feeds = [.. graph.Tensors.Where(t => t.Name is not null && values.ContainsKey(t.Name)).Select(t => new Feed(t, values[t.Name!]))];
            return [.. Evaluation.Run(outputs, feeds).Select(r => r.Values)];
        }

        private Tensor[] Products() => TrustRegion.FisherProduct(Distribution(_scope), _model.Parameters.Of("actor"), _scope, _vectors);

        private IDistribution Distribution(ParameterScope scope) => _model.Distribution(scope, _model.PolicyOutputs(scope, _observation), null);
    }
}
