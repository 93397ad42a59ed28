using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Execution;

/// <summary>Makes ONNX Runtime sessions, and says plainly why one cannot be made.</summary>
internal static class Sessions
{
    /// <summary>Makes a session from a model's bytes.</summary>
    /// <exception cref="PolicyLoadException">ONNX Runtime refuses the graph, or its native library is missing.</exception>
    internal static InferenceSession Create(byte[] model, PolicyDevice device, PolicyOptions options, string file)
    {
        Devices.Library(file);
        try
        {
            using SessionOptions session = Options(device, options);
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

    private static SessionOptions Options(PolicyDevice device, PolicyOptions options)
    {
        var session = new SessionOptions();
        try
        {
            session.IntraOpNumThreads = options.Threads;
            session.InterOpNumThreads = 1;
            session.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
            session.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL;
            // DirectML allows no memory pattern.
            session.EnableMemoryPattern = device != PolicyDevice.DirectMl;
            // What goes wrong is thrown; a host's console is its own.
            session.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
            session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
            Devices.Append(device, session, options);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
