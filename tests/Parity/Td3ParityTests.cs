using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Parity;

/// <summary>TD3 and DDPG against PyTorch (Oracles/td3.py): targets, losses and gradients; then the algorithm itself, three updates of its actor and targets.</summary>
[TestFixture]
public sealed class Td3ParityTests
{
    private const int Rows = 48;

    private static readonly Box _observations = new(-9, 9, 4);
    private static readonly Box _actions = new(-1, 1, 2);

    private static readonly Td3Options _td3 = new()
    {
        HiddenSizes = [32, 32], Activation = Activation.Tanh, TargetNoiseDeviation = 0.5, TargetNoiseClip = 0.4, PolicyDelay = 2, Tau = 0.05, AdamEpsilon = 1e-5, LearningRate = 1e-3,
    };

    private static IEnumerable<TestCaseData> Both()
    {
        yield return new TestCaseData("td3", _td3, 6).SetArgDisplayNames("td3");
        yield return new TestCaseData("ddpg", _td3 with { Critics = CriticCount.Single, PolicyDelay = 1 }, 3).SetArgDisplayNames("ddpg");
    }

    [TestCaseSource(nameof(Both))]
    public void Targets_losses_and_gradients_agree(string name, Td3Options options, int updates)
    {
        Assert.That(updates / options.PolicyDelay, Is.EqualTo(3));
        var data = new OracleData(name);
        var networks = new Td3Networks(_observations, _actions, options);
        var graph = new Graph();
        ParameterScope actor = new(graph), critics = new(graph), actorTarget = new(graph, "target."), criticsTarget = new(graph, "target.");
        Tensor[] inputs = [.. new[] { "observation", "action", "reward", "discount", "next_observation", "target_noise" }.Select(n => data.Input(graph, n))];
        var batch = new Td3Batch(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], inputs[5]);
        Tensor next = Td3.NextValue(networks, actorTarget, criticsTarget, batch, options);
        Tensor loss = Td3.CriticLoss(networks, critics, next, batch).Loss, policyLoss = Td3.ActorLoss(networks, actor, critics, batch.Encoded);
        Parameter[] criticParameters = [.. networks.CriticParameters.All], actorParameters = [.. networks.Policy.Parameters.All];
        Tensor[] outputs =
        [
            next, loss, policyLoss,
            .. Gradients.Of(loss, [.. criticParameters.Select(p => critics[p])]), .. Gradients.Of(policyLoss, [.. actorParameters.Select(p => actor[p])]),
        ];
        Tensor[] parameters = [.. criticParameters.SelectMany(p => new[] { critics[p], criticsTarget[p] }), .. actorParameters.SelectMany(p => new[] { actor[p], actorTarget[p] })];
        NdArray[] results = Evaluation.Run(outputs, data.Feeds([.. inputs, .. parameters]));
        string[] names = ["next_value", "q_loss", "policy_loss", .. criticParameters.Concat(actorParameters).Select(p => $"gradient.{p.Name}")];
        foreach ((NdArray result, string expected) in results.Zip(names, (r, n) => (r, n))) data.AssertAgrees(result, expected);
        data.Report();
    }

    [TestCaseSource(nameof(Both))]
    public void Updates_of_all_networks_agree(string name, Td3Options options, int updates)
    {
        var data = new OracleData(name);
        using var batch = new ReplayBatch(_observations, _actions, masked: false, Rows);
        using var statistics = new ObservationStatistics(_observations.Size);
        data.Copy("observation", batch.Observations.Floats);
        data.Copy("action", batch.Actions.Floats);
        data.Copy("reward", batch.Rewards.Floats);
        data.Copy("discount", batch.Discounts.Floats);
        data.Copy("next_observation", batch.NextObservations.Floats);
        var context = new LearningContext(ExecutionDevice.Cpu, _observations, _actions, Masked: false, statistics, batch, new RandomGenerator(0));
        using var algorithm = new Td3(context, options with { TargetNoiseDeviation = 0 });
        (string Prefix, StateVector Vector)[] vectors =
        [
            .. algorithm.State.Where(s => s.Key is "actor" or "q").Select(s => ("", s.Value)),
            .. algorithm.State.Where(s => s.Key is "actor_target" or "q_target").Select(s => ("target.", s.Value)),
        ];
        Assert.That(vectors, Has.Length.EqualTo(4));
        foreach ((string prefix, StateVector vector) in vectors) data.Fill(vector, prefix);
        for (int update = 0; update < updates; update++) algorithm.Update(new UpdateContext(update, 0, new RandomGenerator(0)));
        Assert.That(algorithm.Updates, Is.EqualTo(updates));
        foreach ((string prefix, StateVector vector) in vectors) data.AssertAgrees(vector, $"after.{prefix}");
        data.Report();
    }
}
