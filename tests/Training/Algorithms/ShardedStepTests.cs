using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Steps by shares of wide layers are those of <see cref="LearningStep"/>, which is compared with PyTorch.</summary>
public sealed class ShardedStepTests
{
    private const int Rows = 64;
    private const int Inputs = 5;
    private const int Actions = 3;
    private const int Steps = 7;

    private static readonly QNetworkLayout _layout = new() { HiddenSizes = [256, 256] };

    private static readonly Dictionary<string, QNetworkLayout> _layouts = new()
    {
        ["two layers"] = _layout,
        ["one wide layer after a narrow one"] = _layout with { HiddenSizes = [128, 512] },
        ["three layers"] = _layout with { HiddenSizes = [256, 256, 256], Activation = Activation.Tanh },
        ["four layers"] = _layout with { HiddenSizes = [256, 256, 256, 256] },
        ["a smooth nonlinearity"] = _layout with { Activation = Activation.Silu },
        ["a distribution"] = _layout with { Atoms = 11 },
    };

    private static IEnumerable<string> Layouts => _layouts.Keys;

    [Test]
    public void Shares_make_the_same_steps_as_whole_layers([ValueSource(nameof(Layouts))] string layout, [Values(null, 0.05)] double? maximumNorm)
    {
        using var whole = new Trial(_layouts[layout], new Sgd(Momentum: 0.9), maximumNorm);
        using var sharded = new Trial(_layouts[layout], new Sgd(Momentum: 0.9), maximumNorm);
        float[] before = whole.Parameters.Values.ToArray();
        whole.RunWhole();
        Assert.That(sharded.RunSharded(threads: 2), "the layers are shared out");
        Assert.That(sharded.Values, Is.EqualTo(whole.Values).Within(2e-6));
        Assert.That(whole.Values.Zip(before, (a, b) => Math.Abs(a - b)).Max(), Is.GreaterThan(1e-3), "something is learned");
        Assert.That(sharded.Loss, Is.EqualTo(whole.Loss).Within(1e-5), "the loss that is reported is the last step's");
    }

    [Test]
    public void The_number_of_threads_has_no_say([ValueSource(nameof(Layouts))] string layout)
    {
        using var one = new Trial(_layouts[layout], new Adam(), 10);
        using var two = new Trial(_layouts[layout], new Adam(), 10);
        one.RunSharded(threads: 1);
        two.RunSharded(threads: 2);
        Assert.That(two.Values, Is.EqualTo(one.Values));
    }

    [Test]
    public void Several_runs_are_one_run_with_the_optimizer_s_state_between_them()
    {
        using var once = new Trial(_layout, new Adam(), 10);
        using var twice = new Trial(_layout, new Adam(), 10);
        once.RunSharded(threads: 2);
        twice.RunSharded(threads: 2, 3, Steps - 3);
        Assert.That(twice.Values, Is.EqualTo(once.Values));
    }

    [Test]
    public void Narrow_layers_and_those_that_do_not_divide_stay_whole([Values(64, 255)] int width)
    {
        using var trial = new Trial(_layout with { HiddenSizes = [width, width] }, new Adam(), 10);
        Assert.That(trial.RunSharded(threads: 2), Is.False);
    }

