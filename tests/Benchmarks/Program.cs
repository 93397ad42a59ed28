using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Benchmarks;

/// <summary>
/// <c>dotnet run -c Release --project tests/Benchmarks -- [update] [sac] [sac-limit] [a2c] [actors] [trpo] [recurrent] [train] [replay-train] [environments] [policy] [agents] [reload] [load] [samples] [replay] [evaluate]</c>: all where none is named.
/// <c>--no-peer</c> leaves PyTorch out; <c>--host PATH</c> has <c>load</c> measure <c>tests/TrimmedHost</c> as published there, too; <c>--profile BATCH</c> writes ONNX Runtime's operator times of one PPO update, <c>--profile sac</c> of one SAC update, <c>--profile trpo</c> of TRPO's.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        string? python = arguments.Contains("--no-peer") || !File.Exists("/usr/bin/python3") ? null : "/usr/bin/python3";
        string[] names = [.. arguments.Where(a => !a.StartsWith('-'))];
        bool Wanted(string name) => names.Length == 0 || names.Contains(name);
        if (names is ["solve", string seed])
        {
            TrainBenchmarks.SolveHere(ulong.Parse(seed, CultureInfo.InvariantCulture), Console.Out);
            return 0;
        }

        if (names is ["load-policy" or "load-bare", string model])
        {
            HostBenchmarks.LoadHere(names[0], model, Console.Out);
            return 0;
        }

        int profiled = Array.IndexOf(arguments, "--profile");
        if (profiled >= 0)
        {
            // ONNX Runtime's own operator times of one batch size, as JSON files in this folder.
            CompiledFunction.ProfilePath = "profile_";
            if (arguments[profiled + 1] == "sac") SacBenchmarks.Run(Console.Out, null, rounds: 1);
            else if (arguments[profiled + 1] == "trpo") TrpoBenchmarks.Run(Console.Out, null, rounds: 1);
            else UpdateBenchmarks.Run(Console.Out, null, rounds: 1, [int.Parse(arguments[profiled + 1], CultureInfo.InvariantCulture)]);
            return 0;
        }

        if (Wanted("update")) UpdateBenchmarks.Run(Console.Out, python);
        if (Wanted("sac")) SacBenchmarks.Run(Console.Out, python);
        if (Wanted("sac-limit")) SacLimitBenchmarks.Run(Console.Out, python);
        if (Wanted("a2c")) ActorCriticBenchmarks.RunSynchronous(Console.Out, python);
        if (Wanted("actors")) ActorCriticBenchmarks.RunActors(Console.Out);
        if (Wanted("trpo")) TrpoBenchmarks.Run(Console.Out, python);
        if (Wanted("recurrent")) RecurrentBenchmarks.Run(Console.Out, python);
        if (Wanted("train")) TrainBenchmarks.Run(Console.Out);
        if (Wanted("replay-train")) ReplayTrainBenchmarks.Run(Console.Out);
        if (Wanted("environments")) EnvironmentBenchmarks.Run(Console.Out);
        if (Wanted("policy")) PolicyBenchmarks.Run(Console.Out);
        if (Wanted("agents")) HostBenchmarks.RunAgents(Console.Out);
        if (Wanted("reload")) HostBenchmarks.RunReload(Console.Out);
        if (Wanted("load")) HostBenchmarks.RunLoad(Console.Out, Array.IndexOf(arguments, "--host") is >= 0 and int host ? arguments[host + 1] : null);
        if (Wanted("samples")) SampleBenchmarks.Run(Console.Out);
        if (Wanted("replay")) ReplayBenchmarks.Run(Console.Out);
        if (Wanted("evaluate")) EvaluateBenchmarks.Run(Console.Out);
        return 0;
    }
}
