using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Gradient steps on one vector of parameters whose large layers are split between shards: each shard computes the derivatives by its share and moves it, so
/// that a thread's share stays in its core's cache from step to step. Where the shards' results meet is <see cref="ShardedGraph"/>'s matter. The number
/// of threads has no say in what is computed.
/// </summary>
internal sealed class ShardedStep : ILearningStep, IPhases
{
    /// <summary>Shards; a machine with more cores gains nothing from more at the batch sizes of reinforcement learning.</summary>
    private const int Count = 2;

    private readonly IOptimizer _optimizer;
    private readonly float? _maximumNorm;
    private readonly StateVector _parameters;
    private readonly StateVector[] _state;
    private readonly int _threads;
    private readonly Shard[] _shards;
    private readonly Action<int, int> _load;
    private readonly FigureSet[] _figures;
    private readonly Lockstep _lockstep;
    private int _steps;
    private double _learningRate;

    private ShardedStep(
        ExecutionDevice device, string name, StateVector parameters, IOptimizer optimizer, double? maximumNorm, Shard[] shards, Action<int, int> load, FigureSet[] figures)
    {
        Name = name;
        (_parameters, _optimizer, _maximumNorm, _shards, _load, _figures) = (parameters, optimizer, (float?)maximumNorm, shards, load, figures);
        _threads = device.Threads;
        _lockstep = new Lockstep(shards.Length, this);
        _state = [.. optimizer.StateNames.Select(n => new StateVector(n, [(n, [parameters.Length])], doubleBuffered: false))];
    }

    /// <summary>Builds a shard's loss from memory of its own.</summary>
    /// <param name="shard">Which, from 0.</param>
    public delegate LearningStep.LossBuilder ShardLoss(int shard);

    /// <summary>A name for messages and for what is saved.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public long Steps { get; set; }

    /// <inheritdoc/>
    public FigureSet Figures => _figures[0];

    // The last of a shard's stages only adds up, which the next step begins with.
    private int PhasesOfStep => _shards[0].StageCount - 1;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, StateVector>> State => _state.Select(v => KeyValuePair.Create($"{Name}.{v.Name}", v));

    /// <summary>Makes the shards.</summary>
    /// <param name="device">Where they run.</param>
    /// <param name="name">A name for messages and for what is saved.</param>
    /// <param name="set">The parameters that learn.</param>
    /// <param name="parameters">Their values.</param>
    /// <param name="optimizer">The rule.</param>
    /// <param name="maximumNorm">The largest norm the gradient keeps; null for no clipping.</param>
    /// <param name="loss">Builds the loss.</param>
    /// <param name="load">Puts the batch of a step, the second argument, into the memory of a shard, the first. Called by several threads.</param>
    /// <returns>Null where the layers are not worth splitting, or the device has memory of its own.</returns>
    public static ShardedStep? Make(
        ExecutionDevice device, string name, ParameterSet set, StateVector parameters, IOptimizer optimizer, double? maximumNorm, ShardLoss loss, Action<int, int> load)
    {
        if (!device.SharesHostMemory) return null;
        var figures = new FigureSet[Count];
        using StateVector gradient = set.MakeVector("gradient", doubleBuffered: false);
        var shards = new List<Shard>();
        for (int i = 0; i < Count; i++)
        {
            FunctionBuilder build = LearningStep.Declare(set, parameters, gradient, loss(i), figures[i] = new FigureSet());
            Tensor[] tensors = [.. set.All.Select(p => build.Graph.Input(p.Name, p.Shape))];
            ShardedGraph? reporting = ShardedGraph.Of(build.Outputs.ToDictionary(), tensors, Count);
            ShardedGraph? plain = ShardedGraph.Of(build.Outputs.Where(o => Shard.IsGradient(o.Key)).ToDictionary(), tensors, Count);
            if (plain is not null && reporting is not null) shards.Add(new Shard(i, build, plain, reporting, set, optimizer));
        }

        if (shards.Count == 0)
        {
            foreach (FigureSet figure in figures) figure.Dispose();
            return null;
        }

        foreach (Shard shard in shards) shard.Compile(device, name, shards);
        return new ShardedStep(device, name, parameters, optimizer, maximumNorm, [.. shards], load, figures);
    }

    /// <summary>Takes several steps.</summary>
    /// <param name="steps">Their number; the loader is called with the numbers from 0.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number; the parameters are then no longer of use.</exception>
    public void Run(int steps, double learningRate)
    {
        (_steps, _learningRate) = (steps, learningRate);
        _lockstep.Run(_threads, (steps * PhasesOfStep) + 1);
        Steps += steps;
    }

    // A step ends with what a shard does for itself, and so does the next one begin: both at once.
    void IPhases.Do(int lane, int phase)
    {
        Shard shard = _shards[lane];
        int step = phase / PhasesOfStep, stage = phase % PhasesOfStep;
        bool reports = step == _steps - 1;
        if (stage > 0)
        {
            shard.Run(stage, reports);
            return;
        }

        if (step > 0) Finish(shard, Steps + step);
        else shard.Take(_parameters, _state);
        if (step == _steps)
        {
            shard.Give(_parameters, _state);
            return;
        }

        _load(lane, step);
        shard.Run(0, reports);
    }

