using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Parity;

/// <summary>PPO's loss, its parts, its gradients and three updates with clipped norm against PyTorch (Oracles/ppo.py, recurrent.py).</summary>
[TestFixture]
public sealed class PpoParityTests
{
    private static readonly PpoOptions _options = new() { EntropyCoefficient = 0.01, ValueCoefficient = 0.5, MaxGradientNorm = 0.5 };

    private static ActorCritic Model(int observationSize, Space actions) =>
        new(new Box([.. Enumerable.Repeat(float.NegativeInfinity, observationSize)], [.. Enumerable.Repeat(float.PositiveInfinity, observationSize)]), actions, [64, 64], Activation.Tanh, normalizeObservations: false, masked: false);

    [Test]
    public void A_discrete_update_agrees() => Check("ppo_discrete", Model(4, new Discrete(3)));

    [Test]
    public void A_gaussian_update_agrees() =>
        Check("ppo_gaussian", Model(3, new Box([float.NegativeInfinity, float.NegativeInfinity], [float.PositiveInfinity, float.PositiveInfinity])));

    [Test]
    public void A_hybrid_update_agrees() =>
        Check("ppo_hybrid", Model(4, new Dict(("tool", new Discrete(3)), ("aim", new Box(float.NegativeInfinity, float.PositiveInfinity, 2)), ("bits", new MultiBinary(2)))));

    [TestCase("ppo_lstm", MemoryKind.Lstm, false)]
    [TestCase("ppo_gru", MemoryKind.Gru, true)]
    public void The_loss_with_a_memory_agrees_where_episodes_start_within(string name, MemoryKind kind, bool shared)
    {
        var data = new OracleData(name);
        var model = new ActorCritic(
            new Box([-9, -9, -9, -9], [9, 9, 9, 9]), new Discrete(3), [8], Activation.Tanh, normalizeObservations: false, masked: false,
            memory: new MemorySettings(kind, 6, shared, PreviousAction: true, PreviousReward: true));
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor[] given = [.. new[] { "observation", "action", "old_log_probability", "advantage", "value_target", "memory", "keep", "previous" }.Select(n => data.Input(graph, n))];
        var batch = new PpoBatch(
            given[0], null, given[1], given[2], given[3], given[4], null, null, null, graph.Constant(0.2f), graph.Constant(0), new SequenceTensors(given[5], given[6], given[7], 3));
        PpoLoss loss = Ppo.Loss(model, scope, batch, _options);
        Tensor[] parameters = [.. model.Parameters.All.Select(p => scope[p])];
        NdArray[] results = Evaluation.Run(
            [loss.Total, loss.PolicyLoss, loss.ValueLoss, loss.Entropy, .. Gradients.Of(loss.Total, parameters)], [.. data.Feeds(given), .. data.Feeds(model.Parameters, scope)]);
        string[] expected = ["total", "policy_loss", "value_loss", "entropy", .. parameters.Select(p => $"gradient.{p.Name}")];
        foreach ((NdArray result, string output) in results.Zip(expected)) data.AssertAgrees(result, output);
        data.Report();
    }

    private static void Check(string name, ActorCritic model)
    {
        var data = new OracleData(name);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        (PpoLoss loss, Feed[] batch) = Build(data, model, graph, scope);
        Parameter[] parameters = [.. model.Parameters.All];
        Tensor[] gradients = Gradients.Of(loss.Total, [.. parameters.Select(p => scope[p])]);
        KeyValuePair<string, Tensor>[] figures =
        [
            new("total", loss.Total), new("policy_loss", loss.PolicyLoss), new("value_loss", loss.ValueLoss),
            new("entropy", loss.Entropy), new("approx_kl", loss.ApproximateKl), new("clip_fraction", loss.ClipFraction),
        ];

        using StateVector vector = model.Parameters.MakeVector("parameters"), gradient = model.Parameters.MakeVector("gradient", doubleBuffered: false);
        using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(Epsilon: 1e-5), vector, gradient, _options.MaxGradientNorm);
        var slots = new Dictionary<string, Slot>();
        TensorBuffer[] inputs = [.. batch.Select(Evaluation.Filled)], outputs = [.. figures.Select(_ => new TensorBuffer(ElementType.Float32))];
        foreach ((Feed feed, TensorBuffer buffer) in batch.Zip(inputs)) slots.Add(feed.Input.Name!, buffer);
        foreach ((KeyValuePair<string, Tensor> figure, TensorBuffer buffer) in figures.Zip(outputs)) slots.Add(figure.Key, buffer);
        data.Fill(vector);
        foreach (Parameter p in parameters)
        {
            (slots[p.Name], slots[$"d_{p.Name}"]) = (Slot.Of(vector, p.Name), Slot.Of(gradient, p.Name));
        }

        using var function = new CompiledFunction(
            ExecutionDevice.Cpu, name, [.. batch.Select(f => f.Input), .. parameters.Select(p => scope[p])],
            [.. figures, .. parameters.Zip(gradients, (p, g) => new KeyValuePair<string, Tensor>($"d_{p.Name}", g))]);
        using BoundCall call = function.Bind(slots);
        for (int step = 0; step < 3; step++)
        {
            call.Run();
            if (step == 0)
            {
                foreach ((KeyValuePair<string, Tensor> figure, TensorBuffer buffer) in figures.Zip(outputs)) data.AssertAgrees(Evaluation.Read(buffer), figure.Key);
                data.AssertAgrees(gradient, "gradient.");
            }

            optimizer.Step(1e-3);
            data.AssertAgrees([optimizer.GradientNorm], $"gradient_norm.{step}");
        }

        data.AssertAgrees(vector, "after.");
        data.Report();
        foreach (TensorBuffer buffer in inputs.Concat(outputs)) buffer.Dispose();
    }

    private static (PpoLoss Loss, Feed[] Batch) Build(OracleData data, ActorCritic model, Graph graph, ParameterScope scope)
    {
        NdArray action = data.Given("action");
        NdArray encoded = DistributionParityTests.Encode(action, model.Head);
        Feed Column(string name, NdArray? value = null)
        {
            NdArray given = value ?? data.Given(name);
            long width = given.Values.Length / action.Shape[0];
            return new Feed(graph.Input(name, [Dimension.Batch, width]), new NdArray([action.Shape[0], width], given.Values));
        }

        Feed[] feeds = [Column("observation"), Column("action", encoded), Column("old_log_probability"), Column("advantage"), Column("value_target")];
        Tensor[] batch = [.. feeds.Select(f => f.Input)];
        Tensor clipRange = graph.Constant(0.2f), none = graph.Constant(0);
        return (Ppo.Loss(model, scope, new PpoBatch(batch[0], null, batch[1], batch[2], batch[3], batch[4], null, null, null, clipRange, none), _options), feeds);
    }

    private static double[] Doubles(ReadOnlySpan<float> values) => [.. values.ToArray().Select(v => (double)v)];
}
