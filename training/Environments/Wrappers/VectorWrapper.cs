using System;
using System.IO;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments.Wrappers;

/// <summary>
/// Environments seen through a change of their observations, actions or rewards. This class changes nothing; a wrapper overrides what it
/// changes. The state saved is the wrapped environments', then the wrapper's own. Disposing it disposes them.
/// </summary>
public abstract class VectorWrapper : IVectorEnvironment
{
    /// <summary>Wraps environments.</summary>
    /// <param name="inner">The environments.</param>
    protected VectorWrapper(IVectorEnvironment inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
    }

    /// <summary>The environments inside.</summary>
    public IVectorEnvironment Inner { get; }

    /// <inheritdoc/>
    public int Count => Inner.Count;

    /// <inheritdoc/>
    public virtual Space ObservationSpace => Inner.ObservationSpace;

    /// <inheritdoc/>
    public virtual Space ActionSpace => Inner.ActionSpace;

    /// <inheritdoc/>
    public bool HasActionMask => Inner.HasActionMask;

    /// <inheritdoc/>
    public bool RestartsOnLoad => Inner.RestartsOnLoad;

    /// <inheritdoc/>
    public virtual IGoalTask? Goals => Inner.Goals;

    /// <inheritdoc/>
    public bool NumberEpisodes(ulong? first) => Inner.NumberEpisodes(first);

    /// <inheritdoc/>
    public virtual void Reset(ulong seed, VectorStep step) => Inner.Reset(seed, step);

    /// <inheritdoc/>
    public virtual void Step(ReadOnlySpan<float> actions, VectorStep step) => Inner.Step(actions, step);

    /// <inheritdoc/>
    public virtual void Observe(VectorStep step) => Inner.Observe(step);

    /// <inheritdoc/>
    public virtual void SaveState(BinaryWriter writer) => Inner.SaveState(writer);

    /// <inheritdoc/>
    public virtual void LoadState(BinaryReader reader) => Inner.LoadState(reader);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the environments inside.</summary>
    /// <param name="disposing">Always true: nothing here needs a finalizer.</param>
    protected virtual void Dispose(bool disposing) => Inner.Dispose();
}