    /// <summary>Releases everything.</summary>
    public void Dispose()
    {
        foreach (Shard shard in _shards) shard.Dispose();
        foreach (StateVector state in _state) state.Dispose();
        foreach (FigureSet figures in _figures) figures.Dispose();
    }

    private void Finish(Shard shard, long step)
    {
        shard.Finish();
        float norm = Norm(shard);
        LearningStep.CheckNorm(Name, norm, step);
        shard.Update(_optimizer, OptimizerFunction.ClippingScale(_maximumNorm, norm), step, _learningRate);
    }

    // What every shard has counts once.
    private float Norm(Shard own)
    {
        float squares = own.WholeSquares;
        foreach (Shard shard in _shards) squares += shard.SplitSquares;
        return MathF.Sqrt(squares);
    }

    /// <summary>A parameter's share.</summary>
    /// <param name="Name">The parameter's name.</param>
    /// <param name="Shape">The share's shape.</param>
    /// <param name="IsSplit">Whether the other shards have other shares, and not the same.</param>
    /// <param name="Rows">Runs of neighbouring elements that the share consists of.</param>
    /// <param name="Length">Elements of a run.</param>
    /// <param name="First">The first element of the first run in the parameter.</param>
    /// <param name="Stride">Elements from one run to the next.</param>
    private sealed record Share(string Name, Shape Shape, bool IsSplit, int Rows, int Length, int First, int Stride)
    {
        public static Share Of(Parameter parameter, int? axis, int shard)
        {
            Shape shape = parameter.Shape;
            if (axis is not int split) return new Share(parameter.Name, shape, IsSplit: false, Rows: 1, (int)shape.ElementCount, First: 0, Stride: 0);
            int stride = (int)shape.Skip(split).Aggregate(1L, (a, b) => a * b.Value), length = stride / Count;
            return new Share(parameter.Name, shape.With(split, shape[split].Value / Count), IsSplit: true, (int)shape.ElementCount / stride, length, shard * length, stride);
        }

        public void Take(ReadOnlySpan<float> parameter, Span<float> share)
        {
            for (int row = 0; row < Rows; row++) parameter.Slice(First + (row * Stride), Length).CopyTo(share[(row * Length)..]);
        }

        public void Give(ReadOnlySpan<float> share, Span<float> parameter)
        {
            for (int row = 0; row < Rows; row++) share.Slice(row * Length, Length).CopyTo(parameter[(First + (row * Stride))..]);
        }
    }

    /// <summary>A share of all parameters, with what a step does to it.</summary>
    private sealed class Shard : IDisposable
    {
        private readonly int _number;
        private readonly FunctionBuilder _build;
        private readonly IReadOnlyList<ShardStage> _plainStages;
        private readonly IReadOnlyList<ShardStage> _reportingStages;
        private readonly Share[] _shares;
        private readonly StateVector _parameters;
        private readonly StateVector _gradient;
        private readonly StateVector[] _state;
        private readonly float[] _scalars;
        private readonly int _splitLength;
        private readonly Dictionary<string, TensorBuffer> _kept;
        private readonly KeyValuePair<string, string[]>[] _sums;
        private (TensorBuffer Sum, TensorBuffer[] Shares)[] _added = [];
        private (CompiledFunction Function, BoundCall Call)[] _plain = [];
        private (CompiledFunction Function, BoundCall Call)[] _reporting = [];

        public Shard(int number, FunctionBuilder build, ShardedGraph plain, ShardedGraph reporting, ParameterSet set, IOptimizer optimizer)
        {
            (_number, _build, _plainStages, _reportingStages) = (number, build, plain.Stages(number), reporting.Stages(number));
            ShardStage[] stages = [.. _plainStages, .. _reportingStages];

            // What is split comes first, so that it and what is whole are each in one piece.
            _shares = [.. set.All.Select(p => Share.Of(p, plain.SplitAxis(build.Graph.Input(p.Name, p.Shape)), number)).OrderBy(s => !s.IsSplit)];
            StateVector Vector(string name) => new(name, _shares.Select(s => (s.Name, s.Shape)), doubleBuffered: false);
            (_parameters, _gradient, _state) = (Vector("parameters"), Vector("gradient"), [.. optimizer.StateNames.Select(Vector)]);
            _scalars = new float[optimizer.ScalarCount];
            _sums = [.. reporting.Sums];
            StageCount = Math.Max(3, Math.Max(_plainStages.Count, _reportingStages.Count) + 1);
            _splitLength = _gradient.Entries.Skip(_shares.Count(s => s.IsSplit)).FirstOrDefault()?.Offset ?? _gradient.Length;
            _kept = stages.SelectMany(s => s.Outputs).Where(o => ShardedGraph.IsExchanged(o.Key)).DistinctBy(o => o.Key)
                .ToDictionary(o => o.Key, o => new TensorBuffer(o.Value.ElementType, o.Value.Shape.Resolve(_ => 0)));
        }

