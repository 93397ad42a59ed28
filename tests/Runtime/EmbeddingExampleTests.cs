using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime;

namespace Pipeline.Tests.Runtime;

internal sealed class EmbeddingExampleTests
{
    [Test]
    public void The_example_runs_as_the_readme_says()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "example.onnx");
        File.WriteAllBytes(path, SketchedPolicies.File(SketchedPolicies.Continuous()));
        (float[] steering, float[] drawn, float[] crowd) = EmbeddingExample.Play(path);
        Assert.That(steering, Is.EqualTo(new[] { 1f, 1f }), "2·0 + 1");
        Assert.That(drawn, Is.Not.EqualTo(steering));
        Assert.That(crowd, Has.Length.EqualTo(200).And.All.EqualTo(1f));
    }

    [Test]
    public void The_example_of_memory_runs_as_the_readme_says()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "remembering.onnx");
        File.WriteAllBytes(path, SketchedPolicies.File(SketchedPolicies.Recurrent()));
        using Policy policy = Policy.Load(path);
        (float[] actions, float[] states) = EmbeddingExample.Remember(policy, [1, 2], agents: 2, i: 1);
        Assert.That(actions, Is.EqualTo(new[] { 2f, 3 }), "observation + 1");
        Assert.That(states, Is.EqualTo(new[] { 1f, 1, 1, 0, 0, 0 }), "the first agent's goes on");
    }

    [Test]
    public void Every_line_of_the_readmes_code_is_in_the_example_that_is_run()
    {
        string root = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(root, "Pipeline.sln"))) root = Path.GetDirectoryName(root) ?? throw new FileNotFoundException("Pipeline.sln is in no folder above the tests.");
        string example = File.ReadAllText(Path.Combine(root, "tests", "Runtime", "EmbeddingExample.cs"));
        string[] parts = File.ReadAllText(Path.Combine(root, "runtime", "README.md")).Split("```");
        string[] code = parts.Where((part, i) => i % 2 == 1 && part.StartsWith("csharp", StringComparison.Ordinal)).ToArray();
        Assert.That(code, Is.Not.Empty);
        string[] missing = code.SelectMany(block => block.Split('\n').Skip(1)).Select(line => line.Trim()).Where(line => !example.Contains(line, StringComparison.Ordinal)).ToArray();
        Assert.That(missing, Is.Empty);
    }
}
