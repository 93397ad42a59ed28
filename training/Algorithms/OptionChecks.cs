using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Algorithms;

/// <summary>What is wrong with options of the usual kinds, each with what is allowed. Names are as they are written on the command line.</summary>
internal static class OptionChecks
{
    /// <summary>Counts.</summary>
    public static IEnumerable<string> AtLeastOne(params (string Name, double Value)[] options) =>
        options.Where(o => o.Value < 1).Select(o => $"{o.Name} is {o.Value}. It is at least 1.");

    /// <summary>Finite numbers, none where the option is null.</summary>
    public static IEnumerable<string> AboveZero(params (string Name, double? Value)[] options) =>
        options.Where(o => o.Value is double value && !(value > 0 && double.IsFinite(value))).Select(o => $"{o.Name} is {o.Value}. It is above 0.");

    /// <summary>Finite numbers.</summary>
    public static IEnumerable<string> AtLeastZero(params (string Name, double Value)[] options) =>
        options.Where(o => !(o.Value >= 0 && double.IsFinite(o.Value))).Select(o => $"{o.Name} is {o.Value}. It is at least 0.");

    /// <summary>Shares, discounts, probabilities.</summary>
    public static IEnumerable<string> ZeroToOne(params (string Name, double Value)[] options) =>
        options.Where(o => o.Value is not (>= 0 and <= 1)).Select(o => $"{o.Name} is {o.Value}. It is 0 to 1.");

    /// <summary>Weights without which nothing would move.</summary>
    public static IEnumerable<string> AboveZeroToOne(params (string Name, double Value)[] options) =>
        options.Where(o => !(o.Value > 0 && o.Value <= 1)).Select(o => $"{o.Name} is {o.Value}. It is above 0 and at most 1.");

    /// <summary>Widths of hidden layers.</summary>
    public static IEnumerable<string> Widths(int[] hiddenSizes) => Sizes("hidden_sizes", hiddenSizes, "Each width");

    /// <summary>Channels of convolutions.</summary>
    public static IEnumerable<string> Channels(int[] channels) => Sizes("channels", channels, "Each");

    /// <summary>Whole minibatches in a rollout.</summary>
    public static IEnumerable<string> Minibatches(int minibatchSize, int rolloutLength, int environmentCount)
    {
        long rows = rolloutLength * (long)environmentCount;
        if (environmentCount < 1 || rolloutLength < 1 || minibatchSize < 1 || rows % minibatchSize == 0) yield break;
        long[] divisors = [.. new[] { 32L, 64, 128, 256, 512, rows }.Where(d => rows % d == 0).Distinct().Take(3)];
        yield return $"minibatch_size {minibatchSize} does not divide rollout_length {rolloutLength} × environment_count {environmentCount} = {rows}. Use a divisor such as {string.Join(" or ", divisors)}.";
    }

    private static IEnumerable<string> Sizes(string name, int[] sizes, string each)
    {
        if (sizes.Any(s => s < 1)) yield return $"{name} is {string.Join(",", sizes)}. {each} is at least 1.";
    }
}
