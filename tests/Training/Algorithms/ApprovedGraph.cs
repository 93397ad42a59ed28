using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Update graphs as approved text, in the folder Data beside this file.</summary>
internal static class ApprovedGraph
{
    /// <summary>The gradient of a loss by a network's parameters, as text.</summary>
    public static string Gradient(Tensor loss, ParameterSet parameters, ParameterScope scope)
    {
        Tensor[] gradients = Gradients.Of(loss, [.. parameters.All.Select(p => scope[p])]);
        return GraphText.Print(parameters.All.Zip(gradients, (p, g) => KeyValuePair.Create(p.Name, g)));
    }

    /// <summary>Asserts that a graph's text is the approved one.</summary>
    public static void Check(string file, string actual)
    {
        string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "Training", "Algorithms", "Data", file);
        string approved = File.Exists(path) ? File.ReadAllText(path) : "";
        if (actual != approved) File.WriteAllText(path + ".actual", actual);
        Assert.That(actual, Is.EqualTo(approved), $"If the change is meant, put {path}.actual in the place of {file}.");
    }
}
