using System;
using System.Linq;
using System.Threading;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The targets of a round whose target network stands still: its batches are drawn first and the targets of all of them computed, many at once, on as many
/// threads as the device has and those of a transition that was drawn several times once. The other threads begin while experience is still collected, with
/// the transitions that will be drawn as far as that can be foreseen. Targets do not depend on who computes them or when, nor on what else was foreseen.
/// </summary>
internal sealed class TargetsAhead : IPieces, IDisposable
{
    /// <summary>Batches whose targets one call computes: large matrix products cost less a row.</summary>
    private const int GroupSize = 4;

    /// <summary>Updates of a round from which on it pays.</summary>
    private const int FewestUpdates = 8;

    // Whether another thread may still foresee what is drawn.
    private const int Open = 0;
    private const int UnderWay = 1;
    private const int Over = 2;

    /// <summary>Numbers of a round that are kept at once, at most.</summary>
    private const long LargestRound = 16_000_000;

    private readonly ReplayBatch _batch;
    private readonly ReplayBatch _round;
    private readonly Worker[] _workers;
    private readonly int _width;
    private readonly float[] _targets;
    private readonly PlaceTable _distinct;
    private readonly int[] _rows;
    private readonly int[] _places;
    private Action _draw = () => { };
    private ReplayForesight? _foresight;
    private int _foreseeing;
    private int _asked;
    private int _foreseen;
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

        // None of what was foreseen might be drawn.
        (_targets, _rows, _places, _distinct) = (new float[2 * rows * _width], new int[2 * rows], new int[rows], new PlaceTable(2 * rows));
    }

    /// <summary>Batches that are kept at once.</summary>
    public int Capacity => _round.Rows / _batch.Rows;

    /// <summary>Transitions that have been foreseen so far.</summary>
    public int Foreseen => Volatile.Read(ref _foreseen);

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
    /// <param name="foresight">What says before which transitions those will be, while what is done before the first is under way; null where nothing can be said.</param>
    public void Compute(Action draw, ReplayForesight? foresight = null)
    {
        _drawn = _count = _next = _asked = _foreseen = 0;
        _distinct.Clear();
        (_draw, _complete, _foresight) = (draw, false, foresight);
        _foreseeing = foresight is null ? Over : Open;
        WorkTeam.Shared.Run(_workers.Length, _workers.Length, this);
    }

    /// <summary>Takes the batch that was drawn last into the round: of each row which target it takes, and of a new target the row it is computed from.</summary>
    /// <param name="repeats">Whether rows from the same place of the buffer are the same transition.</param>
    public void Add(bool repeats)
    {
        EndForesight();
        _batch.CopyTo(0, _round, _drawn, _batch.Rows);
        int count = _count;
        foreach (int transition in _batch.Indices)
        {
            int place = repeats ? _distinct.PlaceOf(transition, count) : count;
            if (place == count) _rows[count++] = _drawn;
            _places[_drawn++] = place;
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
            else if (!Foresee())
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

    // A group at a time, by one thread at a time, until drawing begins.
    private bool Foresee()
    {
        if (Interlocked.CompareExchange(ref _foreseeing, UnderWay, Open) != Open) return false;
        try
        {
            int count = _count;
            for (int end = count + GroupRows; count < end && _asked < _places.Length; _asked++)
            {
                if (_foresight!.Draw() is int transition and >= 0 && _distinct.PlaceOf(transition, count) == count) _rows[count++] = transition;
            }

            _foreseen = count;
            Volatile.Write(ref _count, count);
        }
        finally
        {
            Volatile.Write(ref _foreseeing, _asked < _places.Length ? Open : Over);
        }

        return true;
    }

    private void EndForesight()
    {
        for (int look = 0; Volatile.Read(ref _foreseeing) != Over && Interlocked.CompareExchange(ref _foreseeing, Over, Open) != Open; look++) WorkTeam.Pause(look);
    }

    private void Compute(Worker worker, int first, int rows)
    {
        int foreseen = Math.Clamp(_foreseen - first, 0, rows);
        if (foreseen > 0) _foresight!.Read(_rows.AsSpan(first, foreseen), worker.Group);
        _round.CopyTo(_rows.AsSpan(first + foreseen, rows - foreseen), worker.Group, foreseen);
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
