using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>A part of an action that is chosen by a distribution of its own, and which outputs of the policy's file tell it: the whole action, or an entry of a hybrid one.</summary>
internal sealed class ActingPart
{
    private const string ActionValues = "q_values";
    private readonly string? _entry;
    private readonly TensorSpec? _scores;
    private readonly TensorSpec? _mean;
    private readonly TensorSpec? _deviation;

    private ActingPart(Space space, string? entry, IReadOnlyList<TensorSpec> outputs)
    {
        (Space, _entry) = (space, entry);
        TensorSpec? Told(TensorRole role) => outputs.FirstOrDefault(o => o.Role == role && (entry is null || o.Name[(o.Name.IndexOf('.', StringComparison.Ordinal) + 1)..] == entry));
        if (space is Box) (_mean, _deviation) = (Told(TensorRole.Mean), Told(TensorRole.LogStd));
        else _scores = Told(TensorRole.Logits) ?? (entry is null ? outputs.FirstOrDefault(o => o.Role == TensorRole.Extra && o.Name == ActionValues) : null);
        Outputs = [.. new[] { _scores, _mean, _deviation }.OfType<TensorSpec>()];
    }

    /// <summary>Its values.</summary>
    public Space Space { get; }

    /// <summary>What tells its distribution, [batch, numbers] each.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; }

    /// <summary>The parts of a policy's actions, in order.</summary>
    public static ActingPart[] Of(PolicyManifest manifest) => manifest.ActionSpace is Dict dict
        ? [.. dict.Entries.Select(e => new ActingPart(e.Value, e.Key, manifest.Outputs))] : [new ActingPart(manifest.ActionSpace, null, manifest.Outputs)];

    /// <summary>Why the file does not tell what a rule needs; null where it does.</summary>
    public string? Problem(ActingRule rule, string algorithm)
    {
        string part = _entry is null ? "" : $"the part '{_entry}' of ";
        if (Space is not Box box)
        {
            return rule.Temperature == 0 || _scores is not null ? null
                : $"the file of {algorithm} tells neither logits nor action values to draw {part}actions by. Use temperature 0, with epsilon where other actions are to be tried.";
        }

        if (rule.Epsilon > 0 && !box.IsBounded) return $"epsilon is {rule.Epsilon}, and there is no uniform action in {box}, which has a side without bound. Leave epsilon out.";
        if (rule.Epsilon > 0 && rule.Temperature == 0) return $"with epsilon alone, {part}a real-valued action is uniform or one single point, which together have no density. Give a temperature above 0 too.";
        if (rule.Temperature == 0 || (_mean is not null && _deviation is not null)) return null;
        return $"the file of {algorithm} does not tell the density of {part}its actions (outputs with the roles mean and log_std). " +
            "ppo, a2c, trpo, acer, sac and their like do once they are exported anew, td3 and ddpg with their noise; other policies are evaluated by their deterministic action and fqe.";
    }

    /// <summary>The distributions of a part that is the whole.</summary>
    /// <param name="rule">How the policy is acted by.</param>
    /// <param name="modes">The deterministic actions, [rows, action size].</param>
    /// <param name="said">What each of the outputs says, [rows, numbers].</param>
    /// <param name="masks">What is allowed, [rows, mask size]; empty for everything.</param>
    public ActionRows Rows(ActingRule rule, float[] modes, Dictionary<string, float[]> said, ReadOnlySpan<float> masks)
    {
        float[] Said(TensorSpec? output) => output is null ? [] : said.GetValueOrDefault(output.Name, []);
        if (Space is Box box) return new RealRows(box, rule, modes, Said(_mean), Said(_deviation), _deviation?.Name.StartsWith(NativeProfile.SquashedLogStdName, StringComparison.Ordinal) == true);
        return new ChoiceRows(ActingPolicy.Branches(Space), rule, modes, Space is MultiBinary ? PairsOf(Said(_scores)) : Said(_scores), masks);
    }

    /// <summary>Those of an entry: its columns of the actions and masks of a hybrid space.</summary>
    public ActionRows Rows(ActingRule rule, Space whole, int count, float[] modes, Dictionary<string, float[]> said, ReadOnlySpan<float> masks)
    {
        var dict = (Dict)whole;
        float[] own = Columns(modes, count, dict.OffsetOf(_entry!), Space.Size);
        return Rows(rule, own, said, masks.IsEmpty || Space.MaskSize == 0 ? [] : Columns(masks, count, dict.MaskOffsetOf(_entry!), Space.MaskSize));
    }

    private static float[] Columns(ReadOnlySpan<float> rows, int count, int first, int width)
    {
        float[] own = new float[count * width];
        int all = count == 0 ? 0 : rows.Length / count;
        for (int row = 0; row < count; row++) rows.Slice((row * all) + first, width).CopyTo(own.AsSpan(row * width));
        return own;
    }

    // A bit of logit x is a choice between 0, of score 0, and 1, of score x.
    private static float[] PairsOf(float[] logits)
    {
        float[] pairs = new float[2 * logits.Length];
        for (int i = 0; i < logits.Length; i++) pairs[(2 * i) + 1] = logits[i];
        return pairs;
    }
}
