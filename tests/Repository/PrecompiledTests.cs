using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.PortableExecutable;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Repository;

/// <summary>The command line as a Release build leaves it for its users: machine code, which computes what compiling at run time computes.</summary>
internal sealed class PrecompiledTests
{
    private static readonly string _folder = RepositoryFiles.At("training", "Cli", "bin", Configuration, "net10.0");

    private static string Configuration => typeof(PrecompiledTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    [SetUp]
    public void OnlyWherePrecompiled()
    {
        string? asked = typeof(PrecompiledTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(m => m.Key == "Precompiled").Value;
        if (Configuration != "Release") Assert.Ignore($"A {Configuration} build precompiles nothing.");
        if (asked == "false") Assert.Ignore("Built with -p:Precompiled=false.");
    }

    [Test]
    public void Every_assembly_beside_the_command_line_holds_machine_code()
    {
        Dictionary<string, bool> assemblies = Directory.GetFiles(_folder, "*.dll").Where(IsManaged).ToDictionary(path => Path.GetFileName(path), HoldsMachineCode);
        Assert.That(assemblies.Keys, Is.SupersetOf(new[] { "pipeline.dll", "Pipeline.Training.dll", "Pipeline.Runtime.dll", "Pipeline.Contracts.dll", "Microsoft.ML.OnnxRuntime.dll", "Newtonsoft.Json.dll" }));
        Assert.That(assemblies.Where(a => !a.Value).Select(a => a.Key), Is.Empty);
    }

    [Test]
    public void Nothing_is_compiled_twice_where_all_is_machine_code_already() => Assert.That((bool?)TieredCompilation(_folder), Is.False);

    [Test]
    public void Other_projects_are_given_what_was_compiled_first()
    {
        string here = TestContext.CurrentContext.TestDirectory;
        foreach (string assembly in new[] { "pipeline.dll", "Pipeline.Training.dll", "Pipeline.Runtime.dll" }) Assert.That(HoldsMachineCode(Path.Combine(here, assembly)), Is.False, assembly);
        Assert.That(TieredCompilation(here), Is.Null);
    }

    [TestCase("-p:Configuration=Release", "true")]
    [TestCase("-p:Configuration=Debug", "")]
    [TestCase("-p:Configuration=Release -p:Precompiled=false", "false")]
    [TestCase("-p:Configuration=Release -p:RuntimeIdentifier=linux-arm64", "")]
    public void Release_builds_for_this_machine_are_precompiled_unless_asked_not_to(string properties, string precompiled) =>
        Assert.That(Evaluate([.. properties.Split(' '), "-getProperty:Precompiled"]).Trim(), Is.EqualTo(precompiled));

    [Test]
    public void What_cannot_be_precompiled_is_refused_with_what_to_do()
    {
        string output = Evaluate("-p:RuntimeIdentifier=linux-arm64", "-p:Precompiled=true", "-t:CheckPrecompiled");
        Assert.That(output, Does.Contain("PIPE007").And.Contain("RuntimeIdentifier is 'linux-arm64'").And.Contain("-p:PublishReadyToRun=true"));
        output = Evaluate("-p:Crossgen2Version=1.2.3", "-p:Precompiled=true", "-t:CheckPrecompiled");
        Assert.That(output, Does.Contain("PIPE008").And.Contain("1.2.3 is missing. Restore without -p:Precompiled=false"));
    }

    [Test]
    public void Its_compiler_is_restored_by_every_machine_for_itself() =>
        Assert.Multiple(() =>
        {
            Assert.That(Evaluate("-getItem:PackageDownload"), Does.Contain("Microsoft.NETCore.App.Crossgen2."), "a restore without a configuration, too");
            Assert.That(RepositoryFiles.Read("training", "Cli", "packages.lock.json"), Does.Not.Contain("Crossgen").And.Not.Contain("net10.0/"));
        });

    [TestCase("dqn", "3000")]
    [TestCase("ppo", "4096")]
    public void Learning_leaves_the_same_bits_as_when_compiled_at_run_time(string algorithm, string steps)
    {
        using var folder = new TemporaryFolder();
        Train(folder["precompiled"], algorithm, steps);
        Train(folder["compiled"], algorithm, steps, ("DOTNET_ReadyToRun", "0"), ("DOTNET_TieredCompilation", "1"));
        Runs.AssertSame(folder["precompiled"], folder["compiled"]);
    }

    private static string Evaluate(params string[] arguments) =>
        DotnetCommand.Run(RepositoryFiles.At("training", "Cli"), ["msbuild", "Pipeline.Cli.csproj", "-nologo", .. arguments]).Output;

    private static void Train(string folder, string algorithm, string steps, params (string Name, string Value)[] environment)
    {
        DotnetCommand train = DotnetCommand.Run(
            _folder, environment, "pipeline.dll", "train", algorithm, "--env", "CartPole-v1", "--steps", steps, "--seed", "12", "--out", folder);
        Assert.That(train.ExitCode, Is.Zero, train.Output);
    }

    private static JToken? TieredCompilation(string folder) =>
        JObject.Parse(File.ReadAllText(Path.Combine(folder, "pipeline.runtimeconfig.json")))["runtimeOptions"]!["configProperties"]!["System.Runtime.TieredCompilation"];

    private static bool IsManaged(string path)
    {
        using var reader = new PEReader(File.OpenRead(path));
        return reader.HasMetadata;
    }

    private static bool HoldsMachineCode(string path)
    {
        using var reader = new PEReader(File.OpenRead(path));
        return reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }
}
