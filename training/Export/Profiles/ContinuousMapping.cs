using System;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Export.Profiles;

/// <summary>From the numbers that a file gives its host to those of the environment: centre + half · x where the bounds are finite, else x.</summary>
internal static class ContinuousMapping
{
    /// <summary>The mapping of a part, for the manifest.</summary>
    /// <param name="part">A part that is real numbers.</param>
    public static JObject Of(ActionPart part) => new()
    {
        ["entry"] = part.Key,
        ["space"] = SpaceJson.Write(part.Space),
        ["action"] = part.Rescales ? "low + (x + 1) * (high - low) / 2" : "x",
    };

    /// <summary>Applies it to a row.</summary>
    /// <param name="part">A part that is real numbers.</param>
    /// <param name="given">The file's numbers.</param>
    /// <param name="action">Receives the environment's.</param>
    public static void Scale(ActionPart part, ReadOnlySpan<float> given, Span<float> action)
    {
        given.CopyTo(action);
        if (!part.Rescales) return;
        var box = (Box)part.Space;
        for (int i = 0; i < action.Length; i++) action[i] = box.Low[i] + ((given[i] + 1) * (box.High[i] - box.Low[i]) / 2);
    }
}
