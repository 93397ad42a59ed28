using System;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Execution;

/// <summary>Makes ONNX Runtime sessions, and says plainly why one cannot be made.</summary>
internal static class Sessions
{
    private const string CudaProvider = "CUDAExecutionProvider";

    /// <summary>The device that the options come to on this machine.</summary>
    /// <exception cref="PolicyLoadException">CUDA is asked for and cannot be had, or ONNX Runtime's native library is missing.</exception>
    internal static PolicyDevice Choose(PolicyOptions options, string file)
    {
        string[] providers = Providers(file);
        if (options.Device == PolicyDevice.Cpu) return PolicyDevice.Cpu;
        string? reason = CudaFault(providers);
        if (reason is null)
        {
            if (options.Device == PolicyDevice.Auto) options.Log?.Invoke($"The policy '{file}' runs on cuda.");
            return PolicyDevice.Cuda;
        }

        if (options.Device == PolicyDevice.Auto)
        {
            options.Log?.Invoke($"The policy '{file}' runs on cpu, as cuda cannot be had: {reason}.");
            return PolicyDevice.Cpu;
        }

        throw new PolicyLoadException(file, new[] { new ManifestProblem("Device", $"Cuda, which cannot be had: {reason}", "Cpu, or Auto to fall back", "Build with -p:Gpu=true on a machine with an NVIDIA GPU, its driver, CUDA and cuDNN.") });
    }

    /// <summary>Makes a session from a model's bytes.</summary>
    /// <exception cref="PolicyLoadException">ONNX Runtime refuses the graph.</exception>
    internal static InferenceSession Create(byte[] model, PolicyDevice device, PolicyOptions options, string file)
    {
        try
        {
            using SessionOptions session = Options(device, options.Threads);
            return new InferenceSession(model, session);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Refused(file, exception);
        }
    }

    internal static PolicyLoadException Refused(string file, OnnxRuntimeException exception) => new(
        file,
        new[] { new ManifestProblem("graph", $"a graph that ONNX Runtime {OrtEnv.Instance().GetVersionString()} refuses: {exception.Message}", "a graph it can run", "Export the policy again.") },
        exception);

    private static SessionOptions Options(PolicyDevice device, int threads)
    {
        var session = new SessionOptions();
        try
        {
            session.IntraOpNumThreads = threads;
            session.InterOpNumThreads = 1;
            session.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
            session.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL;
            session.EnableMemoryPattern = true;
            // What goes wrong is thrown; a host's console is its own.
            session.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
            session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
            if (device == PolicyDevice.Cuda) session.AppendExecutionProvider_CUDA(0);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static string? CudaFault(string[] providers)
    {
        if (!providers.Contains(CudaProvider)) return $"this build of ONNX Runtime has {string.Join(", ", providers)} and no {CudaProvider}";
        try
        {
            Options(PolicyDevice.Cuda, 1).Dispose();
            return null;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or DllNotFoundException or EntryPointNotFoundException)
        {
            return exception.Message;
        }
    }

    private static string[] Providers(string file)
    {
        try
        {
            return OrtEnv.Instance().GetAvailableProviders();
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new PolicyLoadException(
                file,
                new[] { new ManifestProblem("ONNX Runtime", $"no native library that can be loaded ({exception.GetBaseException().Message.Split('.')[0]})", "libonnxruntime.so, onnxruntime.dll or libonnxruntime.dylib for this system, beside the program", "Build the host for this system, so that the library is copied to its output folder.") },
                exception);
        }
    }
}
