using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Tests.Runtime;

namespace Pipeline.Tests.Fuzz;

/// <summary>What a run of the fuzz program is asked for.</summary>
/// <param name="Seed">Where all cases come from.</param>
/// <param name="Cases">How many.</param>
/// <param name="Workers">Processes beside each other.</param>
/// <param name="Seconds">How long one case may compute.</param>
/// <param name="Files">A folder of more exported files to start from.</param>
internal sealed record FuzzArguments(ulong Seed, long Cases, int Workers, double Seconds, string? Files);

/// <summary>
/// Loads policies that were changed at random: each has to load and act, or to be refused with a <c>PolicyLoadException</c>, in time.
/// <c>dotnet run -c Release --project tests/Fuzz -- --cases 1000000 --seed 1</c>; one case alone, with what came of it:
/// <c>… -- case --seed 1 --first 4711 --save case.onnx</c>. <c>together</c>, <c>refused</c> and <c>refused-then-loaded</c> are first loads of a process.
/// </summary>
internal static class Program
{
    private static readonly string[] _words = ["seed", "cases", "workers", "seconds", "files", "first", "board", "save"];

    internal static int Main(string[] arguments)
    {
        string verb = arguments.Length > 0 && !arguments[0].StartsWith('-') ? arguments[0] : "run";
        Dictionary<string, string> values = Parse(arguments[(verb == "run" && (arguments.Length == 0 || arguments[0] != "run") ? 0 : 1)..]);
        var asked = new FuzzArguments(
            ulong.Parse(values.GetValueOrDefault("seed", "1"), CultureInfo.InvariantCulture),
            long.Parse(values.GetValueOrDefault("cases", "10000"), CultureInfo.InvariantCulture),
            int.Parse(values.GetValueOrDefault("workers", "1"), CultureInfo.InvariantCulture),
            double.Parse(values.GetValueOrDefault("seconds", "20"), CultureInfo.InvariantCulture),
            values.GetValueOrDefault("files"));
        long first = long.Parse(values.GetValueOrDefault("first", "0"), CultureInfo.InvariantCulture);
        switch (verb)
        {
            case "run":
                return new Supervisor(asked).Run() ? 0 : 1;
            case "worker":
                using (var board = new Board(values["board"])) new Worker(Files(asked), asked.Seed).Run(board, first, asked.Cases, asked.Workers);
                return 0;
            case "case":
                IReadOnlyList<byte[]> files = Files(asked);
                if (values.TryGetValue("save", out string? path)) File.WriteAllBytes(path, new Mutation(files, asked.Seed, first).Make());
                Outcome outcome = new Worker(files, asked.Seed).Try(first, out string message);
                Console.WriteLine($"{outcome}: {message}");
                return outcome == Outcome.Fault ? 1 : 0;
            case "together":
                return FirstLoads.Together();
            case "refused":
                return FirstLoads.Refused(thenLoad: false);
            case "refused-then-loaded":
                return FirstLoads.Refused(thenLoad: true);
            default:
                throw new ArgumentException($"'{verb}' is no verb. Use run, case, together, refused, refused-then-loaded or nothing.");
        }
    }

    private static Dictionary<string, string> Parse(string[] arguments)
    {
        var values = new Dictionary<string, string>();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string word = arguments[i].TrimStart('-');
            if (!_words.Contains(word) || i + 1 == arguments.Length) throw new ArgumentException($"'{arguments[i]}' is no option, or has no value. Options: {string.Join(", ", _words.Select(w => "--" + w))}.");
            values[word] = arguments[i + 1];
        }

        return values;
    }

    /// <summary>The files that cases are made from: small ones for every kind of space, exported ones, and the user's.</summary>
    private static List<byte[]> Files(FuzzArguments asked)
    {
        List<byte[]> files =
        [
            SketchedPolicies.File(SketchedPolicies.Continuous()), SketchedPolicies.File(SketchedPolicies.Discrete()), SketchedPolicies.File(SketchedPolicies.Dictionary()),
            SketchedPolicies.File(SketchedPolicies.Binary()), SketchedPolicies.File(SketchedPolicies.Recurrent()), SketchedPolicies.File(SketchedPolicies.Reminded()),
        ];
        foreach (string folder in new[] { Path.Combine(AppContext.BaseDirectory, "Data"), asked.Files }.OfType<string>())
            files.AddRange(Directory.GetFiles(folder, "*.onnx").Order(StringComparer.Ordinal).Select(File.ReadAllBytes));
        return files;
    }
}
