using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Parity;

/// <summary>Action-value networks, their targets, losses and gradients against PyTorch (Oracles/q_learning.py, squashed_gaussian.py).</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QLearningParityTests
{
    private const int Batch = 16, Actions = 3, Atoms = 7;

    private static readonly Box _numbers = new(float.NegativeInfinity, float.PositiveInfinity, 5);
    private readonly Graph _graph = new();
    private readonly ParameterSet _parameters = new();
    private readonly List<(string Name, Tensor Tensor)> _figures = [];

    [Test]
    public void A_dueling_network_with_double_q_learning_agrees()
    {
        var data = new OracleData("dqn_dueling");
        var layout = new QNetworkLayout { HiddenSizes = [12, 12], Dueling = true };
        QNetwork q = new(_parameters, "q", _numbers, 5, Actions, layout), target = new(_parameters, "target", _numbers, 5, Actions, layout);
        var scope = new ParameterScope(_graph);
        Tensor next = Given(data, "next_observation"), outputs = q.Outputs(scope, Given(data, "observation"));
        Tensor y = QTargets.Bootstrapped(Given(data, "reward"), Given(data, "discount"), QTargets.DoubleQ(q.Outputs(scope, next), target.Outputs(scope, next)));
        Tensor losses = QLosses.Huber(QLosses.Chosen(outputs, Choice(data)) - y, 0.7);
        Figures(("outputs", outputs), ("target", y), ("losses", losses));
        Check(data, scope, QLosses.WeightedMean(losses, Given(data, "weight")));
    }

    [Test]
    public void Categorical_returns_of_a_noisy_dueling_network_agree()
    {
        var data = new OracleData("c51_noisy_dueling");
        var layout = new QNetworkLayout { HiddenSizes = [12, 12], Dueling = true, Noisy = true, Atoms = Atoms };
        var q = new QNetwork(_parameters, "q", _numbers, 5, Actions, layout);
        var returns = new CategoricalReturns(-1.5, 1.5, Atoms);
        var scope = new ParameterScope(_graph);
        Assert.That(q.NoiseSize, Is.EqualTo(data.Given("noise").Values.Length));
        Tensor outputs = q.Outputs(scope, Given(data, "observation"), Given(data, "noise"));
        Tensor following = Op.Softmax(q.Outputs(scope, Given(data, "next_observation"), Given(data, "next_noise")));
        Tensor means = returns.Means(following);
        Tensor best = QLosses.Chosen(following, Op.OneHot(Op.ArgMax(means), Actions));
        Tensor projected = returns.Project(Given(data, "reward"), Given(data, "discount"), best);
        Tensor losses = CategoricalReturns.CrossEntropy(QLosses.Chosen(outputs, Choice(data)), projected);
        Figures(("outputs", outputs), ("next_means", means), ("projected", projected), ("losses", losses));
        Check(data, scope, QLosses.WeightedMean(losses, Given(data, "weight")));
    }

    [Test]
    public void Quantiles_behind_convolutions_agree()
    {
        var data = new OracleData("qr_dqn_convolution");
        var layout = new QNetworkLayout { HiddenSizes = [12], Atoms = Atoms, Convolutions = [new(4, 3, 1), new(3, 2, 2)] };
        var q = new QNetwork(_parameters, "q", new Box(0, 1, 2, 6, 7), 84, Actions, layout);
        var scope = new ParameterScope(_graph);
        Tensor outputs = q.Outputs(scope, Op.Reshape(Given(data, "observation"), [Batch, 84]));
        Tensor losses = QuantileLosses.Huber(QLosses.Chosen(outputs, Choice(data)), QuantileLosses.Midpoints(_graph, Atoms), Given(data, "targets"), 0.8);
        Figures(("outputs", outputs), ("losses", losses));
        Check(data, scope, QLosses.WeightedMean(losses, Given(data, "weight")));
    }

    [Test]
    public void An_implicit_quantile_network_agrees()
    {
        var data = new OracleData("iqn");
        var layout = new QNetworkLayout { HiddenSizes = [12, 12] };
        IqnNetwork q = new(_parameters, "q", _numbers, 5, Actions, layout), target = new(_parameters, "target", _numbers, 5, Actions, layout);
        var scope = new ParameterScope(_graph);
        Tensor tau = Given(data, "tau"), next = Given(data, "next_observation");
        Tensor outputs = q.Quantiles(scope, Given(data, "observation"), tau);
        Tensor means = Op.Mean(target.Quantiles(scope, next, Given(data, "policy_tau")), [1]);
        Tensor following = IqnNetwork.Chosen(target.Quantiles(scope, next, Given(data, "next_tau")), Op.OneHot(Op.ArgMax(means), Actions));
        Tensor y = QTargets.Bootstrapped(Given(data, "reward"), Given(data, "discount"), following);
        Tensor losses = QuantileLosses.Huber(IqnNetwork.Chosen(outputs, Choice(data)), tau, y);
        Figures(("outputs", outputs), ("next_means", means), ("targets", y), ("losses", losses));
        Check(data, scope, QLosses.WeightedMean(losses, null));
    }

    [Test]
    public void Soft_values_agree()
    {
        var data = new OracleData("soft_values");
        string[] names = ["values", "other", "logits", "log_probability", "temperature"];
        Tensor[] xs = [.. names.Select(n => Given(data, n))];
        Tensor smaller = QTargets.ClippedDouble(xs[0], xs[1]), temperature = xs[4];
        Tensor soft = Op.Concat(
            [
                QTargets.SoftValue(Op.Slice(smaller, 1, 0, 1), Op.Slice(xs[3], 1, 0, 1), temperature),
                QTargets.SoftValueOfChoices(smaller, Op.LogSoftmax(xs[2]), temperature),
                QTargets.SoftMaximum(xs[0], temperature),
                QTargets.SampledSoftMaximum(xs[0], xs[3], temperature),
            ],
            1);
        Tensor loss = Op.Sum(soft * Given(data, "weight"));
        NdArray[] results = Evaluation.Run([soft, .. Gradients.Of(loss, xs)], data.Feeds([.. xs, Given(data, "weight")]));
        foreach ((NdArray result, string name) in results.Zip(names.Select(n => $"gradient.{n}").Prepend("soft"))) data.AssertAgrees(result, name);
        data.Report();
    }

    [Test]
    public void A_stein_direction_agrees()
    {
        var data = new OracleData("stein");
        Tensor[] given = [Given(data, "actions"), Given(data, "moved"), Given(data, "gradients")];
        data.AssertAgrees(Evaluation.Run(SteinGradient.Direction(given[0], given[1], given[2], _graph.Constant(0.4f)), data.Feeds(given)), "direction");
        data.Report();
    }

    [Test]
    public void A_squashed_gaussian_agrees()
    {
        var data = new OracleData("squashed_gaussian");
        Tensor[] xs = [Given(data, "mean"), Given(data, "log_std")];
        Tensor[] given = [Given(data, "noise"), Given(data, "weight.action"), Given(data, "weight.log_probability")];
        var policy = new SquashedGaussian(xs[0], xs[1]);
        (Tensor action, Tensor logProbability) = policy.SampleWithLogProbability(given[0]);
        Tensor loss = Op.Sum(action * given[1]) + Op.Sum(logProbability * given[2]);
        NdArray[] results = Evaluation.Run([action, logProbability, policy.Mode, .. Gradients.Of(loss, xs)], data.Feeds([.. xs, .. given]));
        foreach ((NdArray result, string name) in results.Zip(["action", "log_probability", "mode", "gradient.mean", "gradient.log_std"])) data.AssertAgrees(result, name);
        data.Report();
    }

    private Tensor Given(OracleData data, string name) => data.Input(_graph, name);

    private Tensor Choice(OracleData data) => Op.OneHot(Op.Cast(Op.Reshape(Given(data, "action"), [Batch]), ElementType.Int64), Actions);

    private void Figures(params (string Name, Tensor Tensor)[] figures) => _figures.AddRange(figures);

    // The parameters of the network that learns are named q…, those of its target target….
    private void Check(OracleData data, ParameterScope scope, Tensor loss)
    {
        Tensor[] learned = [.. _parameters.All.Where(p => p.Name.StartsWith('q')).Select(p => scope[p])];
        (string Name, Tensor Tensor)[] wanted = [.. _figures, ("loss", loss), .. learned.Zip(Gradients.Of(loss, learned), (p, g) => ($"gradient.{p.Name}", g))];
        Tensor[] inputs = [.. Graph.Order(wanted.Select(w => w.Tensor)).Where(t => t.Name is not null)];
        NdArray[] results = Evaluation.Run([.. wanted.Select(w => w.Tensor)], data.Feeds(inputs));
        foreach ((NdArray result, (string name, Tensor _)) in results.Zip(wanted)) data.AssertAgrees(result, name);
        data.Report();
    }
}
