using System;

namespace Pipeline.Training.Algorithms;

/// <summary>Options that a record inherits and its algorithm has no use for: they are neither listed nor set by name.</summary>
/// <param name="declaring">The record that declares them.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WithoutOptionsAttribute(Type declaring) : Attribute
{
    /// <summary>The record that declares them.</summary>
    public Type Declaring { get; } = declaring;
}
