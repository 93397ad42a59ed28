using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Evaluation.Reports;
using Pipeline.Training.Evaluation.Statistics;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`compare`: says whether a policy is better or worse than another in the same episodes, as a gate for regressions.</summary>
internal static class CompareCommand
{
    private static readonly Argument<string> Reference = new("A.onnx") { Description = "The policy that stands." };
    private static readonly Argument<string> Candidate = new("B.onnx") { Description = "The policy that is judged against it." };
    private static readonly Option<string?> Env = new("--env") { HelpName = "ENV", Description = "The environment. Default the one that A was trained on." };
    private static readonly Option<string?> Margin = new("--margin") { HelpName = "M", Description = "By how much return B may be worse. Default 0." };
    private static readonly Option<string?> WhenUndecided = new("--undecided") { HelpName = "HOW", Description = "What the exit code says when it cannot be told: tell (default, 4), pass (0) or fail (3)." };
    private static readonly Option<bool> Json = new("--json") { Description = "Prints one JSON object and nothing else." };

    private enum Gate
    {
        Tell,
        Pass,
        Fail,
    }

    public static Command Make(CliContext context)
    {
        var command = new Command("compare", "Says whether a policy is better or worse than another.")
        {
            Reference, Candidate, Env, EvaluateOptions.EnvAssembly, EvaluateOptions.Episodes, EvaluateOptions.Seed, EvaluateOptions.Seeds, EvaluateOptions.Stochastic,
            EvaluateOptions.Device, EvaluateOptions.Threads, Margin, WhenUndecided, Json,
        };
        command.SetAction(parsed => Run(parsed, context));
        return command;
    }

    private static int Run(ParseResult parsed, CliContext context)
    {
        var problems = new List<string>();
        PolicyOptions options = EvaluateOptions.ReadDevice(parsed, context, problems);
        var request = new BatchRequest
        {
            Policies = [],
            Seeds = EvaluateOptions.ReadSeeds(parsed, problems),
            Episodes = EvaluateOptions.ReadEpisodes(parsed, problems),
            Threads = EvaluateOptions.ReadThreads(parsed, problems),
            Stochastic = parsed.GetValue(EvaluateOptions.Stochastic),
        };
        if (problems.Count == 0 && (long)request.Episodes * request.Seeds.Count < 2) problems.Add("One episode says nothing of the spread. Give at least 2 with --episodes or --seeds.");
        double margin = ReadMargin(parsed.GetValue(Margin), problems);
        Gate gate = EvaluateOptions.ReadChoice(parsed.GetValue(WhenUndecided), "--undecided", Gate.Tell, problems);
        string[] files = [parsed.GetRequiredValue(Reference), parsed.GetRequiredValue(Candidate)];
        problems.AddRange(files.Where(f => !File.Exists(f)).Select(f => $"There is no file {f}.{NearestFile.Hint(f)}"));
        if (problems.Count > 0) throw new UserErrorException(problems);

        using var signals = new StopSignals(() => { });
        EnvironmentRegistry registry = context.LoadEnvironments(parsed.GetValue(EvaluateOptions.EnvAssembly));
        IReadOnlyList<EvaluatedPolicy> policies = EvaluatedPolicy.Load(files, options);
        try
        {
            var progress = new BatchProgress();
            BatchResult result;
            using (EvaluateDisplay.Start(context, progress, quiet: parsed.GetValue(Json)))
                result = BatchEvaluator.Run(request with { Policies = policies, Environments = [parsed.GetValue(Env) ?? policies[0].Policy.Manifest.Environment] }, registry.MakeVector, progress, signals.Token);
            return Report(parsed, context, result, margin, gate);
        }
        finally
        {
            foreach (EvaluatedPolicy policy in policies) policy.Dispose();
        }
    }

    private static int Report(ParseResult parsed, CliContext context, BatchResult result, double margin, Gate gate)
    {
        EvaluationResult reference = result.Pairs[0].Result, candidate = result.Pairs[1].Result;
        PairedDifference difference = PairedDifference.Of(reference.Returns, candidate.Returns);
        Verdict verdict = difference.Judge(margin);
        string statement = Statement(difference, margin);
        if (parsed.GetValue(Json)) context.Out.WriteLine(ToJson(result, difference, margin, statement).ToJsonString());
        else Print(context.Out, result, difference, statement);
        return verdict switch
        {
            Verdict.Worse => ExitCodes.Worse,
            Verdict.Undecided => gate switch { Gate.Pass => ExitCodes.Success, Gate.Fail => ExitCodes.Worse, _ => ExitCodes.Undecided },
            _ => ExitCodes.Success,
        };
    }

