using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Pipeline.Tests.Runtime.Samples;

/// <summary>Runs the samples as their users do: as processes, built in the configuration of the caller.</summary>
internal static class SamplePrograms
{
    /// <summary>The program of a sample.</summary>
    internal static string Find(string sample)
    {
        string here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string framework = Path.GetFileName(here), configuration = Path.GetFileName(Path.GetDirectoryName(here))!;
        string root = here;
        while (!File.Exists(Path.Combine(root, "Pipeline.sln")))
            root = Path.GetDirectoryName(root) ?? throw new FileNotFoundException("Pipeline.sln is in no folder above the tests.");
        return Path.Combine(root, "runtime", "Samples", sample, "bin", configuration, framework, sample + ".dll");
    }

    /// <summary>Runs a sample to its end.</summary>
    internal static (int ExitCode, string Out, string Error) Run(string sample, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Find(sample), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
