using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The targets of a round whose target network stands still: its batches are drawn first and the targets of all of them computed, many at once, on as many
/// threads as the device has and those of a transition that was drawn several times once. They do not depend on who computes them or when.
/// </summary>
internal sealed class TargetsAhead : IPieces, IDisposable
{
    /// <summary>Batches whose targets one call computes: large matrix products cost less a row.</summary>
    private const int GroupSize = 4;

    /// <summary>Updates of a round from which on it pays.</summary>
    private const int FewestUpdates = 8;

    /// <summary>Numbers of a round that are kept at once, at most.</summary>
    private const long LargestRound = 16_000_000;

    private readonly ReplayBatch _batch;
    private readonly ReplayBatch _round;
    private readonly Worker[] _workers;
    private readonly int _width;
    private readonly float[] _targets;
    private readonly Dictionary<int, int> _distinct;
    private readonly int[] _rows;
    private readonly int[] _places;
    private Action _draw = () => { };
    private bool _complete;
    private int _drawn;
    private int _count;
    private int _next;

    /// <summary>Builds the targets of a batch: declares its inputs. Null where they do not stand still.</summary>
    public delegate Tensor? TargetBuilder(FunctionBuilder build, ReplayBatch memory);

    private TargetsAhead(LearningContext context, int batches, Worker[] workers)
    {
        int rows = batches * context.Batch.Rows;
        (_batch, _workers, _round) = (context.Batch, workers, Rows(context, batches));
        _width = workers[0].Targets.Count / workers[0].Group.Rows;
        (_targets, _rows, _places, _distinct) = (new float[rows * _width], new int[rows], new int[rows], new Dictionary<int, int>(rows));
    }

    /// <summary>Batches that are kept at once.</summary>
    public int Capacity => _round.Rows / _batch.Rows;

    private int GroupRows => _workers[0].Group.Rows;

    /// <summary>Makes the memory and compiles the targets.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="updates">Updates of a round.</param>
    /// <param name="buildTargets">Builds the targets, [B, …].</param>
    /// <returns>Null where the targets do not stand still, or rounds are too short or too large in memory to gain from it.</returns>
    public static TargetsAhead? Make(LearningContext context, int updates, TargetBuilder buildTargets)
    {
        int kept = Kept(context, updates);
        if (kept < FewestUpdates) return null;
        Worker[] workers = [.. Enumerable.Range(0, Math.Min(context.Device.Threads, kept / GroupSize)).Select(_ => Worker.Make(context, buildTargets)).OfType<Worker>()];
        return workers.Length > 0 ? new TargetsAhead(context, kept, workers) : null;
    }

    /// <summary>Memory for the targets of a batch, [B, …].</summary>
    public TensorBuffer MakeTargets() => new(ElementType.Float32, [_batch.Rows, .. _workers[0].Targets.Dimensions[1..]]);

    /// <summary>Draws the batches of a round and computes their targets; the other threads begin with those of the first while the last are drawn.</summary>
    /// <param name="draw">Draws them: calls <see cref="Add"/> after each.</param>
    public void Compute(Action draw)
    {
        _drawn = _count = _next = 0;
        _distinct.Clear();
        (_draw, _complete) = (draw, false);
        WorkTeam.Shared.Run(_workers.Length, _workers.Length, this);
    }

    /// <summary>Takes the batch that was drawn last into the round: of each row which target it takes, and of a new target the row it is computed from.</summary>
    /// <param name="repeats">Whether rows from the same place of the buffer are the same transition.</param>
    public void Add(bool repeats)
    {
        _batch.CopyTo(0, _round, _drawn, _batch.Rows);
        int count = _count;
        foreach (int transition in _batch.Indices)
        {
            ref int place = ref _places[_drawn];
            place = count;
            if (repeats && !_distinct.TryAdd(transition, count)) place = _distinct[transition];
            if (place == count) _rows[count++] = _drawn;
            _drawn++;
        }

        Volatile.Write(ref _count, count);
    }

    /// <summary>Puts a batch of the round and its targets into memory that graphs read. Several threads may do so at once.</summary>
    /// <param name="number">Which, from 0 in the order they were added in.</param>
    /// <param name="batch">Receives the transitions.</param>
    /// <param name="targets">Receives the targets, [B, …].</param>
    public void Take(int number, ReplayBatch batch, TensorBuffer targets)
    {
        int first = number * batch.Rows;
        _round.CopyTo(first, batch, 0, batch.Rows);
        Span<float> to = targets.Floats;
        for (int row = 0; row < batch.Rows; row++) _targets.AsSpan(_places[first + row] * _width, _width).CopyTo(to[(row * _width)..]);
    }

    void IPieces.Do(int piece)
    {
        if (piece == 0) Draw();
        for (int look = 0; ;)
        {
            bool complete = Volatile.Read(ref _complete);
            int next = Volatile.Read(ref _next), first = next * GroupRows, rows = Math.Min(GroupRows, Volatile.Read(ref _count) - first);
            if (rows == GroupRows || (complete && rows > 0))
            {
                if (Interlocked.CompareExchange(ref _next, next + 1, next) == next) Compute(_workers[piece], first, rows);
            }
            else if (complete)
            {
                return;
            }
            else
            {
                WorkTeam.Pause(look++);
            }
        }
    }

    public void Dispose()
    {
        foreach (Worker worker in _workers) worker.Dispose();
        _round.Dispose();
    }

    private static ReplayBatch Rows(LearningContext context, int batches) =>
        new(context.ObservationSpace, context.ActionSpace, context.Masked, batches * context.Batch.Rows);

    private static int Kept(LearningContext context, int updates)
    {
        long row = (2L * (context.ObservationSpace.Size + context.ActionSpace.MaskSize)) + context.ActionSpace.Size;
        return (int)Math.Min(updates, LargestRound / (row * context.Batch.Rows));
    }

    private void Draw()
    {
        try
        {
            _draw();
        }
        finally
        {
            Volatile.Write(ref _complete, true);
        }
    }

    private void Compute(Worker worker, int first, int rows)
    {
        _round.CopyTo(_rows.AsSpan(first, rows), worker.Group);
        worker.Call.Run();
        worker.Targets.Floats[..(rows * _width)].CopyTo(_targets.AsSpan(first * _width));
    }

    /// <summary>What a thread computes targets with.</summary>
    private sealed record Worker(ReplayBatch Group, TensorBuffer Targets, CompiledFunction Function, BoundCall Call) : IDisposable
    {
        public static Worker? Make(LearningContext context, TargetBuilder buildTargets)
        {
            ReplayBatch group = Rows(context, GroupSize);
            var build = new FunctionBuilder(new Graph());
            if (buildTargets(build, group) is not Tensor targets)
            {
                group.Dispose();
                return null;
            }

            var memory = new TensorBuffer(ElementType.Float32, targets.Shape.Resolve(_ => 0));
            build.Output("target", targets, memory);
            (CompiledFunction function, BoundCall call) = build.Compile(context.Device, "targets");
            return new Worker(group, memory, function, call);
        }

        public void Dispose()
        {
            Call.Dispose();
            Function.Dispose();
            Targets.Dispose();
            Group.Dispose();
        }
    }
}
