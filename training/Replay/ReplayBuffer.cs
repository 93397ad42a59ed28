using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Replay;

/// <summary>
/// Experience replay: the newest transitions of N environments, sampled uniformly or by priority, with n-step returns folded and goals relabelled
/// when they are sampled. Observations are kept once; memory is taken as it fills. Adding, sampling and updating priorities allocate nothing.
/// Not for several threads at once.
/// </summary>
/// <remarks>
/// Each environment has a ring of frames (<see cref="FrameStore"/>). A transition starts at a frame that a step was taken from; the newest frame and
/// the last one of an episode are there for the transition before them alone.
/// </remarks>
public sealed unsafe class ReplayBuffer : IReplayContent, IDisposable
{
    // Rows whose frames are asked for before they are read: time enough for main memory.
    private const int RowsAhead = 8;

    private readonly ActionHead _head;
    private readonly float[] _discounts;
    private readonly double[] _weights;
    private readonly Hindsight? _hindsight;
    private readonly int _observationSize;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="settings">What it keeps and how it samples.</param>
    /// <param name="observationSpace">The environments' observations.</param>
    /// <param name="actionSpace">Their actions.</param>
    /// <param name="environmentCount">N</param>
    /// <param name="masked">Whether the environments have action masks, to be kept.</param>
    /// <param name="goals">Rewards for other goals; needed for hindsight alone.</param>
    /// <exception cref="ReplayException">Something is wrong with the settings: everything that is, in one message.</exception>
    public ReplayBuffer(ReplaySettings settings, Space observationSpace, Space actionSpace, int environmentCount, bool masked, IGoalTask? goals)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        List<string> problems = [.. settings.Problems(observationSpace, actionSpace, environmentCount, masked)];
        if (settings.Hindsight is not null && goals is null) problems.Add("Hindsight is on, and the environment does not say what the rewards for other goals are. Use one that implements IGoalTask, or turn hindsight off.");
        if (problems.Count > 0) throw new ReplayException(string.Join(Environment.NewLine, problems));
        Settings = settings;
        ObservationSpace = observationSpace;
        ActionSpace = actionSpace;
        var layout = FrameLayout.For(settings, observationSpace, actionSpace, masked);
        Masked = layout.MaskSize > 0;
        int laneTransitions = (int)layout.LaneTransitions(settings, environmentCount);
        CapacityTransitions = (long)laneTransitions * environmentCount;
        Frames = new FrameStore(layout, environmentCount, laneTransitions + 1);
        Priorities = settings.Priority is null ? null : new Priorities(settings.Priority, environmentCount * (laneTransitions + 1));
        _hindsight = settings.Hindsight is null ? null : new Hindsight(settings, observationSpace, goals!, Frames);
        if (Priorities is null && _hindsight is null) Foresight = new ReplayForesight(this);
        _head = ActionHead.For(actionSpace);
        _observationSize = observationSpace.Size;
        _weights = [.. Enumerable.Range(0, settings.NStep).Select(k => Math.Pow(settings.Gamma, k))];
        _discounts = [.. Enumerable.Range(0, settings.NStep).Select(k => (float)Math.Pow(settings.Gamma, k + 1))];
    }

    /// <summary>What the buffer keeps and how it samples.</summary>
    public ReplaySettings Settings { get; }

    /// <summary>The environments' observations.</summary>
    public Space ObservationSpace { get; }

    /// <summary>The environments' actions.</summary>
    public Space ActionSpace { get; }

    /// <summary>Whether action masks are kept.</summary>
    public bool Masked { get; }

    /// <summary>N</summary>
    public int EnvironmentCount => Frames.LaneCount;

    /// <summary>Transitions that can be sampled now.</summary>
    public long Count { get; private set; }

    /// <summary>Transitions that fit, less one for every episode that ended among them.</summary>
    public long CapacityTransitions { get; }

    /// <summary>Whether the same place is always the same transition: not where goals are put in the place of others.</summary>
    internal bool RepeatsTransitions => _hindsight is null;

    /// <summary>Bytes of memory when the buffer is full.</summary>
    public long Bytes => Frames.Bytes + (Priorities?.Tree.Bytes ?? 0);

    /// <summary>Which transitions will be drawn, before the last are there; null where that cannot be said: by priority, or with goals put in the place of others.</summary>
    internal ReplayForesight? Foresight { get; }

    internal FrameStore Frames { get; }

    internal Priorities? Priorities { get; }

    FrameStore IReplayContent.Frames => Frames;

    Priorities? IReplayContent.Priorities => Priorities;

    IReadOnlyDictionary<string, string> IReplayContent.FileLayout => new Dictionary<string, string>
    {
        ["buffer_size"] = IReplayContent.Text(CapacityTransitions),
        ["environment_count"] = IReplayContent.Text(EnvironmentCount),
        ["observation_storage"] = Frames.Layout.Observations.ToString(),
        ["action_masks"] = Masked ? "kept" : "not kept",
        ["priorities"] = Priorities is null ? "not kept" : "kept",
        ["hindsight"] = Frames.Layout.Hindsight ? "on" : "off",
    };

    /// <summary>
    /// Takes the observations that the environments start from. Also for going on after environments were started anew: what was kept stays, and
    /// the episodes that were under way are left without an end.
    /// </summary>
    /// <param name="step">The first observations and masks.</param>
    /// <exception cref="ReplayException">An observation cannot be kept as bytes.</exception>
    public void Begin(VectorStep step)
    {
        CheckObservations(step);
        for (int lane = 0; lane < EnvironmentCount; lane++) Append(lane, Row(step.Observations, lane), MaskRow(step, lane), 0);
    }

    /// <summary>Adds a step of every environment.</summary>
    /// <param name="actions">[N, A]: the actions as the algorithm wants them back.</param>
    /// <param name="step">
    /// The step as the environments filled it: where an episode ended, its last observation is in <see cref="VectorStep.FinalObservations"/> and the
    /// first of the next in <see cref="VectorStep.Observations"/>.
    /// </param>
    /// <exception cref="InvalidOperationException"><see cref="Begin"/> was not called.</exception>
    /// <exception cref="ReplayException">An action is no choice, or an observation cannot be kept as bytes. Nothing was added then.</exception>
    public void Add(ReadOnlySpan<float> actions, VectorStep step)
    {
        CheckObservations(step);
        CheckActions(actions);
        for (int lane = 0; lane < EnvironmentCount; lane++)
        {
            bool terminated = step.Terminated[lane], truncated = step.Truncated[lane];
            int frame = Frames.Newest(lane), time = _hindsight is null ? 0 : Frames.Time(frame) + 1;
            StepFlags flags = StepFlags.Taken | (terminated ? StepFlags.Terminated : 0) | (truncated ? StepFlags.Truncated : 0);
            Frames.Take(frame, ActionRow(actions, lane), step.Rewards[lane], flags);
            Priorities?.Tree.Set(frame, Priorities.Maximum);
            Count++;
            if (terminated | truncated)
            {
                int last = Append(lane, Row(step.FinalObservations, lane), default, time);
                if (_hindsight is not null) Frames.CloseEpisode(last);
                time = 0;
            }

            Append(lane, Row(step.Observations, lane), MaskRow(step, lane), time);
        }
    }

    /// <summary>Draws transitions, with replacement.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    /// <param name="progress">Share of the run's steps done, for β.</param>
    /// <param name="batch">Receives them.</param>
    /// <exception cref="InvalidOperationException">The buffer is empty.</exception>
    public void Sample(RandomGenerator random, double progress, ReplayBatch batch)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(Frames.IsDisposed, this);
        CheckFits(batch);
        if (Count == 0) throw new InvalidOperationException("The buffer holds no transition to sample. Add steps first.");
        if (Priorities is null) SampleUniformly(random, batch);
        else Priorities.Sample(random, batch);
        Gather(batch, batch.Rows);
        _hindsight?.Relabel(random, batch);
        if (Priorities is null) batch.Weights.Floats.Fill(1);
        else Priorities.Weigh(progress, batch);
    }

    /// <summary>Sets the priorities of a sampled batch. Transitions that have been overwritten since are passed over.</summary>
    /// <param name="batch">What <see cref="Sample"/> filled.</param>
    /// <param name="errors">[B]: the size of each row's error, such as |temporal-difference error| or its loss.</param>
    /// <exception cref="InvalidOperationException">The buffer samples uniformly.</exception>
    /// <exception cref="ReplayException">An error is not finite. No priority was changed then.</exception>
    public void UpdatePriorities(ReplayBatch batch, ReadOnlySpan<float> errors)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(Frames.IsDisposed, this);
        if (Priorities is null) throw new InvalidOperationException("This buffer samples uniformly and has no priorities. Set ReplaySettings.Priority.");
        Priorities.Update(Frames, batch, errors);
    }

    /// <summary>
    /// Writes all that is kept to a file: to a new one in the same folder, flushed, then renamed. A buffer that takes it back goes on bit for bit
    /// as this one does.
    /// </summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <exception cref="System.IO.IOException">The disk is full or the folder is gone; an old file of that name is then still whole.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(Frames.IsDisposed, this);
        ReplayFile.Save(this, path);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote, in place of all that is kept. How transitions are sampled stays as this buffer's settings say.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ReplayException">The file is missing, damaged or of a buffer made for something else. This buffer is then as it was.</exception>
    public void Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(Frames.IsDisposed, this);
        ReplayFile.Load(this, path);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Frames.Dispose();
        Priorities?.Dispose();
    }

    void IReplayContent.Restore(long count) => Count = count;

    private int Append(int lane, ReadOnlySpan<float> observation, ReadOnlySpan<float> mask, int time)
    {
        int place = Frames.Place(lane);
        if ((Frames.Flags(place) & StepFlags.Taken) != 0)
        {
            Count--;
            Priorities?.Tree.Set(place, 0);
        }

        return Frames.Append(lane, observation, mask, time);
    }

    private void SampleUniformly(RandomGenerator random, ReplayBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            // No transition starts from an environment's newest frame or the last of an episode: drawn again.
            int frame;
            do frame = Frames.Draw(random);
            while ((Frames.Flags(frame) & StepFlags.Taken) == 0);
            batch.Indices[row] = frame;
        }
    }

    /// <summary>Fills a batch with the transitions of its places, from the first row on.</summary>
    internal void Gather(ReplayBatch batch, int rows)
    {
        FrameLayout layout = Frames.Layout;
        Span<float> observations = batch.Observations.Floats, nextObservations = batch.NextObservations.Floats, actions = batch.Actions.Floats;
        Span<float> rewards = batch.Rewards.Floats, discounts = batch.Discounts.Floats;
        int encodedSize = _head.EncodedSize;
        for (int row = 0; row < rows; row++)
        {
            int frame = batch.Indices[row];
            Frames.Prefetch(batch.Indices[Math.Min(row + RowsAhead, rows - 1)]);
            batch.Numbers[row] = Frames.Number(frame);
            layout.Observations.Read(Frames[frame], observations.Slice(row * _observationSize, _observationSize));
            layout.Actions.Read(Frames[frame] + layout.Action, batch.Action);
            _head.Encode(batch.Action, actions.Slice(row * encodedSize, encodedSize));
            int next = Fold(frame, out rewards[row], out discounts[row]);
            layout.Observations.Read(Frames[next], nextObservations.Slice(row * _observationSize, _observationSize));
            if (!Masked) continue;
            Frames.ReadMask(frame, batch.Masks!.Floats.Slice(row * layout.MaskSize, layout.MaskSize));
            Frames.ReadMask(next, batch.NextMasks!.Floats.Slice(row * layout.MaskSize, layout.MaskSize));
        }
    }

    /// <summary>Folds up to n steps; fewer where the episode ends or no further step was taken.</summary>
    /// <returns>The frame they led to.</returns>
    private int Fold(int frame, out float reward, out float discount)
    {
        double sum = 0;
        for (int k = 0; ; k++)
        {
            StepFlags flags = Frames.Flags(frame);
            sum += _weights[k] * Frames.Reward(frame);
            frame = Frames.Next(frame);
            bool ended = (flags & (StepFlags.Terminated | StepFlags.Truncated)) != 0;
            if (!ended && k + 1 < _weights.Length && (Frames.Flags(frame) & StepFlags.Taken) != 0) continue;
            reward = (float)sum;
            discount = (flags & StepFlags.Terminated) != 0 ? 0 : _discounts[k];
            return frame;
        }
    }

    private ReadOnlySpan<float> Row(float[] rows, int lane) => rows.AsSpan(lane * _observationSize, _observationSize);

    private ReadOnlySpan<float> ActionRow(ReadOnlySpan<float> rows, int lane) => rows.Slice(lane * ActionSpace.Size, ActionSpace.Size);

    private ReadOnlySpan<float> MaskRow(VectorStep step, int lane) => step.ActionMasks.AsSpan(lane * Frames.Layout.MaskSize, Frames.Layout.MaskSize);

    private void CheckObservations(VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        ObjectDisposedException.ThrowIf(Frames.IsDisposed, this);
        if (step.Rewards.Length != EnvironmentCount || step.Observations.Length != EnvironmentCount * _observationSize || step.ActionMasks.Length < EnvironmentCount * Frames.Layout.MaskSize)
            throw new ArgumentException($"The VectorStep given holds {step.Rewards.Length} rewards, {step.Observations.Length} observed numbers and {step.ActionMasks.Length} mask entries; this buffer is for {EnvironmentCount} environments of {ObservationSpace}{(Masked ? $" with masks for {ActionSpace}" : "")}.", nameof(step));
        for (int lane = 0; lane < EnvironmentCount; lane++)
        {
            Frames.Layout.Observations.Check(Row(step.Observations, lane), lane);
            if (step.Terminated[lane] | step.Truncated[lane]) Frames.Layout.Observations.Check(Row(step.FinalObservations, lane), lane);
        }
    }

    private void CheckActions(ReadOnlySpan<float> actions)
    {
        if (Frames.Written[0] == 0) throw new InvalidOperationException("The first observations are missing. Call Begin with them before the first Add.");
        if (actions.Length != EnvironmentCount * ActionSpace.Size)
            throw new ArgumentException($"{actions.Length} action numbers were given; {EnvironmentCount} environments of {ActionSpace} take {EnvironmentCount * ActionSpace.Size}.", nameof(actions));
        for (int lane = 0; lane < EnvironmentCount; lane++) Frames.Layout.Actions.Check(ActionRow(actions, lane), lane);
    }

    private void CheckFits(ReplayBatch batch)
    {
        if (batch.Observations.Count != batch.Rows * _observationSize || batch.Actions.Count != batch.Rows * _head.EncodedSize || (batch.Masks is not null) != Masked)
            throw new ArgumentException($"The batch was made for other spaces than {ObservationSpace} and {ActionSpace}{(Masked ? " with masks" : "")}. Make one for this buffer.", nameof(batch));
    }
}
