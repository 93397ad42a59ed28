using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Repository.Snippets;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Repository;

/// <summary>What the root README shows is what is compiled, and every command in it works.</summary>
internal sealed class ReadmeTests
{
    private const string CommandLine = "dotnet run -c Release --project training/Cli -- ";
    private static string Readme => RepositoryFiles.Read("README.md");

    [Test]
    public void The_embedding_snippet_is_the_one_that_is_compiled()
    {
        string[] source = RepositoryFiles.Read("tests", "Repository", "Snippets", "Embedding.cs").Split('\n');
        string[] body = [.. source.SkipWhile(l => !l.Contains("#region", StringComparison.Ordinal)).Skip(1).TakeWhile(l => !l.Contains("#endregion", StringComparison.Ordinal))];
        int indent = body[0].Length - body[0].TrimStart().Length;
        string[] usings = [.. source.TakeWhile(l => l.StartsWith("using ", StringComparison.Ordinal))];
        string snippet = string.Join('\n', usings.Append("").Concat(body.Select(l => l.Length > indent ? l[indent..] : ""))) + "\n";
        Assert.That(RepositoryFiles.Blocks(Readme, "csharp")[0], Is.EqualTo(snippet));
        Assert.That(snippet.Split('\n').Count(l => l.Length > 0), Is.LessThanOrEqualTo(10), "lines that are not empty");
    }

    [Test]
    public void The_embedding_snippet_does_what_its_comments_say()
    {
        using var output = new StringWriter();
        TextWriter console = Console.Out;
        string folder = Environment.CurrentDirectory;
        try
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = RepositoryFiles.Root;
            Embedding.Run();
        }
        finally
        {
            Environment.CurrentDirectory = folder;
            Console.SetOut(console);
        }

        Assert.That(output.ToString().Trim(), Is.EqualTo("1"));
    }

    [Test]
    public void The_environment_snippet_is_the_sample_that_is_compiled()
    {
        string snippet = RepositoryFiles.Blocks(Readme, "csharp")[1];
        Assert.That(snippet, Is.EqualTo(RepositoryFiles.Read("tests", "SampleEnvironment", "Corridor.cs")));
        Assert.That(snippet.Split('\n').Count(l => l.Length > 0), Is.LessThanOrEqualTo(30), "lines that are not empty");
    }

    [Test]
    public void Every_command_works_in_the_order_of_the_page()
    {
        using var folder = new TemporaryFolder();
        string before = Environment.CurrentDirectory;
        try
        {
            // A folder of its own for what the commands leave behind.
            Environment.CurrentDirectory = folder.Root;
            string[] commands = [.. RepositoryFiles.Commands(Readme)];
            Assert.That(commands, Has.Length.GreaterThanOrEqualTo(8));
            foreach (string command in commands) Check(command);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [Test]
    public void The_first_command_solves_its_task()
    {
        using var folder = new TemporaryFolder();
        string command = RepositoryFiles.Commands(Readme).First();
        PipelineCommand train = PipelineCommand.Run([.. command[CommandLine.Length..].Split(' '), "--out", folder["run"]]);
        Assert.That(train.ExitCode, Is.Zero, train.Error);
        PipelineCommand evaluate = PipelineCommand.Run("evaluate", Path.Combine(folder["run"], "policy.onnx"), "--json");
        using var result = System.Text.Json.JsonDocument.Parse(evaluate.Out);
        Assert.That(result.RootElement.GetProperty("mean_return").GetDouble(), Is.GreaterThanOrEqualTo(475));
    }

    [Test]
    public void The_command_that_runs_the_tests_is_what_ci_runs() =>
        Assert.That(RepositoryFiles.Read(".ci", "run"), Does.Contain(RepositoryFiles.Commands(Readme).Single(c => c.StartsWith("dotnet test", StringComparison.Ordinal))));

    [Test]
    public void Links_and_pictures_lead_somewhere()
    {
        string[] pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", .. new[] { "contracts", "runtime", "runtime/Samples", "training", "training/Algorithms", "training/Cli", "training/Environments", "training/Export", "tests", "models" }.Select(f => $"{f}/README.md")];
        string[] broken =
        [
            .. from page in pages
               from Match link in Regex.Matches(RepositoryFiles.Read(page), @"\]\((?<target>[^)#:]+)\)")
               let target = Path.Combine(Path.GetDirectoryName(RepositoryFiles.At(page))!, link.Groups["target"].Value)
               where !Path.Exists(target)
               select $"{page}: {link.Groups["target"].Value}",
        ];
        Assert.That(broken, Is.Empty);
    }

    private static void Check(string command)
    {
        string[] words = command.Split(' ');
        if (command.StartsWith(CommandLine, StringComparison.Ordinal)) RunCommandLine(command[CommandLine.Length..]);
        else if (words[1] is "build" or "test") CheckProject(command, words[2]);
        else if (words[1] == "run") CheckProject(command, words[Array.IndexOf(words, "--project") + 1]);
        else Assert.Fail($"'{command}' is of no kind that this test knows how to run.");
    }

    /// <summary>Runs a command in this process; a training run is cut short, save where the page itself says how long it is.</summary>
    private static void RunCommandLine(string command)
    {
        string sample = Path.Combine(TestContext.CurrentContext.TestDirectory, "SampleEnvironment", "SampleEnvironment.dll");
        string[] words = [.. command.Split(' ').Select(word => Regex.Replace(word, "^tests/SampleEnvironment/bin/Release/net10.0/SampleEnvironment.dll$", sample))];
        if (words[0] == "train" && !words.Contains("--steps")) words = [.. words, "--steps", "5000"];
        PipelineCommand run = PipelineCommand.Run(words);
        Assert.That(run.ExitCode, Is.Zero, $"{command}\n{run.Error}");
        Assert.That(run.Out, Is.Not.Empty, command);
    }

    /// <summary>Building and testing from inside a test would build over it: the project and its options are checked here, the rest by .ci/run.</summary>
    private static void CheckProject(string command, string path)
    {
        Assert.That(Path.Exists(RepositoryFiles.At(path)), command);
        string[] known = ["OnnxRuntimeSource=nuget", "Gpu=true"];
        foreach (Match option in Regex.Matches(command, @"-p:(?<setting>\S+)"))
        {
            string setting = option.Groups["setting"].Value;
            Assert.That(known, Does.Contain(setting), command);
            Assert.That(RepositoryFiles.Read("Directory.Build.props"), Does.Contain($"<{setting.Split('=')[0]} "), command);
        }
    }
}
