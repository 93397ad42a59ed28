using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Evaluation.Reports;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`evaluate`: scores policy files over many episodes.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string[]> Models = new("MODEL.onnx") { Description = "Policy files, patterns such as 'runs/*/policy.onnx', or folders of runs.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> SkipMismatched = new("--skip-mismatched") { Description = "Leaves out policies where their spaces differ from the environment's; else that is an error." };
    private static readonly Option<string?> Csv = new("--csv") { HelpName = "FILE", Description = "Writes one row an episode, and a summary to FILE with .summary.csv as its ending." };
    private static readonly Option<string?> Html = new("--html") { HelpName = "FILE", Description = "Writes a report with plots that needs no other file." };
    private static readonly Option<string?> Out = new("--out") { HelpName = "DIR", Description = "Writes all of it to a folder: episodes.csv, episodes.summary.csv, result.json, report.html." };
    private static readonly Option<string?> Normalize = new("--normalize") { HelpName = "HOW", Description = "How scores of environments are made comparable: auto (default), none, threshold or min-max." };
    private static readonly Option<string[]> Reference = new("--reference") { HelpName = "ENV=LOW:HIGH", Description = "The returns that are score 0 and 1 in an environment; may be repeated." };
    private static readonly Option<string?> GroupBy = new("--group-by") { HelpName = "WHAT", Description = "What is compared: model (default), or algorithm, whose files are then its runs." };
    private static readonly Option<string?> Bootstrap = new("--bootstrap") { HelpName = "N", Description = "Replicates of the bootstrap. Default 10,000." };
    private static readonly Option<bool> Json = new("--json") { Description = "Prints one JSON object and nothing else." };

    public static Command Make(CliContext context)
    {
        var command = new Command("evaluate", "Scores policies.")
        {
            Models, EvaluateOptions.Env, EvaluateOptions.EnvAssembly, EvaluateOptions.Episodes, EvaluateOptions.Seed, EvaluateOptions.Seeds,
            EvaluateOptions.Stochastic, EvaluateOptions.Device, EvaluateOptions.Threads, SkipMismatched,
            Csv, Html, Out, Normalize, Reference, GroupBy, Bootstrap, Json,
        };
        EvaluateDataset.AddTo(command);
        command.SetAction(parsed => Run(parsed, context));
        return command;
    }

    private static int Run(ParseResult parsed, CliContext context)
    {
        if (EvaluateDataset.IsAsked(parsed)) return EvaluateDataset.Run(parsed, context);
        var problems = new List<string>();
        PolicyOptions options = EvaluateOptions.ReadDevice(parsed, context, problems);
        var request = new BatchRequest
        {
            Policies = [],
            Environments = parsed.GetValue(EvaluateOptions.Env) ?? [],
            Seeds = EvaluateOptions.ReadSeeds(parsed, problems),
            Episodes = EvaluateOptions.ReadEpisodes(parsed, problems),
            Threads = EvaluateOptions.ReadThreads(parsed, problems),
            Stochastic = parsed.GetValue(EvaluateOptions.Stochastic),
            SkipMismatched = parsed.GetValue(SkipMismatched),
        };
        SummaryOptions summary = ReadSummary(parsed, problems);
        IReadOnlyList<string> files = PolicySearch.Find(parsed.GetRequiredValue(Models), problems);
        if (problems.Count > 0) throw new UserErrorException(problems);

        EnvironmentRegistry registry = context.LoadEnvironments(parsed.GetValue(EvaluateOptions.EnvAssembly));
        IReadOnlyList<EvaluatedPolicy> policies = EvaluatedPolicy.Load(files, options);
        try
        {
            Evaluate(parsed, context, registry, request with { Policies = policies }, summary);
        }
        finally
        {
            foreach (EvaluatedPolicy policy in policies) policy.Dispose();
        }

        return ExitCodes.Success;
    }

    private static void Evaluate(ParseResult parsed, CliContext context, EnvironmentRegistry registry, BatchRequest request, SummaryOptions options)
    {
        bool json = parsed.GetValue(Json);
        using var signals = new StopSignals(() => { });
        ScoreScaling.Check(options, [.. request.Environments.Concat(request.Environments.Count > 0 ? [] : request.Policies.Select(p => p.Policy.Manifest.Environment).Distinct())], registry);
        var progress = new BatchProgress();
        BatchResult result;
        using (EvaluateDisplay.Start(context, progress, quiet: json))
            result = BatchEvaluator.Run(request, registry.MakeVector, progress, signals.Token);
        bool single = result.Cells.Count == 1 && result.Skipped.Count == 0;
        bool files = parsed.GetValue(Csv) is not null || parsed.GetValue(Html) is not null || parsed.GetValue(Out) is not null;
        BatchSummary? summary = single && !files ? null : BatchSummary.Of(result, ScoreScaling.Find(options, result, registry, signals.Token), options);
        ReportFacts facts = Facts(context);
        if (json) context.Out.WriteLine(single ? EvaluateTexts.ToJson(result).ToJsonString() : Texts.Json(JsonReport.Of(result, summary!, facts)));
        else if (single) EvaluateTexts.PrintSingle(context.Out, result);
        else EvaluateTexts.Print(context.Out, result, summary!);
        if (summary is null) return;
        List<string> written = Write(parsed, result, summary, facts);
        if (!json && written.Count > 0) context.Out.WriteLine($"{Environment.NewLine}written   {string.Join(", ", written)}");
    }

    private static List<string> Write(ParseResult parsed, BatchResult result, BatchSummary summary, ReportFacts facts)
    {
        var written = new List<string>();
        void File(string? path, Action<string> write)
        {
            if (path is null) return;
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
            write(path);
            written.Add(path);
        }

        string? folder = parsed.GetValue(Out);
        string? In(string name) => folder is null ? null : Path.Combine(folder, name);
        foreach (string? path in new[] { parsed.GetValue(Csv), In("episodes.csv") })
        {
            File(path, p => CsvReport.WriteEpisodes(p, result));
            File(Path.ChangeExtension(path, ".summary.csv"), p => CsvReport.WriteSummary(p, result));
        }

        File(In("result.json"), p => Training.Files.AtomicFile.WriteText(p, Texts.Json(JsonReport.Of(result, summary, facts))));
        File(parsed.GetValue(Html), p => HtmlReport.Write(p, result, summary, facts));
        File(In("report.html"), p => HtmlReport.Write(p, result, summary, facts));
        return written;
    }

    private static SummaryOptions ReadSummary(ParseResult parsed, List<string> problems) => new()
    {
        Scale = EvaluateOptions.ReadChoice(parsed.GetValue(Normalize), "--normalize", ScoreScale.Auto, problems),
        Grouping = EvaluateOptions.ReadChoice(parsed.GetValue(GroupBy), "--group-by", ScoreGrouping.Model, problems),
        References = EvaluateOptions.ReadReferences(parsed.GetValue(Reference) ?? [], problems),
        Replicates = (int)Math.Min(Texts.Whole(parsed.GetValue(Bootstrap), "--bootstrap", 1, problems) ?? 10_000, 10_000_000),
    };

    private static ReportFacts Facts(CliContext context) => new(
        context.Time.GetUtcNow(),
        $"pipeline {string.Join(' ', context.Arguments.Select(Quoted))}");

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "-_./:=,@%+".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
