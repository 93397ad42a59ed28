using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Contracts.Manifest;

/// <summary>The element type of a model's input or output.</summary>
public enum TensorElement
{
    /// <summary>32-bit IEEE float; <c>float32</c> in a manifest.</summary>
    Float32,

    /// <summary>64-bit signed whole number; <c>int64</c> in a manifest.</summary>
    Int64,

    /// <summary>One byte, 0 or 1; <c>bool</c> in a manifest.</summary>
    Bool,
}

/// <summary>What a model's input or output is for.</summary>
public enum TensorRole
{
    /// <summary>Input: the observation, or one entry of a Dict observation.</summary>
    Observation,

    /// <summary>Input: which discrete actions are allowed, 1 allowed and 0 not.</summary>
    ActionMask,

    /// <summary>Input: random numbers for the sampled action.</summary>
    Noise,

    /// <summary>Input: the reward of the step before, 0 at the start of an episode.</summary>
    Reward,

    /// <summary>Input: recurrent state before the step.</summary>
    StateIn,

    /// <summary>Output: the deterministic action.</summary>
    Action,

    /// <summary>Output: the action drawn with the noise input.</summary>
    ActionSample,

    /// <summary>Output: recurrent state after the step.</summary>
    StateOut,

    /// <summary>Output: unnormalised log-probabilities of discrete actions.</summary>
    Logits,

    /// <summary>Output: mean of a Gaussian policy, before scaling.</summary>
    Mean,

    /// <summary>Output: logarithm of the standard deviation of a Gaussian policy.</summary>
    LogStd,

    /// <summary>Output: value of the observed state.</summary>
    Value,

    /// <summary>Output: anything else a host may read.</summary>
    Extra,
}

/// <summary>The distribution of the numbers a host feeds to a noise input.</summary>
public enum NoiseKind
{
    /// <summary>Not a noise input.</summary>
    None,

    /// <summary>Independent standard normal numbers.</summary>
    Normal,

    /// <summary>Independent uniform numbers in (0, 1), neither end included.</summary>
    Uniform,
}

/// <summary>One input or output of a model: name, element type, shape and purpose.</summary>
public sealed record TensorSpec
{
    /// <summary>In <see cref="Shape"/>: the axis whose length is the number of rows in a call.</summary>
    public const int Batch = -1;

    private readonly int[] _shape;

    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Its name in the graph.</param>
    /// <param name="element">Its element type.</param>
    /// <param name="shape">Axis lengths, <see cref="Batch"/> for the batch axis.</param>
    /// <param name="role">What it is for.</param>
    /// <param name="noise">For a noise input, what to fill it with; None for all others.</param>
    /// <exception cref="ArgumentException">The name is empty, or an axis is neither <see cref="Batch"/> nor at least 1.</exception>
    public TensorSpec(string name, TensorElement element, IReadOnlyList<int> shape, TensorRole role, NoiseKind noise = NoiseKind.None)
    {
        if (string.IsNullOrEmpty(name)) throw new ArgumentException("A tensor has a name.", nameof(name));
        if (shape is null) throw new ArgumentNullException(nameof(shape));
        _shape = shape.ToArray();
        if (_shape.Any(length => length != Batch && length < 1))
            throw new ArgumentException($"The shape [{string.Join(", ", _shape)}] of '{name}' has an axis that is neither {Batch} (the batch) nor at least 1.", nameof(shape));
        Name = name;
        Element = element;
        Role = role;
        Noise = noise;
    }

    /// <summary>Its name in the graph.</summary>
    public string Name { get; }

    /// <summary>Its element type.</summary>
    public TensorElement Element { get; }

    /// <summary>Axis lengths; <see cref="Batch"/> stands for the number of rows in a call.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>What it is for.</summary>
    public TensorRole Role { get; }

    /// <summary>For a noise input, the distribution to fill it from.</summary>
    public NoiseKind Noise { get; }

    /// <summary>Number of elements for one row: the product of all axes but the batch.</summary>
    /// <exception cref="OverflowException">The product is above <see cref="int.MaxValue"/>.</exception>
    public int RowSize => _shape.Where(length => length != Batch).Aggregate(1, (product, length) => checked(product * length));

    /// <summary>Whether all parts are equal.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(TensorSpec? other) =>
        other is not null && Name == other.Name && Element == other.Element && Role == other.Role && Noise == other.Noise
        && _shape.AsSpan().SequenceEqual(other._shape);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Element, Role, _shape.Length);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Names.Of(Element)} {Names.Of(_shape)} ({Names.Of(Role)})";
}
