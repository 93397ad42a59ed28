using NUnit.Framework;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Whether an option does anything.</summary>
internal static class OptionEffect
{
    /// <summary>Asserts that two settings learn numbers, and not the same ones.</summary>
    public static void Assert(float[] one, float[] other) => NUnit.Framework.Assert.Multiple(() =>
    {
        NUnit.Framework.Assert.That(one, Has.All.Matches<float>(float.IsFinite));
        NUnit.Framework.Assert.That(other, Is.Not.EqualTo(one));
    });
}
