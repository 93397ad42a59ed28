using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;

namespace Pipeline.Tests.Fuzz;

/// <summary>Tries cases, one after the other, in this process.</summary>
internal sealed class Worker
{
    private const int Rows = 3;
    private readonly IReadOnlyList<byte[]> _files;
    private readonly ulong _seed;

    internal Worker(IReadOnlyList<byte[]> files, ulong seed)
    {
        _files = files;
        _seed = seed;
    }

    /// <summary>Tries the cases from <paramref name="first"/> in steps, to before <paramref name="end"/>.</summary>
    internal void Run(Board board, long first, long end, int step)
    {
        for (long number = first; number < end; number += step)
        {
            board.Current = number;
            Outcome outcome = Try(number, out string message);
            if (outcome == Outcome.Fault) Console.Error.WriteLine($"case {number} of seed {_seed}: {message}");
            board[outcome]++;
        }

        board.Current = end;
    }

    /// <summary>Tries one case.</summary>
    internal Outcome Try(long number, out string message)
    {
        var mutation = new Mutation(_files, _seed, number);
        byte[] file = mutation.Make();
        message = "";
        try
        {
            using Policy policy = Policy.Load(file, "the case", new PolicyOptions { Sampling = mutation.Sampling });
            Act(policy, new RandomGenerator(_seed, (ulong)number));
            return Outcome.Acted;
        }
        catch (PolicyLoadException fault)
        {
            message = fault.Message;
            return fault.Problems.Count == 0 || fault.Message.Length > 1 << 20 ? Outcome.Fault : Kind(fault.Problems[0]);
        }
        catch (Exception exception)
        {
            message = exception.ToString();
            return Outcome.Fault;
        }
    }

    private static Outcome Kind(ManifestProblem problem)
    {
        if (problem.Field == "the file") return Outcome.RefusedBytes;
        if (problem.Remedy.StartsWith("Raise PolicyOptions.", StringComparison.Ordinal)) return Outcome.RefusedLimits;
        if (problem.Found.Contains("ONNX Runtime", StringComparison.Ordinal) && problem.Field == "graph") return Outcome.RefusedByOnnxRuntime;
        if (problem.Found.Contains(" row", StringComparison.Ordinal) && problem.Field.StartsWith("graph.", StringComparison.Ordinal)) return Outcome.RefusedShapes;
        bool graph = problem.Field.StartsWith("graph", StringComparison.Ordinal) || problem.Field is "opset_import" or "functions";
        return graph ? Outcome.RefusedGraph : Outcome.RefusedManifest;
    }

    /// <summary>One row and three; drawn from the spaces where that is cheap.</summary>
    private static void Act(Policy policy, RandomGenerator random)
    {
        foreach (int rows in new[] { 1, Rows })
        {
            float[] observations = new float[rows * policy.ObservationSpace.Size];
            for (int i = 0; i < rows && observations.Length < 10_000; i++) Draw(policy.ObservationSpace, random, observations.AsSpan(i * policy.ObservationSpace.Size, policy.ObservationSpace.Size));
            float[] masks = policy.UsesMasks ? [.. Enumerable.Range(0, rows * policy.ActionSpace.MaskSize).Select(_ => (float)random.NextInt32(2))] : [];
            float[] states = new float[rows * policy.StateSize];
            float[] rewards = policy.UsesRewards ? new float[rows] : [];
            float[] actions = new float[rows * policy.ActionSpace.Size];
            policy.Run(new PolicyBatch { Count = rows, Observations = observations, Actions = actions, Masks = masks, States = states, Rewards = rewards });
            if (policy.CanSample) policy.Run(new PolicyBatch { Count = rows, Observations = observations, Actions = actions, Masks = masks, States = states, Rewards = rewards, Random = random });
        }
    }

    private static void Draw(Space space, RandomGenerator random, Span<float> row)
    {
        space.Sample(random, row);
        // What a host may feed by mistake, too.
        if (random.NextInt32(8) == 0) row[random.NextInt32(row.Length)] = float.NaN;
        if (random.NextInt32(8) == 0) row[random.NextInt32(row.Length)] = 1e38f;
    }
}
