using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;

namespace Pipeline.Training.Rollout;

/// <summary>
/// The newest steps of N environments with what the policy was that took them, sampled as sequences of T steps that begin anywhere, or with networks that remember
/// wherever a sequence of theirs began, with the state that was theirs then. Observations are kept
/// once; memory is taken as it fills. Adding and sampling allocate nothing.
/// </summary>
/// <remarks>
/// Each environment has a ring of frames. A frame that no step was taken from is what a truncated step led to, or the newest of its environment; the first
/// observation of the next rollout takes the place of the latter where it is the same. Such frames have a recurrent state too: it goes on from there.
/// </remarks>
public sealed class RolloutReplay : IReplayContent, IDisposable
{
    private readonly FrameStore _frames;
    private readonly ActionHead _head;
    private readonly float[] _observation;
    private readonly float[] _action;
    private readonly bool _masked;
    private readonly int _statisticsSize;
    private readonly float[] _previous;
    private readonly int _sequenceLength;
    private readonly FrameStates? _states;

    /// <summary>Makes an empty replay.</summary>
    /// <param name="capacity">Steps kept at most, shared evenly by the environments; the last observation of a truncated episode takes the place of one.</param>
    /// <param name="storage">How observations are kept.</param>
    /// <param name="policy">What acts.</param>
    /// <param name="rollout">A rollout of the size that every one has.</param>
    /// <param name="statisticsSize">Numbers that say how the policy acted in a step.</param>
    /// <exception cref="ReplayException">There is not room for <see cref="LeastCapacity"/> steps, or not the memory.</exception>
    public RolloutReplay(long capacity, ObservationStorage storage, IPolicyNetwork policy, RolloutBuffer rollout, int statisticsSize)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(rollout);
        if (capacity < LeastCapacity(rollout.Length, rollout.EnvironmentCount))
            throw new ReplayException($"A replay of {capacity} steps is too small for sequences of {rollout.Length} steps from {rollout.EnvironmentCount} environments. Make it at least {LeastCapacity(rollout.Length, rollout.EnvironmentCount)}.");
        ObservationSpace = policy.ObservationSpace;
        ActionSpace = policy.ActionSpace;
        _masked = rollout.Masks is not null;
        _statisticsSize = statisticsSize;
        _head = ActionHead.For(ActionSpace);
        _observation = new float[ObservationSpace.Size];
        _action = new float[ActionSpace.Size];
        var settings = new ReplaySettings { Capacity = capacity, Storage = storage };
        _previous = new float[rollout.Memory?.Previous?.Dimensions[1] ?? 0];
        _sequenceLength = rollout.Memory?.SequenceLength ?? 1;
        var layout = FrameLayout.For(settings, ObservationSpace, ActionSpace, _masked, statisticsSize + _previous.Length);
        _frames = new FrameStore(layout, rollout.EnvironmentCount, checked((int)layout.LaneTransitions(settings, rollout.EnvironmentCount) + 1));
        if (rollout.Memory is not null) _states = new FrameStates((int)rollout.Memory.States.Dimensions[1], _frames.LaneCount * _frames.LaneFrames);
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <summary>Steps kept now.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of memory when the replay is full, recurrent states not among them.</summary>
    public long Bytes => _frames.Bytes;

    FrameStore IReplayContent.Frames => _frames;

    FrameStates? IReplayContent.States => _states;

    IReadOnlyDictionary<string, string> IReplayContent.FileLayout
    {
        get
        {
            var layout = new Dictionary<string, string>
            {
                ["buffer_size"] = IReplayContent.Text((_frames.LaneFrames - 1L) * _frames.LaneCount),
                ["environment_count"] = IReplayContent.Text(_frames.LaneCount),
                ["observation_storage"] = _frames.Layout.Observations.ToString(),
                ["action_masks"] = _masked ? "kept" : "not kept",
                ["policy_statistics"] = IReplayContent.Text(_statisticsSize),
            };
            if (_states is null) return layout;
            layout.Add("recurrent_state", IReplayContent.Text(_states.Size));
            layout.Add("previous_step", IReplayContent.Text(_previous.Length));
            layout.Add("sequence_length", IReplayContent.Text(_sequenceLength));
            return layout;
        }
    }

    /// <summary>The least number of steps that a replay is made for: two rollouts of which each step truncates an episode would not fit in fewer.</summary>
    /// <param name="length">T</param>
    /// <param name="environmentCount">N</param>
    public static long LeastCapacity(long length, long environmentCount) => 2 * (length + 1) * environmentCount;

