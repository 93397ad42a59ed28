using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.InteropServices;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Repository;

/// <summary>What host authors are given: packages that are whole, and a host that can be shipped as one small file.</summary>
internal sealed class PackageTests
{
    private static readonly string[] _projects = ["contracts/Pipeline.Contracts.csproj", "runtime/OnnxRuntime/OnnxRuntime.csproj", "runtime/Pipeline.Runtime.csproj"];
    private static readonly string[] _dependencies = ["newtonsoft.json", "system.numerics.tensors"];
    private static readonly string _model = RepositoryFiles.At("models", "Pendulum-v1-ppo", "policy.onnx");

    [Test]
    public void A_project_outside_the_repository_restores_the_packages_from_a_folder_alone_and_acts()
    {
        using var folder = new TemporaryFolder();
        string feed = Directory.CreateDirectory(folder["feed"]).FullName;
        foreach (string project in _projects) Succeed(DotnetCommand.Run(RepositoryFiles.Root, "pack", project, "-c", "Release", "-o", feed, "--no-restore", "--nologo", "-v", "q"));
        Assert.Multiple(() =>
        {
            Assert.That(Entries(feed, "Pipeline.Contracts.0.1.0.nupkg"), Is.SupersetOf(new[] { "README.md", "LICENSE", "lib/net10.0/Pipeline.Contracts.dll", "lib/netstandard2.1/Pipeline.Contracts.dll", "lib/net10.0/Pipeline.Contracts.xml" }));
            Assert.That(Entries(feed, "Pipeline.Runtime.0.1.0.nupkg"), Is.SupersetOf(new[] { "README.md", "LICENSE", "lib/net10.0/Pipeline.Runtime.dll", "lib/netstandard2.1/Pipeline.Runtime.dll", "lib/net10.0/Pipeline.Runtime.xml" }));
            Assert.That(Entries(feed, "Pipeline.OnnxRuntime.0.1.0.nupkg"), Is.SupersetOf(new[] { "LICENSE", "ThirdPartyNotices.txt", "lib/netstandard2.1/Microsoft.ML.OnnxRuntime.dll", "runtimes/linux-x64/native/libonnxruntime.so", "runtimes/win-x64/native/onnxruntime.dll", "runtimes/osx-arm64/native/libonnxruntime.dylib" }));
            Assert.That(Entries(feed, "Pipeline.Runtime.0.1.0.snupkg"), Is.SupersetOf(new[] { "lib/net10.0/Pipeline.Runtime.pdb", "lib/netstandard2.1/Pipeline.Runtime.pdb" }));
        });
        CopyDependencies(feed);
        foreach (string file in new[] { "PackageConsumer/Consumer.csproj", "PackageConsumer/NuGet.config", "TrimmedHost/Program.cs" })
            File.Copy(RepositoryFiles.At("tests", file), folder[Path.GetFileName(file)]);
        Succeed(DotnetCommand.Run(folder.Root, "build", "-c", "Release", "--nologo", "-v", "q"));
        Assert.That(Directory.GetDirectories(folder["packages"]).Select(Path.GetFileName), Is.SupersetOf(new[] { "pipeline.runtime", "pipeline.contracts", "pipeline.onnxruntime" }), "from the feed, not from the repository");
        CheckAnswer(DotnetCommand.Run(folder.Root, folder["bin/Release/net10.0/Consumer.dll"], _model));
    }

    [Test]
    public void A_trimmed_host_in_one_file_is_small_and_acts()
    {
        using var folder = new TemporaryFolder();
        Succeed(DotnetCommand.Run(
            RepositoryFiles.Root, "publish", "tests/TrimmedHost", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "--artifacts-path", folder["artifacts"], "-o", folder["host"],
            "--nologo", "-v", "q", "-p:RunAnalyzers=false"));
        string host = folder[Path.Combine("host", OperatingSystem.IsWindows() ? "TrimmedHost.exe" : "TrimmedHost")];
        string[] beside = [.. Directory.GetFiles(folder["host"]).Select(Path.GetFileName).OfType<string>().Where(file => file.EndsWith(".dll", StringComparison.Ordinal) || file.EndsWith(".so", StringComparison.Ordinal) || file.EndsWith(".dylib", StringComparison.Ordinal))];
        Assert.That(beside, Has.Length.EqualTo(1).And.All.Contains("onnxruntime"), "only ONNX Runtime's library stands beside the host");
        double megabytes = new FileInfo(host).Length / 1e6;
        Assert.That(megabytes, Is.LessThan(40));
        CheckAnswer(DotnetCommand.Program(host, folder.Root, [_model]));
        DotnetCommand second = DotnetCommand.Program(host, folder.Root, [_model]);
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The host has {megabytes:F1} MB. From the process's start to the first action: {second.Output.Split("milliseconds ")[^1].Trim()} ms."));
    }

    /// <summary>The action for an observation of zeros, as this process gives it.</summary>
    private static void CheckAnswer(DotnetCommand host)
    {
        Succeed(host);
        using Policy policy = Policy.Load(_model);
        float[] action = new float[policy.ActionSpace.Size];
        policy.Act(new float[policy.ObservationSpace.Size], action);
        Assert.That(host.Output, Does.StartWith("action " + string.Join(' ', action.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))));
    }

    private static void Succeed(DotnetCommand command) => Assert.That(command.ExitCode, Is.Zero, command.Output);

    private static string[] Entries(string feed, string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(feed, package));
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    /// <summary>Puts what the packages depend on into the feed, from where the build of these tests has put it.</summary>
    private static void CopyDependencies(string feed)
    {
        string packages = DotnetCommand.Run(RepositoryFiles.Root, "nuget", "locals", "global-packages", "--list").Output.Split("global-packages: ")[^1].Trim();
        IEnumerable<string> files = _dependencies.SelectMany(name => Directory.GetFiles(Path.Combine(packages, name), "*.nupkg", SearchOption.AllDirectories));
        foreach (string file in files) File.Copy(file, Path.Combine(feed, Path.GetFileName(file)));
    }
}
