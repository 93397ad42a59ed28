using System;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Vine sampling (arXiv:1502.05477, section 5.2): from some states of a rollout several actions are tried, each followed by a short rollout of the policy with
/// the same random numbers, so that Q of a state's actions differs by what the actions do. The divergence stays that of the whole rollout. S steps of n environments: N = S·n states, row i·n + j; K actions.
/// </summary>
internal sealed class Vine : IDisposable
{
    private readonly OnPolicyContext _context;
    private readonly Acting _acting;
    private readonly TrpoOptions _options;
    private readonly int _count;
    private readonly EnvironmentSnapshot[] _snapshots;
    private readonly EnvironmentSnapshot _end;
    private readonly int[] _times;
    private readonly VectorStep _step;
    private readonly RandomGenerator _common = new(0);
    private readonly VineProposal _proposal;
    private readonly VineReturns _returns;
    private readonly TensorBuffer _observations;
    private readonly TensorBuffer? _masks;
    private readonly TensorBuffer _outputs;
    private readonly TensorBuffer? _logDeviation;
    private readonly TensorBuffer[] _actions;
    private readonly TensorBuffer _allowed;
    private readonly TensorBuffer _values;

    /// <summary>Makes memory and compiles the bootstrap.</summary>
    /// <param name="context">Networks, memory and environments.</param>
    /// <param name="evaluation">What says what the old policy's distributions were.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="EnvironmentException">The environments cannot be saved.</exception>
    public Vine(OnPolicyContext context, RolloutEvaluation evaluation, TrpoOptions options)
    {
        _context = context;
        _options = options;
        _acting = context.Acting ?? throw new ArgumentException("Vine sampling steps the environments itself. Give the context what acts in them.", nameof(context));
        ActorCritic model = context.Model;
        RolloutBuffer rollout = context.Rollout;
        IVectorEnvironment environments = _acting.Environments;
        int states = options.VineStates * environments.Count;
        _count = environments.Count;
        _snapshots = [.. Enumerable.Range(0, options.VineStates).Select(_ => new EnvironmentSnapshot(environments))];
        _end = new EnvironmentSnapshot(environments);
        _times = [.. Enumerable.Range(0, options.VineStates).Select(i => (int)((i + 0.5) * rollout.Length / options.VineStates))];
        _step = new VectorStep(environments);
        _proposal = new VineProposal(model.ActionSpace, options.VineActions, _count);
        _returns = new VineReturns(context, options, _count);
        _observations = new TensorBuffer(ElementType.Float32, states, model.ObservationSpace.Size);
        _masks = rollout.Masks is null ? null : new TensorBuffer(ElementType.Float32, states, model.ActionSpace.MaskSize);
        _outputs = new TensorBuffer(ElementType.Float32, states, model.Head.ParameterSize);
        _logDeviation = evaluation.LogDeviation;
        _actions = [.. Enumerable.Range(0, _proposal.Count).Select(_ => new TensorBuffer(ElementType.Float32, states, model.Head.EncodedSize))];
        _allowed = new TensorBuffer(ElementType.Float32, states, _proposal.Count);
        _values = new TensorBuffer(ElementType.Float32, states, _proposal.Count);
    }

    /// <summary>Q̂ less its mean over a state's actions, [N, K], scaled where advantages are standardised.</summary>
    internal ReadOnlySpan<float> Advantages => _values.Floats;

    /// <summary>Keeps the state where it is one to branch from.</summary>
    /// <param name="t">The step of the rollout that begins.</param>
    /// <param name="step">The present observations.</param>
    public void Arrive(int t, VectorStep step)
    {
        int i = Array.IndexOf(_times, t);
        if (i >= 0) _snapshots[i].Save(step);
    }