    [Test]
    public void A_layer_whose_columns_are_needed_together_stays_whole()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [Rows, 256]), weight = graph.Input("weight", [256, 256]);
        Tensor product = Op.MatMul(x, weight);
        Assert.That(ShardedGraph.Of(new Dictionary<string, Tensor> { ["y"] = Op.Tanh(product) }, [weight], 2), Is.Not.Null, "column by column");
        Assert.That(ShardedGraph.Of(new Dictionary<string, Tensor> { ["y"] = Op.Softmax(product, 1) }, [weight], 2), Is.Null, "across columns");
        Assert.That(ShardedGraph.Of(new Dictionary<string, Tensor> { ["y"] = Op.Tanh(product), ["z"] = Op.Square(weight) }, [x], 2), Is.Null, "no parameter");
    }

    [Test]
    public void A_gradient_that_is_no_number_is_told()
    {
        using var trial = new Trial(_layout, new Adam(), 10);
        trial.Spoil();
        Assert.That(() => trial.RunSharded(threads: 2), Throws.TypeOf<NonFiniteLossException>().With.Message.Contains("gradient of q is NaN"));
    }

    /// <summary>A network, batches, and a way to learn from them.</summary>
    private sealed class Trial : IDisposable
    {
        private readonly QNetwork _network;
        private readonly ParameterSet _set = new();
        private readonly IOptimizer _optimizer;
        private readonly double? _maximumNorm;
        private readonly List<TensorBuffer> _memory = [];
        private readonly float[][] _observations = new float[Steps][];
        private readonly float[][] _targets = new float[Steps][];
        private float[] _state = [];

        public Trial(QNetworkLayout layout, IOptimizer optimizer, double? maximumNorm)
        {
            _network = new QNetwork(_set, "q", new Box(-1, 1, Inputs), Inputs, Actions, layout);
            Parameters = _set.Start("q", new RandomGenerator(3));
            (_optimizer, _maximumNorm) = (optimizer, maximumNorm);
            var random = new RandomGenerator(4);
            for (int i = 0; i < Steps; i++)
            {
                random.FillGaussian(_observations[i] = new float[Rows * Inputs]);
                random.FillGaussian(_targets[i] = new float[Rows * Actions * layout.Atoms]);
            }
        }

        public StateVector Parameters { get; }

        public float Loss { get; private set; }

        /// <summary>Everything that learning changes.</summary>
        public float[] Values => [.. Parameters.Values.ToArray(), .. _state];

        public void Spoil() => _observations[2][0] = float.NaN;

        public void RunWhole()
        {
            using var step = new LearningStep(ExecutionDevice.Cpu, "q", _set, Parameters, _optimizer, _maximumNorm, LossOf(0));
            for (int i = 0; i < Steps; i++)
            {
                Load(0, i);
                step.Run(0.1);
            }

            Keep(step);
        }

        /// <summary>Runs several times a number of steps, all of them where no numbers are given; false where no layer can be split.</summary>
        public bool RunSharded(int threads, params int[] runs)
        {
            int first = 0;
            var device = ExecutionDevice.Choose("cpu", _ => { }, threads);
            using ShardedStep? step = ShardedStep.Make(device, "q", _set, Parameters, _optimizer, _maximumNorm, LossOf, (shard, number) => Load(shard, first + number));
            if (step is null) return false;
            foreach (int steps in runs.Length == 0 ? [Steps] : runs)
            {
                step.Run(steps, 0.1);
                first += steps;
            }

            Assert.That(step.Steps, Is.EqualTo(Steps));
            Keep(step);
            return true;
        }

        public void Dispose()
        {
            foreach (TensorBuffer buffer in _memory) buffer.Dispose();
            Parameters.Dispose();
        }

        private LearningStep.LossBuilder LossOf(int shard)
        {
            TensorBuffer observation = new(ElementType.Float32, Rows, Inputs), target = new(ElementType.Float32, Rows, _targets[0].Length / Rows);
            _memory.InsertRange(2 * shard, [observation, target]);
            return (build, scope, figures) =>
            {
                Tensor outputs = _network.Outputs(scope, build.Add("observation", observation));
                Tensor flat = outputs.Shape.Rank == 2 ? outputs : Op.Reshape(Op.LogSoftmax(outputs, 2), [Rows, outputs.Shape[1].Value * outputs.Shape[2].Value]);
                Tensor loss = Op.Mean(QLosses.Huber(flat - build.Add("target", target), 1));
                figures.Add(build, "loss", loss);
                return loss;
            };
        }

        private void Load(int shard, int number)
        {
            _observations[number].CopyTo(_memory[2 * shard].Floats);
            _targets[number].CopyTo(_memory[(2 * shard) + 1].Floats);
        }

        private void Keep(ILearningStep step)
        {
            _state = [.. step.State.SelectMany(s => s.Value.Values.ToArray())];
            Loss = step.Figures["loss"];
        }
    }
}
