using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Pipeline.Training.Evaluation.Logged;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`evaluate --dataset`: what a policy would earn, estimated from logged data of another one.</summary>
internal static class EvaluateDataset
{
    private static readonly string[] _shared = ["--seed", "--stochastic", "--bootstrap", "--json"];
    private static readonly Option<string?> Dataset = new("--dataset") { HelpName = "FILE", Description = "Estimates the return from logged data (.jsonl or .csv, with or without .gz) instead of playing." };
    private static readonly Option<string?> Discount = new("--discount") { HelpName = "G", Description = "With --dataset: the discount of the return, 0 to 1. Default 1." };
    private static readonly Option<string?> Method = new("--method") { HelpName = "NAMES", Description = $"With --dataset: which estimators, of {string.Join(",", LoggedOptions.AllMethods)}. Default all." };
    private static readonly Option<string?> CutEpisodes = new("--cut-episodes") { HelpName = "HOW", Description = "With --dataset: stop (default) counts nothing beyond a truncation, go-on what would have come." };
    private static readonly Option<string?> FqeSteps = new("--fqe-steps") { HelpName = "N", Description = "With --dataset: gradient steps of the network that learns fqe's features. Default 200 for each step of the horizon, at least 5,000." };
    private static readonly Option<string?> FqeHidden = new("--fqe-hidden") { HelpName = "SIZES", Description = "With --dataset: its hidden layers. Default 64,32." };

    private static Option[] Own => [Dataset, Discount, Method, ActingOptions.Temperature, ActingOptions.Epsilon, CutEpisodes, FqeSteps, FqeHidden];

    public static void AddTo(Command command)
    {
        foreach (Option option in Own) command.Add(option);
    }

    public static bool IsAsked(ParseResult parsed) => parsed.GetValue(Dataset) is not null;

    public static int Run(ParseResult parsed, CliContext context)
    {
        var problems = new List<string>();
        LoggedOptions options = ReadOptions(parsed, problems);
        double? temperature = ActingOptions.Real(parsed.GetValue(ActingOptions.Temperature), "--temperature", problems);
        double epsilon = ActingOptions.Real(parsed.GetValue(ActingOptions.Epsilon), "--epsilon", problems) ?? 0;
        if (IsGiven(parsed, "--stochastic")) temperature ??= 1;
        var rule = new ActingRule(temperature ?? 0, epsilon);
        problems.AddRange(rule.Problems());
        problems.AddRange(parsed.CommandResult.Command.Options.Where(o => !Own.Contains(o) && !_shared.Contains(o.Name) && IsGiven(parsed, o.Name)).Select(option => $"{option.Name} is given together with --dataset, which plays nothing. Leave one of them out."));
        string file = parsed.GetRequiredValue(Dataset)!;
        string[] models = Words(parsed, "MODEL.onnx");
        if (models.Length != 1) problems.Add($"{models.Length} policies are given; one is evaluated on a dataset. Call the command once for each.");
        foreach (string path in models.Append(file).Where(path => !File.Exists(path))) problems.Add($"There is no file {path}.{NearestFile.Hint(path)}");
        if (DatasetFile.NameProblem(file) is string problem) problems.Add(problem);
        if (problems.Count > 0) throw new UserErrorException(problems);

        using var signals = new StopSignals(() => { });
        using ActingPolicy policy = ActingOptions.Load(models[0], _ => rule);
        try
        {
            var data = LoggedDataset.Load(file, policy.ObservationSpace, policy.ActionSpace);
            LoggedReport report = LoggedEvaluation.Evaluate(data, policy, options, signals.Token);
            if (IsGiven(parsed, "--json")) context.Out.WriteLine(ToJson(report, options).ToJsonString());
            else Print(context.Out, report, options, $"{models[0]} on {file}, {Acting(rule)}");
        }
        catch (DatasetException e)
        {
            throw new UserErrorException(e.Message);
        }

        return ExitCodes.Success;
    }

