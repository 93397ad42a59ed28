using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`train`: starts a run or goes on with one.</summary>
internal static class TrainCommand
{
    private static readonly Argument<string?> Algorithm = new("ALGORITHM") { Description = "Name of the algorithm; see 'list algorithms'.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Env = Text("--env", "ENV", "Name of the environment, with settings if any: FrozenLake-v1?map_name=8x8. See 'list environments'.");
    private static readonly Option<string?> EnvAssembly = Text("--env-assembly", "DLL", "Your assembly that brings the environment.");
    private static readonly Option<string?> Steps = Text("--steps", "N", "Environment steps to train for, over all environments. On a resumed run: the new total.");
    private static readonly Option<string?> Seed = Text("--seed", "S", "The seed of all randomness. Default 0.");
    private static readonly Option<string?> Out = Text("--out", "DIR", "The run's folder. Default runs/ENV-ALGORITHM-seedS.");
    private static readonly Option<string?> Envs = Text("--envs", "N", "Environments stepped together.");
    private static readonly Option<string[]> Set = new("--set") { HelpName = "key=value", Description = "Sets an option of the algorithm; may be repeated. See 'list algorithms ALGORITHM'.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> Config = Text("--config", "FILE", "Takes what the command line leaves open from a file like a run's config.json.");
    private static readonly Option<string?> Resume = Text("--resume", "DIR", "Goes on with the run in DIR from its latest checkpoint.");
    private static readonly Option<string?> Device = Text("--device", "D", "Where the graphs run: cpu (default), cuda or auto.");
    private static readonly Option<string?> Threads = Text("--threads", "N", "Threads that an update may use; what is learned does not depend on it. Default 2, or 1 on a single processor.");
    private static readonly Option<string?> StopAt = Text("--stop-at", "N", "Stops after the iteration that reaches N steps, as Ctrl-C does; go on with --resume.");
    private static readonly Option<string?> CheckpointEvery = Text("--checkpoint-every", "N", "Environment steps between checkpoints. Default a tenth of the run, at most a million.");
    private static readonly Option<string?> LogEvery = Text("--log-every", "N", "Environment steps between rows of metrics. Default 1/200 of the run.");
    private static readonly Option<string?> EvaluateEvery = Text("--evaluate-every", "N", "Scores the policy every N steps, by deterministic actions, and keeps the best as best.onnx.");
    private static readonly Option<string?> EvaluateEpisodes = Text("--evaluate-episodes", "N", "Episodes of each of those scores. Default 50.");

    public static Command Make(CliContext context)
    {
        var command = new Command("train", "Trains a policy.")
        {
            Algorithm, Env, EnvAssembly, Steps, Seed, Out, Envs, Set, Config, Resume, Device, Threads, StopAt, CheckpointEvery, LogEvery, EvaluateEvery, EvaluateEpisodes,
        };
        command.SetAction(parsed => Run(parsed, context));
        return command;
    }

    private static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static int Run(ParseResult parsed, CliContext context)
    {
        var problems = new List<string>();
        RunRequest given = Given(parsed, problems);
        long stopAt = Texts.Whole(parsed.GetValue(StopAt), "--stop-at", 1, problems) ?? long.MaxValue;
        if (parsed.GetValue(Config) is string file) given = given.Over(RunRequest.Read(file));
        string? resume = parsed.GetValue(Resume);
        if (resume is not null) given = OverSaved(given, resume, parsed.GetValue(Out), context, problems);
        using ResolvedRun resolved = Resolve(given, context, problems);
        RunConfig config = resolved.Config;
        string folder = resume ?? parsed.GetValue(Out) ?? DefaultFolder(config);
        if (resume is null) RunFolder.CheckFree(folder);

        var monitor = new RunMonitor();
        using RunDisplay display = RunDisplay.Make(context, monitor);
        using var signals = new StopSignals(() => display.Log("Stopping after this iteration; a second Ctrl-C aborts at once."));
        using ITrainer trainer = resolved.CreateTrainer(display.Log);
        using PolicyScoring? scoring = resolved.CreateScoring();
        using RunFolder opened = resume is null ? RunFolder.Create(folder) : RunFolder.Open(folder);
        if (resume is not null && !resolved.ResumesExactly)
            display.Log($"{config.Environment} cannot save its state: its episodes start anew, so this run will not repeat the unbroken one bit for bit.");
        using TrainingRun run = resume is null
            ? TrainingRun.Start(opened, config, trainer, monitor, context.Time, scoring)
            : TrainingRun.Resume(opened, config, trainer, monitor, context.Time, display.Log, scoring);
        display.Start($"{config.Algorithm} on {config.Environment}, seed {config.Seed}", folder);
        RunResult result = run.Execute(signals.Token, stopAt);
        display.Finish();
        Summarize(context, config, opened, result);
        return ExitCodes.Success;
    }

    private static RunRequest Given(ParseResult parsed, List<string> problems)
    {
        var options = new List<KeyValuePair<string, string>>();
        foreach (string setting in parsed.GetValue(Set) ?? [])
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) options.Add(new KeyValuePair<string, string>(setting[..equals].Trim(), setting[(equals + 1)..].Trim()));
            else problems.Add($"--set has '{setting}'; key=value is expected, such as --set gamma=0.99.");
        }

        // Options of every algorithm, with names of their own on the command line.
        if (Texts.Whole(parsed.GetValue(Steps), "--steps", 1, problems) is long steps) options.Add(Option("total_steps", steps));
        if (Texts.Whole(parsed.GetValue(Envs), "--envs", 1, problems) is long envs) options.Add(Option("environment_count", envs));
        return new RunRequest
        {
            Algorithm = parsed.GetValue(Algorithm),
            Environment = parsed.GetValue(Env),
            EnvironmentAssembly = parsed.GetValue(EnvAssembly),
            Seed = Texts.Seed(parsed.GetValue(Seed), problems),
            Device = parsed.GetValue(Device),
            Threads = (int?)Texts.Whole(parsed.GetValue(Threads), "--threads", 1, problems),
            CheckpointEvery = Texts.Whole(parsed.GetValue(CheckpointEvery), "--checkpoint-every", 1, problems),
            LogEvery = Texts.Whole(parsed.GetValue(LogEvery), "--log-every", 1, problems),
            EvaluateEvery = Texts.Whole(parsed.GetValue(EvaluateEvery), "--evaluate-every", 1, problems),
            EvaluateEpisodes = (int?)Texts.Whole(parsed.GetValue(EvaluateEpisodes), "--evaluate-episodes", 1, problems),
            Options = options,
        };
    }

