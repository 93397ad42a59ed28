using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Parity;

/// <summary>sac, sac-v1 and sql against PyTorch (Oracles/sac.py): losses, gradients, and every network after three updates with Adam and averaged targets.</summary>
[TestFixture]
public sealed class SoftParityTests
{
    private const double Tau = 0.05;
    private static readonly Box _observations = new(-9, 9, 4);
    private static readonly Box _actions = new(-1, 1, 2);
    private static readonly Discrete _choices = new(3);
    private static readonly SacOptions _sac = new() { HiddenSizes = [16, 16], Activation = Activation.Tanh, Temperature = Math.Exp(-0.25) };
    private static readonly SqlOptions _sql = new() { HiddenSizes = [16, 16], Activation = Activation.Tanh, Temperature = 0.3, Particles = 4, ValueSamples = 6 };

    [Test]
    public void Updates_of_sac_agree() => Check("sac", _actions, context =>
    {
        var method = new Sac(context, _sac);
        return (method, (batch, given) => (method.CriticLoss(batch, given("next_noise")), method.ActorLoss(batch, given("noise"))));
    });

    [Test]
    public void Updates_of_sac_v1_agree() => Check("sac_v1", _actions, context =>
    {
        var method = new SacV1(context, new SacV1Options { HiddenSizes = [16, 16], Activation = Activation.Tanh, Temperature = 0.3, RewardScale = 3 });
        return (method, (batch, given) => (method.CriticLoss(batch), method.ActorLoss(batch, given("noise"))));
    });

    [Test]
    public void Updates_of_sac_over_choices_agree() => Check("sac_discrete", _choices, context =>
    {
        var method = new SacDiscrete(context, _sac with { TargetEntropy = 0.5 });
        return (method, (batch, _) => (method.CriticLoss(batch), method.ActorLoss(batch)));
    });

    [Test]
    public void Updates_of_soft_q_learning_agree() => Check("sql", _actions, context =>
    {
        var method = new Sql(context, _sql);
        return (method, (batch, given) => (method.CriticLoss(batch, given("proposal")), method.ActorLoss(batch, given("noise"), given("moved_noise"))));
    });

    [Test]
    public void Updates_of_soft_q_learning_over_choices_agree() => Check("sql_discrete", _choices, context =>
    {
        var method = new SqlDiscrete(context, _sql);
        return (method, (batch, _) => (method.Loss(batch), new SoftLoss(batch.Actor.Graph.Constant(0))));
    });

    private static void Check(string name, Space actions, Func<LearningContext, (ISoftMethod Method, LossRule Losses)> make)
    {
        var data = new OracleData(name);
        using var statistics = new ObservationStatistics(_observations.Size);
        using var unused = new ReplayBatch(_observations, actions, masked: false, 1);
        (ISoftMethod method, LossRule losses) = make(new LearningContext(ExecutionDevice.Cpu, _observations, actions, actions is Discrete, statistics, unused, new RandomGenerator(0)));
        using var update = new Update(data, method, losses, actions is Discrete);
        for (int step = 0; step < 3; step++)
        {
            update.Run();
            if (step == 0) update.CheckLosses();
            update.Step();
        }

        update.CheckParameters();
        data.Report();
    }

    /// <summary>Builds both losses of a batch; the function gives the data's random numbers by name.</summary>
    private delegate (SoftLoss Critic, SoftLoss Actor) LossRule(SoftBatch batch, Func<string, Tensor> given);

    /// <summary>One function with both losses and the gradients of each by its own parameters, and the steps.</summary>
    private sealed class Update : IDisposable
    {
        private readonly OracleData _data;
        private readonly ISoftMethod _method;
        private readonly StateVector _target;
        private readonly List<(ParameterSet Set, StateVector Parameters, StateVector Gradient, OptimizerFunction Optimizer)> _parts = [];
        private readonly List<(string Key, TensorBuffer Value)> _figures = [];
        private readonly List<TensorBuffer> _inputs = [];
        private readonly CompiledFunction _function;
        private readonly BoundCall _call;

