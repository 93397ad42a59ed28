using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Replay;

/// <summary>What a saved buffer says of itself: what it was made for, and how full it is.</summary>
internal sealed class ReplayHeader
{
    private const string ObservationSpaceKey = "observation_space";
    private const string ActionSpaceKey = "action_space";
    private const string LayoutKey = "layout";
    private const string WrittenKey = "frames_written";
    private const string CountKey = "transitions";
    private const string PriorityKey = "maximum_priority_bits";

    private ReplayHeader(Space observationSpace, Space actionSpace, IReadOnlyDictionary<string, string> layout, long[] written, long count, float maximumPriority)
    {
        ObservationSpace = observationSpace;
        ActionSpace = actionSpace;
        Layout = layout;
        Written = written;
        Count = count;
        MaximumPriority = maximumPriority;
    }

    public Space ObservationSpace { get; }

    public Space ActionSpace { get; }

    /// <summary>The settings that the form of the content depends on, by option.</summary>
    public IReadOnlyDictionary<string, string> Layout { get; }

    public long[] Written { get; }

    public long Count { get; }

    public float MaximumPriority { get; }

    public static ReplayHeader Of(IReplayContent content) => new(
        content.ObservationSpace, content.ActionSpace, content.FileLayout, content.Frames.Written, content.Count, content.Priorities?.Maximum ?? 1);

    /// <summary>Reads what <see cref="ToJson"/> made.</summary>
    public static ReplayHeader Read(string path, string json)
    {
        try
        {
            var header = JObject.Parse(json);
            return new ReplayHeader(
                SpaceJson.Parse(header[ObservationSpaceKey]!, path),
                SpaceJson.Parse(header[ActionSpaceKey]!, path),
                ((JObject)header[LayoutKey]!).Properties().ToDictionary(p => p.Name, p => (string)p.Value!),
                [.. ((JArray)header[WrittenKey]!).Select(n => (long)n)],
                (long)header[CountKey]!,
                BitConverter.UInt32BitsToSingle((uint)header[PriorityKey]!));
        }
        catch (Exception e) when (e is JsonException or ManifestException or InvalidCastException or ArgumentException or NullReferenceException or FormatException or OverflowException)
        {
            throw new ReplayException($"The header of the saved replay buffer {path} cannot be read: {e.Message} {ReplayFile.Remedy}", e);
        }
    }

    public string ToJson() => new JObject
    {
        [ObservationSpaceKey] = SpaceJson.Write(ObservationSpace),
        [ActionSpaceKey] = SpaceJson.Write(ActionSpace),
        [LayoutKey] = new JObject(Layout.Select(p => new JProperty(p.Key, p.Value))),
        [WrittenKey] = new JArray(Written),
        [CountKey] = Count,
        [PriorityKey] = BitConverter.SingleToUInt32Bits(MaximumPriority),
    }.ToString(Formatting.None);

    /// <summary>Refuses to fill a buffer that was made for something else: every difference in one message.</summary>
    public void CheckFits(string path, IReplayContent content)
    {
        var differences = new List<string>();
        if (!ObservationSpace.Equals(content.ObservationSpace)) differences.Add($"observations of {ObservationSpace}, here they are {content.ObservationSpace}");
        if (!ActionSpace.Equals(content.ActionSpace)) differences.Add($"actions of {ActionSpace}, here they are {content.ActionSpace}");
        foreach ((string name, string expected) in content.FileLayout)
        {
            string found = Layout.GetValueOrDefault(name, "none");
            if (found != expected) differences.Add($"{name} {found}, here it is {expected}");
        }

        if (differences.Count > 0)
            throw new ReplayException($"The saved replay buffer {path} was made for {string.Join("; ", differences)}. Use the environment and the options that it was saved with, or go on with an empty buffer.");
        long places = (long)content.Frames.LaneCount * content.Frames.LaneFrames;
        if (Written.Length != content.Frames.LaneCount || Written.Any(n => n < 0) || Count < 0 || Count > places || !float.IsFinite(MaximumPriority) || MaximumPriority <= 0)
            throw new ReplayException($"The header of the saved replay buffer {path} contradicts itself: {Count} transitions in lanes of {string.Join(", ", Written)} frames, largest priority {MaximumPriority}. {ReplayFile.Remedy}");
    }
}
