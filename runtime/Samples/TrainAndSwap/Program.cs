using System;
using System.Diagnostics;
using System.Threading.Tasks;
using Pipeline.Runtime;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Samples.Shared;

namespace Samples.TrainAndSwap;

/// <summary>
/// A game that trains its own policy while it is played, and takes each better one without stopping:
/// <c>dotnet run -c Release --project runtime/Samples/TrainAndSwap -- [--steps 60000] [--swap-every 10000] [--drones 100] [--out FILE.onnx]</c>.
/// Ends with 0 where the policies were exchanged and the last one plays better, 1 where not, 2 where it could not start.
/// </summary>
internal static class Program
{
    private const int FramesPerSecond = 60;
    private const int FramesAfterTraining = 30;

    private static int Main(string[] words)
    {
        var arguments = new Arguments(words);
        int steps = arguments.Whole("--steps", 60_000, 2048, 10_000_000);
        int swapEvery = arguments.Whole("--swap-every", 10_000, 1, 10_000_000);
        int drones = arguments.Whole("--drones", 100, 1, 100_000);
        string file = arguments.Text("--out", "");
        foreach (string problem in arguments.Problems) Console.Error.WriteLine(problem);
        if (arguments.Problems.Count > 0) return 2;

        using var trainer = new Trainer(steps);
        // The file's bytes go from hand to hand; nothing is written unless asked for.
        using Policy policy = Policy.Load(trainer.Export().Model, "the beginner", new PolicyOptions { Sampling = false });
        double before = Game.Score(policy);
        var game = new Game(policy, drones, seed: 3);
        var training = Task.Run(() => Train(trainer, policy, swapEvery));
        Play(game, training);
        ExportedPolicy last = training.GetAwaiter().GetResult();
        double after = Game.Score(policy);
        if (file.Length > 0) PolicyFile.Write(file, last);
        bool isBetter = after > before && policy.Version > 1;
        Console.WriteLine($"{(isBetter ? "score" : "FAILED: score")} before {before:F3}, after {after:F3}; {policy.Version - 1} policies exchanged in {game.Frames:N0} frames");
        return isBetter ? 0 : 1;
    }

    /// <summary>In the background: learns, and gives the game what it has learned.</summary>
    /// <returns>The last policy.</returns>
    private static ExportedPolicy Train(Trainer trainer, Policy policy, int swapEvery)
    {
        while (true)
        {
            long round = trainer.Steps / swapEvery;
            trainer.Learn();
            if (!trainer.IsDone && trainer.Steps / swapEvery == round) continue;
            ExportedPolicy exported = trainer.Export();
            policy.Reload(exported.Model, $"the policy after {trainer.Steps} steps");
            if (trainer.IsDone) return exported;
        }
    }

    /// <summary>The game's loop, which knows nothing of the training but when it is over.</summary>
    private static void Play(Game game, Task training)
    {
        var clock = new FrameClock(FramesPerSecond);
        long version = 1, since = 0;
        double points = 0;
        TimeSpan longest = default;
        clock.Start();
        for (int left = FramesAfterTraining; left > 0; left -= training.IsCompleted ? 1 : 0)
        {
            clock.WaitForFrame();
            long start = Stopwatch.GetTimestamp();
            game.Frame();
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            if (took > longest) longest = took;
            if (game.PolicyVersion != version)
            {
                Tell(version, game.Frames - 1 - since, points);
                (version, since, points) = (game.PolicyVersion, game.Frames - 1, 0);
            }

            points += game.Points;
        }

        Tell(version, game.Frames - since, points);
        Console.WriteLine($"longest frame: {longest.TotalMilliseconds:F1} ms");
    }

    private static void Tell(long version, long frames, double points) =>
        Console.WriteLine($"policy {version}: {frames:N0} frames, {points / Math.Max(frames, 1):F3} points of a drone a frame");
}
