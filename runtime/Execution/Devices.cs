using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Execution;

/// <summary>Where a policy runs, and why there.</summary>
/// <param name="Device">Never Auto.</param>
/// <param name="Reason">The device and what brought it about, such as "cpu, as the options say".</param>
internal sealed record DeviceChoice(PolicyDevice Device, string Reason);

/// <summary>How each <see cref="PolicyDevice"/> is asked of ONNX Runtime, and what is said where it cannot be had.</summary>
internal static class Devices
{
    private static readonly DeviceRow[] Rows =
    {
        new(PolicyDevice.Cuda, "CUDAExecutionProvider", "Build with -p:Gpu=true on a machine with an NVIDIA GPU, its driver, CUDA and cuDNN.", AppendCuda),
        new(PolicyDevice.TensorRt, "TensorrtExecutionProvider", "Build with -p:Gpu=true on a machine with an NVIDIA GPU, its driver, CUDA, cuDNN and TensorRT.", AppendTensorRt),
        new(PolicyDevice.MiGraphX, "MIGraphXExecutionProvider", "Use an ONNX Runtime built with MIGraphX on Linux with an AMD GPU and ROCm.", (session, options) => session.AppendExecutionProvider_MIGraphX(options.DeviceId)),
        new(PolicyDevice.OneDnn, "DnnlExecutionProvider", "Use an ONNX Runtime built with oneDNN.", (session, options) => session.AppendExecutionProvider_Dnnl()),
        new(PolicyDevice.DirectMl, "DmlExecutionProvider", "Use the DirectML build of ONNX Runtime on Windows with a DirectX 12 GPU.", Named("DML", "device_id")),
        new(PolicyDevice.WebGpu, "WebGpuExecutionProvider", "Use an ONNX Runtime built with WebGPU.", Named("WebGPU", "deviceId")),
        new(PolicyDevice.TensorRtRtx, "NvTensorRTRTXExecutionProvider", "Use an ONNX Runtime built with TensorRT for RTX.", Named("NvTensorRtRtx", "device_id")),
        new(PolicyDevice.CoreMl, "CoreMLExecutionProvider", "Use ONNX Runtime's build for macOS or iOS.", Named("CoreML")),
        new(PolicyDevice.OpenVino, "OpenVINOExecutionProvider", "Use the OpenVINO build of ONNX Runtime.", Named("OpenVINO")),
        new(PolicyDevice.Xnnpack, "XnnpackExecutionProvider", "Use an ONNX Runtime built with XNNPACK.", Named("XNNPACK")),
        new(PolicyDevice.Qnn, "QNNExecutionProvider", "Use the QNN build of ONNX Runtime on a Qualcomm machine.", Named("QNN")),
        new(PolicyDevice.VitisAi, "VitisAIExecutionProvider", "Use an ONNX Runtime built with Vitis AI.", Named("VitisAI")),
    };

    /// <summary>The device that the options come to on this machine.</summary>
    /// <exception cref="PolicyLoadException">It cannot be had, or ONNX Runtime's native library is missing.</exception>
    internal static DeviceChoice Choose(PolicyOptions options, string file)
    {
        if (options.Device == PolicyDevice.Cpu) return new DeviceChoice(PolicyDevice.Cpu, "cpu, as the options say");
        string[] providers = Library(file).GetAvailableProviders();
        bool auto = options.Device == PolicyDevice.Auto;
        DeviceRow row = Of(auto ? PolicyDevice.Cuda : options.Device);
        string? fault = Fault(row, options, providers);
        if (auto)
        {
            DeviceChoice choice = fault is null
                ? new DeviceChoice(PolicyDevice.Cuda, "cuda, which Auto found")
                : new DeviceChoice(PolicyDevice.Cpu, $"cpu, as cuda cannot be had: {fault}");
            options.Log?.Invoke($"The policy '{file}' runs on {choice.Reason}.");
            return choice;
        }

        if (fault is null) return new DeviceChoice(row.Device, $"{row.Device}, as the options say");
        throw new PolicyLoadException(file, new[] { new ManifestProblem("Device", $"{row.Device}, which cannot be had: {fault}", "Cpu, or a device of this machine (Auto falls back from Cuda to Cpu)", row.Remedy) });
    }

    /// <summary>Adds a device to a session's options; nothing for the processor.</summary>
    internal static void Append(PolicyDevice device, SessionOptions session, PolicyOptions options)
    {
        if (device == PolicyDevice.Cpu) return;
        Of(device).Append(session, options);
        if (options.WholeGraphOnDevice) session.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
    }

    private static DeviceRow Of(PolicyDevice device) => Rows.First(row => row.Device == device);

    private static string? Fault(DeviceRow row, PolicyOptions options, string[] providers)
    {
        if (!providers.Contains(row.Provider)) return $"this build of ONNX Runtime has {string.Join(", ", providers)} and no {row.Provider}";
        try
        {
            using var session = new SessionOptions();
            row.Append(session, options);
            return null;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or DllNotFoundException or EntryPointNotFoundException or NotSupportedException)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    private static void AppendCuda(SessionOptions session, PolicyOptions options)
    {
        if (options.DeviceOptions.Count == 0)
        {
            session.AppendExecutionProvider_CUDA(options.DeviceId);
            return;
        }

        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(With(options, "device_id"));
        session.AppendExecutionProvider_CUDA(cuda);
    }

    private static void AppendTensorRt(SessionOptions session, PolicyOptions options)
    {
        using var tensorRt = new OrtTensorRTProviderOptions();
        tensorRt.UpdateOptions(With(options, "device_id"));
        session.AppendExecutionProvider_Tensorrt(tensorRt);
        session.AppendExecutionProvider_CUDA(options.DeviceId);
    }

    private static Action<SessionOptions, PolicyOptions> Named(string provider, string? deviceKey = null) =>
        (session, options) => session.AppendExecutionProvider(provider, With(options, deviceKey));

    private static Dictionary<string, string> With(PolicyOptions options, string? deviceKey)
    {
        var all = new Dictionary<string, string>(options.DeviceOptions);
        if (deviceKey is not null && !all.ContainsKey(deviceKey)) all[deviceKey] = options.DeviceId.ToString(CultureInfo.InvariantCulture);
        return all;
    }

    /// <summary>ONNX Runtime, loaded.</summary>
    /// <exception cref="PolicyLoadException">Its native library is missing.</exception>
    internal static OrtEnv Library(string file)
    {
        try
        {
            return OrtEnv.Instance();
        }
        catch (Exception exception) when (IsMissing(exception))
        {
            throw new PolicyLoadException(
                file,
                new[] { new ManifestProblem("ONNX Runtime", $"no native library that can be loaded ({exception.GetBaseException().Message.Split('.')[0]})", "libonnxruntime.so, onnxruntime.dll or libonnxruntime.dylib for this system, beside the program", "Build the host for this system, so that the library is copied to its output folder.") },
                exception);
        }
    }

    private static bool IsMissing(Exception exception) =>
        exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException;

    /// <summary>A device, ONNX Runtime's name of its provider, what to do where it is missing, and how it is asked for.</summary>
    private sealed record DeviceRow(PolicyDevice Device, string Provider, string Remedy, Action<SessionOptions, PolicyOptions> Append);
}
