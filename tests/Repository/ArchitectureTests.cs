using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Repository;

/// <summary>Which part knows which: the arrows point one way.</summary>
internal sealed class ArchitectureTests
{
    private const string Training = "Pipeline.Training.";
    private static readonly string[] _parts = ["Engine", "Distributions", "Networks", "Optimizers", "Objectives"];

    /// <summary>What each part of training may know of the others.</summary>
    private static readonly Dictionary<string, string[]> _arrows = new()
    {
        ["Files"] = [],
        ["Engine"] = [],
        ["Distributions"] = ["Engine"],
        ["Objectives"] = ["Engine"],
        ["Optimizers"] = ["Engine"],
        ["Networks"] = ["Engine", "Distributions"],
        ["Rendering"] = [],
        ["Environments"] = ["Rendering"],
        ["Replay"] = [.. _parts, "Environments", "Files"],
        ["Rollout"] = ["Engine", "Distributions", "Networks", "Environments", "Replay"],
        ["Algorithms"] = [.. _parts, "Environments", "Replay", "Rollout"],
        ["Export"] = [.. _parts, "Environments", "Replay", "Rollout", "Algorithms"],
        ["Evaluation"] = [.. _parts, "Rendering", "Environments", "Replay", "Rollout", "Algorithms", "Files"],
        ["Loop"] = [.. _parts, "Environments", "Replay", "Rollout", "Algorithms", "Export", "Evaluation", "Files"],
    };

    [Test]
    public void Inside_training_the_arrows_point_one_way()
    {
        string[] wrong =
        [
            .. CodeReferences.Of(typeof(TrainingRun).Assembly)
                .Where(r => Part(r.From) is string && Part(r.To) is string)
                .Where(r => Part(r.From) != Part(r.To) && !Allowed(r.From).Contains(Part(r.To)))
                .Select(r => $"{Part(r.From)} may not know {Part(r.To)}: {Outer(r.From).FullName} names {r.To.FullName}")
                .Distinct(),
        ];
        Assert.That(wrong, Is.Empty, string.Join(Environment.NewLine, wrong));
    }

    [Test]
    public void Environments_know_scenes_and_nothing_that_draws_them()
    {
        string[] known = [.. CodeReferences.Of(typeof(TrainingRun).Assembly).Where(r => Part(r.From) == "Environments" && Part(r.To) == "Rendering").Select(r => r.To.Namespace!).Distinct()];
        Assert.That(known, Is.EqualTo(new[] { Training + "Rendering" }));
    }

    [Test]
    public void References_are_found_in_signatures_fields_and_bodies()
    {
        IReadOnlyList<CodeReference> found = CodeReferences.Of(typeof(ArchitectureTests).Assembly);
        foreach (Type named in new[] { typeof(TrainingRun), typeof(Space), typeof(CodeReference), typeof(Dictionary<,>), typeof(Console) })
            Assert.That(found, Does.Contain(new CodeReference(typeof(Sample), named)));
    }

    [Test]
    public void Every_part_of_training_has_its_arrows_stated()
    {
        string[] unstated = [.. typeof(TrainingRun).Assembly.GetTypes().Select(Part).OfType<string>().Distinct().Where(part => !_arrows.ContainsKey(part))];
        Assert.That(unstated, Is.Empty, "Say in this test what these may know.");
    }

    [TestCase(typeof(Space), new[] { "Newtonsoft.Json" })]
    [TestCase(typeof(Policy), new[] { "Pipeline.Contracts", "Microsoft.ML.OnnxRuntime" })]
    [TestCase(typeof(TrainingRun), new[] { "Pipeline.Contracts", "Pipeline.Runtime", "Microsoft.ML.OnnxRuntime", "Newtonsoft.Json", "CsvHelper", "Google.Protobuf", "MathNet.Numerics" })]
    public void An_assembly_refers_to_those_below_it_alone(Type member, string[] allowed)
    {
        string[] references =
        [
            .. member.Assembly.GetReferencedAssemblies().Select(name => name.Name!)
                .Where(name => name != "netstandard" && !name.StartsWith("System.", StringComparison.Ordinal) && name != "mscorlib"),
        ];
        Assert.That(references, Is.SubsetOf(allowed));
    }

    [Test]
    public void Of_training_only_evaluation_loop_and_export_know_the_runtime()
    {
        Assembly runtime = typeof(Policy).Assembly;
        string[] knowing = [.. CodeReferences.Of(typeof(TrainingRun).Assembly).Where(r => r.To.Assembly == runtime).Select(r => Part(r.From) ?? r.From.FullName!).Distinct()];
        Assert.That(knowing, Is.SubsetOf(new[] { "Evaluation", "Loop", "Export" }));
    }

    [TestCase(typeof(Space))]
    [TestCase(typeof(Policy))]
    [TestCase(typeof(TrainingRun))]
    public void Only_the_command_line_knows_a_console(Type member)
    {
        string[] wrong = [.. CodeReferences.Of(member.Assembly).Where(r => r.To == typeof(Console)).Select(r => Outer(r.From).FullName!).Distinct()];
        Assert.That(wrong, Is.Empty);
    }

    private sealed class Sample
    {
        private readonly Dictionary<string, Space[]> _field = [];

        public CodeReference? Signature(TrainingRun run)
        {
            Console.Out.Write(_field.Count);
            return run is null ? null : default(CodeReference);
        }
    }

    private static string[] Allowed(Type type) => _arrows.GetValueOrDefault(Part(type)!, []);

    private static string? Part(Type type) =>
        type.Namespace is string name && name.StartsWith(Training, StringComparison.Ordinal) ? name[Training.Length..].Split('.')[0] : null;

    private static Type Outer(Type type) => type.DeclaringType is Type outer ? Outer(outer) : type;
}
