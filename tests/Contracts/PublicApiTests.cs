using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;

namespace Pipeline.Tests.Contracts;

/// <summary>What host authors build on does not change unseen.</summary>
internal sealed class PublicApiTests
{
    private static readonly string[] Foundations = ["System", "netstandard", "mscorlib", "Microsoft.Win32"];

    [TestCase(typeof(Space), "Pipeline.Contracts.approved.txt")]
    [TestCase(typeof(Policy), "Pipeline.Runtime.approved.txt")]
    public void The_public_api_is_the_approved_one(Type ofAssembly, string approved)
    {
        string received = PublicApi.Write(ofAssembly.Assembly);
        string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "Contracts", "Data", approved);
        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        string receivedPath = Path.Combine(TestContext.CurrentContext.WorkDirectory, approved.Replace("approved", "received", StringComparison.Ordinal));
        if (received != expected) File.WriteAllText(receivedPath, received);
        Assert.That(received, Is.EqualTo(expected), $"If the change is wanted, copy {receivedPath} to tests/Contracts/Data/{approved}.");
    }

    [TestCase(typeof(Space), new[] { "Newtonsoft.Json" })]
    [TestCase(typeof(Policy), new[] { "Microsoft.ML.OnnxRuntime", "Pipeline.Contracts" })]
    public void An_assembly_of_the_host_refers_to_nothing_but_what_it_needs(Type ofAssembly, string[] allowed)
    {
        string[] references = ofAssembly.Assembly.GetReferencedAssemblies().Select(reference => reference.Name!)
            .Where(name => !Foundations.Any(foundation => name == foundation || name.StartsWith(foundation + ".", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ToArray();
        Assert.That(references, Is.EqualTo(allowed));
    }

    [TestCase(typeof(Space))]
    [TestCase(typeof(Policy))]
    public void Every_public_type_of_the_host_assemblies_is_sealed_static_abstract_or_a_value(Type ofAssembly)
    {
        Type[] open = ofAssembly.Assembly.GetExportedTypes().Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract).ToArray();
        Assert.That(open, Is.Empty);
    }
}
