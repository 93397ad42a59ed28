using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>trpo with vine sampling.</summary>
public sealed class VineTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly TrpoOptions Quick = new()
    {
        Sampling = TrpoSampling.Vine, TotalSteps = 61_440, EnvironmentCount = 8, RolloutLength = 32, MinibatchSize = 64, CriticEpochs = 8, LearningRate = Schedule.Linear(0.01),
        Gamma = 0.9, HiddenSizes = [16], TargetKl = 0.02, VineStates = 8, VineActions = 3, VineLength = 4,
    };

    [Test]
    public void Only_the_best_of_several_actions_is_learned()
    {
        RewardRule reward = (o, a) => a[0] == o[0] ? 1 : 0;
        using Trial trial = new Trial(() => new SavedOneStep(new Discrete(4), new Discrete(4), reward), Quick).Train();
        using Policy policy = trial.Load();
        for (int o = 0; o < 4; o++) Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(o));
    }

    [Test]
    public void A_real_action_is_learned_in_its_own_range()
    {
        RewardRule reward = (o, a) => (float)-Math.Pow((a[0] - (2 + (2 * o[0]))) / 8, 2);
        using Trial trial = new Trial(() => new SavedOneStep(new Box(-1, 1, 1), new Box(-2, 6, 1), reward), Quick).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { -0.9f, 0, 0.9f }) Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(2 + (2 * o)).Within(0.6), $"observation {o}");
    }

    [Test]
    public void Every_part_of_a_hybrid_action_is_learned()
    {
        Dict actions = ProbedPolicy.HybridActions;
        using Trial trial = new Trial(
            () => new SavedMaskedOneStep(ProbedPolicy.HybridObservations, actions, ProbedPolicy.HybridReward, Masks.FromBits(actions)), Quick with { VineActions = 6 }).Train();
        using Policy policy = trial.Load();
        ProbedPolicy.AssertTakesTheHybridAction(policy);
    }

    // Taxi gives masks and refuses nothing; this one refuses what is forbidden, in the branches too.
    [TestCase(4)]
    [TestCase(2, 3)]
    public void A_forbidden_action_is_never_taken_and_the_best_allowed_one_is(params int[] branches)
    {
        Space space = branches.Length == 1 ? new Discrete(branches[0]) : new MultiDiscrete(branches);
        var observations = new MultiBinary(space.MaskSize);
        using Trial trial = new Trial(() => new SavedMaskedOneStep(observations, space, (_, a) => -a.ToArray().Sum(), Masks.FromBits(space)), Quick with { VineActions = branches.Length == 1 ? 4 : 6 }).Train();
        using Policy policy = trial.Load();
        float[] all = [.. Enumerable.Repeat(1f, space.MaskSize)], some = [0, .. Enumerable.Repeat(1f, space.MaskSize - 1)];
        Assert.That(Trial.Act(policy, all, all), Is.All.Zero);
        Assert.That(Trial.Act(policy, some, some)[0], Is.EqualTo(1));
    }

    [Test]
    public void Every_step_counts_and_the_rollouts_are_not_disturbed()
    {
        TrpoOptions options = Quick with { RolloutLength = 16, VineStates = 4, VineLength = 5, VineActions = 2 };
        using var vine = new Trial(Registry.MakeVector("CartPole-v1", 8), options);
        using var single = new Trial(Registry.MakeVector("CartPole-v1", 8), options with { Sampling = TrpoSampling.SinglePath });
        vine.Iterate();
        single.Iterate();
        Assert.That(vine.Trainer.Steps - single.Trainer.Steps, Is.InRange(4 * 2 * 8, 4 * 2 * 8 * 5));
        Assert.That(vine.Trainer.Rollout.Observations.Floats.ToArray(), Is.EqualTo(single.Trainer.Rollout.Observations.Floats.ToArray()));
        Assert.That(vine.Trainer.Rollout.LastObservations, Is.EqualTo(single.Trainer.Rollout.LastObservations));
    }

    /// <summary>
    /// The variance of an action's advantage in a state over new draws of everything after it, at the same states and with the same actions, policy and value
    /// function: along one path (return less value) and by the vine's branches (return less the branches' mean).
    /// </summary>
    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    public void The_advantage_varies_less_than_along_a_single_path(string environment)
    {
        const int States = 64, Actions = 4, Draws = 50;
        TrpoOptions options = TrpoPresets.For(environment) with { EnvironmentCount = States, RolloutLength = 16, MinibatchSize = 64, VineLength = 16 };
        using Trial trial = new Trial(Registry.MakeVector(environment, States), options).Iterate(5);
        (ActorCritic model, StateVector parameters, ObservationStatistics statistics) = (trial.Trainer.Model, trial.Trainer.Parameters, trial.Trainer.Statistics);
        using IVectorEnvironment environments = Registry.MakeVector(environment, States);
        using var actor = new Actor(ExecutionDevice.Cpu, model, parameters, statistics, States);
        var context = new OnPolicyContext(ExecutionDevice.Cpu, model, parameters, statistics, trial.Trainer.Rollout, new RandomGenerator(0));
        using var returns = new VineReturns(context, options, States);
        var proposal = new VineProposal(model.ActionSpace, Actions, States);
        var acting = new Acting(environments, actor, new RandomGenerator(1));
        var step = new VectorStep(environments);
        environments.Reset(5, step);
        using var start = new EnvironmentSnapshot(environments);
        start.Save(step);
        proposal.Draw(acting, step);

        float[] Follow(int k, ulong seed)
        {
            start.Restore(step);
            returns.Follow(acting, step, proposal.Taken(k), new RandomGenerator(seed));
            return [.. returns.Values];
        }

        // [action][draw][state]: of a single path every number has random numbers of its own, of the vine those of its draw.
        float[][][] single = [.. Enumerable.Range(0, proposal.Count).Select(k => Enumerable.Range(0, Draws).Select(d => Follow(k, (ulong)((k * Draws) + d))).ToArray())];
        float[][][] vine = [.. Enumerable.Range(0, proposal.Count).Select(k => Enumerable.Range(0, Draws).Select(d => Follow(k, (ulong)d)).ToArray())];
        for (int d = 0; d < Draws; d++)
        {
            for (int s = 0; s < States; s++)
            {
                float mean = vine.Average(v => v[d][s]);
                foreach (float[][] v in vine) v[d][s] -= mean;
            }
        }

        double path = Variance(single), branches = Variance(vine);
        TestContext.Out.WriteLine($"{environment}: mean variance of the advantage at {States} states: single path {path:G4}, vine {branches:G4}, ratio {path / branches:F1}");
        Assert.That(branches, Is.LessThan(path / 2).And.GreaterThan(0));
    }

    [Test]
    public void An_environment_that_cannot_be_saved_is_refused_before_anything_is_made()
    {
        UserErrorException refused = Assert.Throws<UserErrorException>(() => Runs.Resolve(
            "trpo", "mine", make: (_, _, count) => new VectorEnvironment(() => new TwoStepDelay(), count), settings: ("sampling", "vine")).Dispose())!;
        Assert.That(refused.Problems, Has.One.Contains("IStateful").And.One.Contains("sampling=single_path"));
        Assert.That(() => new Trial(() => new TwoStepDelay(), Quick), Throws.TypeOf<EnvironmentException>().With.Message.Contains("IStateful"));
    }

    [TestCase("vine_states", "0", "vine_states is 0")]
    [TestCase("vine_states", "600", "vine_states is 600, more than the 512 steps of rollout_length")]
    [TestCase("vine_actions", "1", "vine_actions is 1")]
    [TestCase("vine_length", "0", "vine_length is 0")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message) =>
        Assert.That(Runs.Problems("trpo", "CartPole-v1", ("sampling", "vine"), (option, value)), Has.One.Contains(message));

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1", "normalize_observations=true", "normalize_rewards=true")]
    [TestCase("Taxi-v4")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string environment, params string[] settings)
    {
        using var folder = new TemporaryFolder();
        (string, string)[] all = new (string, string)[]
        {
            ("sampling", "vine"), ("total_steps", "3000"), ("environment_count", "4"), ("rollout_length", "16"), ("minibatch_size", "32"), ("hidden_sizes", "16"), ("vine_states", "4"), ("vine_length", "3"),
        }.With(settings);
        Runs.Train(folder["whole"], "trpo", environment, 3, settings: all);
        Runs.Train(folder["parts"], "trpo", environment, 3, stopAt: 1000, settings: all);
        Assert.That(Runs.Resume(folder["parts"]).Finished);
        Runs.AssertSame(folder["parts"], folder["whole"]);
    }

    // Over the draws, averaged over actions and states.
    private static double Variance(float[][][] numbers) => numbers.Average(draws => Enumerable.Range(0, draws[0].Length).Average(s =>
    {
        double mean = draws.Average(d => d[s]);
        return draws.Average(d => Math.Pow(d[s] - mean, 2));
    }));

    /// <summary>One step as OneStep, in an environment that can be saved.</summary>
    private class SavedOneStep(Space observations, Space actions, RewardRule reward) : OneStep(observations, actions, reward), IStateful
    {
        public void SaveState(System.IO.BinaryWriter writer)
        {
            foreach (float number in Shown) writer.Write(number);
        }

        public void LoadState(System.IO.BinaryReader reader)
        {
            float[] shown = new float[ObservationSpace.Size];
            for (int i = 0; i < shown.Length; i++) shown[i] = reader.ReadSingle();
            Show(shown);
        }
    }

    private sealed class SavedMaskedOneStep(Space observations, Space actions, RewardRule reward, ObservationRule mask) : SavedOneStep(observations, actions, reward), IMaskedEnvironment
    {
        public void WriteActionMask(Span<float> written) => mask(Shown, written);

        public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            Span<float> allowed = stackalloc float[ActionSpace.MaskSize];
            mask(Shown, allowed);
            if (!Masks.Allow(ActionSpace, allowed, action)) throw new InvalidOperationException($"[{string.Join(", ", action.ToArray())}] is forbidden by [{string.Join(", ", allowed.ToArray())}].");
            return base.Step(action, observation);
        }
    }
}
