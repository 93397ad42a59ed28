using System;
using System.Globalization;
using System.Linq;
using Google.Protobuf;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Engine.Onnx;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Export.Profiles;

/// <summary>Native files with another operator set than the one they were written with.</summary>
public static class NativeOpset
{
    private const int Rows = 64;

    /// <summary>Rewrites a native file, and compares deterministic and drawn actions of both.</summary>
    /// <param name="native">The native file's bytes.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="opset">The ONNX operator set, 13 to 17; null for the one it has.</param>
    /// <exception cref="PolicyLoadException">The native file is none, or is damaged.</exception>
    /// <exception cref="HostProfileException">The operator set is out of range, or lacks an operator of the policy.</exception>
    /// <exception cref="ParityException">The file does not act as the one it was made of.</exception>
    public static ExportedPolicy Make(byte[] native, string name, int? opset)
    {
        ArgumentNullException.ThrowIfNull(native);
        using var before = Policy.Load(native, name);
        int set = opset ?? before.Manifest.Opset;
        if (set == before.Manifest.Opset) return new ExportedPolicy(native, before.Manifest);
        if (HostProfile.Native.OpsetProblem(set) is string outside) throw new HostProfileException(HostProfile.Native, [outside]);
        Model model = Model.Parser.ParseFrom(native);
        try
        {
            OpsetLowering.Lower(model, set);
        }
        catch (ArgumentException exception)
        {
            throw new HostProfileException(HostProfile.Native, [exception.Message]);
        }

        PolicyManifest manifest = before.Manifest with { Opset = set };
        model.MetadataProps.First(p => p.Key == PolicyManifest.MetadataKey).Value = manifest.ToJson();
        byte[] bytes = model.ToByteArray();
        using var after = Policy.Load(bytes, name);
        Compare(before, after, drawn: false);
        if (before.CanSample) Compare(before, after, drawn: true);
        return new ExportedPolicy(bytes, manifest);
    }

    private static void Compare(Policy before, Policy after, bool drawn)
    {
        var random = new RandomGenerator(0, RandomStreams.Parity);
        Space space = before.ObservationSpace;
        float[] rows = new float[Rows * space.Size];
        for (int i = 0; i < Rows; i++) space.Sample(random, rows.AsSpan(i * space.Size, space.Size));
        float[] Act(Policy policy)
        {
            float[] actions = new float[Rows * policy.ActionSpace.Size];
            policy.Run(new PolicyBatch
            {
                Count = Rows,
                Observations = rows,
                States = new float[Rows * policy.StateSize],
                Rewards = new float[policy.UsesRewards ? Rows : 0],
                Actions = actions,
                Random = drawn ? new RandomGenerator(1) : null,
            });
            return actions;
        }

        double worst = Act(before).Zip(Act(after), (a, b) => Math.Abs(a - b) / Math.Max(1.0, Math.Abs(a))).Max();
        if (worst <= HostParity.Tolerance) return;
        throw new ParityException(string.Create(
            CultureInfo.InvariantCulture,
            $"The file with opset {after.Manifest.Opset} differs from the one with {before.Manifest.Opset}: the {(drawn ? "drawn" : "deterministic")} action by {worst:G3}; allowed is {HostParity.Tolerance:G1}. Nothing was written."));
    }
}
