using System;
using System.Threading;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Runtime.Execution;

/// <summary>
/// What a process pays once, paid beside the reading of its first file: ONNX Runtime's library and its environment, which take as long as the file
/// and its manifest do. What goes wrong is left for the load to meet and to tell: it asks for the same.
/// </summary>
internal static class Startup
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static int _begun;

    /// <summary>Begins, on another thread, when it is called first: by a load that has found something to read.</summary>
    internal static void Begin()
    {
        if (Interlocked.Exchange(ref _begun, 1) == 1) return;
        Run(() =>
        {
            // Not of the pool, which takes longer to start and may have none to spare.
            var thread = new Thread(() => Run(() => OrtEnv.Instance())) { IsBackground = true, Name = "Pipeline's start" };
            thread.Start();
            // A process that ends meanwhile would take the library down while it is still being put up, and crash.
            AppDomain.CurrentDomain.ProcessExit += (_, _) => thread.Join(LongestWait);
        });
    }

    /// <summary>Runs what may fail.</summary>
    internal static void Run(Action step)
    {
        try
        {
            step();
        }
#pragma warning disable CA1031 // Whatever it is, the load comes to the same place, and tells.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
