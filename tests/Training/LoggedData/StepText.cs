using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

/// <summary>All that a logged step holds, bit for bit, to compare steps by.</summary>
internal static class StepText
{
    public static string Of(LoggedStep step) => string.Join(
        '|', step.Episode, List(step.Observation), List(step.Action), step.Reward.ToString("R", null), step.Terminated, step.Truncated,
        step.BehaviourProbability.ToString("R", null), List(step.FinalObservation), List(step.ActionMask));

    private static string List(IReadOnlyList<float>? values) => values is null ? "none" : string.Join(' ', values.Select(v => BitConverter.SingleToInt32Bits(v)));
}
