using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Evaluation.Logged;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>How a policy's actions are drawn, as options of several verbs.</summary>
internal static class ActingOptions
{
    public static readonly Option<string?> Temperature = new("--temperature") { HelpName = "T", Description = "Draws by this temperature: 1 as trained, 0 the deterministic action." };
    public static readonly Option<string?> Epsilon = new("--epsilon") { HelpName = "E", Description = "Takes a uniform action with this probability. Default 0." };

    /// <summary>Loads a policy, and says as the user's error what its file does not tell.</summary>
    public static ActingPolicy Load(string path, Func<PolicyManifest, ActingRule> choose)
    {
        try
        {
            return ActingPolicy.Load(path, choose);
        }
        catch (NotSupportedException e)
        {
            throw new UserErrorException(e.Message);
        }
    }

    /// <summary>A number; null, and a problem, for anything else.</summary>
    public static double? Real(string? text, string option, List<string> problems)
    {
        if (text is null) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) return number;
        problems.Add($"{option} is '{text}'; a number is expected, such as 0.1.");
        return null;
    }
}
