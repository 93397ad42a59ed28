using System.IO;
using System.Linq;
using NUnit.Framework;

namespace Pipeline.Tests.Repository;

/// <summary>The fuzz program, on a few of its cases: each in a process that native code could take down.</summary>
internal sealed class FuzzProgramTests
{
    [Test]
    public void Files_changed_at_random_load_and_act_or_are_refused()
    {
        string program = RepositoryFiles.At("tests", "Fuzz", "bin", Configuration, "net10.0", "Pipeline.Fuzz.dll");
        DotnetCommand fuzz = DotnetCommand.Run(RepositoryFiles.Root, program, "--cases", "6000", "--seed", "4", "--workers", "2");
        TestContext.Out.WriteLine(fuzz.Output);
        Assert.That(fuzz.ExitCode, Is.Zero, fuzz.Output);
        Assert.That(fuzz.Output, Does.Contain("seed 4, 6000 cases"));
        int[] counts = [.. fuzz.Output.Split('\n').Skip(1).Where(line => line.Length > 22).Select(line => int.Parse(line[22..], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.That(counts.Sum(), Is.EqualTo(6000), "every case is counted");
        Assert.That(counts[0], Is.GreaterThan(300), "some still act, or nothing was tried but the first checks");
    }

    /// <summary>Release or Debug, as these tests were built.</summary>
    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(TestContext.CurrentContext.TestDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
}
