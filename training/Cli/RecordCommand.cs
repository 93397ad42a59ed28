using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation.Logged;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`record`: lets a policy act and writes what it saw and did, with the probability of each action, as a dataset.</summary>
internal static class RecordCommand
{
    private const int MostEnvironments = 64;
    private static readonly Argument<string> Model = new("MODEL.onnx") { Description = "The policy file." };
    private static readonly Option<string?> Env = new("--env") { HelpName = "ENV", Description = "The environment; default the one that the policy was trained on." };
    private static readonly Option<string?> EnvAssembly = new("--env-assembly") { HelpName = "DLL", Description = "Your assembly that brings the environment." };
    private static readonly Option<string?> Episodes = new("--episodes") { HelpName = "N", Description = "How many episodes. Default 100." };
    private static readonly Option<string?> Seed = new("--seed") { HelpName = "S", Description = "The seed of the episodes and of drawn actions. Default 0." };
    private static readonly Option<string> Out = new("--out") { HelpName = "FILE", Description = "The dataset: .jsonl or .csv, and .gz after that to compress it.", Required = true };

    public static Command Make(CliContext context)
    {
        var command = new Command("record", "Lets a policy act and writes a dataset.") { Model, Env, EnvAssembly, Episodes, Seed, ActingOptions.Temperature, ActingOptions.Epsilon, Out };
        command.SetAction(parsed => Run(parsed, context));
        return command;
    }

    private static int Run(ParseResult parsed, CliContext context)
    {
        var problems = new List<string>();
        int episodes = (int)Math.Min(Texts.Whole(parsed.GetValue(Episodes), "--episodes", 1, problems) ?? 100, int.MaxValue);
        ulong seed = Texts.Seed(parsed.GetValue(Seed), problems) ?? 0;
        double? temperature = ActingOptions.Real(parsed.GetValue(ActingOptions.Temperature), "--temperature", problems);
        double epsilon = ActingOptions.Real(parsed.GetValue(ActingOptions.Epsilon), "--epsilon", problems) ?? 0;
        problems.AddRange(new ActingRule(temperature ?? 0, epsilon).Problems());
        string path = parsed.GetRequiredValue(Model), file = parsed.GetRequiredValue(Out);
        if (!File.Exists(path)) problems.Add($"There is no file {path}.{NearestFile.Hint(path)}");
        if (DatasetFile.NameProblem(file) is string problem) problems.Add(problem);
        if (problems.Count > 0) throw new UserErrorException(problems);

        using var signals = new StopSignals(() => { });
        using ActingPolicy policy = ActingOptions.Load(path, manifest => new ActingRule(temperature ?? (ActingPolicy.Draws(manifest) ? 1 : 0), epsilon));
        if (policy.Rule.IsDeterministic)
            context.Error.WriteLine("The policy takes one action in each state: the data covers no other policy. Let it try others by --epsilon or --temperature.");
        string environment = parsed.GetValue(Env) ?? policy.Manifest.Environment;
        using IVectorEnvironment environments = context.Make(environment, parsed.GetValue(EnvAssembly), Math.Min(episodes, MostEnvironments));
        long steps = 0;
        double reward = 0;
        IEnumerable<LoggedStep> recorded = Start(environments, policy, episodes, seed, signals).Select(step =>
        {
            steps++;
            reward += step.Reward;
            return step;
        });
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is string folder) Directory.CreateDirectory(folder);
        DatasetFile.Write(file, recorded, policy.ObservationSpace, policy.ActionSpace);
        context.Out.WriteLine($"{file}: {Texts.Count(episodes)} episodes of {environment}, {Texts.Count(steps)} steps, mean return {Texts.Number(reward / episodes)}");
        return ExitCodes.Success;
    }

    private static IEnumerable<LoggedStep> Start(IVectorEnvironment environments, ActingPolicy policy, int episodes, ulong seed, StopSignals signals)
    {
        try
        {
            return Recorder.Record(environments, policy, episodes, seed, signals.Token);
        }
        catch (NotSupportedException e)
        {
            throw new UserErrorException(e.Message);
        }
    }
}
