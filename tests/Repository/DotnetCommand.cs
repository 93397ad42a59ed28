using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;

namespace Pipeline.Tests.Repository;

/// <summary>Runs the .NET SDK, or a program, as a process of its own.</summary>
internal sealed record DotnetCommand(int ExitCode, string Output)
{
    public static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath!;

    /// <summary>Runs <c>dotnet</c> with these arguments.</summary>
    public static DotnetCommand Run(string folder, params string[] arguments) => Program(Host, folder, arguments);

    /// <summary>Runs <c>dotnet</c> with these arguments and environment variables.</summary>
    public static DotnetCommand Run(string folder, (string Name, string Value)[] environment, params string[] arguments) => Program(Host, folder, arguments, environment);

    public static DotnetCommand Program(string path, string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(path, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // What a build server or an outer build set would be obeyed by this one too.
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new DotnetCommand(process.ExitCode, output + error.Result);
    }
}
