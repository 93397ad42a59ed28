using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using Pipeline.Runtime;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>The options that `evaluate` and `compare` share, and how their values are read.</summary>
internal static class EvaluateOptions
{
    private const int MostSeeds = 10_000;

    public static Option<string[]> Env { get; } = new("--env") { HelpName = "ENV", Description = "An environment; may be repeated. Default the one that each policy was trained on." };

    public static Option<string?> EnvAssembly { get; } = new("--env-assembly") { HelpName = "DLL", Description = "Your assembly that brings the environment." };

    public static Option<string?> Episodes { get; } = new("--episodes") { HelpName = "N", Description = "How many episodes of each policy, environment and seed. Default 100." };

    public static Option<string?> Seed { get; } = new("--seed") { HelpName = "S", Description = "The seed of the episodes and of drawn actions. Default 0." };

    public static Option<string?> Seeds { get; } = new("--seeds") { HelpName = "LIST", Description = "Several seeds: 0..4 or 0,1,2." };

    public static Option<bool> Stochastic { get; } = new("--stochastic") { Description = "Draws actions; else the deterministic ones are taken." };

    public static Option<string?> Device { get; } = new("--device") { HelpName = "D", Description = "Where the policies run: cpu (default), cuda or auto." };

    public static Option<string?> Threads { get; } = new("--threads") { HelpName = "N", Description = "Threads to play on; the result does not depend on it. Default one a processor." };

    public static int ReadEpisodes(ParseResult parsed, List<string> problems) =>
        (int)Math.Min(Texts.Whole(parsed.GetValue(Episodes), "--episodes", 1, problems) ?? 100, int.MaxValue);

    public static int ReadThreads(ParseResult parsed, List<string> problems) =>
        (int)Math.Min(Texts.Whole(parsed.GetValue(Threads), "--threads", 1, problems) ?? Environment.ProcessorCount, int.MaxValue);

    public static PolicyOptions ReadDevice(ParseResult parsed, CliContext context, List<string> problems)
    {
        string device = parsed.GetValue(Device) ?? "cpu";
        if (!ResolvedRun.Devices.Contains(device)) problems.Add($"--device is '{device}'.{NearestChoice.Hint(device, ResolvedRun.Devices)}");
        _ = Enum.TryParse(device, ignoreCase: true, out PolicyDevice known);
        return new PolicyOptions { Device = known, Log = context.Error.WriteLine, Sampling = parsed.GetValue(Stochastic) };
    }

    public static IReadOnlyList<ulong> ReadSeeds(ParseResult parsed, List<string> problems)
    {
        string? list = parsed.GetValue(Seeds);
        ulong? single = Texts.Seed(parsed.GetValue(Seed), problems);
        if (list is null) return [single ?? 0];
        if (single is not null) problems.Add("--seed and --seeds are both given. Put all of them into --seeds.");
        var seeds = new List<ulong>();
        foreach (string part in list.Split(','))
        {
            string[] ends = part.Split("..");
            if (ends.Length > 2 || !ends.All(e => ulong.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                problems.Add($"--seeds has '{part}'; whole numbers and ranges are expected, such as 0..4 or 0,1,2.");
                return seeds;
            }

            ulong first = ulong.Parse(ends[0], CultureInfo.InvariantCulture), last = ulong.Parse(ends[^1], CultureInfo.InvariantCulture);
            if (last < first) problems.Add($"--seeds has '{part}', which runs backwards. Write {last}..{first}.");
            else if (last - first >= MostSeeds) problems.Add($"--seeds has '{part}', {(decimal)(last - first) + 1} seeds; at most {MostSeeds} are allowed.");
            else for (ulong i = 0; i <= last - first; i++) seeds.Add(first + i);
        }

        return seeds;
    }

    /// <summary>One of the names of an enumeration, in small letters with dashes.</summary>
    public static T ReadChoice<T>(string? text, string option, T otherwise, List<string> problems)
        where T : struct, Enum
    {
        if (text is null) return otherwise;
        string[] names = [.. Enum.GetNames<T>().Select(Texts.Dashed)];
        int index = Array.IndexOf(names, text);
        if (index >= 0) return Enum.GetValues<T>()[index];
        problems.Add($"{option} is '{text}'.{NearestChoice.Hint(text, names)}");
        return otherwise;
    }

    /// <summary>References of the form ENV=LOW:HIGH.</summary>
    public static Dictionary<string, (double Low, double High)> ReadReferences(IEnumerable<string> given, List<string> problems)
    {
        var references = new Dictionary<string, (double Low, double High)>(StringComparer.Ordinal);
        foreach (string text in given)
        {
            // Settings of an environment have equal signs of their own, so the last one counts.
            int sign = text.LastIndexOf('=');
            string[] ends = text[(sign + 1)..].Split(':');
            if (sign < 1 || ends.Length != 2 || !Number(ends[0], out double low) || !Number(ends[1], out double high))
                problems.Add($"--reference is '{text}'; ENV=LOW:HIGH is expected, such as CartPole-v1=20:500.");
            else if (!references.TryAdd(text[..sign], (low, high)))
                problems.Add($"--reference is given twice for {text[..sign]}. Give it once.");
        }

        return references;
    }

    private static bool Number(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
