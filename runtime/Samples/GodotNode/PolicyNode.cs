using System;
using Godot;
using Pipeline.Runtime;

namespace Samples.GodotNode;

/// <summary>
/// A node that acts by a policy. Put a script of your own on a node, derived from this class, and give it <see cref="Observe"/> and
/// <see cref="Apply"/>; choose the file in the inspector. In the frames nothing is allocated.
/// </summary>
public abstract partial class PolicyNode : Node
{
    private Policy? _policy;
    private float[] _observation = [];
    private float[] _action = [];
    private long _frame;

    /// <summary>The exported policy. For a game that is shipped, add <c>*.onnx</c> to the resources of the export preset.</summary>
    [Export(PropertyHint.File, "*.onnx")]
    public string ModelPath { get; set; } = "res://policy.onnx";

    /// <summary>Physics frames from one decision to the next; the action is applied in all of them.</summary>
    [Export(PropertyHint.Range, "1,60")]
    public int DecisionPeriod { get; set; } = 1;

    /// <summary>Whether a policy is loaded; where it is not, the node leaves its body alone.</summary>
    public bool IsActing => _policy is not null;

    public override void _Ready()
    {
        // Through the engine's own files, which also reads what is packed into the game.
        byte[] model = FileAccess.GetFileAsBytes(ModelPath);
        try
        {
            _policy = Policy.Load(model, ModelPath, new PolicyOptions { Sampling = false });
            _observation = new float[_policy.ObservationSpace.Size];
            _action = new float[_policy.ActionSpace.Size];
        }
        catch (PolicyLoadException fault)
        {
            // Names the file, the field and what to do; an engine goes on without this node.
            GD.PushError(fault.Message);
        }
    }

    public override void _PhysicsProcess(double delta)
    {
        if (_policy is null) return;
        if (_frame++ % Math.Max(DecisionPeriod, 1) == 0)
        {
            Observe(_observation);
            _policy.Act(_observation, _action);
        }

        Apply(_action, delta);
    }

    public override void _ExitTree()
    {
        Release();
        // Where the node comes back into the tree, it loads again.
        RequestReady();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Release();
        base.Dispose(disposing);
    }

    /// <summary>Writes what the policy sees, in the order and the units it was trained with.</summary>
    /// <param name="observation">Receives as many floats as the policy's observation space has.</param>
    protected abstract void Observe(Span<float> observation);

    /// <summary>Does what the policy decided.</summary>
    /// <param name="action">As the policy's action space says; a choice is <c>(int)action[0]</c>.</param>
    /// <param name="delta">Seconds of the physics frame.</param>
    protected abstract void Apply(ReadOnlySpan<float> action, double delta);

    private void Release()
    {
        // Native memory, of which the collector knows nothing.
        _policy?.Dispose();
        _policy = null;
    }
}
