using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Onnx;

namespace Pipeline.Training.Export.Profiles;

/// <summary>Whose conventions an exported file follows.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Host">The program that loads such files.</param>
/// <param name="DefaultOpset">The ONNX operator set unless another is asked for.</param>
/// <param name="LowestOpset">The oldest operator set the host takes, or the oldest that is written.</param>
/// <param name="HighestOpset">The newest one.</param>
public sealed record HostProfile(string Name, string Host, int DefaultOpset, int LowestOpset, int HighestOpset)
{
    /// <summary>Files for Pipeline's own runtime, which reads opset 13 to 17: everything that a policy can do, with a manifest.</summary>
    public static HostProfile Native { get; } = new("native", "the Pipeline runtime", ActorExport.Opset, 13, OnnxWriter.HighestOpset);

    /// <summary>Files for Unity ML-Agents (com.unity.ml-agents 2 to 4). Its own trainers write opset 9, and the Inference Engine documents 7 to 15.</summary>
    public static HostProfile MlAgents { get; } = new("ml-agents", "Unity ML-Agents", 9, OnnxWriter.LowestOpset, 15);

    /// <summary>Files for the Godot RL Agents plugin, which runs them in ONNX Runtime 1.15.</summary>
    public static HostProfile Godot { get; } = new("godot", "Godot RL Agents", 15, OnnxWriter.LowestOpset, 17);

    /// <summary>Files as the documentation of Stable-Baselines3 exports them, for programs that were written for those.</summary>
    public static HostProfile Sb3 { get; } = new("sb3", "programs for Stable-Baselines3 exports", 17, OnnxWriter.LowestOpset, 17);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<HostProfile> All { get; } = [Native, MlAgents, Godot, Sb3];

    /// <summary>What an operator set asked for has against it; null where it is allowed.</summary>
    /// <param name="opset">The operator set.</param>
    public string? OpsetProblem(int opset) => opset >= LowestOpset && opset <= HighestOpset
        ? null
        : $"The profile {Name} is written with opset {LowestOpset} to {HighestOpset}, not {opset}. Leave --opset out for {DefaultOpset}.";

    /// <summary>The profile of a name; null where there is none.</summary>
    /// <param name="name">The name.</param>
    public static HostProfile? Find(string name) => All.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
