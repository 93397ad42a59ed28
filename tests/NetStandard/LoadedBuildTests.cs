using System;
using System.Reflection;
using System.Runtime.Versioning;
using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;

namespace Pipeline.Tests.NetStandard;

/// <summary>That these tests are about the assemblies they are meant to be about.</summary>
internal sealed class LoadedBuildTests
{
    [TestCase(typeof(Space))]
    [TestCase(typeof(Policy))]
    [TestCase(typeof(InferenceSession))]
    public void The_build_for_netstandard_is_the_one_that_is_loaded(Type member)
    {
        string? framework = member.Assembly.GetCustomAttribute<TargetFrameworkAttribute>()?.FrameworkName;
        Assert.That(framework, Is.EqualTo(".NETStandard,Version=v2.1"), member.Assembly.Location);
    }
}
