using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.ToyText;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class VectorEnvironmentTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static IEnumerable<string> FastNames() => Registry.Specs.Where(s => s.CreateVector is not null).Select(s => s.Name);

    private static IEnumerable<string> AllNames() => Registry.Specs.Select(s => s.Name);

    [TestCaseSource(nameof(FastNames))]
    public void The_fast_vectorisation_gives_the_numbers_of_the_generic_one_over_whole_episodes(string name)
    {
        // Eight may be stepped side by side, and three are left over.
        const int Count = 11;
        EnvironmentSpec spec = Registry.Find(name);
        using IVectorEnvironment fast = Registry.MakeVector(name, Count);
        using var generic = new VectorEnvironment(() => Registry.Make(name), Count, spec.MaxEpisodeSteps);
        var fastStep = new VectorStep(fast);
        var genericStep = new VectorStep(generic);
        fast.Reset(11, fastStep);
        generic.Reset(11, genericStep);
        AssertSame(fastStep, genericStep, -1);
        var random = new RandomGenerator(3);
        float[] actions = new float[Count];
        int ends = 0;
        for (int t = 0; t < 2500; t++)
        {
            Sample(fast.ActionSpace, random, actions);
            fast.Step(actions, fastStep);
            generic.Step(actions, genericStep);
            AssertSame(fastStep, genericStep, t);
            ends += Enumerable.Range(0, Count).Count(i => fastStep.Terminated[i] || fastStep.Truncated[i]);
        }

        Assert.That(ends, Is.GreaterThanOrEqualTo(Count));
    }

    [TestCaseSource(nameof(AllNames))]
    public void The_same_seed_gives_the_same_episodes_and_another_gives_others(string name)
    {
        float[] first = Trace(name, 1), again = Trace(name, 1), other = Trace(name, 2);
        Assert.That(again, Is.EqualTo(first));
        if (name is not ("CliffWalking-v1" or "Chain-v0" or "TMaze-v0")) Assert.That(other, Is.Not.EqualTo(first));
    }

    [Test]
    public void Environment_i_does_not_depend_on_how_many_there_are()
    {
        using IVectorEnvironment few = Registry.MakeVector("CartPole-v1", 2), many = Registry.MakeVector("CartPole-v1", 7);
        var fewStep = new VectorStep(few);
        var manyStep = new VectorStep(many);
        few.Reset(5, fewStep);
        many.Reset(5, manyStep);
        Assert.That(manyStep.Observations.Take(8), Is.EqualTo(fewStep.Observations));
        Assert.That(manyStep.Observations.Skip(4).Take(4), Is.Not.EqualTo(manyStep.Observations.Take(4)));
    }

    [TestCaseSource(nameof(AllNames))]
    public void Stepping_allocates_nothing(string name)
    {
        using IVectorEnvironment environment = Registry.MakeVector(name, 4);
        var step = new VectorStep(environment);
        environment.Reset(0, step);
        float[] actions = new float[4 * environment.ActionSpace.Size];
        Assert.That(AllocatedByCalls(() => environment.Step(actions, step)), Is.Zero);
    }

    [TestCaseSource(nameof(AllNames))]
    public void Every_observation_is_in_its_space_and_every_entry_is_written(string name)
    {
        IEnvironment environment = Registry.Make(name);
        int limit = Registry.Find(name).MaxEpisodeSteps ?? 500;
        var random = new RandomGenerator(12);
        float[] observation = new float[environment.ObservationSpace.Size], action = new float[environment.ActionSpace.Size];
        for (int episode = 0; episode < 40; episode++)
        {
            Array.Fill(observation, float.NaN);
            environment.Reset(random, observation);
            Assert.That(environment.ObservationSpace.Contains(observation), Is.True, $"first observation of episode {episode}");
            bool ended = false;
            for (int t = 0; t < limit && !ended; t++)
            {
                environment.ActionSpace.Sample(random, action);
                Array.Fill(observation, float.NaN);
                StepResult result = environment.Step(action, observation);
                Assert.That(environment.ObservationSpace.Contains(observation), Is.True, $"step {t} of episode {episode}");
                ended = result.Terminated || result.Truncated;
            }
        }
    }

    [TestCaseSource(nameof(AllNames))]
    public void A_saved_run_goes_on_bit_for_bit(string name)
    {
        using IVectorEnvironment run = Registry.MakeVector(name, 3), resumed = Registry.MakeVector(name, 3);
        var step = new VectorStep(run);
        var resumedStep = new VectorStep(resumed);
        var random = new RandomGenerator(8);
        float[] actions = new float[3 * run.ActionSpace.Size];
        run.Reset(4, step);
        for (int t = 0; t < 77; t++)
        {
            Sample(run.ActionSpace, random, actions);
            run.Step(actions, step);
        }

        var stream = new MemoryStream();
        run.SaveState(new BinaryWriter(stream));
        stream.Position = 0;
        resumed.LoadState(new BinaryReader(stream));
        Assert.That(stream.Position, Is.EqualTo(stream.Length));
        resumed.Observe(resumedStep);
        Assert.That(resumedStep.Observations, Is.EqualTo(step.Observations));
        Assert.That(resumedStep.ActionMasks, Is.EqualTo(step.ActionMasks));
        for (int t = 0; t < 700; t++)
        {
            Sample(run.ActionSpace, random, actions);
            run.Step(actions, step);
            resumed.Step(actions, resumedStep);
            AssertSame(step, resumedStep, t);
        }
    }

    [Test]
    public void An_environment_that_cannot_be_saved_starts_a_new_episode()
    {
        using var run = new VectorEnvironment(() => new TwoStepDelay(), 2);
        using var resumed = new VectorEnvironment(() => new TwoStepDelay(), 2);
        var step = new VectorStep(run);
        run.Reset(0, step);
        run.Step([0, 0], step);
        Assert.That(step.Observations, Is.EqualTo(new float[] { 1, 1 }));
        var stream = new MemoryStream();
        run.SaveState(new BinaryWriter(stream));
        stream.Position = 0;
        resumed.LoadState(new BinaryReader(stream));
        resumed.Observe(step);
        Assert.That(resumed.RestartsOnLoad, Is.True);
        Assert.That(step.Observations, Is.EqualTo(new float[] { 0, 0 }));
    }

    [Test]
    public void A_state_of_another_number_of_environments_is_refused()
    {
        using IVectorEnvironment three = Registry.MakeVector("Pendulum-v1", 3), four = Registry.MakeVector("Pendulum-v1", 4);
        var stream = new MemoryStream();
        three.SaveState(new BinaryWriter(stream));
        stream.Position = 0;
        Assert.That(() => four.LoadState(new BinaryReader(stream)), Throws.TypeOf<EnvironmentException>().With.Message.Contains("3").And.Message.Contains("4"));
    }

    [Test]
    public void The_step_that_reaches_the_limit_is_truncated_and_the_next_episode_begins_within_it()
    {
        using var environment = new VectorEnvironment(() => new Endless(), 1, 3);
        var step = new VectorStep(environment);
        environment.Reset(0, step);
        var flags = new List<bool>();
        for (int t = 0; t < 7; t++)
        {
            environment.Step([0], step);
            flags.Add(step.Truncated[0]);
            Assert.That(step.Terminated[0], Is.False);
        }

        Assert.That(flags, Is.EqualTo(new[] { false, false, true, false, false, true, false }));
    }

    [Test]
    public void A_step_can_terminate_and_be_truncated_at_once_as_in_Gymnasium()
    {
        using var environment = new VectorEnvironment(() => new TwoStepDelay(), 1, 2);
        var step = new VectorStep(environment);
        environment.Reset(0, step);
        environment.Step([0], step);
        Assert.That((step.Terminated[0], step.Truncated[0]), Is.EqualTo((false, false)));
        environment.Step([0], step);
        Assert.That((step.Terminated[0], step.Truncated[0], step.Rewards[0]), Is.EqualTo((true, true, 1f)));
    }

    [Test]
    public void The_last_observation_of_an_episode_is_kept_and_the_first_of_the_next_shown()
    {
        using IVectorEnvironment environment = Registry.MakeVector("CliffWalking-v1?max_episode_steps=2", 1);
        var step = new VectorStep(environment);
        environment.Reset(0, step);
        Assert.That(step.Observations[0], Is.EqualTo(36));
        environment.Step([0], step);
        environment.Step([0], step);
        Assert.That((step.FinalObservations[0], step.Observations[0], step.Truncated[0]), Is.EqualTo((12f, 36f, true)));
    }

    [Test]
    public void Masks_are_those_of_the_observations_shown()
    {
        using IVectorEnvironment environment = Registry.MakeVector("Taxi-v4?max_episode_steps=5", 6);
        Assert.That(environment.HasActionMask, Is.True);
        var step = new VectorStep(environment);
        var taxi = new Taxi();
        float[] mask = new float[6], actions = new float[6];
        var random = new RandomGenerator(0);
        environment.Reset(2, step);
        for (int t = 0; t < 50; t++)
        {
            for (int i = 0; i < 6; i++)
            {
                taxi.State = [step.Observations[i]];
                taxi.WriteActionMask(mask);
                Assert.That(step.ActionMasks.Skip(i * 6).Take(6), Is.EqualTo(mask));
            }

            Sample(environment.ActionSpace, random, actions);
            environment.Step(actions, step);
        }
    }

    [TestCase(2f)]
    [TestCase(-1f)]
    [TestCase(0.5f)]
    [TestCase(float.NaN)]
    public void A_discrete_action_out_of_range_is_refused(float action)
    {
        using IVectorEnvironment fast = Registry.MakeVector("CartPole-v1", 1);
        var step = new VectorStep(fast);
        fast.Reset(0, step);
        Assert.That(() => fast.Step([action], step), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("0 to 1"));
        Assert.That(() => Registry.Make("CartPole-v1").Step([action], new float[4]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Registry.Make("Taxi-v4").Step([action == 2 ? 6 : action], new float[1]), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Sizes_that_do_not_fit_are_refused()
    {
        using IVectorEnvironment two = Registry.MakeVector("CartPole-v1", 2), three = Registry.MakeVector("CartPole-v1", 3);
        var step = new VectorStep(two);
        two.Reset(0, step);
        Assert.That(() => two.Step([0], step), Throws.ArgumentException.With.Message.Contains("2"));
        Assert.That(() => three.Step([0, 0, 0], step), Throws.ArgumentException);
        Assert.That(() => new VectorEnvironment(() => new Endless(), 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Environments_stepped_together_are_several_and_alike()
    {
        var one = new Endless();
        Assert.That(() => new VectorEnvironment(() => one, 2), Throws.TypeOf<EnvironmentException>().With.Message.Contains("same environment"));
        var mixed = new Queue<IEnvironment>([new Endless(), new Taxi()]);
        Assert.That(() => new VectorEnvironment(mixed.Dequeue, 2), Throws.TypeOf<EnvironmentException>().With.Message.Contains("equal spaces"));
    }

    internal static long AllocatedByCalls(Action action)
    {
        for (int i = 0; i < 300; i++) action();
        return AllocatedBytes.Of(() =>
        {
            for (int i = 0; i < 1000; i++) action();
        });
    }

    internal static void Sample(Space space, RandomGenerator random, float[] actions)
    {
        for (int i = 0; i < actions.Length; i += space.Size) space.Sample(random, actions.AsSpan(i, space.Size));
    }

    private static float[] Trace(string name, ulong seed)
    {
        using IVectorEnvironment environment = Registry.MakeVector(name, 2);
        var step = new VectorStep(environment);
        var random = new RandomGenerator(0);
        float[] actions = new float[2 * environment.ActionSpace.Size];
        var trace = new List<float>();
        environment.Reset(seed, step);
        for (int t = 0; t < 60; t++)
        {
            trace.AddRange(step.Observations);
            Sample(environment.ActionSpace, random, actions);
            environment.Step(actions, step);
        }

        return [.. trace];
    }

    private static void AssertSame(VectorStep actual, VectorStep expected, int time)
    {
        Assert.That(actual.Observations, Is.EqualTo(expected.Observations), $"observations of step {time}");
        Assert.That(actual.Rewards, Is.EqualTo(expected.Rewards), $"rewards of step {time}");
        Assert.That(actual.Terminated, Is.EqualTo(expected.Terminated), $"terminated in step {time}");
        Assert.That(actual.Truncated, Is.EqualTo(expected.Truncated), $"truncated in step {time}");
        int size = actual.Observations.Length / actual.Rewards.Length;
        for (int i = 0; i < actual.Rewards.Length; i++)
        {
            if (actual.Terminated[i] || actual.Truncated[i])
                Assert.That(actual.FinalObservations.AsSpan(i * size, size).SequenceEqual(expected.FinalObservations.AsSpan(i * size, size)), $"final observation {i} of step {time}");
        }
    }
}