    /// <summary>Branches from every state kept, and puts the environments back to where they are.</summary>
    /// <param name="rollout">The rollout that the states belong to.</param>
    /// <returns>Environment steps taken.</returns>
    public long Branch(RolloutBuffer rollout)
    {
        _end.Save(_step);
        long taken = 0;
        for (int i = 0; i < _snapshots.Length; i++)
        {
            _snapshots[i].Restore(_step);
            CopyRows(rollout.Observations, _times[i], _observations, i);
            if (_masks is not null) CopyRows(rollout.Masks!, _times[i], _masks, i);
            _proposal.Draw(_acting, _step);
            ulong seed = _acting.Random.NextUInt64();
            for (int k = 0; k < _proposal.Count; k++)
            {
                if (k > 0) _snapshots[i].Restore(_step);
                _common.Seed(seed, 0);
                taken += _returns.Follow(_acting, _step, _proposal.Taken(k), _common);
                for (int j = 0; j < _count; j++) Keep((i * _count) + j, j, k);
            }
        }

        _end.Restore(_step);
        Center();
        return taken;
    }

    /// <summary>Takes over what the old policy's distributions were, once the rollout is evaluated.</summary>
    /// <param name="outputs">The policy network's outputs for the rollout.</param>
    public void TakeOutputs(TensorBuffer outputs)
    {
        for (int i = 0; i < _times.Length; i++) CopyRows(outputs, _times[i], _outputs, i);
    }

    /// <summary>
    /// Builds the negative surrogate. The weight of an action is π(a|s) / q(a|s): q is π_old for real-valued and hybrid actions, and for choices the same for all that are allowed.
    /// </summary>
    /// <param name="build">Inputs of the function.</param>
    /// <param name="scope">The parameters that learn.</param>
    /// <param name="_">The policy for the whole rollout, which the divergence is a mean over.</param>
    public Tensor Loss(FunctionBuilder build, ParameterScope scope, IDistribution _)
    {
        ActorCritic model = _context.Model;
        Tensor? mask = _masks is null ? null : build.Add("vine_action_mask", _masks);
        IDistribution policy = model.Distribution(scope, model.PolicyOutputs(scope, model.Encoder.Encode(build.Add("vine_observation", _observations))), mask);
        IDistribution? proposed = _proposal.IsOfPolicy ? build.AddOldPolicy(model.Head, _outputs, _logDeviation, mask, "vine_") : null;
        Tensor Weight(int k)
        {
            Tensor action = build.Add($"vine_action_{k}", _actions[k]), logProbability = policy.LogProbability(action);
            return Op.Exp(proposed is null ? logProbability : logProbability - proposed.LogProbability(action));
        }

        Tensor weights = Op.Concat([.. Enumerable.Range(0, _actions.Length).Select(Weight)], 1) * build.Add("vine_allowed", _allowed);
        return PolicyLosses.SelfNormalizedSurrogate(weights, build.Add("vine_value", _values));
    }

    public void Dispose()
    {
        foreach (EnvironmentSnapshot snapshot in _snapshots.Append(_end)) snapshot.Dispose();
        foreach (TensorBuffer buffer in _actions.Concat([_observations, _outputs, _allowed, _values])) buffer.Dispose();
        _masks?.Dispose();
        _returns.Dispose();
    }

    private void CopyRows(TensorBuffer rollout, int t, TensorBuffer states, int i)
    {
        int length = _count * (int)rollout.Dimensions[1];
        rollout.Floats.Slice(t * length, length).CopyTo(states.Floats[(i * length)..]);
    }

    private void Keep(int row, int environment, int k)
    {
        int size = _context.Model.Head.EncodedSize;
        _context.Model.Head.Encode(_proposal.Raw(k, environment), _actions[k].Floats.Slice(row * size, size));
        _allowed.Floats[(row * _proposal.Count) + k] = _proposal.IsAllowed(k, environment) ? 1 : 0;
        _values.Floats[(row * _proposal.Count) + k] = _returns.Values[environment];
    }

    // The surrogate does not change where a number is added to all of a state's values: their mean taken off leaves small numbers.
    private void Center()
    {
        int actions = _proposal.Count;
        Span<float> values = _values.Floats, allowed = _allowed.Floats;
        for (int first = 0; first < values.Length; first += actions)
        {
            float sum = 0, count = 0;
            for (int k = first; k < first + actions; k++) (sum, count) = (sum + (values[k] * allowed[k]), count + allowed[k]);
            for (int k = first; k < first + actions; k++) values[k] = (values[k] - (sum / count)) * allowed[k];
        }

        if (_options.NormalizeAdvantages) Returns.Standardize(values);
    }
}
