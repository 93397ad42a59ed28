using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Asynchronous advantage actor-critic (Mnih et al., arXiv:1602.01783): threads that each collect a few steps with a copy of the parameters, and then
/// move the shared parameters by the gradient, with RMSProp whose statistics are shared and without a lock. Each thread explores differently: by an
/// entropy coefficient of its own. Departures from the paper: means instead of sums over the steps, λ-returns (λ = 1 gives its n-step ones), actor
/// and critic share no layer. With more than one thread a run does not repeat: whose step comes first is the operating system's choice.
/// </summary>
public sealed class A3c : IDisposable
{
    private readonly A3cOptions _options;
    private readonly StateVector _parameters;
    private readonly StateVector _layout;
    private readonly OptimizerFunction _shared;
    private readonly List<Learner> _learners = [];

    /// <summary>Makes the shared part.</summary>
    /// <param name="parameters">The shared parameters, in host memory; they stay the caller's.</param>
    /// <param name="options">The options, valid.</param>
    public A3c(StateVector parameters, A3cOptions options)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _parameters = parameters;
        _layout = new StateVector("gradient", parameters.Entries.Select(e => (e.Name, e.Shape)), doubleBuffered: false);
        _shared = new OptimizerFunction(ExecutionDevice.Cpu, options.Rule, parameters, _layout, options.MaxGradientNorm);
    }

    /// <summary>Updates of the shared parameters so far. Exact while no thread learns.</summary>
    public long Updates => _learners.Sum(l => l.Steps);

    /// <summary>What all threads share.</summary>
    public IReadOnlyList<KeyValuePair<string, StateVector>> State => [.. _shared.State.Prepend(_parameters).Select(v => KeyValuePair.Create(v.Name, v))];

    /// <summary>The updates of each thread, for checkpoints: read to save, written to put back.</summary>
    public double[] Counters
    {
        get => [.. _learners.Select(l => (double)l.Steps)];
        set
        {
            foreach ((Learner learner, double steps) in _learners.Zip(value)) learner.Steps = (long)steps;
        }
    }

    /// <summary>Compiles the update of the next thread. Called once for each before any of them learns.</summary>
    /// <param name="context">The thread's own copy of the parameters, its rollout and its normaliser.</param>
    public Learner AddLearner(OnPolicyContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var learner = new Learner(this, context, _learners.Count);
        _learners.Add(learner);
        return learner;
    }

    /// <summary>Releases sessions and memory; the shared parameters stay the caller's.</summary>
    public void Dispose()
    {
        foreach (Learner learner in _learners) learner.Dispose();
        _shared.Dispose();
        _layout.Dispose();
    }

    /// <summary>What one thread does with its rollouts. Different threads use different ones at the same time.</summary>
    public sealed class Learner : IDisposable
    {
        private readonly A3c _all;
        private readonly OnPolicyContext _context;
        private readonly RolloutEvaluation _evaluation;
        private readonly LearningStep _step;
        private double _explained;
        private double _learningRate;

        internal Learner(A3c all, OnPolicyContext context, int index)
        {
            (_all, _context) = (all, context);
            A3cOptions options = all._options with { EntropyCoefficient = all._options.EntropyCoefficientOf(index) };
            _evaluation = new RolloutEvaluation(context.Device, context.Model, context.Parameters, context.Statistics, context.Rollout, keepsDistribution: false);
            OptimizerFunction Share(StateVector[] gradients) => new(context.Device, all._shared, gradients[0], options.MaxGradientNorm);
            _step = new LearningStep(
                context.Device, "a3c", context.Model.Parameters, context.Parameters, Share,
                [(build, scope, figures) => ActorCriticLoss.Declare(context, options, build, scope, figures)]);
        }

        internal long Steps
        {
            get => _step.Steps;
            set => _step.Steps = value;
        }

        /// <summary>Takes over the shared parameters as they are now, while others may be changing them.</summary>
        public void Synchronize() => _all._parameters.Values.CopyTo(_context.Parameters.Values);

        /// <summary>Moves the shared parameters by the gradient of the thread's rollout.</summary>
        /// <param name="progress">Share of the run that is done, 0 to 1, for schedules.</param>
        /// <exception cref="NonFiniteLossException">The gradient is no longer a number.</exception>
        public void Update(double progress)
        {
            RolloutBuffer rollout = _context.Rollout;
            _explained = _evaluation.EstimateAdvantages(rollout, _all._options.Gamma, _all._options.GaeLambda);
            _learningRate = _all._options.LearningRate.At(progress);
            _step.Run(_learningRate);
        }

        /// <summary>Reports the figures of the thread's latest update.</summary>
        /// <param name="report">Receives each figure under its fixed key.</param>
        public void Report(Action<string, double> report)
        {
            ArgumentNullException.ThrowIfNull(report);
            if (_learningRate == 0) return;
            _step.Figures.Report(report);
            report("explained_variance", _explained);
            report("gradient_norm", _step.GradientNorm);
            report("learning_rate", _learningRate);
        }

        /// <summary>Releases sessions and memory; the whole algorithm does it for all its threads.</summary>
        public void Dispose()
        {
            _step.Dispose();
            _evaluation.Dispose();
        }
    }
}
