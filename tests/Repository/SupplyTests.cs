using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Repository;

/// <summary>Where ONNX Runtime comes from, and what is said when it does not come. Works on a copy of the projects that restore it.</summary>
internal sealed class SupplyTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CopyTheSupply()
    {
        _folder = new TemporaryFolder();
        Directory.CreateDirectory(_folder["Cpu"]);
        foreach (string file in new[] { "OnnxRuntime.csproj", "Restore.proj", "Cpu/package.json", "Cpu/package-lock.json" })
            File.Copy(RepositoryFiles.At("runtime", "OnnxRuntime", file), _folder[file]);
    }

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    [Platform(Exclude = "Win", Reason = "MSBuild needs more of Windows than of others")]
    public void A_machine_without_npm_is_told_what_to_install()
    {
        Directory.CreateDirectory(_folder["bin"]);
        File.CreateSymbolicLink(_folder["bin/sh"], "/bin/sh");
        string output = Build("Restore.proj", ["-t:RestoreCpu"], ("PATH", _folder["bin"]));
        Assert.That(ErrorsIn(output), Is.EqualTo(new[] { "PIPE002" }), output);
        Assert.That(output, Does.Contain("Install Node.js").And.Contain("-p:OnnxRuntimeSource=nuget"));
    }

    [Test]
    public void A_restore_that_fails_is_told_with_npms_own_words()
    {
        Assume.That(Build("Restore.proj", ["-t:CheckNpm"]), Does.Not.Contain("PIPE002"), "npm is needed");
        string output = Build(
            "Restore.proj",
            ["-t:RestoreCpu"],
            ("npm_config_registry", "http://127.0.0.1:9/"),
            ("npm_config_cache", _folder["cache"]),
            ("npm_config_fetch_retries", "0"));
        Assert.That(ErrorsIn(output), Is.EqualTo(new[] { "PIPE003" }), output);
        Assert.That(output, Does.Contain("ECONNREFUSED").And.Contain("-p:OnnxRuntimeSource=nuget"));
    }

    [Test]
    public void A_missing_native_library_is_named()
    {
        Directory.CreateDirectory(_folder["Cpu/node_modules"]);
        File.WriteAllText(_folder["Cpu/node_modules/.package-lock.json"], "{}");
        string output = Build("OnnxRuntime.csproj", ["-t:RestoreOnnxRuntime", "-p:TargetFramework=net10.0", "-p:OnnxRuntimeSource=npm"]);
        Assert.That(ErrorsIn(output), Is.EqualTo(new[] { "PIPE004" }), output);
        Assert.That(output, Does.Contain("Delete runtime/OnnxRuntime/Cpu/node_modules and build again"));
    }

    [Test]
    public void Another_source_than_npm_or_nuget_is_refused()
    {
        string output = Build("OnnxRuntime.csproj", ["-t:CheckOnnxRuntimeSource", "-p:TargetFramework=net10.0", "-p:OnnxRuntimeSource=conda"]);
        Assert.That(ErrorsIn(output), Is.EqualTo(new[] { "PIPE001" }), output);
        Assert.That(output, Does.Contain("OnnxRuntimeSource is 'conda'. Allowed: npm (default) or nuget"));
    }

    [TestCase("false", "Microsoft.ML.OnnxRuntime")]
    [TestCase("true", "Microsoft.ML.OnnxRuntime.Gpu")]
    public void From_NuGet_the_projects_refer_to_its_package_alone(string gpu, string package)
    {
        foreach (string project in new[] { "runtime/Pipeline.Runtime.csproj", "training/Pipeline.Training.csproj" })
        {
            string items = Build(RepositoryFiles.At(project), ["-p:OnnxRuntimeSource=nuget", $"-p:Gpu={gpu}", "-getItem:PackageReference", "-getItem:ProjectReference"]);
            Assert.That(items, Does.Contain($"\"Identity\": \"{package}\""), project);
            Assert.That(items, Does.Not.Contain("OnnxRuntime.csproj"), project);
        }
    }

    [Test]
    public void Lock_files_of_npm_pin_every_package_and_name_no_address()
    {
        string[] locks = ["runtime/OnnxRuntime/Cpu/package-lock.json", "runtime/OnnxRuntime/Gpu/package-lock.json", "tests/Hosts/package-lock.json", "training/Evaluation/Reports/Plots/package-lock.json"];
        foreach (string path in locks)
        {
            string[] lines = RepositoryFiles.Read(path).Split('\n');
            Assert.That(lines.Count(line => line.Contains("\"integrity\"", StringComparison.Ordinal)), Is.EqualTo(lines.Count(line => line.Contains("\"node_modules/", StringComparison.Ordinal))), path);
            Assert.That(lines.Where(line => line.Contains("\"resolved\"", StringComparison.Ordinal)), Is.Empty, path);
        }
    }

    private string Build(string project, string[] arguments, params (string Name, string Value)[] environment) =>
        DotnetCommand.Run(_folder.Root, environment, ["msbuild", project, "-nologo", .. arguments]).Output;

    private static string[] ErrorsIn(string output) =>
        [.. output.Split('\n').Where(line => line.Contains(" error ", StringComparison.Ordinal) && line.Contains(": ", StringComparison.Ordinal) && !line.Contains("npm error", StringComparison.Ordinal)).Select(line => line.Split(" error ")[1].Split(':')[0]).Distinct()];
}
