using System;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>A classic-control task whose observations tell positions from velocities.</summary>
public interface IPositionTask
{
    /// <summary>The entries of an observation that are no velocities, ascending.</summary>
    static abstract ReadOnlySpan<int> PositionEntries { get; }
}