    private static LoggedOptions ReadOptions(ParseResult parsed, List<string> problems)
    {
        var defaults = new LoggedOptions();
        string cut = parsed.GetValue(CutEpisodes) ?? "stop";
        if (cut is not ("stop" or "go-on")) problems.Add($"--cut-episodes is '{cut}'; stop or go-on is allowed.");
        string[] hidden = parsed.GetValue(FqeHidden)?.Split(',') ?? [];
        LoggedOptions options = defaults with
        {
            Methods = parsed.GetValue(Method)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? defaults.Methods,
            Discount = ActingOptions.Real(parsed.GetValue(Discount), "--discount", problems) ?? defaults.Discount,
            CutEpisodes = cut == "go-on" ? Training.Evaluation.Logged.CutEpisodes.GoOn : Training.Evaluation.Logged.CutEpisodes.Stop,
            Resamples = Whole(Words(parsed, "--bootstrap").FirstOrDefault(), "--bootstrap", problems) ?? defaults.Resamples,
            NetworkSteps = Whole(parsed.GetValue(FqeSteps), "--fqe-steps", problems) ?? defaults.NetworkSteps,
            HiddenSizes = hidden.Length == 0 ? defaults.HiddenSizes : [.. hidden.Select(size => Whole(size, "--fqe-hidden", problems) ?? 1)],
            Seed = Texts.Seed(Words(parsed, "--seed").FirstOrDefault(), problems) ?? 0,
        };
        problems.AddRange(options.Problems());
        return options;
    }

    private static int? Whole(string? text, string option, List<string> problems) => (int?)Math.Min(Texts.Whole(text, option, 1, problems) ?? -1, int.MaxValue) is int n and > 0 ? n : null;

    // By name, for options that belong to the command as a whole.
    private static bool IsGiven(ParseResult parsed, string name) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(o => o.Name == name) is Option option && parsed.GetResult(option) is { Implicit: false };

    private static string[] Words(ParseResult parsed, string name) => IsGiven(parsed, name) || !name.StartsWith('-') ? [.. parsed.GetResult(name)?.Tokens.Select(token => token.Value) ?? []] : [];

    private static string Acting(ActingRule rule) => rule switch
    {
        { IsDeterministic: true } => "deterministic actions",
        { Epsilon: 0 } => $"actions drawn by temperature {Texts.Number(rule.Temperature)}",
        { Temperature: 0 } => $"deterministic actions, uniform ones with probability {Texts.Number(rule.Epsilon)}",
        _ => $"actions drawn by temperature {Texts.Number(rule.Temperature)}, uniform ones with probability {Texts.Number(rule.Epsilon)}",
    };

    private static void Print(TextWriter output, LoggedReport report, LoggedOptions options, string title)
    {
        string percent = FormattableString.Invariant($"{100 * options.Level:0.##} %");
        output.WriteLine(title);
        output.WriteLine($"data      {Texts.Count(report.Episodes)} episodes, {Texts.Count(report.Steps)} steps");
        output.WriteLine($"logged    return {Texts.Number(report.LoggedReturn)}{Ends(report.LoggedInterval)} of the policy that acted, discount {Texts.Number(options.Discount)}");
        output.WriteLine();
        output.WriteLine($"{"method",-8}{"return",10}  {percent + " interval",-24}{"error",10}{"effective episodes",20}");
        foreach (LoggedEstimate estimate in report.Estimates)
        {
            string value = estimate.Value is double number ? Texts.Number(number) : "-", interval = Ends(estimate.Interval).Trim(' ', '(', ')');
            string error = estimate.Interval is { } known ? Texts.Number(known.StandardError) : "-";
            output.WriteLine($"{estimate.Method,-8}{value,10}  {(interval.Length > 0 ? interval : "-"),-24}{error,10}{Texts.Number(estimate.EffectiveSampleSize),20}");
            if (estimate.Problem is string problem) output.WriteLine($"          {problem}");
        }

        foreach (string warning in report.Warnings) output.WriteLine($"{Environment.NewLine}warning: {warning}");
    }

    private static string Ends(ConfidenceInterval? interval) => interval is null ? "" : $" ({Texts.Number(interval.Low)} to {Texts.Number(interval.High)})";

    private static JsonObject ToJson(LoggedReport report, LoggedOptions options) => new()
    {
        ["episodes"] = report.Episodes,
        ["steps"] = report.Steps,
        ["discount"] = options.Discount,
        ["level"] = options.Level,
        ["logged_return"] = report.LoggedReturn,
        ["logged_low"] = report.LoggedInterval?.Low,
        ["logged_high"] = report.LoggedInterval?.High,
        ["estimates"] = new JsonArray([.. report.Estimates.Select(estimate => new JsonObject
        {
            ["method"] = estimate.Method,
            ["return"] = estimate.Value,
            ["low"] = estimate.Interval?.Low,
            ["high"] = estimate.Interval?.High,
            ["standard_error"] = estimate.Interval?.StandardError,
            ["effective_sample_size"] = estimate.EffectiveSampleSize,
            ["problem"] = estimate.Problem,
        })]),
        ["warnings"] = new JsonArray([.. report.Warnings.Select(warning => JsonValue.Create(warning))]),
    };
}
