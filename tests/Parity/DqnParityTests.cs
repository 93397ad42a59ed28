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
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Parity;

/// <summary>
/// Losses, priorities, gradients and three updates with an averaged target network of dqn in each of its parts, c51, rainbow, qr-dqn and iqn
/// against PyTorch (Oracles/dqn.py).
/// </summary>
[TestFixture]
public sealed class DqnParityTests
{
    private const int Actions = 3;
    private const double Tau = 0.25;
    private const double Kappa = 0.7;

    private static readonly Space _observations = new Box([.. Enumerable.Repeat(float.NegativeInfinity, 4)], [.. Enumerable.Repeat(float.PositiveInfinity, 4)]);

    private static readonly DqnOptions _dqn = new() { HiddenSizes = [16, 16], HuberThreshold = Kappa };
    private static readonly C51Options _c51 = new() { HiddenSizes = [16, 16], VMin = -4, VMax = 5, Atoms = 11 };
    private static readonly QrDqnOptions _qrDqn = new() { HiddenSizes = [16, 16], Quantiles = 5, HuberThreshold = Kappa };

    private static readonly IqnOptions _iqn = new()
    {
        HiddenSizes = [16, 16], Fractions = 4, TargetFractions = 5, PolicyFractions = 6, Risk = RiskKind.Wang, RiskEta = -0.75, HuberThreshold = Kappa,
    };

    private static readonly Dictionary<string, Func<IQMethod>> _methods = new()
    {
        ["dqn"] = () => Of(_dqn),
        ["dqn_double"] = () => Of(_dqn with { Target = QTarget.Double }),
        ["dqn_dueling"] = () => Of(_dqn with { Streams = QStreams.Dueling }),
        ["dqn_noisy"] = () => Of(_dqn with { Layers = QLayers.Noisy, Target = QTarget.Double }),
        ["dqn_prioritized"] = () => Of(_dqn),
        ["dqn_masked"] = () => Of(_dqn),
        ["c51"] = () => new C51(_observations, 4, Actions, _c51),
        ["rainbow"] = () => new C51(_observations, 4, Actions, _c51 with { Target = QTarget.Double, Streams = QStreams.Dueling, Layers = QLayers.Noisy }),
        ["qr_dqn"] = () => new QrDqn(_observations, 4, Actions, _qrDqn),
        ["qr_dqn_double"] = () => new QrDqn(_observations, 4, Actions, _qrDqn with { Target = QTarget.Double }),
        ["iqn"] = () => new Iqn(_observations, 4, Actions, _iqn),
        ["iqn_double"] = () => new Iqn(_observations, 4, Actions, _iqn with { Target = QTarget.Double }),
    };

    private static string[] Names() => [.. _methods.Keys];

    [TestCaseSource(nameof(Names))]
    public void An_update_agrees(string name)
    {
        var data = new OracleData($"update_{name}");
        IQMethod method = _methods[name]();
        var graph = new Graph();
        ParameterScope online = new(graph), target = new(graph, "target.");
        var build = new FunctionBuilder(graph);
        var buffers = new List<TensorBuffer>();
        (QLoss loss, Tensor total) = Build(data, method, online, target, input => build.Add(input, Kept(buffers, Filled(data.Given(input)))));
        Parameter[] parameters = [.. method.Parameters.All];
        Tensor[] gradients = Gradients.Of(total, [.. parameters.Select(p => online[p])]);

        using StateVector vector = method.Parameters.MakeVector("parameters"), average = method.Parameters.MakeVector("average", doubleBuffered: false);
        using StateVector gradient = method.Parameters.MakeVector("gradient", doubleBuffered: false);
        using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(Epsilon: 1e-5), vector, gradient, 0.5);
        build.AddParameters(online, vector);
        build.AddParameters(target, average);
        (string Name, Tensor Tensor, TensorBuffer Buffer)[] figures =
        [
            .. new[] { ("losses", loss.Losses), ("errors", loss.Errors), ("values", loss.Values), ("total", total) }
                .Select(f => (f.Item1, f.Item2, Kept(buffers, new TensorBuffer(ElementType.Float32, f.Item2.Shape.Resolve(_ => 0))))),
        ];
        foreach ((string figure, Tensor tensor, TensorBuffer buffer) in figures) build.Output(figure, tensor, buffer);
        for (int i = 0; i < parameters.Length; i++) build.Output($"d_{parameters[i].Name}", gradients[i], Slot.Of(gradient, parameters[i].Name));
        data.Fill(vector);
        data.Fill(average, "target.");
        (CompiledFunction function, BoundCall call) = build.Compile(ExecutionDevice.Cpu, name);
        using (function)
        using (call)
        {
            for (int step = 0; step < 3; step++)
            {
                call.Run();
                if (step == 0)
                {
                    foreach ((string figure, _, TensorBuffer buffer) in figures) data.AssertAgrees(Doubles(buffer.Floats), figure);
                    data.AssertAgrees(gradient, "gradient.");
                }

                optimizer.Step(1e-3);
                data.AssertAgrees([optimizer.GradientNorm], $"gradient_norm.{step}");
                Polyak.Average(average.Values, vector.Values, Tau);
            }
        }

        data.AssertAgrees(vector, "after.");
        data.AssertAgrees(average, "after.target.");
        data.Report();
        foreach (TensorBuffer buffer in buffers) buffer.Dispose();
    }

    private static (QLoss Loss, Tensor Total) Build(OracleData data, IQMethod method, ParameterScope online, ParameterScope target, Func<string, Tensor> given)
    {
        Tensor? Optional(string input) => data.IsGiven(input) ? given(input) : null;
        var batch = new QBatch(
            given("observation"), given("action"), given("reward"), given("discount"), given("next_observation"), Optional("next_action_mask"), online, target,
            Optional("noise"), Optional("next_noise"), Optional("target_noise"));
        using var noise = new UpdateNoise();
        QLoss loss = method is Iqn iqn
            ? iqn.Loss(batch, given("fraction"), given("next_fraction"))
            : method.Loss(batch, new FunctionBuilder(online.Graph), noise);
        return (loss, QLosses.WeightedMean(loss.Losses, Optional("weight")));
    }

    private static Dqn Of(DqnOptions options) => new(_observations, 4, Actions, options);

    private static TensorBuffer Filled(NdArray array)
    {
        var buffer = new TensorBuffer(ElementType.Float32, array.Shape);
        Floats(array).CopyTo(buffer.Floats);
        return buffer;
    }

    private static TensorBuffer Kept(List<TensorBuffer> buffers, TensorBuffer buffer)
    {
        buffers.Add(buffer);
        return buffer;
    }

    private static float[] Floats(NdArray array) => [.. array.Values.Select(v => (float)v)];

    private static double[] Doubles(ReadOnlySpan<float> values) => [.. values.ToArray().Select(v => (double)v)];
}
