using System;
using System.Collections.Generic;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime;

/// <summary>How a <see cref="PolicyWatcher"/> looks at its file and whom it tells. Change single options with <c>with</c>.</summary>
public sealed record PolicyWatcherOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>
    /// How often to look at the file, above 0 and up to a day. Default half a second. Where the system tells of changes the watcher looks
    /// at once; it does not rely on being told.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// How long the file's length and time must stay the same before it is read, 0 to a day: a file that is written in place is then
    /// whole. Default 0.2 seconds.
    /// </summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(0.2);

    /// <summary>Called on the watcher's thread after each reload, with the new file's manifest. Default: nobody.</summary>
    public Action<PolicyManifest>? Reloaded { get; init; }

    /// <summary>
    /// Called on the watcher's thread for each new file that is refused, once, with the reason: most often a
    /// <see cref="PolicyLoadException"/> that names the file. The policy in use stays. Default: nobody; <see cref="PolicyWatcher.LastFault"/> has it too.
    /// </summary>
    public Action<Exception>? Refused { get; init; }

    /// <summary>All that is wrong with the options; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Interval <= TimeSpan.Zero || Interval > Longest) problems.Add($"Interval {Interval} is out of range. Use more than 0 and at most a day, such as half a second.");
        if (Settle < TimeSpan.Zero || Settle > Longest) problems.Add($"Settle {Settle} is out of range. Use 0 to a day, such as 0.2 seconds.");
        return problems;
    }
}
