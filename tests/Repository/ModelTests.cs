using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;

namespace Pipeline.Tests.Repository;

/// <summary>The policies that come with the repository do what their cards say.</summary>
internal sealed class ModelTests
{
    private static IEnumerable<string> Models() => Directory.GetDirectories(RepositoryFiles.At("models")).Select(folder => Path.GetFileName(folder)!).Order();

    [TestCase("CartPole-v1-ppo", 490)]
    [TestCase("Pendulum-v1-ppo", -230)]
    [TestCase("Acrobot-v1-ppo", -95)]
    public void A_shipped_policy_scores_what_it_should(string model, double level)
    {
        EvaluationResult evaluation = Evaluate(model, episodes: 40, seed: 1234);
        Assert.That(evaluation.MeanReturn, Is.GreaterThanOrEqualTo(level), $"standard deviation {evaluation.StandardDeviation}");
    }

    [TestCaseSource(nameof(Models))]
    public void A_card_gives_the_score_that_its_policy_has(string model)
    {
        EvaluationResult evaluation = Evaluate(model, episodes: 100, seed: 0);
        string card = RepositoryFiles.Read("models", model, "README.md");
        Match score = Regex.Match(card, @"\| return, 100 deterministic episodes \| (?<mean>-?[\d.]+) ± (?<deviation>[\d.]+) \(standard deviation\) \|");
        Assert.That(score.Success, card);
        // The last digit may be rounded, and a processor with other instructions may round an action differently.
        double slack = 0.1 + (evaluation.StandardDeviation / 5);
        Assert.That(evaluation.MeanReturn, Is.EqualTo(Number(score, "mean")).Within(slack));
        Assert.That(evaluation.StandardDeviation, Is.EqualTo(Number(score, "deviation")).Within(slack));
    }

    [TestCaseSource(nameof(Models))]
    public void A_card_names_the_command_and_what_the_policy_says_of_itself(string model)
    {
        using Policy policy = Policy.Load(RepositoryFiles.At("models", model, "policy.onnx"));
        string card = RepositoryFiles.Read("models", model, "README.md");
        Assert.Multiple(() =>
        {
            Assert.That(model, Is.EqualTo($"{policy.Manifest.Environment}-{policy.Manifest.Algorithm}"));
            Assert.That(RepositoryFiles.Commands(card).First(), Does.Contain($"train {policy.Manifest.Algorithm} --env {policy.Manifest.Environment} --seed {policy.Manifest.Seed}"));
            Assert.That(card, Does.Contain($"| steps | {policy.Manifest.Steps:N0} |"));
            Assert.That(card, Does.Contain($"| observations | {policy.ObservationSpace} |"));
            Assert.That(card, Does.Contain($"| actions | {policy.ActionSpace} |"));
            Assert.That(RepositoryFiles.Read("models", model, "policy.json").Trim(), Is.EqualTo(policy.Manifest.ToJson().ReplaceLineEndings("\n").Trim()));
        });
    }

    private static EvaluationResult Evaluate(string model, int episodes, ulong seed)
    {
        using Policy policy = Policy.Load(RepositoryFiles.At("models", model, "policy.onnx"), new PolicyOptions { Sampling = false });
        using IVectorEnvironment environments = new EnvironmentRegistry().MakeVector(policy.Manifest.Environment, 50);
        return Evaluator.Evaluate(environments, policy, episodes, seed, stochastic: false);
    }

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);
}
