using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Replay;

/// <summary>
/// Hindsight experience replay (Andrychowicz et al., arXiv:1707.01495), done when transitions are sampled: with probability k / (k + 1) a transition of
/// a finished episode gets another desired goal and the reward that goes with it. Whether it terminated stays as it was recorded.
/// </summary>
internal sealed unsafe class Hindsight
{
    private readonly HindsightSettings _settings;
    private readonly IGoalTask _task;
    private readonly FrameStore _frames;
    private readonly int _observationSize;
    private readonly GoalLayout _goals;
    private int[] _rows;
    private float[] _achievedGoals;
    private float[] _desiredGoals;
    private float[] _rewards;

    public Hindsight(ReplaySettings settings, Space space, IGoalTask task, FrameStore frames)
    {
        _settings = settings.Hindsight!;
        _task = task;
        _frames = frames;
        _observationSize = space.Size;
        _goals = GoalLayout.Of(space);
        _rows = new int[settings.BatchSize];
        _achievedGoals = new float[settings.BatchSize * _goals.Size];
        _desiredGoals = new float[settings.BatchSize * _goals.Size];
        _rewards = new float[settings.BatchSize];
    }

    /// <summary>Gives sampled transitions other goals.</summary>
    public void Relabel(RandomGenerator random, ReplayBatch batch)
    {
        if (batch.Rows > _rows.Length) Grow(batch.Rows);
        Span<float> observations = batch.Observations.Floats, next = batch.NextObservations.Floats;
        int count = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            int frame = batch.Indices[row];
            if (random.NextInt32(_settings.GoalsPerTransition + 1) == 0 || _frames.EpisodeLength(frame) == 0) continue;
            Span<float> goal = _desiredGoals.AsSpan(count * _goals.Size, _goals.Size);
            _frames.Layout.Observations.Read(_frames[Choose(random, frame)], _goals.Achieved, goal);
            int start = row * _observationSize;
            goal.CopyTo(observations[(start + _goals.Desired)..]);
            goal.CopyTo(next[(start + _goals.Desired)..]);
            next.Slice(start + _goals.Achieved, _goals.Size).CopyTo(_achievedGoals.AsSpan(count * _goals.Size));
            _rows[count++] = row;
        }

        if (count == 0) return;
        _task.ComputeRewards(_achievedGoals.AsSpan(0, count * _goals.Size), _desiredGoals.AsSpan(0, count * _goals.Size), _rewards.AsSpan(0, count));
        Span<float> rewards = batch.Rewards.Floats;
        for (int i = 0; i < count; i++) rewards[_rows[i]] = _rewards[i];
    }

    /// <summary>A frame whose achieved goal is pretended to have been desired.</summary>
    private int Choose(RandomGenerator random, int frame)
    {
        int time = _frames.Time(frame), left = _frames.EpisodeLength(frame) - time;
        switch (_settings.Strategy)
        {
            case HindsightStrategy.Final:
                return _frames.Forward(frame, left);
            case HindsightStrategy.Future:
                return _frames.Forward(frame, 1 + random.NextInt32(left));
            case HindsightStrategy.Episode:
                int before = Math.Min(time, _frames.Used(frame / _frames.LaneFrames) - 1 - _frames.Age(frame));
                return _frames.Forward(_frames.Back(frame, before), random.NextInt32(before + left + 1));
            default:
                return _frames.Draw(random);
        }
    }

    private void Grow(int rows)
    {
        _rows = new int[rows];
        _achievedGoals = new float[rows * _goals.Size];
        _desiredGoals = new float[rows * _goals.Size];
        _rewards = new float[rows];
    }
}
