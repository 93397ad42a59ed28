using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

/// <summary>Sampled transitions against plain lists of everything that ever happened, with episodes of any length, over many turns of the rings.</summary>
public sealed class ReplayHistoryTests
{
    private const double Gamma = 0.9;

    [TestCase(1, 1, 5, false)]
    [TestCase(1, 1, 40, true)]
    [TestCase(3, 1, 40, false)]
    [TestCase(3, 4, 40, true)]
    [TestCase(5, 3, 1000, false)]
    public void What_is_sampled_is_what_happened(int nStep, int environmentCount, int capacity, bool prioritized)
    {
        var random = new RandomGenerator(5);
        var settings = new ReplaySettings { Capacity = capacity, BatchSize = 5, NStep = nStep, Gamma = Gamma, Priority = prioritized ? new PrioritySettings() : null };
        using var script = new Script(settings, new Box(0, 1e6f, 2), new Discrete(300), environmentCount);
        List<Frame>[] lanes = [.. Enumerable.Range(0, environmentCount).Select(_ => new List<Frame>())];
        float next = 1;
        float[] Name(int lane) => [next++, lane];
        for (int lane = 0; lane < environmentCount; lane++) lanes[lane].Add(new Frame(Put(script.Step.Observations, lane, Name(lane))));
        script.Buffer.Begin(script.Step);
        float[] actions = new float[environmentCount], errors = new float[5];
        for (int t = 0; t < 300; t++)
        {
            for (int lane = 0; lane < environmentCount; lane++)
            {
                actions[lane] = random.NextInt32(300);
                (bool terminated, bool truncated) = (random.NextInt32(6) == 0, random.NextInt32(8) == 0);
                script.Step.Rewards[lane] = random.NextSingle();
                (script.Step.Terminated[lane], script.Step.Truncated[lane]) = (terminated, truncated);
                lanes[lane][^1] = lanes[lane][^1] with { Action = (int)actions[lane], Reward = script.Step.Rewards[lane], Terminated = terminated, Truncated = truncated };
                if (terminated || truncated) lanes[lane].Add(new Frame(Put(script.Step.FinalObservations, lane, Name(lane))));
                lanes[lane].Add(new Frame(Put(script.Step.Observations, lane, Name(lane))));
            }

            script.Buffer.Add(actions, script.Step);
            int kept = (capacity / environmentCount) + 1;
            Assert.That(script.Buffer.Count, Is.EqualTo(lanes.Sum(l => l.TakeLast(kept).Count(f => f.Action >= 0))));
            Check(script.Sample(), lanes, kept, nStep);
            if (!prioritized) continue;
            for (int i = 0; i < errors.Length; i++) errors[i] = random.NextSingle() * 3;
            script.Buffer.UpdatePriorities(script.Batch, errors);
        }
    }

    private static float[] Put(float[] rows, int lane, float[] observation)
    {
        observation.CopyTo(rows, lane * 2);
        return observation;
    }

    private static void Check(ReplayBatch batch, List<Frame>[] lanes, int kept, int nStep)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            float[] observation = batch.Observations.Floats.Slice(row * 2, 2).ToArray();
            List<Frame> lane = lanes[(int)observation[1]];
            int at = lane.FindIndex(f => f.Observation[0] == observation[0]);
            Assert.That(at, Is.GreaterThanOrEqualTo(lane.Count - kept).And.LessThan(lane.Count - 1));
            Assert.That(batch.Actions.Floats.Slice(row * 300, 300).IndexOf(1f), Is.EqualTo(lane[at].Action).And.GreaterThanOrEqualTo(0));
            double reward = 0, discount = 1;
            int end = at;
            while (end < at + nStep && lane[end].Action >= 0)
            {
                reward += discount * lane[end].Reward;
                discount *= Gamma;
                if (lane[end++] is { Terminated: true } or { Truncated: true }) break;
            }

            Assert.That(batch.Rewards.Floats[row], Is.EqualTo(reward).Within(1e-5));
            Assert.That(batch.Discounts.Floats[row], Is.EqualTo(lane[end - 1].Terminated ? 0 : discount).Within(1e-6));
            Assert.That(batch.NextObservations.Floats.Slice(row * 2, 2).ToArray(), Is.EqualTo(lane[end].Observation));
        }
    }

    private sealed record Frame(float[] Observation, int Action = -1, float Reward = 0, bool Terminated = false, bool Truncated = false);
}
