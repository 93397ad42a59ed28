using System;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.Goals;

/// <summary>
/// Point reaching: a point in the square from −1 to 1 is to come to a goal in the square and stay there. An action in [−1, 1]² moves it by 0.05 times
/// the action, and the walls stop it; actions outside are clipped. Point and goal are drawn uniformly, the goal at least 0.5 from the point.
/// The reward of a step is 0 where it leads to within 0.05 of the goal and −1 elsewhere; dense, it is minus the distance. Nothing terminates: an
/// episode is as long as its time limit, 50 steps, and a success if it is at the goal in the end.
/// </summary>
/// <remarks>
/// Observation: <c>observation</c>, the place of the point; <c>achieved_goal</c>, the same; <c>desired_goal</c>, the goal; x and y each. The goal's
/// disc is 1/500 of the square, and a point moved at random seldom gets far enough to meet it: what is met by chance is too little to
/// learn from, as in the tasks of Andrychowicz et al. (arXiv:1707.01495) that this one stands for.
/// </remarks>
public sealed class PointReach : IEnvironment, IStateful, IGoalTask, IDrawable
{
    private const int Axes = 2;
    private const float Stride = 0.05f;
    private const float Radius = 0.05f;
    private const float LeastDistance = 0.5f;

    private readonly bool _dense;
    private readonly float[] _place = new float[Axes];
    private readonly float[] _goal = new float[Axes];

    /// <summary>Makes the square.</summary>
    /// <param name="dense">Whether the reward is minus the distance to the goal; else it is 0 at the goal and −1 elsewhere.</param>
    public PointReach(bool dense = false)
    {
        _dense = dense;
        var square = new Box(-1, 1, Axes);
        ObservationSpace = new Dict(("observation", square), (IGoalTask.AchievedGoal, square), (IGoalTask.DesiredGoal, square));
        ActionSpace = square;
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        Draw(random, _place);
        do Draw(random, _goal);
        while (Distance(_place, _goal) < LeastDistance);
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An entry of the action is NaN.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        for (int i = 0; i < Axes; i++)
        {
            if (float.IsNaN(action[i])) throw new ArgumentException($"Entry {i} of the action is NaN; it is a number from -1 to 1.", nameof(action));
            _place[i] = Math.Clamp(_place[i] + (Stride * Math.Clamp(action[i], -1, 1)), -1, 1);
        }

        Observe(observation);
        return new StepResult(Reward(_place, _goal));
    }

    /// <inheritdoc/>
    public void ComputeRewards(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired, Span<float> rewards)
    {
        for (int i = 0; i < rewards.Length; i++)
            rewards[i] = Reward(achieved.Slice(i * Axes, Axes), desired.Slice(i * Axes, Axes));
    }

    /// <inheritdoc/>
    public bool IsSuccess(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired) => Distance(achieved, desired) <= Radius;

    /// <inheritdoc/>
    public double StepsPerSecond => 15;

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        scene.View(-1.1, -1.1, 1.1, 1.1);
        scene.Rectangle(Ink.Surface, -1.05, -1.05, 2.1, 2.1);
        scene.Disc(Ink.Goal, (_goal[0], _goal[1]), 2 * Radius);
        scene.Disc(Ink.Surface, (_goal[0], _goal[1]), 1.5 * Radius);
        scene.Disc(Ink.Goal, (_goal[0], _goal[1]), Radius);
        scene.Disc(Ink.Agent, (_place[0], _place[1]), 0.04);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (float number in _place) writer.Write(number);
        foreach (float number in _goal) writer.Write(number);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        foreach (ref float number in _place.AsSpan()) number = reader.ReadSingle();
        foreach (ref float number in _goal.AsSpan()) number = reader.ReadSingle();
    }

    private static void Draw(RandomGenerator random, Span<float> place)
    {
        for (int i = 0; i < Axes; i++) place[i] = (2 * random.NextSingle()) - 1;
    }

    private static float Distance(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        float x = first[0] - second[0], y = first[1] - second[1];
        return MathF.Sqrt((x * x) + (y * y));
    }

    private float Reward(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired)
    {
        float distance = Distance(achieved, desired);
        return _dense ? -distance : distance <= Radius ? 0 : -1;
    }

    private void Observe(Span<float> observation)
    {
        _place.CopyTo(observation);
        _place.CopyTo(observation[Axes..]);
        _goal.CopyTo(observation[(2 * Axes)..]);
    }
}
