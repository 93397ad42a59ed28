using System;
using System.Linq;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.Training.Engine.Execution;

/// <summary>Where compiled graphs run, chosen once for a run.</summary>
public sealed class ExecutionDevice
{
    private const string CudaProvider = "CUDAExecutionProvider";

    private ExecutionDevice(string name, int threads) => (Name, Threads) = (name, threads);

    /// <summary>The CPU, one thread.</summary>
    public static ExecutionDevice Cpu { get; } = new("cpu", 1);

    /// <summary><c>cpu</c> or <c>cuda</c>: what was settled on.</summary>
    public string Name { get; }

    /// <summary>Whether buffers of this process's memory are what the graph reads and writes directly.</summary>
    public bool SharesHostMemory => Name == "cpu";

    /// <summary>
    /// Calls that <see cref="ConcurrentCalls"/> runs at once, at least 1. Operators have one thread each: the graphs are small. So results do not
    /// depend on it.
    /// </summary>
    public int Threads { get; }

    /// <summary>Settles on a device.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> (fails where there is none) or <c>auto</c> (falls back to the CPU and says so).</param>
    /// <param name="log">Receives the message of a fall-back.</param>
    /// <param name="threads">Calls that may run at once, at least 1.</param>
    /// <exception cref="ArgumentException">The name is none of the three.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is below 1.</exception>
    /// <exception cref="InvalidOperationException"><c>cuda</c> was asked for and cannot be had; the message says why.</exception>
    public static ExecutionDevice Choose(string name, Action<string> log, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), threads, "The number of threads is at least 1.");
        switch (name)
        {
            case "cpu":
                return new ExecutionDevice("cpu", threads);
            case "cuda":
                return CudaProblem() is string problem
                    ? throw new InvalidOperationException($"The device 'cuda' is not available: {problem} Use --device cpu, or auto to fall back by itself.")
                    : new ExecutionDevice("cuda", threads);
            case "auto":
                if (CudaProblem() is not string reason) return new ExecutionDevice("cuda", threads);
                log($"No CUDA device is used: {reason} Running on the CPU.");
                return new ExecutionDevice("cpu", threads);
            default:
                throw new ArgumentException($"The device '{name}' is unknown. Allowed are cpu, cuda and auto.", nameof(name));
        }
    }

    internal SessionOptions SessionOptions()
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            EnableMemoryPattern = true,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // The emission puts transposes where they cost least; this fusion would put them back.
        options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "GemmTransposeFusion");
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        if (!SharesHostMemory) options.AppendExecutionProvider_CUDA(0);
        return options;
    }

    private static string? CudaProblem()
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains(CudaProvider))
            return "this build of ONNX Runtime has no CUDA provider (build with -p:Gpu=true).";
        try
        {
            using var options = new SessionOptions();
            options.AppendExecutionProvider_CUDA(0);
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return $"ONNX Runtime could not start its CUDA provider, which needs an NVIDIA GPU with its driver, CUDA 13 and cuDNN 9 ({e.Message.ReplaceLineEndings(" ")}).";
        }
    }
}
