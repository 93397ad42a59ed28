using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Replay;

/// <summary>How a buffer keeps observations.</summary>
public enum ObservationStorage
{
    /// <summary>
    /// Bytes for what is known to hold small whole numbers: a Box of three axes with bounds 0 and 1 or 0 and 255, choices out of at most 256, and
    /// bits. Floats for the rest. The entries of a Dict are judged each by itself.
    /// </summary>
    Auto,

    /// <summary>32-bit floats, for any observation.</summary>
    Float,

    /// <summary>Bytes, for observations of whole numbers from 0 to 255.</summary>
    Byte,
}

/// <summary>From where hindsight takes the goals that it pretends were desired (arXiv:1707.01495, section 4.5).</summary>
public enum HindsightStrategy
{
    /// <summary>What the episode achieved at its end.</summary>
    Final,

    /// <summary>What the same episode achieved at any time after the step, the end included.</summary>
    Future,

    /// <summary>What the same episode achieved at any time, as far as it is still kept.</summary>
    Episode,

    /// <summary>What any episode in the buffer achieved at any time.</summary>
    Random,
}

/// <summary>
/// Proportional prioritized replay (Schaul et al., arXiv:1511.05952): a transition is drawn with probability p / Σp, p = (|error| + ε)^α, and
/// weighs (N·P)^-β in the loss. The defaults are the paper's for the proportional kind.
/// </summary>
/// <param name="Alpha">α: 0 draws all alike, 1 in proportion to the error.</param>
/// <param name="BetaStart">β at the start of the run.</param>
/// <param name="BetaEnd">β at its end; linear in between. 1 corrects the bias of the drawing in full.</param>
/// <param name="Epsilon">ε, so that a transition without an error is drawn again too.</param>
public sealed record PrioritySettings(double Alpha = 0.6, double BetaStart = 0.4, double BetaEnd = 1, double Epsilon = 1e-6);

/// <summary>Hindsight experience replay (Andrychowicz et al., arXiv:1707.01495).</summary>
/// <param name="Strategy">Where the other goals come from.</param>
/// <param name="GoalsPerTransition">k: other goals for each true one, so that k / (k + 1) of what is drawn has another goal.</param>
public sealed record HindsightSettings(HindsightStrategy Strategy = HindsightStrategy.Future, int GoalsPerTransition = 4);

/// <summary>What a <see cref="ReplayBuffer"/> keeps and how it samples.</summary>
public sealed record ReplaySettings
{
    /// <summary>
    /// Transitions kept at most, shared evenly by the environments; what does not divide is left out. Observations are kept once, as the start of one
    /// transition and the end of the one before; so the last observation of an ended episode takes the place of a transition.
    /// </summary>
    public long Capacity { get; init; } = 1_000_000;

    /// <summary>Bytes kept at most, everything included; null for no limit other than <see cref="Capacity"/>.</summary>
    public long? CapacityBytes { get; init; }

    /// <summary>B, rows of a sampled batch.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>n, steps folded into a transition; fewer where the episode ends or the newest step comes before.</summary>
    public int NStep { get; init; } = 1;

    /// <summary>γ, which the folded rewards and the discounts are made with.</summary>
    public double Gamma { get; init; } = 0.99;

    /// <summary>Prioritized sampling; null for uniform.</summary>
    public PrioritySettings? Priority { get; init; }

    /// <summary>Learning from goals reached by chance; null for the true goals alone.</summary>
    public HindsightSettings? Hindsight { get; init; }

    /// <summary>How observations are kept.</summary>
    public ObservationStorage Storage { get; init; }

    /// <summary>What is wrong with the settings, all of it, each with what is allowed and what to change.</summary>
    /// <param name="observationSpace">The environment's observations.</param>
    /// <param name="actionSpace">The environment's actions.</param>
    /// <param name="environmentCount">N</param>
    /// <param name="masked">Whether action masks are kept.</param>
    public IEnumerable<string> Problems(Space observationSpace, Space actionSpace, int environmentCount, bool masked = false)
    {
        var problems = new List<string>();
        CheckNumbers(problems);
        if (actionSpace is Dict) problems.Add($"The action space {actionSpace} cannot be kept for replay. Allowed are Box, Discrete, MultiDiscrete and MultiBinary.");
        if (Storage == ObservationStorage.Byte) problems.AddRange(RowCodec.ByteProblems(observationSpace));
        if (Hindsight is not null) CheckHindsight(observationSpace, problems);
        if (environmentCount < 1) problems.Add($"environment_count is {environmentCount}. It is at least 1.");
        else if (problems.Count == 0) CheckCapacity(FrameLayout.For(this, observationSpace, actionSpace, masked), environmentCount, problems);
        return problems;
    }

    private void CheckNumbers(List<string> problems)
    {
        foreach ((string name, long value) in new[] { ("buffer_size", Capacity), ("buffer_bytes", CapacityBytes ?? 1), ("batch_size", BatchSize), ("n_step", NStep), ("hindsight_goals", Hindsight?.GoalsPerTransition ?? 1) })
        {
            if (value < 1) problems.Add($"{name} is {value}. It is at least 1.");
        }

        foreach ((string name, double value) in new[] { ("gamma", Gamma), ("priority_alpha", Priority?.Alpha ?? 0), ("priority_beta_start", Priority?.BetaStart ?? 0), ("priority_beta_end", Priority?.BetaEnd ?? 0) })
        {
            if (value is not (>= 0 and <= 1)) problems.Add($"{name} is {value}. It is 0 to 1.");
        }

        if (Priority is { Epsilon: not (>= 1e-12 and <= 1) }) problems.Add($"priority_epsilon is {Priority.Epsilon}. It is 1e-12 to 1.");
    }

    private void CheckHindsight(Space observationSpace, List<string> problems)
    {
        if (NStep > 1) problems.Add($"n_step is {NStep} and hindsight is on: the folded rewards belong to the true goal. Use n_step=1, or turn hindsight off.");
        Space? Entry(string name) => (observationSpace as Dict)?.Entries.FirstOrDefault(e => e.Key == name).Value;
        if (Entry(IGoalTask.AchievedGoal) is not Space achieved || Entry(IGoalTask.DesiredGoal) is not Space desired || achieved.Size != desired.Size)
            problems.Add($"Hindsight needs observations that are a Dict with the entries '{IGoalTask.AchievedGoal}' and '{IGoalTask.DesiredGoal}', equally long; here they are {observationSpace}. Turn hindsight off, or use an environment with goals.");
    }

    private void CheckCapacity(FrameLayout layout, int environmentCount, List<string> problems)
    {
        long perLane = layout.LaneTransitions(this, environmentCount);
        string limit = CapacityBytes is long bytes && layout.TransitionsIn(bytes, environmentCount) < Capacity
            ? $"buffer_bytes {bytes} at {layout.BytesPerFrame:0.#} bytes each"
            : $"buffer_size {Capacity}";
        if (perLane < NStep + 1)
            problems.Add($"{limit} leaves {perLane} transitions for each of the {environmentCount} environments. At least n_step + 1 = {NStep + 1} are needed: give more, or use fewer environments.");
        else if (perLane * environmentCount < BatchSize)
            problems.Add($"{limit} keeps {perLane * environmentCount} transitions, fewer than batch_size {BatchSize}. Give more, or lower batch_size.");
        if ((double)(perLane + 1) * environmentCount > int.MaxValue)
            problems.Add($"{limit} is more than a buffer can hold: at most {int.MaxValue - environmentCount} transitions. Lower buffer_size.");
    }
}