    /// <summary>Adds a rollout as it was collected.</summary>
    /// <param name="rollout">The rollout.</param>
    /// <param name="statistics">[T·N, P]: how the policy acted.</param>
    /// <exception cref="ReplayException">An observation cannot be kept as bytes. Nothing was added then.</exception>
    public void Add(RolloutBuffer rollout, ReadOnlySpan<float> statistics)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        CheckObservations(rollout);
        int truncatedSoFar = 0;
        for (int row = 0; row < rollout.Rows; row++)
        {
            int lane = row % rollout.EnvironmentCount;
            ReadOnlySpan<float> observation = Row(rollout.Observations.Floats, row);
            if (row == lane && IsNewest(lane, observation)) _frames.Withdraw(lane);
            int frame = Append(lane, observation, _masked ? Row(rollout.Masks!.Floats, row, _frames.Layout.MaskSize) : default);
            bool terminated = rollout.Terminated[row], truncated = rollout.Truncated[row];
            _head.Decode(Row(rollout.Actions.Floats, row, _head.EncodedSize), _action);
            _frames.Take(frame, _action, rollout.Rewards[row], StepFlags.Taken | (terminated ? StepFlags.Terminated : 0) | (truncated ? StepFlags.Truncated : 0));
            _frames.WriteStatistics(frame, Row(statistics, row, _statisticsSize));
            if (rollout.Memory is not null) Remember(frame, rollout.Memory, row);
            Count++;
            if (!terminated && truncated) Remember(Append(lane, Row(rollout.FinalObservations, truncatedSoFar), default), rollout.Memory?.Final, truncatedSoFar++);
            else if (!terminated && row + rollout.EnvironmentCount >= rollout.Rows) Remember(Append(lane, Row(rollout.LastObservations, lane), default), rollout.Memory?.Last, lane);
        }
    }

    /// <summary>
    /// Draws a sequence for each place of a rollout, with replacement, every one that is whole as likely as the other; for networks that remember, every one that
    /// begins with a state that is kept.
    /// </summary>
    /// <param name="random">Where the randomness comes from.</param>
    /// <param name="rollout">Receives the steps.</param>
    /// <param name="statistics">Receives how the policy acted, [T·N, P].</param>
    /// <exception cref="InvalidOperationException">No rollout was added yet.</exception>
    public void Sample(RandomGenerator random, RolloutBuffer rollout, Span<float> statistics)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(rollout);
        if (Count == 0) throw new InvalidOperationException("The replay holds no sequence to sample. Add a rollout first.");
        rollout.Clear();
        for (int sequence = 0; sequence < rollout.EnvironmentCount; sequence++)
        {
            int frame;
            do frame = _frames.Draw(random);
            while ((_states is not null && (_frames.Flags(frame) & StepFlags.Remembered) == 0) || !IsWhole(frame, rollout.Length));
            Read(frame, sequence, rollout, statistics);
        }
    }

    /// <summary>Writes all that is kept to a file: to a new one in the same folder, flushed, then renamed.</summary>
    /// <param name="path">The file; its folder exists.</param>
    public void Save(string path) => ReplayFile.Save(this, path);

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ReplayException">The file is missing, damaged or of a replay made for something else. This replay is then as it was.</exception>
    public void Load(string path) => ReplayFile.Load(this, path);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _frames.Dispose();

    void IReplayContent.Restore(long count) => Count = count;

    private int Append(int lane, ReadOnlySpan<float> observation, ReadOnlySpan<float> mask)
    {
        int place = _frames.Place(lane);
        if ((_frames.Flags(place) & StepFlags.Taken) != 0) Count--;
        _states?.Remove(place);
        return _frames.Append(lane, observation, mask, 0);
    }

    // What a step starts from: what the step before it was, and the state where a sequence begins.
    private void Remember(int frame, RolloutMemory memory, int row)
    {
        if (memory.Previous is not null) _frames.WriteStatistics(frame, Row(memory.Previous.Floats, row, _previous.Length), _statisticsSize);
        Span<float> state = memory.StateBefore(row);
        if (!state.IsEmpty) Keep(frame, state);
    }

    // The same of an observation that no step was taken from.
    private void Remember(int frame, RecurrentRows? rows, int row)
    {
        if (rows is null) return;
        _frames.WriteStatistics(frame, rows.PreviousOf(row), _statisticsSize);
        Keep(frame, rows.StateOf(row));
    }

    private void Keep(int frame, ReadOnlySpan<float> state)
    {
        state.CopyTo(_states!.Add(frame));
        _frames.Remember(frame);
    }

    /// <summary>Whether a lane ends with this observation, what its latest step led to within an episode.</summary>
    private bool IsNewest(int lane, ReadOnlySpan<float> observation)
    {
        if (_frames.Used(lane) < 2) return false;
        int newest = _frames.Newest(lane);
        if ((_frames.Flags(newest) & StepFlags.Taken) != 0 || (_frames.Flags(_frames.Back(newest, 1)) & StepFlags.Truncated) != 0) return false;
        _frames.ReadObservation(newest, _observation);
        return observation.SequenceEqual(_observation);
    }

    /// <summary>Whether so many steps follow each other from a frame on, with what the last of them led to.</summary>
    private bool IsWhole(int frame, int length)
    {
        int newer = _frames.Age(frame);
        for (int t = 1; ; t++)
        {
            StepFlags flags = _frames.Flags(frame);
            if ((flags & StepFlags.Taken) == 0) return false;
            int needed = t < length ? StepsAhead(flags) : (flags & StepFlags.Terminated) != 0 ? 0 : 1;
            if (newer < needed) return false;
            if (t == length) return true;
            frame = _frames.Forward(frame, needed);
            newer -= needed;
        }
    }

    private void Read(int frame, int sequence, RolloutBuffer rollout, Span<float> statistics)
    {
        StepFlags flags = StepFlags.None;
        for (int t = 0; t < rollout.Length; t++)
        {
            if (t > 0) frame = _frames.Forward(frame, StepsAhead(flags));
            int row = (t * rollout.EnvironmentCount) + sequence;
            flags = _frames.Flags(frame);
            _frames.ReadObservation(frame, Row(rollout.Observations.Floats, row));
            if (_masked) _frames.ReadMask(frame, Row(rollout.Masks!.Floats, row, _frames.Layout.MaskSize));
            _frames.ReadAction(frame, _action);
            _head.Encode(_action, Row(rollout.Actions.Floats, row, _head.EncodedSize));
            _frames.ReadStatistics(frame, Row(statistics, row, _statisticsSize));
            if (rollout.Memory is not null) Recall(frame, rollout, row);
            rollout.Rewards[row] = _frames.Reward(frame);
            rollout.Terminated[row] = (flags & StepFlags.Terminated) != 0;
            rollout.Truncated[row] = (flags & StepFlags.Truncated) != 0;
            if (StepsAhead(flags) == 1) continue;
            int final = _frames.Forward(frame, 1);
            _frames.ReadObservation(final, _observation);
            Recall(final, rollout.Memory?.Final, rollout.TruncatedCount);
            rollout.AddTruncated(row, _observation);
        }

        // What a step that ended its episode led to is not read.
        if ((flags & (StepFlags.Terminated | StepFlags.Truncated)) != 0) return;
        int next = _frames.Forward(frame, 1);
        _frames.ReadObservation(next, Row(rollout.LastObservations, sequence));
        Recall(next, rollout.Memory?.Last, sequence);
    }

    private void Recall(int frame, RolloutBuffer rollout, int row)
    {
        RolloutMemory memory = rollout.Memory!;
        int before = row - rollout.EnvironmentCount;
        memory.Keeps.Floats[row] = before >= 0 && (rollout.Terminated[before] || rollout.Truncated[before]) ? 0 : 1;
        if (memory.Previous is not null) _frames.ReadStatistics(frame, Row(memory.Previous.Floats, row, _previous.Length), _statisticsSize);
        Span<float> state = memory.StateBefore(row);
        if (!state.IsEmpty) _states![frame].CopyTo(state);
    }

    private void Recall(int frame, RecurrentRows? rows, int row)
    {
        if (rows is null) return;
        _frames.ReadStatistics(frame, _previous, _statisticsSize);
        rows.Set(row, _states![frame], _previous);
    }

    // Where an episode was truncated, its last observation lies between a step and the next.
    private static int StepsAhead(StepFlags flags) => (flags & (StepFlags.Terminated | StepFlags.Truncated)) == StepFlags.Truncated ? 2 : 1;

    private void CheckObservations(RolloutBuffer rollout)
    {
        for (int row = 0; row < rollout.Rows; row++) _frames.Layout.Observations.Check(Row(rollout.Observations.Floats, row), row % rollout.EnvironmentCount);
        for (int lane = 0; lane < rollout.EnvironmentCount; lane++) _frames.Layout.Observations.Check(Row(rollout.LastObservations, lane), lane);
        for (int i = 0; i < rollout.TruncatedCount; i++) _frames.Layout.Observations.Check(Row(rollout.FinalObservations, i), rollout.TruncatedRows[i] % rollout.EnvironmentCount);
    }

    private Span<float> Row(Span<float> rows, int row) => rows.Slice(row * _observation.Length, _observation.Length);

    private static Span<float> Row(Span<float> rows, int row, int width) => rows.Slice(row * width, width);

    private static ReadOnlySpan<float> Row(ReadOnlySpan<float> rows, int row, int width) => rows.Slice(row * width, width);
}
