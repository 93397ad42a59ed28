using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Benchmarks;

/// <summary>
/// What a SAC update can attain at best: its matrix products alone (twin critics, 256×256, observation 17, action 6, batch 256, no gradient that
/// nobody uses), its Adam steps and its targets' average, against PyTorch eager's whole update (sac_update.py beside this file), one thread each.
/// </summary>
internal static class SacLimitBenchmarks
{
    private const int Batch = 256, Hidden = 256, Observation = 17, Actions = 6;

    public static void Run(TextWriter output, string? python, int rounds = 5)
    {
        using var products = new Products([.. OfOneUpdate()], ExecutionDevice.Cpu);
        using StateVector critics = Network(Observation + Actions, 1, 2), actor = Network(Observation, 2 * Actions, 1);
        using StateVector targets = Network(Observation + Actions, 1, 2);
        using StateVector criticGradient = Network(Observation + Actions, 1, 2), actorGradient = Network(Observation, 2 * Actions, 1);
        using var criticStep = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), critics, criticGradient, null);
        using var actorStep = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), actor, actorGradient, null);
        var product = new List<double>();
        var adam = new List<double>();
        var average = new List<double>();
        var usual = new List<double>();
        var lean = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            product.Add(Time(products.Run, 200));
            adam.Add(Time(() => { criticStep.Step(1e-5); actorStep.Step(1e-5); }, 2000));
            average.Add(Time(() => Polyak.Average(targets.Values, critics.Values, 0.005), 2000));
            if (python is null) continue;
            usual.Add(Peer.Measure(python, "sac_update.py", Batch, "usual"));
            lean.Add(Peer.Measure(python, "sac_update.py", Batch, "lean"));
        }

        double microseconds = UpdateBenchmarks.Median(product), limit = microseconds + UpdateBenchmarks.Median(adam) + UpdateBenchmarks.Median(average);
        output.WriteLine("Limit of a SAC update, µs: median of rounds (least to most)");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"products {UpdateBenchmarks.Text(product)}: {products.Operations / 1e9:F2} GFLOP at {products.Operations / microseconds / 1e3:F0} GFLOP/s"));
        output.WriteLine($"Adam on {critics.Length + actor.Length} parameters {UpdateBenchmarks.Text(adam)}, average of {targets.Length} {UpdateBenchmarks.Text(average)}");
        string line = string.Create(CultureInfo.InvariantCulture, $"limit {limit:F0}");
        if (usual.Count > 0) line += string.Create(CultureInfo.InvariantCulture, $"  PyTorch {UpdateBenchmarks.Text(usual)}, ratio {UpdateBenchmarks.Median(usual) / limit:F1}  leanest PyTorch {UpdateBenchmarks.Text(lean)}, ratio {UpdateBenchmarks.Median(lean) / limit:F1}");
        output.WriteLine(line);
    }

    private static IEnumerable<Product> OfOneUpdate()
    {
        Product[] actor = [.. Forward(Observation, 2 * Actions)], critic = [.. Forward(Observation + Actions, 1)];
        Product[] actorGradient = [.. Weights(Observation, 2 * Actions), .. Inputs(2 * Actions)];
        Product[] criticWeights = [.. Weights(Observation + Actions, 1)], criticInputs = [.. Inputs(1)];
        // Targets: the actor on the next observation, both target critics. Critics: both, with the gradients of their parameters.
        Product[] one = [.. actor, .. critic, .. critic, .. critic, .. critic, .. criticWeights, .. criticWeights, .. criticInputs, .. criticInputs];
        // Actor: itself, both critics, their gradient of the action, its own parameters' gradient.
        var action = new Product(Batch, Hidden, Actions, TransposeB: true);
        return [.. one, .. actor, .. critic, .. critic, .. criticInputs, .. criticInputs, action, action, .. actorGradient];
    }

    private static Product[] Forward(int inputs, int outputs) => [new(Batch, inputs, Hidden), new(Batch, Hidden, Hidden), new(Batch, Hidden, outputs)];

    private static Product[] Weights(int inputs, int outputs) =>
        [new(inputs, Batch, Hidden, TransposeA: true), new(Hidden, Batch, Hidden, TransposeA: true), new(Hidden, Batch, outputs, TransposeA: true)];

    private static Product[] Inputs(int outputs) => [new(Batch, outputs, Hidden, TransposeB: true), new(Batch, Hidden, Hidden, TransposeB: true)];

    private static StateVector Network(int inputs, int outputs, int copies)
    {
        var set = new ParameterSet();
        for (int i = 0; i < copies; i++) _ = new Mlp(set, $"network{i}", inputs, [Hidden, Hidden], outputs, Activation.Relu, outputGain: 1);
        StateVector vector = set.MakeVector("vector", doubleBuffered: false);
        new RandomGenerator(1).FillGaussian(vector.Values);
        return vector;
    }

    private static double Time(Action action, int runs)
    {
        for (int i = 0; i < runs / 10; i++) action();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++) action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / runs;
    }

    /// <summary>[rows, inner] · [inner, columns], either side given transposed.</summary>
    private sealed record Product(int Rows, int Inner, int Columns, bool TransposeA = false, bool TransposeB = false);

    /// <summary>Products compiled into one function. Left sides of one shape share their memory, as activations do.</summary>
    private sealed class Products : IDisposable
    {
        private readonly Dictionary<string, TensorBuffer> _buffers = [];
        private readonly CompiledFunction _function;
        private readonly BoundCall _call;

        public Products(IReadOnlyList<Product> products, ExecutionDevice device)
        {
            Operations = products.Sum(p => 2.0 * p.Rows * p.Inner * p.Columns);
            var graph = new Graph();
            var random = new RandomGenerator(1);
            var inputs = new Dictionary<string, Tensor>();
            var outputs = new List<KeyValuePair<string, Tensor>>();
            Tensor Side(string name, int rows, int columns, bool transposed)
            {
                if (transposed) (rows, columns) = (columns, rows);
                if (inputs.TryGetValue(name, out Tensor? known)) return known;
                _buffers.Add(name, new TensorBuffer(ElementType.Float32, rows, columns));
                random.FillGaussian(_buffers[name].Floats);
                return inputs[name] = graph.Input(name, [rows, columns]);
            }

            foreach (Product p in products)
            {
                Tensor a = Side($"a_{p.Rows}_{p.Inner}_{p.TransposeA}", p.Rows, p.Inner, p.TransposeA);
                Tensor b = Side($"b_{outputs.Count}", p.Inner, p.Columns, p.TransposeB);
                string name = $"y_{outputs.Count}";
                outputs.Add(new(name, Op.MatMul(a, b, p.TransposeA, p.TransposeB)));
                _buffers.Add(name, new TensorBuffer(ElementType.Float32, p.Rows, p.Columns));
            }

            _function = new CompiledFunction(device, "products", [.. inputs.Values], outputs);
            _call = _function.Bind(_buffers.ToDictionary(b => b.Key, b => (Slot)b.Value));
        }

        /// <summary>Multiplications and additions of one run.</summary>
        public double Operations { get; }

        public void Run() => _call.Run();

        public void Dispose()
        {
            _call.Dispose();
            _function.Dispose();
            foreach (TensorBuffer buffer in _buffers.Values) buffer.Dispose();
        }
    }
}
