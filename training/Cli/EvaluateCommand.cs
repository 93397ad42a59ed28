using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`evaluate`: scores a policy file over many episodes.</summary>
internal static class EvaluateCommand
{
    private const int MostEnvironments = 64;
    private static readonly Argument<string> Model = new("MODEL.onnx") { Description = "The policy file." };
    private static readonly Option<string?> Env = new("--env") { HelpName = "ENV", Description = "The environment; default the one that the policy was trained on." };
    private static readonly Option<string?> EnvAssembly = new("--env-assembly") { HelpName = "DLL", Description = "Your assembly that brings the environment." };
    private static readonly Option<string?> Episodes = new("--episodes") { HelpName = "N", Description = "How many episodes. Default 100." };
    private static readonly Option<string?> Seed = new("--seed") { HelpName = "S", Description = "The seed of the episodes and of drawn actions. Default 0." };
    private static readonly Option<bool> Stochastic = new("--stochastic") { Description = "Draws actions; else the deterministic ones are taken." };
    private static readonly Option<string?> Device = new("--device") { HelpName = "D", Description = "Where the policy runs: cpu (default), cuda or auto." };
    private static readonly Option<bool> Json = new("--json") { Description = "Prints one JSON object and nothing else." };

    public static Command Make(CliContext context)
    {
        var command = new Command("evaluate", "Scores a policy.") { Model, Env, EnvAssembly, Episodes, Seed, Stochastic, Device, Json };
        EvaluateDataset.AddTo(command);
        command.SetAction(parsed => Run(parsed, context));
        return command;
    }

    private static int Run(ParseResult parsed, CliContext context)
    {
        if (EvaluateDataset.IsAsked(parsed)) return EvaluateDataset.Run(parsed, context);
        var problems = new List<string>();
        int episodes = (int)Math.Min(Texts.Whole(parsed.GetValue(Episodes), "--episodes", 1, problems) ?? 100, int.MaxValue);
        ulong seed = Texts.Seed(parsed.GetValue(Seed), problems) ?? 0;
        string device = parsed.GetValue(Device) ?? "cpu";
        if (!ResolvedRun.Devices.Contains(device)) problems.Add($"--device is '{device}'.{NearestChoice.Hint(device, ResolvedRun.Devices)}");
        string path = parsed.GetRequiredValue(Model);
        if (!File.Exists(path)) problems.Add($"There is no file {path}.{NearestFile.Hint(path)}");
        if (problems.Count > 0) throw new UserErrorException(problems);

        using var signals = new StopSignals(() => { });
        bool stochastic = parsed.GetValue(Stochastic);
        var options = new PolicyOptions { Device = Enum.Parse<PolicyDevice>(device, ignoreCase: true), Log = context.Error.WriteLine, Sampling = stochastic };
        using Policy policy = Policy.Load(path, options);
        string environment = parsed.GetValue(Env) ?? policy.Manifest.Environment;
        using IVectorEnvironment environments = context.LoadEnvironments(parsed.GetValue(EnvAssembly)).MakeVector(environment, Count(episodes));
        Evaluation evaluation = Evaluator.Evaluate(environments, policy, episodes, seed, stochastic, signals.Token);
        if (parsed.GetValue(Json)) context.Out.WriteLine(ToJson(evaluation).ToJsonString());
        else Print(context.Out, evaluation, path, environment, stochastic);
        return ExitCodes.Success;
    }

    /// <summary>Environments for a number of episodes: at most <see cref="MostEnvironments"/>, and all with the same share of them where that can be.</summary>
    internal static int Count(int episodes)
    {
        int rounds = (int)Math.Ceiling(episodes / (double)MostEnvironments);
        return (int)Math.Ceiling(episodes / (double)rounds);
    }

    internal static JsonObject ToJson(Evaluation evaluation)
    {
        var json = new JsonObject
        {
            ["mean_return"] = evaluation.MeanReturn,
            ["std_return"] = evaluation.StandardDeviation,
            ["min_return"] = evaluation.MinReturn,
            ["max_return"] = evaluation.MaxReturn,
            ["mean_length"] = evaluation.MeanLength,
            ["episodes"] = evaluation.Episodes,
            ["steps_per_second"] = evaluation.StepsPerSecond,
        };
        if (evaluation.SuccessRate is double successRate) json["success_rate"] = successRate;
        return json;
    }

    private static void Print(TextWriter output, Evaluation evaluation, string path, string environment, bool stochastic)
    {
        output.WriteLine($"{path} on {environment}, {(stochastic ? "drawn" : "deterministic")} actions");
        output.WriteLine($"return    {Texts.Number(evaluation.MeanReturn)} ± {Texts.Number(evaluation.ConfidenceHalfWidth)} (95 % confidence interval of the mean)");
        output.WriteLine($"spread    standard deviation {Texts.Number(evaluation.StandardDeviation)}, {Texts.Number(evaluation.MinReturn)} to {Texts.Number(evaluation.MaxReturn)}");
        if (evaluation.SuccessRate is double successRate)
            output.WriteLine($"success   {Texts.Number(successRate)} of the episodes end at their goal");
        output.WriteLine($"episodes  {Texts.Count(evaluation.Episodes)}, {Texts.Number(evaluation.MeanLength)} steps long on average");
        output.WriteLine($"speed     {Texts.Number(evaluation.StepsPerSecond)} steps/s");
    }
}
