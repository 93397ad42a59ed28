using System;
using System.Collections.Generic;

namespace Pipeline.Runtime;

/// <summary>How to load and run a policy. Change single options with <c>with</c>.</summary>
public sealed record PolicyOptions
{
    private static readonly Dictionary<string, string> None = new();

    /// <summary>Where to run. Default <see cref="PolicyDevice.Cpu"/>.</summary>
    public PolicyDevice Device { get; init; } = PolicyDevice.Cpu;

    /// <summary>Which of several devices of the kind, from 0, for CUDA, TensorRT, DirectML, MIGraphX and WebGPU. Default 0.</summary>
    public int DeviceId { get; init; }

    /// <summary>
    /// Further options of the device's provider, by the names and in the words of ONNX Runtime's documentation, such as
    /// <c>gpu_mem_limit</c> for CUDA. Default none. MIGraphX and oneDNN take none.
    /// </summary>
    public IReadOnlyDictionary<string, string> DeviceOptions { get; init; } = None;

    /// <summary>
    /// Whether loading fails where the device lacks an operator of the policy. Default false: ONNX Runtime then runs such operators on the
    /// processor.
    /// </summary>
    public bool WholeGraphOnDevice { get; init; }

    /// <summary>Receives one line when <see cref="PolicyDevice.Auto"/> has chosen a device, and why. Default: nobody.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>
    /// Threads inside one call, 1 to 256. Default 1: networks of this size gain nothing from more, and a host's other threads keep their
    /// cores. Extra threads sleep between calls, they do not spin.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Largest file to read, in bytes, up to 2,000,000,000. Default 256 MiB.</summary>
    public long MaximumFileBytes { get; init; } = 256L << 20;

    /// <summary>Longest manifest to read, in bytes of JSON, up to 16,777,216. Default 4 MiB: a box of 100,000 numbers with bounds of their own has about 2.</summary>
    public int MaximumManifestBytes { get; init; } = 4 << 20;

    /// <summary>Most nodes of a graph, up to 1,000,000. Default 10,000: policies have tens to hundreds.</summary>
    public int MaximumNodes { get; init; } = 10_000;

    /// <summary>
    /// Most bytes that inputs and results of all nodes may take together for each row of a call, worked out from their shapes before the first
    /// run. Default 64 MiB: a network of convolutions over 84×84 pictures takes about 0.3.
    /// </summary>
    public long MaximumRowBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Most operations for each row of a call: multiplications of products and convolutions, and elements read and written. Default 10⁹, a second
    /// or so: a network of convolutions over 84×84 pictures takes about 10⁷.
    /// </summary>
    public long MaximumRowWork { get; init; } = 1_000_000_000;

    /// <summary>
    /// Whether to prepare for sampled actions too, where the policy has them. Default true; false halves the time to load and the memory
    /// of a host that only ever acts deterministically.
    /// </summary>
    public bool Sampling { get; init; } = true;

    /// <summary>Rows of the calls that loading makes ready for, 1 to 1,000,000, as <see cref="Policy.WarmUp"/> does. Default 1.</summary>
    public int WarmUpRows { get; init; } = 1;

    /// <summary>All that is wrong with the options; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Device is < PolicyDevice.Cpu or > PolicyDevice.VitisAi) problems.Add($"Device {(int)Device} is none. Use Cpu, Cuda, Auto or another of PolicyDevice.");
        if (DeviceId < 0) problems.Add($"DeviceId {DeviceId} is out of range. Use 0 for the first device.");
        if (DeviceOptions is null) problems.Add("DeviceOptions is null. Use an empty dictionary for none.");
        else if (DeviceOptions.Count > 0 && Device is (PolicyDevice.Cpu or PolicyDevice.MiGraphX or PolicyDevice.OneDnn)) problems.Add($"DeviceOptions has {DeviceOptions.Count} entries, but {Device} takes none. Leave them out, or choose another Device.");
        if (Threads is < 1 or > 256) problems.Add($"Threads {Threads} is out of range. Use 1 to 256.");
        if (MaximumFileBytes is < 1 or > 2_000_000_000) problems.Add($"MaximumFileBytes {MaximumFileBytes} is out of range. Use 1 to 2000000000.");
        if (MaximumManifestBytes is < 1 or > 1 << 24) problems.Add($"MaximumManifestBytes {MaximumManifestBytes} is out of range. Use 1 to {1 << 24}.");
        if (MaximumNodes is < 1 or > 1_000_000) problems.Add($"MaximumNodes {MaximumNodes} is out of range. Use 1 to 1000000.");
        if (MaximumRowBytes < 1) problems.Add($"MaximumRowBytes {MaximumRowBytes} is out of range. Use 1 or more.");
        if (MaximumRowWork < 1) problems.Add($"MaximumRowWork {MaximumRowWork} is out of range. Use 1 or more.");
        if (WarmUpRows is < 1 or > 1_000_000) problems.Add($"WarmUpRows {WarmUpRows} is out of range. Use 1 to 1000000.");
        return problems;
    }
}
