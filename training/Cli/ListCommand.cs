using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json.Nodes;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`list`: what algorithms and environments there are.</summary>
internal static class ListCommand
{
    private static readonly Argument<string?> Name = new("NAME") { Description = "One algorithm, to see its options.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> EnvAssembly = new("--env-assembly") { HelpName = "DLL", Description = "Your assembly that brings environments." };
    private static readonly Option<bool> Json = new("--json") { Description = "Prints a JSON list and nothing else." };

    public static Command Make(CliContext context)
    {
        var algorithms = new Command("algorithms", "Lists the algorithms, or the options of one.") { Name, Json };
        algorithms.SetAction(parsed => Algorithms(parsed.GetValue(Name), parsed.GetValue(Json), context));
        var environments = new Command("environments", "Lists the environments.") { EnvAssembly, Json };
        environments.SetAction(parsed => Environments(parsed.GetValue(EnvAssembly), parsed.GetValue(Json), context));
        return new Command("list", "Lists algorithms or environments.") { algorithms, environments };
    }

    private static int Algorithms(string? name, bool json, CliContext context)
    {
        AlgorithmDescriptor[] shown = context.Algorithms.Where(a => name is null || a.Name == name).ToArray();
        if (name is not null && shown.Length == 0)
            throw new UserErrorException($"There is no algorithm '{name}'.{NearestChoice.Hint(name, context.Algorithms.Select(a => a.Name))}");
        if (json)
        {
            context.Out.WriteLine(Texts.Json(new JsonArray(shown.Select(ToJson).ToArray<JsonNode>())));
            return ExitCodes.Success;
        }

        WriteTable(context, shown.Select(a => new[] { a.Name, a.Summary }));
        if (name is null || shown.Length == 0) return ExitCodes.Success;
        context.Out.WriteLine();
        WriteTable(context, OptionBinder.Describe(shown[0].DefaultOptions("")).Select(o => new[] { o.Name, o.Default, o.Type, o.Description }));
        return ExitCodes.Success;
    }

    private static int Environments(string? assembly, bool json, CliContext context)
    {
        EnvironmentRegistry registry = context.LoadEnvironments(assembly);
        var rows = registry.Specs.Select(spec => (Spec: spec, Made: registry.Make(spec.Name))).ToArray();
        if (json)
        {
            var list = new JsonArray();
            foreach ((EnvironmentSpec spec, IEnvironment made) in rows)
                list.Add(ToJson(spec, made));
            context.Out.WriteLine(Texts.Json(list));
        }
        else
        {
            WriteTable(context, rows.Select(r => new[] { r.Spec.Name, $"acts in {r.Made.ActionSpace}", r.Spec.Description }));
        }

        foreach (IDisposable made in rows.Select(r => r.Made).OfType<IDisposable>())
            made.Dispose();
        return ExitCodes.Success;
    }

    private static JsonObject ToJson(AlgorithmDescriptor algorithm) => new()
    {
        ["name"] = algorithm.Name,
        ["summary"] = algorithm.Summary,
        ["options"] = new JsonArray(OptionBinder.Describe(algorithm.DefaultOptions("")).Select(o => (JsonNode)new JsonObject
        {
            ["name"] = o.Name,
            ["type"] = o.Type,
            ["default"] = o.Default,
            ["description"] = o.Description,
        }).ToArray()),
    };

    private static JsonObject ToJson(EnvironmentSpec spec, IEnvironment made) => new()
    {
        ["name"] = spec.Name,
        ["description"] = spec.Description,
        ["observation_space"] = made.ObservationSpace.ToString(),
        ["action_space"] = made.ActionSpace.ToString(),
        ["max_episode_steps"] = spec.MaxEpisodeSteps,
        ["reward_threshold"] = spec.RewardThreshold,
        ["settings"] = new JsonArray(spec.SettingNames.Append(EnvironmentSettings.MaxEpisodeStepsName).Select(n => (JsonNode)JsonValue.Create(n)).ToArray()),
    };

    private static void WriteTable(CliContext context, IEnumerable<string[]> rows)
    {
        string[][] cells = rows.ToArray();
        if (cells.Length == 0) return;
        int[] widths = Enumerable.Range(0, cells[0].Length).Select(i => Math.Min(40, cells.Max(r => r[i].Length))).ToArray();
        foreach (string[] row in cells)
            context.Out.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
