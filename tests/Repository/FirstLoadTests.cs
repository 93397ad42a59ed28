using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime.Execution;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Repository;

/// <summary>The first loads of a process, while ONNX Runtime starts beside them: each in a process of its own.</summary>
internal sealed class FirstLoadTests
{
    private static readonly string _folder = Path.Combine(RepositoryFiles.At("tests", "Fuzz", "bin"), Path.GetFileName(Path.GetDirectoryName(TestContext.CurrentContext.TestDirectory.TrimEnd(Path.DirectorySeparatorChar)))!, "net10.0");

    [Test]
    public void Many_threads_may_load_at_once_as_the_first_thing_in_a_process()
    {
        DotnetCommand process = Run(_folder, "together");
        Assert.That(process.ExitCode, Is.Zero, process.Output);
        Assert.That(process.Output, Does.StartWith("8 threads: acted: "), "all of them, and alike");
    }

    [Test]
    public void A_load_may_follow_one_that_was_refused()
    {
        DotnetCommand process = Run(_folder, "refused-then-loaded");
        Assert.That(process.ExitCode, Is.Zero, process.Output);
        Assert.That(process.Output.Split('\n')[1], Does.StartWith("acted: "));
    }

    [Test]
    public void A_process_may_end_while_ONNX_Runtime_starts([Range(1, 5)] int time)
    {
        DotnetCommand process = Run(_folder, "refused");
        Assert.That(process.ExitCode, Is.Zero, $"time {time}: {process.Output}");
    }

    [Test]
    public void Without_the_native_library_every_load_says_so()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(_folder).Where(file => !Path.GetFileName(file).Contains("onnxruntime.", StringComparison.Ordinal) || file.EndsWith("ML.OnnxRuntime.dll", StringComparison.OrdinalIgnoreCase)))
            File.Copy(file, folder[Path.GetFileName(file)]);
        DotnetCommand process = Run(folder.Root, "together");
        Assert.That(process.ExitCode, Is.EqualTo(1), process.Output);
        Assert.That(process.Output, Does.StartWith("8 threads: refused: ").And.Contain("no native library that can be loaded").And.Contain("Build the host for this system, so that the library is copied to its output folder."));
    }

    [Test]
    public void What_fails_while_starting_is_left_to_the_load() => Assert.That(() => Startup.Run(() => throw new DllNotFoundException("of the start")), Throws.Nothing);

    private static DotnetCommand Run(string folder, string verb) => DotnetCommand.Run(folder, Path.Combine(folder, "Pipeline.Fuzz.dll"), verb);
}
