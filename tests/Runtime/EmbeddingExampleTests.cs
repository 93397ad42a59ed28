using System;
using System.IO;
using System.Linq;
using System.Threading;
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
    public void The_example_of_a_crowd_runs_as_the_readme_says()
    {
        using Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Continuous()), "crowd");
        (float[] move, int left) = EmbeddingExample.Crowd(policy, [0.5f, 0]);
        Assert.That(move, Is.Not.EqualTo(new[] { 2f, 1f }), "drawn around 2·o + 1");
        Assert.That(left, Is.EqualTo(1));
    }

    [Test]
    public void The_example_of_a_newer_file_runs_as_the_readme_says()
    {
        string newer = Path.Combine(TestContext.CurrentContext.WorkDirectory, "newer.onnx");
        string watched = Path.Combine(TestContext.CurrentContext.WorkDirectory, "watched.onnx");
        File.WriteAllBytes(newer, SketchedPolicies.File(SketchedPolicies.Continuous(3)));
        File.WriteAllBytes(watched, SketchedPolicies.File(SketchedPolicies.Mlp(3, 2)));
        using Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Continuous()), "running");
        string fault = "";
        float[] action = new float[2];
        EmbeddingExample.Renew(policy, newer, watched, text => Volatile.Write(ref fault, text), () =>
        {
            policy.Act([1, 0], action);
            Assert.That(SpinWait.SpinUntil(() => Volatile.Read(ref fault).Length > 0, TimeSpan.FromMinutes(1)), "the watched file does not fit");
        });
        Assert.That(action[0], Is.EqualTo(4f), "3·1 + 1");
        Assert.That(fault, Does.Contain("watched.onnx"));
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
