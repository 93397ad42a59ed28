using System;
using System.Collections.Generic;

namespace Pipeline.Runtime;

/// <summary>Where a policy runs.</summary>
public enum PolicyDevice
{
    /// <summary>The processor. The default: policies are small, and a GPU's call overhead is larger than their whole work.</summary>
    Cpu,

    /// <summary>The first CUDA device; loading fails where there is none.</summary>
    Cuda,

    /// <summary>CUDA where it can be had, else the processor; the choice is told to <see cref="PolicyOptions.Log"/>.</summary>
    Auto,
}

/// <summary>How to load and run a policy. Change single options with <c>with</c>.</summary>
public sealed record PolicyOptions
{
    /// <summary>Where to run. Default <see cref="PolicyDevice.Cpu"/>.</summary>
    public PolicyDevice Device { get; init; } = PolicyDevice.Cpu;

    /// <summary>Receives one line when <see cref="PolicyDevice.Auto"/> has chosen a device, and why. Default: nobody.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>
    /// Threads inside one call, 1 to 256. Default 1: networks of this size gain nothing from more, and a host's other threads keep their
    /// cores. Extra threads sleep between calls, they do not spin.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Largest file to read, in bytes, up to 2,000,000,000. Default 256 MiB.</summary>
    public long MaximumFileBytes { get; init; } = 256L << 20;

    /// <summary>
    /// Whether to prepare for sampled actions too, where the policy has them. Default true; false halves the time to load and the memory
    /// of a host that only ever acts deterministically.
    /// </summary>
    public bool Sampling { get; init; } = true;

    /// <summary>All that is wrong with the options; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Device is < PolicyDevice.Cpu or > PolicyDevice.Auto) problems.Add($"Device {(int)Device} is none. Use Cpu, Cuda or Auto.");
        if (Threads is < 1 or > 256) problems.Add($"Threads {Threads} is out of range. Use 1 to 256.");
        if (MaximumFileBytes is < 1 or > 2_000_000_000) problems.Add($"MaximumFileBytes {MaximumFileBytes} is out of range. Use 1 to 2000000000.");
        return problems;
    }
}
