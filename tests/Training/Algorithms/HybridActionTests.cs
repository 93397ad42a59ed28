using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Actions of several kinds chosen together: who learns them, and that they are learned.</summary>
public sealed class HybridActionTests
{
    private static readonly string[] Learn = ["ppo", "vpg", "a2c", "acktr", "a3c", "trpo", "impala"];
    private static readonly Dict Actions = new(("tool", new Discrete(3)), ("aim", new Box(-2, 6, 1)), ("push", new MultiBinary(1)));

    private static IEnumerable<string> Names() => AlgorithmRegistry.All.Select(a => a.Name);

    [TestCaseSource(nameof(Names))]
    public void An_algorithm_learns_hybrid_actions_or_refuses_them_at_once(string algorithm)
    {
        AlgorithmDescriptor descriptor = AlgorithmRegistry.All.First(a => a.Name == algorithm);
        string[] problems = [.. descriptor.DefaultOptions("an environment of somebody else").Validate(new Box(-1, 1, 2), Actions)];
        if (Learn.Contains(algorithm)) Assert.That(problems, Is.Empty);
        else Assert.That(problems, Has.All.Contains("The action space Dict(tool: Discrete(3), aim").And.Some.Contains("ppo"));
    }
}
