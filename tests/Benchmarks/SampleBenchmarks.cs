using System;
using System.IO;
using Pipeline.Tests.Runtime.Samples;

namespace Pipeline.Benchmarks;

/// <summary>
/// The samples that are about time, each in a process of its own: a controller of 1 kHz alone and beside a busy core, and 10,000 agents at 60
/// frames a second on one thread and on two. Started under <c>chrt -f 5</c> they inherit its real-time priority.
/// </summary>
internal static class SampleBenchmarks
{
    internal static void Run(TextWriter output)
    {
        Run(output, "Controller", "--seconds", "8");
        Run(output, "Controller", "--seconds", "8", "--busy");
        Run(output, "GameLoop", "--frames", "400");
        Run(output, "GameLoop", "--frames", "400", "--threads", "2");
    }

    private static void Run(TextWriter output, string sample, params string[] arguments)
    {
        output.WriteLine($"{sample} {string.Join(' ', arguments)}");
        (int code, string text, string error) = SamplePrograms.Run(sample, arguments);
        if (code == 2) throw new InvalidOperationException(error);
        output.WriteLine(text);
    }
}
