using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using Pipeline.Runtime;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Export;
using Pipeline.Training.Export.Profiles;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Checkpoints;

namespace Pipeline.Cli;

/// <summary>The `pipeline` command: finds the verb, runs it and turns errors into messages and exit codes.</summary>
internal static class CommandLine
{
    public static int Run(IReadOnlyList<string> args, CliContext context)
    {
        context = context with { Arguments = args };
        var root = new RootCommand("Trains policies by deep reinforcement learning, scores them and exports them as ONNX.")
        {
            TrainCommand.Make(context),
            EvaluateCommand.Make(context),
            CompareCommand.Make(context),
            WatchCommand.Make(context),
            RecordCommand.Make(context),
            ExportCommand.Make(context),
            InspectCommand.Make(context),
            ListCommand.Make(context),
        };
        ParseResult parsed = root.Parse(args.Count == 0 ? ["--help"] : args);
        try
        {
            if (parsed.Errors.Count > 0) throw new UserErrorException(Problems(parsed));
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = context.Out, Error = context.Error });
        }
        catch (Exception e) when (e is UserErrorException or EvaluationException or EnvironmentException or PolicyLoadException or CheckpointException or HostProfileException)
        {
            return Fail(context, ExitCodes.UserError, e.Message);
        }
        catch (Exception e) when (e is NonFiniteLossException or ParityException or IOException or UnauthorizedAccessException)
        {
            return Fail(context, ExitCodes.Failure, e.Message);
        }
        catch (OperationCanceledException)
        {
            return Fail(context, ExitCodes.Aborted, "Stopped.");
        }
        catch (Exception e)
        {
            // A fault of the program: here, and only here, the trace is what helps.
            return Fail(context, ExitCodes.Failure, $"This should not have happened; please report it with the lines below.{Environment.NewLine}{e}");
        }
    }

    private static int Fail(CliContext context, int code, string message)
    {
        context.Error.WriteLine($"error: {message.Replace(Environment.NewLine, $"{Environment.NewLine}       ", StringComparison.Ordinal)}");
        return code;
    }

    private static IEnumerable<string> Problems(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] unknown = parsed.UnmatchedTokens.ToArray();
        string[] options = unknown.Where(t => t.StartsWith('-')).ToArray();
        foreach (string option in options)
            yield return $"'{command.Name}' has no option {option}.{NearestChoice.Hint(option, OptionNames(command))} Options of an algorithm are given as --set key=value.";
        // What follows an unknown option is most likely its value.
        if (options.Length > 0) yield break;
        string[] verbs = command.Subcommands.Select(c => c.Name).ToArray();
        foreach (string word in unknown)
        {
            yield return verbs.Length > 0
                ? $"There is no verb '{word}'.{NearestChoice.Hint(word, verbs)}"
                : $"'{word}' is one word too many for '{command.Name}'. See '{command.Name} --help'.";
        }

        if (unknown.Length > 0) yield break;
        foreach (ParseError error in parsed.Errors)
            yield return $"{error.Message} See '{command.Name} --help'.";
    }

    private static IEnumerable<string> OptionNames(Command command) => command.Options.Select(o => o.Name);
}