        public Update(OracleData data, ISoftMethod method, LossRule losses, bool discrete)
        {
            (_data, _method) = (data, method);
            var graph = new Graph();
            var build = new FunctionBuilder(graph);
            ParameterScope critics = new(graph), target = new(graph, "target.");
            bool together = method.ActorParameters == method.CriticParameters;
            ParameterScope actor = together ? critics : new ParameterScope(graph);
            Tensor Given(string name)
            {
                _inputs.Add(new TensorBuffer(ElementType.Float32, data.Given(name).Shape));
                data.Copy(name, _inputs[^1].Floats);
                return build.Add(name, _inputs[^1]);
            }

            var batch = new SoftBatch(
                Given("observation"), discrete ? Given("mask") : null, Given(discrete ? "choice" : "action"), Given("reward"), Given("discount"),
                Given("next_observation"), discrete ? Given("next_mask") : null, critics, actor, target);
            (SoftLoss critic, SoftLoss acting) = losses(batch, Given);
            _target = new StateVector("target", method.Averaged.Select(p => (p.Name, p.Shape)), doubleBuffered: false);
            data.Fill(_target, "target.");
            Add(build, method.CriticParameters, critics, together ? critic.Total + acting.Total : critic.Total);
            if (!together) Add(build, method.ActorParameters, actor, acting.Total);
            build.AddParameters(target, _target);
            foreach ((string key, Tensor value) in critic.Figures.Concat(acting.Figures).Where(f => f.Key.EndsWith("_loss", StringComparison.Ordinal)))
            {
                _figures.Add((key, new TensorBuffer(ElementType.Float32)));
                build.Output(key, value, _figures[^1].Value);
            }

            (_function, _call) = build.Compile(ExecutionDevice.Cpu, "update");
        }

        public void Run() => _call.Run();

        public void Step()
        {
            foreach (var part in _parts) part.Optimizer.Step(1e-3);
            StateVector averaged = _parts.Single(p => p.Set.All.Contains(_method.Averaged[0])).Parameters;
            Polyak.Average(_target.Values, averaged.Values[.._target.Length], Tau);
        }

        public void CheckLosses()
        {
            Assert.That(_figures, Is.Not.Empty);
            foreach ((string key, TensorBuffer value) in _figures) _data.AssertAgrees(Evaluation.Read(value), key);
            foreach (var part in _parts) _data.AssertAgrees(part.Gradient, "gradient.");
        }

        public void CheckParameters()
        {
            foreach (var part in _parts) _data.AssertAgrees(part.Parameters, "after.");
            _data.AssertAgrees(_target, "after.target.");
        }

        public void Dispose()
        {
            _call.Dispose();
            _function.Dispose();
            foreach (var part in _parts)
            {
                part.Optimizer.Dispose();
                part.Gradient.Dispose();
                part.Parameters.Dispose();
            }

            _target.Dispose();
            foreach (TensorBuffer buffer in _inputs.Concat(_figures.Select(f => f.Value))) buffer.Dispose();
        }

        private void Add(FunctionBuilder build, ParameterSet set, ParameterScope scope, Tensor loss)
        {
            StateVector parameters = set.MakeVector("parameters"), gradient = set.MakeVector("gradient", doubleBuffered: false);
            _data.Fill(parameters);
            Tensor[] gradients = Gradients.Of(loss, [.. set.All.Select(p => scope[p])]);
            build.AddParameters(scope, parameters);
            foreach ((Parameter p, Tensor g) in set.All.Zip(gradients)) build.Output($"gradient.{p.Name}", g, Slot.Of(gradient, p.Name));
            _parts.Add((set, parameters, gradient, new OptimizerFunction(ExecutionDevice.Cpu, new Adam(Epsilon: 1e-5), parameters, gradient, null)));
        }
    }
}
