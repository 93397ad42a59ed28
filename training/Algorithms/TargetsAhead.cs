using System;
using System.Threading;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The targets of a round whose target network stands still: batches are drawn first, then a helping thread computes the targets of several at once
/// while this one learns from those that have theirs. The same batches, and targets that do not depend on who computes them or when.
/// </summary>
internal sealed class TargetsAhead : IPieces, IDisposable
{
    /// <summary>Batches whose targets one call computes: large matrix products cost less a row.</summary>
    private const int GroupSize = 8;

    /// <summary>Numbers of a round that are kept at once, at most.</summary>
    private const long LargestRound = 16_000_000;

    private readonly int _threads;
    private readonly ReplayBatch _batch;
    private readonly ReplayBatch _round;
    private readonly ReplayBatch _group;
    private readonly TensorBuffer _groupTargets;
    private readonly float[] _roundTargets;
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;
    private readonly bool[] _done;
    private readonly object _gate = new();
    private Action<UpdateContext>? _update;
    private UpdateContext _context;
    private int _count;

    /// <summary>Builds the targets of a batch: declares its inputs. Null where they do not stand still.</summary>
    public delegate Tensor? TargetBuilder(FunctionBuilder build, ReplayBatch memory);

    private TargetsAhead(LearningContext context, int groups, ReplayBatch group, FunctionBuilder build, Tensor targets)
    {
        _threads = context.Device.Threads;
        _batch = context.Batch;
        (_round, _group, _done) = (Rows(context, groups * GroupSize), group, new bool[groups]);
        long[] shape = targets.Shape.Resolve(_ => 0);
        _groupTargets = new TensorBuffer(ElementType.Float32, shape);
        shape[0] = _batch.Rows;
        Targets = new TensorBuffer(ElementType.Float32, shape);
        _roundTargets = new float[groups * _groupTargets.Count];
        build.Output("target", targets, _groupTargets);
        (_function, _call) = build.Compile(context.Device, "targets");
    }

    /// <summary>The targets of the batch that is learned from, [B, …].</summary>
    public TensorBuffer Targets { get; }

    /// <summary>Makes the memory and compiles the targets.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="updates">Updates of a round.</param>
    /// <param name="buildTargets">Builds the targets, [B, …].</param>
    /// <returns>Null where the targets do not stand still, or rounds are too short or too large in memory to gain from it.</returns>
    public static TargetsAhead? Make(LearningContext context, int updates, TargetBuilder buildTargets)
    {
        int kept = Capacity(context, updates);
        if (kept < GroupSize) return null;
        ReplayBatch group = Rows(context, GroupSize);
        var build = new FunctionBuilder(new Graph());
        if (buildTargets(build, group) is Tensor targets) return new TargetsAhead(context, (kept + GroupSize - 1) / GroupSize, group, build, targets);
        group.Dispose();
        return null;
    }

    /// <summary>Computes the targets of the present batch alone.</summary>
    public void Compute()
    {
        _batch.CopyTo(0, _group, 0, _batch.Rows);
        _call.Run();
        _groupTargets.Floats[..Targets.Count].CopyTo(Targets.Floats);
    }

    /// <summary>Learns from the batches of a round.</summary>
    /// <param name="round">The round.</param>
    /// <param name="update">Learns from the batch and its <see cref="Targets"/>.</param>
    public void Learn(LearningRound round, Action<UpdateContext> update)
    {
        (_context, _update) = (round.Context, update);
        int kept = _done.Length * GroupSize;
        for (int learned = 0; learned < round.Updates; learned += _count)
        {
            _count = Math.Min(kept, round.Updates - learned);
            for (int i = 0; i < _count; i++)
            {
                round.Sample();
                _batch.CopyTo(0, _round, i * _batch.Rows, _batch.Rows);
            }

            Array.Clear(_done);
            WorkTeam.Shared.Run(_threads, 2, this);
        }
    }

    void IPieces.Do(int piece)
    {
        if (piece == 0) Learn();
        else for (int group = 0; group * GroupSize < _count; group++) Compute(group);
    }

    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        Targets.Dispose();
        _groupTargets.Dispose();
        _group.Dispose();
        _round.Dispose();
    }

    private static ReplayBatch Rows(LearningContext context, int batches) =>
        new(context.ObservationSpace, context.ActionSpace, context.Masked, batches * context.Batch.Rows);

    private static int Capacity(LearningContext context, int updates)
    {
        long row = (2L * (context.ObservationSpace.Size + context.ActionSpace.MaskSize)) + context.ActionSpace.Size;
        return (int)Math.Min(updates, LargestRound / (row * context.Batch.Rows));
    }

    private void Learn()
    {
        for (int i = 0; i < _count; i++)
        {
            if (!Volatile.Read(ref _done[i / GroupSize])) Compute(i / GroupSize);
            _round.CopyTo(i * _batch.Rows, _batch, 0, _batch.Rows);
            _roundTargets.AsSpan(i * Targets.Count, Targets.Count).CopyTo(Targets.Floats);
            _update!(_context);
        }
    }

    // Whoever comes first computes; the other waits, since it has nothing better to do.
    private void Compute(int group)
    {
        lock (_gate)
        {
            if (_done[group]) return;
            _round.CopyTo(group * _group.Rows, _group, 0, _group.Rows);
            _call.Run();
            _groupTargets.Floats.CopyTo(_roundTargets.AsSpan(group * _groupTargets.Count));
            Volatile.Write(ref _done[group], true);
        }
    }
}