    /// <summary>What can be said, in plain words: A stands, B is judged.</summary>
    internal static string Statement(PairedDifference difference, double margin)
    {
        string amount = $"{Texts.Number(Math.Abs(difference.Mean))} {(difference.Mean < 0 ? "less" : "more")}";
        string interval = string.Create(CultureInfo.InvariantCulture, $"{difference.Confidence * 100:0.##} % interval {Texts.Number(difference.Low)} to {Texts.Number(difference.High)}");
        string said = $"B returns {amount} than A on average over {Texts.Count(difference.Pairs)} episodes of each ({interval}).";
        string allowed = margin > 0 ? $" by more than {Texts.Number(margin)}" : "";
        if (difference is { Low: 0, High: 0 }) return $"B is not worse than A: both return the same in {Texts.Count(difference.Pairs)} episodes of each.";
        return difference.Judge(margin) switch
        {
            Verdict.Better => $"B is better than A: {said}",
            Verdict.NotWorse when difference.High < 0 => $"B is worse than A, but not{allowed}: {said}",
            Verdict.NotWorse => $"B is not worse than A{allowed}: {said}",
            Verdict.Worse => $"B is worse than A{allowed}: {said}",
            _ when margin > 0 => $"Whether B is worse than A{allowed} cannot be told: {said} {Needed(difference, margin)}",
            _ => $"No difference can be told: {said} {Needed(difference, margin)}",
        };
    }

    private static string Needed(PairedDifference difference, double margin) => difference.PairsNeeded(margin) is double pairs
        ? $"If the true difference is what was seen, about {Texts.Number(pairs)} episodes of each would tell, four times in five."
        : "The difference lies where no number of episodes could tell.";

    private static double ReadMargin(string? text, List<string> problems)
    {
        if (text is null) return 0;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double margin) && margin >= 0 && double.IsFinite(margin)) return margin;
        problems.Add($"--margin is '{text}'; a return of 0 or more is expected, such as 5.");
        return 0;
    }

    private static JsonObject ToJson(BatchResult result, PairedDifference difference, double margin, string statement) => new()
    {
        ["reference"] = result.Request.Policies[0].File,
        ["candidate"] = result.Request.Policies[1].File,
        ["environment"] = result.Environments[0],
        ["seeds"] = new JsonArray([.. result.Request.Seeds.Select(s => JsonValue.Create(s))]),
        ["episodes"] = difference.Pairs,
        ["mean_return_reference"] = JsonReport.Number(result.Pairs[0].Result.MeanReturn),
        ["mean_return_candidate"] = JsonReport.Number(result.Pairs[1].Result.MeanReturn),
        ["difference"] = JsonReport.Number(difference.Mean),
        ["ci_low"] = JsonReport.Number(difference.Low),
        ["ci_high"] = JsonReport.Number(difference.High),
        ["confidence"] = difference.Confidence,
        ["std_difference"] = JsonReport.Number(difference.StandardDeviation),
        ["correlation"] = JsonReport.Number(difference.Correlation),
        ["margin"] = margin,
        ["verdict"] = Texts.Dashed(difference.Judge(margin).ToString()),
        ["episodes_needed"] = JsonReport.Number(difference.PairsNeeded(margin)),
        ["statement"] = statement,
        ["steps_per_second"] = result.StepsPerSecond,
    };

    private static void Print(TextWriter output, BatchResult result, PairedDifference difference, string statement)
    {
        foreach ((string name, (EvaluatedPolicy policy, _, EvaluationResult one)) in new[] { "A", "B" }.Zip(result.Pairs))
            output.WriteLine($"{name}           {policy.File}: {Texts.Number(one.MeanReturn)} ± {Texts.Number(one.ConfidenceHalfWidth)}, standard deviation {Texts.Number(one.StandardDeviation)}");
        output.WriteLine($"environment {result.Environments[0]}, {Texts.Plural(result.Request.Episodes, "episode")} each of seed {ReportWords.Seeds(result.Request.Seeds)}, the same for both");
        output.WriteLine($"difference  {Texts.Number(difference.Mean)}, {Texts.Number(difference.Low)} to {Texts.Number(difference.High)} (Student's t of the paired differences{(difference.Correlation is double r ? $", correlation {Texts.Number(r)}" : "")})");
        output.WriteLine();
        output.WriteLine(statement);
    }
}
