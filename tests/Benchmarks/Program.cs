using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Benchmarks;

/// <summary>
/// <c>dotnet run -c Release --project tests/Benchmarks -- [update] [environments] [policy]</c>: all where none is named.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        string? python = arguments.Contains("--no-peer") || !File.Exists("/usr/bin/python3") ? null : "/usr/bin/python3";
        string[] names = [.. arguments.Where(a => !a.StartsWith('-'))];
        bool Wanted(string name) => names.Length == 0 || names.Contains(name);
        int profiled = Array.IndexOf(arguments, "--profile");
        if (profiled >= 0)
        {
            // ONNX Runtime's own operator times of one batch size, as JSON files in this folder.
            CompiledFunction.ProfilePath = "profile_";
            UpdateBenchmarks.Run(Console.Out, null, rounds: 1, [int.Parse(arguments[profiled + 1], CultureInfo.InvariantCulture)]);
            return 0;
        }

        if (Wanted("update")) UpdateBenchmarks.Run(Console.Out, python);
        if (Wanted("environments")) EnvironmentBenchmarks.Run(Console.Out);
        if (Wanted("policy")) PolicyBenchmarks.Run(Console.Out);
        return 0;
    }
}