        /// <summary>
        /// Number of stages. The last only adds up, and there is one at least between it and the first, since a shard does these one after the other while others
        /// may read what it squared.
        /// </summary>
        public int StageCount { get; }

        /// <summary>Σ g² of what is split.</summary>
        public float SplitSquares { get; private set; }

        /// <summary>Σ g² of what every shard has.</summary>
        public float WholeSquares { get; private set; }

        /// <summary>Whether an output is a derivative by a parameter.</summary>
        public static bool IsGradient(string output) => output.StartsWith(LearningStep.GradientPrefix, StringComparison.Ordinal);

        /// <summary>Compiles the stages, once all shards have their memory.</summary>
        public void Compile(ExecutionDevice device, string name, IReadOnlyList<Shard> shards)
        {
            Slot SlotOf(string key)
            {
                if (shards.Prepend(this).FirstOrDefault(s => s._kept.ContainsKey(key)) is Shard owner) return owner._kept[key];
                if (_shares.Any(s => s.Name == key)) return Slot.Of(_parameters, key);
                return IsGradient(key) ? Slot.Of(_gradient, key[LearningStep.GradientPrefix.Length..]) : _build.SlotOf(key)!;
            }

            (CompiledFunction Function, BoundCall Call) CompileStage(ShardStage stage, int number)
            {
                Tensor[] inputs = [.. stage.Inputs];
                var function = new CompiledFunction(device, $"{name}_{_number}_{number}", inputs, [.. stage.Outputs]);
                return (function, function.Bind(inputs.Select(i => i.Name!).Concat(stage.Outputs.Keys).ToDictionary(n => n, SlotOf)));
            }

            _plain = [.. _plainStages.Select(CompileStage)];
            _reporting = [.. _reportingStages.Select(CompileStage)];
            _added = [.. _sums.Select(s => (SlotOf(s.Key).Resolve(output: true), s.Value.Select(share => SlotOf(share).Resolve(output: true)).ToArray()))];
        }

        /// <summary>Runs a stage; not the last one.</summary>
        public void Run(int stage, bool reports)
        {
            (CompiledFunction Function, BoundCall Call)[] functions = reports ? _reporting : _plain;
            if (stage < functions.Length) functions[stage].Call.Run();
            if (stage == StageCount - 2) SplitSquares = SumOfSquares(_gradient.Values[.._splitLength]);
        }

        /// <summary>Adds up what is left, while others may be further already.</summary>
        public void Finish()
        {
            foreach ((TensorBuffer sum, TensorBuffer[] shares) in _added)
            {
                shares[0].Floats.CopyTo(sum.Floats);
                foreach (TensorBuffer share in shares.AsSpan(1)) TensorPrimitives.Add(sum.Floats, share.Floats, sum.Floats);
            }

            WholeSquares = SumOfSquares(_gradient.Values[_splitLength..]);
        }

        public void Update(IOptimizer optimizer, float scale, long step, double learningRate)
        {
            optimizer.WriteScalars(step, learningRate, _scalars);
            optimizer.Step(OptimizerFunction.Lanes(_parameters), OptimizerFunction.Lanes(_gradient), scale, _state, 0, _scalars);
        }

        /// <summary>Takes its share of the parameters and of the optimizer's state.</summary>
        public void Take(StateVector parameters, ReadOnlySpan<StateVector> state)
        {
            foreach (Share share in _shares)
            {
                share.Take(parameters[share.Name], _parameters[share.Name]);
                for (int i = 0; i < state.Length; i++) share.Take(Part(parameters, share, state[i]), _state[i][share.Name]);
            }
        }

        /// <summary>Puts its share back; what every shard has, the first does.</summary>
        public void Give(StateVector parameters, ReadOnlySpan<StateVector> state)
        {
            foreach (Share share in _shares.Where(s => s.IsSplit || _number == 0))
            {
                share.Give(_parameters[share.Name], parameters[share.Name]);
                for (int i = 0; i < state.Length; i++) share.Give(_state[i][share.Name], Part(parameters, share, state[i]));
            }
        }

        public void Dispose()
        {
            foreach ((CompiledFunction function, BoundCall call) in _plain.Concat(_reporting))
            {
                call.Dispose();
                function.Dispose();
            }

            foreach (TensorBuffer buffer in _kept.Values) buffer.Dispose();
            foreach (StateVector state in _state) state.Dispose();
            _gradient.Dispose();
            _parameters.Dispose();
        }

        private static float SumOfSquares(ReadOnlySpan<float> x) => x.IsEmpty ? 0 : TensorPrimitives.SumOfSquares(x);

        // The optimizer's vectors are laid out as the parameters, without names of their own.
        private static Span<float> Part(StateVector parameters, Share share, StateVector state)
        {
            StateEntry entry = parameters.Entries.First(e => e.Name == share.Name);
            return state.Values.Slice(entry.Offset, (int)entry.Shape.ElementCount);
        }
    }
}
