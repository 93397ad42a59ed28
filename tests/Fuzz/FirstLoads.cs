using System;
using System.Linq;
using System.Threading;
using Pipeline.Runtime;
using Pipeline.Tests.Runtime;

namespace Pipeline.Tests.Fuzz;

/// <summary>What a process may do first: load on many threads at once, or be refused and end at once. Both meet ONNX Runtime while it starts.</summary>
internal static class FirstLoads
{
    private const int Threads = 8;

    /// <summary>Loads one file on all threads at the same time, and says how many of them acted or why they did not.</summary>
    /// <returns>0 where all acted alike.</returns>
    internal static int Together()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Continuous());
        using var start = new Barrier(Threads);
        string[] answers = new string[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            answers[i] = Answer(file);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        foreach (IGrouping<string, string> alike in answers.GroupBy(answer => answer)) Console.WriteLine($"{alike.Count()} threads: {alike.Key}");
        return answers.All(answer => answer == answers[0] && answer.StartsWith("acted", StringComparison.Ordinal)) ? 0 : 1;
    }

    /// <summary>Is refused a file, and then loads another where that is asked for.</summary>
    /// <returns>0 where the one was refused and the other acted.</returns>
    internal static int Refused(bool thenLoad)
    {
        string refused = Answer(new byte[100]);
        string loaded = thenLoad ? Answer(SketchedPolicies.File(SketchedPolicies.Continuous())) : "acted: not asked for";
        Console.WriteLine($"{refused}{Environment.NewLine}{loaded}");
        return refused.StartsWith("refused", StringComparison.Ordinal) && loaded.StartsWith("acted", StringComparison.Ordinal) ? 0 : 1;
    }

    private static string Answer(byte[] file)
    {
        try
        {
            using Policy policy = Policy.Load(file, "first");
            float[] action = new float[policy.ActionSpace.Size];
            policy.Act(new float[policy.ObservationSpace.Size], action);
            return "acted: " + string.Join(' ', action);
        }
        catch (PolicyLoadException exception)
        {
            return "refused: " + exception.Message;
        }
    }
}
