using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Training.Export;

/// <summary>A task of given spaces, with or without masks, whose reward is of no use.</summary>
internal sealed record RandomTask(Space Observations, Space Actions, bool Masked = false)
{
    /// <summary>Every kind of observation and of action, masked where it can be.</summary>
    public static IEnumerable<RandomTask> All()
    {
        Space pair = new Box(-1, 1, 2);
        Space[] actions =
        [
            new Discrete(4), new MultiDiscrete(2, 3), new MultiBinary(3), new Box(-1, 1, 2), new Box([-2, 0], [4, 10]), new Box([0, float.NegativeInfinity], [float.PositiveInfinity, 1]),
            new Box(float.NegativeInfinity, float.PositiveInfinity, 2, 2),
        ];
        Space[] observations =
        [
            new Box([-2, 5], [4, 10]), new Box(float.NegativeInfinity, float.PositiveInfinity, 2, 3), new Discrete(5), new MultiDiscrete(2, 3), new MultiBinary(4),
            new Dict(("x1", new Discrete(3)), ("c0", new Box(0, 255, 2, 2)), ("doors", new MultiBinary(2)), ("keys", new MultiDiscrete(2, 2))),
        ];
        foreach (Space action in actions) yield return new RandomTask(pair, action);
        foreach (Space observation in observations) yield return new RandomTask(observation, actions[0]);
        yield return new RandomTask(new MultiBinary(4), actions[0], true);
        yield return new RandomTask(new MultiBinary(5), actions[1], true);
        var hybrid = new Dict(
            ("aim", new Box([-2, 0], [4, 10])), ("tool", new Discrete(3)), ("free", new Box(float.NegativeInfinity, 1, 1)), ("flags", new MultiBinary(2)), ("where", new MultiDiscrete(2, 4)));
        yield return new RandomTask(pair, hybrid);
        yield return new RandomTask(pair, new Dict(("a", new Box(0, 1, 1, 2)), ("b", new Box(-1, 0, 1))));
        yield return new RandomTask(new Discrete(5), new Dict(("a", new MultiBinary(2)), ("b", new Discrete(2))));
        yield return new RandomTask(new Dict(("bits", new MultiBinary(9)), ("place", pair), ("cell", new Discrete(3))), hybrid, true);
    }

    public ObservationRule? MaskRule => Masked ? Masks.FromBits(Actions) : null;

    public IEnvironment Make()
    {
        RewardRule reward = (o, a) => o[0] - a[0];
        return Masked ? new MaskedOneStep(Observations, Actions, reward, MaskRule!) : new OneStep(Observations, Actions, reward);
    }

    /// <summary>Observations and their masks, which are empty where there are none.</summary>
    public (float[] Observations, float[] Masks) Draw(int count, ulong seed)
    {
        var random = new RandomGenerator(seed);
        int maskSize = Masked ? Actions.MaskSize : 0;
        float[] observations = new float[count * Observations.Size], masks = new float[count * maskSize];
        for (int i = 0; i < count; i++)
        {
            Span<float> observation = observations.AsSpan(i * Observations.Size, Observations.Size);
            Observations.Sample(random, observation);
            MaskRule?.Invoke(observation, masks.AsSpan(i * maskSize, maskSize));
        }

        return (observations, masks);
    }

    public override string ToString() => $"{Observations} to {Actions}{(Masked ? ", masked" : "")}";
}
