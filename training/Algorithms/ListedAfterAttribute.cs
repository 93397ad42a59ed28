using System;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Where an option stands in lists of options, and those declared below it: without this attribute after all that are inherited.
/// </summary>
/// <param name="property">The property that it follows.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListedAfterAttribute(string property) : Attribute
{
    /// <summary>The property that it follows.</summary>
    public string Property { get; } = property;
}
