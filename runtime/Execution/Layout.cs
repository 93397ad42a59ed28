using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Execution;

/// <summary>One tensor of a graph and the piece of a row that it carries.</summary>
internal sealed record Part(string Name, int[] Shape, int Offset, int Size, bool IsInt64)
{
    /// <summary>The tensor's shape for a number of rows.</summary>
    internal long[] ShapeFor(int rows)
    {
        long[] shape = new long[Shape.Length];
        for (int i = 0; i < shape.Length; i++) shape[i] = Shape[i] == TensorSpec.Batch ? rows : Shape[i];
        return shape;
    }

    /// <summary>Bytes of a number of rows.</summary>
    internal long BytesFor(int rows) => (long)Size * rows * (IsInt64 ? sizeof(long) : sizeof(float));
}

/// <summary>Where the pieces of the caller's rows go in one graph, and where its answers come from.</summary>
internal sealed class Layout
{
    internal Layout(PolicyManifest manifest, ISet<string> inputs, TensorRole action)
    {
        (Observations, ObservationSize) = Pack(manifest.Inputs.Where(t => t.Role == TensorRole.Observation), inputs);
        Mask = Single(manifest.Inputs, TensorRole.ActionMask, inputs);
        TensorSpec[] noises = manifest.Inputs.Where(t => t.Role == TensorRole.Noise && inputs.Contains(t.Name)).ToArray();
        Noises = noises.Select(noise => PartOf(noise, 0)).ToArray();
        NoiseKinds = noises.Select(noise => noise.Noise).ToArray();
        Reward = Single(manifest.Inputs, TensorRole.Reward, inputs);
        (StatesIn, StateSize) = Pack(manifest.Recurrent.Select(s => manifest.Inputs.First(t => t.Name == s.Input)), inputs);
        (StatesOut, _) = Pack(manifest.Recurrent.Select(s => manifest.Outputs.First(t => t.Name == Carrier(s, action))), null);
        Action = Single(manifest.Outputs, action, null) ?? throw new ArgumentException($"The manifest lists no output with the role {action}.", nameof(action));
    }

    /// <summary>The observation inputs that this graph uses; the gaps between them are entries it ignores.</summary>
    internal Part[] Observations { get; }

    internal int ObservationSize { get; }

    internal Part? Mask { get; }

    /// <summary>The noise inputs that this graph uses, in the order in which a row's are drawn.</summary>
    internal Part[] Noises { get; }

    /// <summary>What each of <see cref="Noises"/> is filled with.</summary>
    internal NoiseKind[] NoiseKinds { get; }

    internal Part? Reward { get; }

    internal Part[] StatesIn { get; }

    internal Part[] StatesOut { get; }

    internal int StateSize { get; }

    internal Part Action { get; }

    internal IEnumerable<Part> Inputs =>
        Observations.Concat(Mask is null ? Array.Empty<Part>() : new[] { Mask }).Concat(Noises)
            .Concat(Reward is null ? Array.Empty<Part>() : new[] { Reward }).Concat(StatesIn);

    internal IEnumerable<Part> Outputs => new[] { Action }.Concat(StatesOut);

    /// <summary>The output that carries a piece of state out of the graph that ends in an action.</summary>
    internal static string Carrier(StateSpec state, TensorRole action) => action == TensorRole.ActionSample ? state.SampleOutput ?? state.Output : state.Output;

    private static (Part[] Parts, int Size) Pack(IEnumerable<TensorSpec> specs, ISet<string>? used)
    {
        var parts = new List<Part>();
        int offset = 0;
        foreach (TensorSpec spec in specs)
        {
            if (used is null || used.Contains(spec.Name)) parts.Add(PartOf(spec, offset));
            offset = checked(offset + spec.RowSize);
        }

        return (parts.ToArray(), offset);
    }

    private static Part? Single(IReadOnlyList<TensorSpec> specs, TensorRole role, ISet<string>? used)
    {
        TensorSpec? spec = specs.FirstOrDefault(t => t.Role == role && (used is null || used.Contains(t.Name)));
        return spec is null ? null : PartOf(spec, 0);
    }

    private static Part PartOf(TensorSpec spec, int offset) => new(spec.Name, spec.Shape.ToArray(), offset, spec.RowSize, spec.Element == TensorElement.Int64);
}