    private static KeyValuePair<string, string> Option(string name, long value) => new(name, value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static RunRequest OverSaved(RunRequest given, string folder, string? output, CliContext context, List<string> problems)
    {
        RunFolder.CheckRun(folder);
        if (output is not null && Path.GetFullPath(output) != Path.GetFullPath(folder))
            problems.Add($"--out is {output}, but --resume {folder} goes on in that folder. Leave --out out.");
        RunRequest saved = RunRequest.Read(RunFolder.ConfigIn(folder));
        given.CheckSameRun(saved, context.Algorithms);
        return given.Over(saved);
    }

    private static ResolvedRun Resolve(RunRequest request, CliContext context, List<string> problems)
    {
        ResolvedRun? resolved = null;
        try
        {
            resolved = ResolvedRun.From(request, context.Algorithms, context.Make);
        }
        catch (UserErrorException e)
        {
            problems.AddRange(e.Problems);
        }

        if (problems.Count == 0 && resolved is not null) return resolved;
        resolved?.Dispose();
        throw new UserErrorException(problems);
    }

    private static string DefaultFolder(RunConfig config)
    {
        string environment = string.Concat(config.Environment.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        return Path.Combine("runs", $"{environment}-{config.Algorithm}-seed{config.Seed}");
    }

    private static void Summarize(CliContext context, RunConfig config, RunFolder folder, RunResult result)
    {
        string speed = result.Seconds > 0 ? $" in {Texts.Duration(TimeSpan.FromSeconds(result.Seconds))}" : "";
        string score = result.EpisodeReturn is double value ? $" Return over the latest episodes: {Texts.Number(value)}." : "";
        context.Out.WriteLine($"{(result.Finished ? "Finished" : "Stopped")} at step {Texts.Count(result.Steps)}{speed}.{score}");
        if (!result.Finished) context.Out.WriteLine($"Go on with: train --resume {folder.Path}");
        context.Out.WriteLine($"Policy: {folder.PolicyPath}");
        if (result.BestScore is double best) context.Out.WriteLine($"Best policy: {folder.BestPath}, {Texts.Number(best)} at step {Texts.Count(result.BestSteps)}");
        context.Out.WriteLine($"Score it with: evaluate {folder.PolicyPath} --env {config.Environment}{(config.EnvironmentAssembly is string assembly ? $" --env-assembly {assembly}" : "")}");
    }
}
