using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Cli;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Cli;

/// <summary>Runs the command line inside the test.</summary>
internal sealed record PipelineCommand(int ExitCode, string Out, string Error)
{
    public static PipelineCommand Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        IReadOnlyList<AlgorithmDescriptor> algorithms = [.. AlgorithmRegistry.All, FakeTrainer.Descriptor];
        int exitCode = CommandLine.Run(arguments, new CliContext
        {
            Algorithms = algorithms,
            Environments = () => new EnvironmentRegistry(),
            Out = output,
            Error = error,
            Time = TimeProvider.System,
        });
        return new PipelineCommand(exitCode, output.ToString(), error.ToString());
    }
}
