using System;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

internal static class Program
{
    private static int Main(string[] args) => CommandLine.Run(args, new CliContext
    {
        Algorithms = AlgorithmRegistry.All,
        Environments = () => new EnvironmentRegistry(),
        Out = Console.Out,
        Error = Console.Error,
        Time = TimeProvider.System,
        Interactive = !Console.IsOutputRedirected,
    });
}
