using System;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments;

/// <summary>
/// N environments of a host author, stepped one after the other. Counts the time limit as Gymnasium's TimeLimit does: the step that reaches it
/// is <see cref="VectorStep.Truncated"/>, whether or not it also terminated. Allocates nothing of its own while stepping.
/// </summary>
/// <remarks>
/// <see cref="SaveState"/> saves each environment that is <see cref="IStateful"/>. An environment that is not cannot be put back inside an
/// episode: after <see cref="LoadState"/> each starts a new episode, drawn from its own stream where the saved run had got to, and
/// <see cref="Observe"/> gives the observations to go on from. A run resumed so is a good run, but not the same run bit for bit:
/// <see cref="RestartsOnLoad"/> says which kind this is.
/// </remarks>
public sealed class VectorEnvironment : IVectorEnvironment
{
    private readonly IEnvironment[] _environments;
    private readonly IMaskedEnvironment[] _masked;
    private readonly RandomGenerator[] _random;
    private readonly int[] _elapsed;
    private readonly int _maxEpisodeSteps;
    private readonly int _observationSize;
    private readonly int _actionSize;
    private readonly int _maskSize;
    private readonly float[] _observations;
    private EpisodeNumbering _episodes;
    private bool _hasGenerators;

    /// <summary>Makes the environments.</summary>
    /// <param name="create">Makes one; called N times, and each call gives a new one.</param>
    /// <param name="count">N, at least 1.</param>
    /// <param name="maxEpisodeSteps">The step of an episode that truncates it, at least 1; null for no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    /// <exception cref="EnvironmentException">The environments made are one and the same, or their spaces differ.</exception>
    public VectorEnvironment(Func<IEnvironment> create, int count, int? maxEpisodeSteps = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (maxEpisodeSteps is int limit) ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1, nameof(maxEpisodeSteps));
        _environments = new IEnvironment[count];
        for (int i = 0; i < count; i++)
        {
            _environments[i] = create() ?? throw new EnvironmentException($"Environment {i} of {count} came out as null. Let the factory make a new environment at every call.");
            CheckLikeFirst(i);
        }

        _masked = _environments[0] is IMaskedEnvironment ? Array.ConvertAll(_environments, e => (IMaskedEnvironment)e) : [];
        _random = EpisodeStreams.Create(count);
        _elapsed = new int[count];
        _maxEpisodeSteps = maxEpisodeSteps ?? int.MaxValue;
        ObservationSpace = _environments[0].ObservationSpace;
        ActionSpace = _environments[0].ActionSpace;
        _observationSize = ObservationSpace.Size;
        _actionSize = ActionSpace.Size;
        _maskSize = ActionSpace.MaskSize;
        _observations = new float[count * _observationSize];
    }

    /// <inheritdoc/>
    public int Count => _environments.Length;

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public bool HasActionMask => _masked.Length > 0;

    /// <inheritdoc/>
    public IGoalTask? Goals => _environments[0] as IGoalTask;

    /// <inheritdoc/>
    public bool RestartsOnLoad => _environments[0] is not IStateful;

    /// <inheritdoc/>
    public bool NumberEpisodes(ulong? first)
    {
        _episodes.Use(first);
        return true;
    }

    /// <inheritdoc/>
    public void Reset(ulong seed, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _episodes.Seed(_random, seed);
        Restart();
        step.Clear();
        Observe(step);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> actions, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        step.CheckFits(this, actions);
        for (int i = 0; i < _environments.Length; i++)
        {
            Span<float> observation = Observation(i);
            StepResult result = _environments[i].Step(actions.Slice(i * _actionSize, _actionSize), observation);
            bool truncated = result.Truncated | ++_elapsed[i] >= _maxEpisodeSteps;
            step.Rewards[i] = result.Reward;
            step.Terminated[i] = result.Terminated;
            step.Truncated[i] = truncated;
            if (result.Terminated | truncated)
            {
                observation.CopyTo(step.FinalObservations.AsSpan(i * _observationSize));
                _episodes.Begin(_random[i]);
                _environments[i].Reset(_random[i], observation);
                _elapsed[i] = 0;
            }
        }

        Observe(step);
    }

    /// <inheritdoc/>
    public void Observe(VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _observations.CopyTo(step.Observations, 0);
        for (int i = 0; i < _masked.Length; i++)
            _masked[i].WriteActionMask(step.ActionMasks.AsSpan(i * _maskSize, _maskSize));
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        EpisodeStreams.Save(writer, _random, _elapsed);
        writer.Write(!RestartsOnLoad);
        if (RestartsOnLoad) return;
        foreach (float number in _observations) writer.Write(number);
        foreach (IEnvironment environment in _environments) ((IStateful)environment).SaveState(writer);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        EpisodeStreams.Load(reader, _random, _elapsed);
        bool hasStates = reader.ReadBoolean();
        if (hasStates == RestartsOnLoad)
            throw new EnvironmentException($"The saved state {(hasStates ? "holds" : "does not hold")} the states of the environments, and this environment {(hasStates ? "cannot take them back: it is not IStateful" : "is IStateful and needs them")}. Load it with the environment that it was saved with.");
        if (!hasStates)
        {
            Restart();
            return;
        }

        LoadStates(reader);
    }

    /// <summary>Disposes the environments that can be disposed.</summary>
    public void Dispose()
    {
        foreach (IEnvironment environment in _environments) (environment as IDisposable)?.Dispose();
    }

    private Span<float> Observation(int index) => _observations.AsSpan(index * _observationSize, _observationSize);

    private void LoadStates(BinaryReader reader)
    {
        if (!_hasGenerators) HandOutGenerators();
        foreach (ref float number in _observations.AsSpan()) number = reader.ReadSingle();
        foreach (IEnvironment environment in _environments) ((IStateful)environment).LoadState(reader);
    }

    // A reset hands the environment its generator; what the reset drew is undone.
    private void HandOutGenerators()
    {
        Span<ulong> words = stackalloc ulong[RandomGenerator.StateSize];
        for (int i = 0; i < _environments.Length; i++)
        {
            _random[i].SaveState(words);
            _environments[i].Reset(_random[i], Observation(i));
            _random[i].LoadState(words);
        }

        _hasGenerators = true;
    }

    private void Restart()
    {
        for (int i = 0; i < _environments.Length; i++)
        {
            _environments[i].Reset(_random[i], Observation(i));
            _elapsed[i] = 0;
        }

        _hasGenerators = true;
    }

    private void CheckLikeFirst(int index)
    {
        IEnvironment first = _environments[0], other = _environments[index];
        if (index > 0 && ReferenceEquals(first, other))
            throw new EnvironmentException("The factory gave the same environment twice. Let it make a new one at every call.");
        if (!first.ObservationSpace.Equals(other.ObservationSpace) || !first.ActionSpace.Equals(other.ActionSpace))
            throw new EnvironmentException($"Environment 0 has observations {first.ObservationSpace} and actions {first.ActionSpace}, environment {index} has {other.ObservationSpace} and {other.ActionSpace}. Environments stepped together need equal spaces.");
    }
}
