using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Pipeline.Contracts.Manifest;

/// <summary>The words of the manifest for its enumerations: written and read from the same tables.</summary>
internal static class Names
{
    internal static readonly (TensorElement Value, string Name)[] Elements =
    {
        (TensorElement.Float32, "float32"), (TensorElement.Int64, "int64"), (TensorElement.Bool, "bool"),
    };

    internal static readonly (TensorRole Value, string Name)[] Roles =
    {
        (TensorRole.Observation, "observation"), (TensorRole.ActionMask, "action_mask"), (TensorRole.Noise, "noise"),
        (TensorRole.Reward, "reward"), (TensorRole.StateIn, "state_in"), (TensorRole.Action, "action"), (TensorRole.ActionSample, "action_sample"),
        (TensorRole.StateOut, "state_out"), (TensorRole.Logits, "logits"), (TensorRole.Mean, "mean"),
        (TensorRole.LogStd, "log_std"), (TensorRole.Value, "value"), (TensorRole.Extra, "extra"),
    };

    internal static readonly (NoiseKind Value, string Name)[] Noises =
    {
        (NoiseKind.Normal, "normal"), (NoiseKind.Uniform, "uniform"),
    };

    internal static readonly (StateReset Value, string Name)[] Resets = { (StateReset.Zeros, "zeros") };

    internal static string Of(TensorElement element) => Find(Elements, element);

    internal static string Of(TensorRole role) => Find(Roles, role);

    internal static string Of(NoiseKind noise) => noise == NoiseKind.None ? "none" : Find(Noises, noise);

    internal static string Of(StateReset reset) => Find(Resets, reset);

    internal static string Of(IReadOnlyList<int> shape) =>
        "[" + string.Join(", ", shape.Select(n => n == TensorSpec.Batch ? "batch" : n.ToString(CultureInfo.InvariantCulture))) + "]";

    internal static bool IsInput(TensorRole role) => role <= TensorRole.StateIn;

    private static string Find<T>((T Value, string Name)[] table, T value) =>
        table.FirstOrDefault(row => EqualityComparer<T>.Default.Equals(row.Value, value)).Name
        ?? throw new ArgumentOutOfRangeException(nameof(value), value, "Not a value of this enumeration.");
}
