using System;
using System.IO;
using System.Runtime;
using System.Threading;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Samples.Shared;

namespace Samples.Controller;

/// <summary>
/// A controller of 1 kHz that swings a pendulum up and balances it:
/// <c>dotnet run -c Release --project runtime/Samples/Controller -- [--seconds 10] [--angle 3.14] [--hertz 1000] [--busy] [--fault-every N] [--dry-run] [--model FILE]</c>.
/// Ends with 0 where the pendulum is upright and nothing was allocated, 1 where not, 2 where it could not start.
/// </summary>
internal static class Program
{
    private const int RehearsedTicks = 200;
    private const long QuietBytes = 1 << 20;

    private static int Main(string[] words)
    {
        var arguments = new Arguments(words);
        var settings = Settings.From(arguments);
        foreach (string problem in arguments.Problems) Console.Error.WriteLine(problem);
        if (arguments.Problems.Count > 0) return 2;
        try
        {
            using Policy policy = Policy.Load(settings.Model, new PolicyOptions { Sampling = false });
            Check(policy, settings.Model);
            return Control(policy, settings) ? 0 : 1;
        }
        catch (Exception fault) when (fault is PolicyLoadException or InvalidDataException)
        {
            Console.Error.WriteLine(fault.Message);
            return 2;
        }
    }

    /// <summary>A policy of other spaces would be fed and obeyed without a word where the sizes happen to fit.</summary>
    private static void Check(Policy policy, string model)
    {
        Space observations = new Box([-1, -1, -8], [1, 1, 8]), actions = new Box(-Plant.MaximumTorque, Plant.MaximumTorque, 1);
        if (!policy.ObservationSpace.Equals(observations) || !policy.ActionSpace.Equals(actions))
            throw new InvalidDataException($"{model} goes from {policy.ObservationSpace} to {policy.ActionSpace}. This machine gives {observations} and takes {actions}: choose a policy trained on Pendulum-v1.");
    }

    private static bool Control(Policy policy, Settings settings)
    {
        var plant = new Plant(settings.Angle);
        var loop = new ControlLoop(plant, new SafePolicy(policy, Plant.MaximumTorque), settings.Ticks) { FaultEvery = settings.FaultEvery };
        var rehearsal = new ControlLoop(new Plant(settings.Angle), new SafePolicy(policy, Plant.MaximumTorque), RehearsedTicks) { FaultEvery = 2 };
        var ticker = new Ticker(settings.Hertz);
        Console.WriteLine($"{settings.Hertz:N0} Hz for {settings.Seconds} s{(settings.IsDry ? ", dry" : "")}{(settings.IsBusy ? ", beside a busy thread" : "")}");
        using (settings.IsBusy ? new BusyThread() : null)
        {
            long bytes = RunUndisturbed(() => rehearsal.Run(ticker), () =>
            {
                if (settings.IsDry) loop.RunDry(settings.Hertz);
                else loop.Run(ticker);
            });
            loop.Write(Console.Out, settings.IsDry);
            return IsWell(plant, bytes);
        }
    }

    /// <summary>Runs the loop on a thread of its own, with everything compiled by a rehearsal and no garbage collection meanwhile.</summary>
    /// <returns>The bytes that the loop allocated.</returns>
    private static long RunUndisturbed(Action rehearse, Action run)
    {
        long bytes = 0;
        void Run()
        {
            rehearse();
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // Linux heeds no priority from here: start the program under chrt.
        var thread = new Thread(Run) { Priority = ThreadPriority.Highest, Name = "controller" };
        GC.Collect();
        GC.TryStartNoGCRegion(QuietBytes);
        thread.Start();
        thread.Join();
        // The region has ended by itself where the other threads allocated more.
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion) GC.EndNoGCRegion();
        return bytes;
    }

    private static bool IsWell(Plant plant, long bytes)
    {
        bool isUpright = Math.Abs(plant.Angle) < 0.2 && Math.Abs(plant.Speed) < 0.5;
        Console.WriteLine($"allocated in the loop: {bytes} bytes");
        Console.WriteLine($"{(isUpright ? "upright" : "FAILED: not upright")}: angle {plant.Angle:F3} rad, {plant.Speed:F3} rad/s");
        return isUpright && bytes == 0;
    }
}
