using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The actions tried in a state of each of n environments: the policy's own where they are real-valued or hybrid; of one choice every one where there are no more than K;
/// otherwise drawn uniformly among what is allowed, each branch of a choice by itself.
/// </summary>
internal sealed class VineProposal
{
    private readonly Space _space;
    private readonly int[] _branches;
    private readonly bool _all;
    private readonly float[][] _raw;
    private readonly float[][] _taken;
    private readonly bool[][] _allowed;

    public VineProposal(Space space, int actions, int environments)
    {
        _space = space;
        _branches = space switch { Discrete discrete => [discrete.N], MultiDiscrete multi => [.. multi.Branches], MultiBinary binary => [.. Enumerable.Repeat(2, binary.N)], _ => [] };
        _all = space is Discrete one && one.N <= actions;
        Count = _all ? _branches[0] : actions;
        _raw = Make<float>(environments * space.Size);
        _taken = IsOfPolicy ? Make<float>(environments * space.Size) : _raw;
        _allowed = Make<bool>(environments);
    }

    /// <summary>K</summary>
    public int Count { get; }

    /// <summary>Whether they are drawn from the policy.</summary>
    public bool IsOfPolicy => _branches.Length == 0;

    /// <summary>Action k of an environment as the policy's distribution has it.</summary>
    public ReadOnlySpan<float> Raw(int k, int environment) => _raw[k].AsSpan(environment * _space.Size, _space.Size);

    /// <summary>Action k of every environment as the environments take it.</summary>
    public ReadOnlySpan<float> Taken(int k) => _taken[k];

    /// <summary>Whether action k of an environment counts.</summary>
    public bool IsAllowed(int k, int environment) => _allowed[k][environment];

    /// <summary>Draws them for the present state.</summary>
    public void Draw(Acting acting, VectorStep step)
    {
        for (int k = 0; k < Count; k++)
        {
            if (IsOfPolicy) Sample(acting, step, k);
            else Choose(acting.Random, step.ActionMasks, acting.Actor.Masks is not null, k);
        }
    }

    private void Sample(Acting acting, VectorStep step, int k)
    {
        step.Observations.CopyTo(acting.Actor.Observations.Floats);
        if (acting.Actor.Masks is not null) step.ActionMasks.CopyTo(acting.Actor.Masks.Floats);
        acting.Actor.Act(acting.Random);
        acting.Actor.RawActions.Floats.CopyTo(_raw[k]);
        acting.Actor.Actions.Floats.CopyTo(_taken[k]);
        Array.Fill(_allowed[k], true);
    }

    private void Choose(RandomGenerator random, float[] masks, bool masked, int k)
    {
        int maskSize = _space.MaskSize;
        for (int i = 0; i < _allowed[k].Length; i++)
        {
            ReadOnlySpan<float> mask = masked ? masks.AsSpan(i * maskSize, maskSize) : default;
            _allowed[k][i] = true;
            int start = 0;
            for (int b = 0; b < _branches.Length; b++)
            {
                ReadOnlySpan<float> allowed = masked ? mask.Slice(start, _branches[b]) : default;
                int choice = _all ? k : Draw(random, allowed, _branches[b]);

                // A forbidden one has no weight; the environment gets one that it takes.
                if (_all && masked && allowed[k] == 0) (choice, _allowed[k][i]) = (Draw(random, allowed, _branches[b]), false);
                _raw[k][(i * _space.Size) + b] = choice;
                start += _branches[b];
            }
        }
    }

    private static int Draw(RandomGenerator random, ReadOnlySpan<float> allowed, int choices)
    {
        if (allowed.IsEmpty) return random.NextInt32(choices);
        int count = 0, choice = -1;
        foreach (float a in allowed) count += a == 0 ? 0 : 1;
        for (int left = random.NextInt32(count) + 1; left > 0;)
        {
            if (allowed[++choice] != 0) left--;
        }

        return choice;
    }

    private T[][] Make<T>(int length) => [.. Enumerable.Range(0, Count).Select(_ => new T[length])];
}

/// <summary>Discounted returns of short rollouts, cut off by V of where they lead to.</summary>
internal sealed class VineReturns : IDisposable
{
    private readonly int _length;
    private readonly float _gamma;
    private readonly int _size;
    private readonly float[] _discounts;
    private readonly bool[] _over;
    private readonly TensorBuffer _observations;
    private readonly TensorBuffer _bootstrap;
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;

    public VineReturns(OnPolicyContext context, TrpoOptions options, int environments)
    {
        _length = options.VineLength;
        _gamma = (float)options.Gamma;
        _size = context.Model.ObservationSpace.Size;
        _discounts = new float[environments];
        _over = new bool[environments];
        Values = new float[environments];
        _observations = new TensorBuffer(ElementType.Float32, environments, _size);
        _bootstrap = new TensorBuffer(ElementType.Float32, environments, 1);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        build.Output("value", context.Model.Value(scope, context.Model.Encoder.Encode(build.Add("observation", _observations))), _bootstrap);
        build.AddStatistics(context.Model.Encoder, context.Statistics);
        build.AddParameters(scope, context.Parameters);
        (_function, _call) = build.Compile(context.Device, "vine_bootstrap");
    }

    /// <summary>Q̂ of each environment, of the latest rollouts.</summary>
    public float[] Values { get; }

    /// <summary>Takes an action in each environment, then follows the policy.</summary>
    /// <param name="acting">What acts in the environments.</param>
    /// <param name="step">The present observations; afterwards those of the end.</param>
    /// <param name="actions">The first actions.</param>
    /// <param name="random">Where the randomness of the others comes from.</param>
    /// <returns>Environment steps taken.</returns>
    public long Follow(Acting acting, VectorStep step, ReadOnlySpan<float> actions, RandomGenerator random)
    {
        Array.Clear(Values);
        Array.Clear(_over);
        Array.Fill(_discounts, 1);
        int t = 0;
        while (t < _length && Array.IndexOf(_over, false) >= 0)
        {
            if (t++ == 0)
            {
                acting.Environments.Step(actions, step);
            }
            else
            {
                step.Observations.CopyTo(acting.Actor.Observations.Floats);
                if (acting.Actor.Masks is not null) step.ActionMasks.CopyTo(acting.Actor.Masks.Floats);
                acting.Actor.Act(random);
                acting.Environments.Step(acting.Actor.Actions.Floats, step);
            }

            for (int i = 0; i < Values.Length; i++) Record(step, i);
        }

        _call.Run();
        for (int i = 0; i < Values.Length; i++) Values[i] += _discounts[i] * _bootstrap.Floats[i];
        return (long)t * Values.Length;
    }

    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        _observations.Dispose();
        _bootstrap.Dispose();
    }

    private void Record(VectorStep step, int i)
    {
        if (_over[i]) return;
        Values[i] += _discounts[i] * step.Rewards[i];
        _discounts[i] = step.Terminated[i] ? 0 : _discounts[i] * _gamma;
        _over[i] = step.Terminated[i] || step.Truncated[i];
        float[] reached = _over[i] ? step.FinalObservations : step.Observations;
        reached.AsSpan(i * _size, _size).CopyTo(_observations.Floats.Slice(i * _size, _size));
    }
}
