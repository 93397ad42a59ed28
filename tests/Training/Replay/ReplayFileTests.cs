using System;
using System.IO;
using System.Linq;
using System.Text;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Environments;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

/// <summary>Saving and taking back; what is wrong with a file is said, and the buffer stays as it was.</summary>
public sealed class ReplayFileTests
{
    private static readonly ReplaySettings Settings = new() { Capacity = 60, BatchSize = 7, NStep = 2, Priority = new PrioritySettings() };
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [TestCase(3, true, false, false)]
    [TestCase(3, false, false, false)]
    [TestCase(100, true, false, false)]
    [TestCase(100, true, true, true)]
    [TestCase(100, false, true, false)]
    [TestCase(0, true, false, false)]
    public void A_buffer_taken_back_goes_on_bit_for_bit(int steps, bool prioritized, bool hindsight, bool fillBefore)
    {
        ReplaySettings settings = Settings with { Priority = prioritized ? new PrioritySettings() : null, Hindsight = hindsight ? new HindsightSettings() : null, NStep = hindsight ? 1 : 2 };
        using Script unbroken = New(settings), resumed = New(settings);
        var random = new RandomGenerator(2);
        unbroken.Buffer.Begin(unbroken.Step);
        Act(unbroken, random, steps);
        unbroken.Buffer.Save(_folder["replay"]);
        if (fillBefore)
        {
            resumed.Buffer.Begin(resumed.Step);
            Act(resumed, new RandomGenerator(77), 300);
        }

        ulong[] state = new ulong[RandomGenerator.StateSize];
        random.SaveState(state);
        string expected = Act(unbroken, random, 200);
        random.LoadState(state);
        resumed.Buffer.Load(_folder["replay"]);
        Assert.That(Act(resumed, random, 200), Is.EqualTo(expected));
        Assert.That(resumed.Buffer.Count, Is.EqualTo(unbroken.Buffer.Count));
        unbroken.Buffer.Save(_folder["one"]);
        resumed.Buffer.Save(_folder["other"]);
        Assert.That(File.ReadAllBytes(_folder["other"]), Is.EqualTo(File.ReadAllBytes(_folder["one"])));
        Assert.That(Directory.GetFiles(_folder.Root).Select(Path.GetFileName), Is.EquivalentTo(new[] { "replay", "one", "other" }));
    }

    [Test]
    public void A_fuller_buffer_forgets_what_the_file_does_not_hold()
    {
        using Script few = New(Settings), many = New(Settings);
        few.Buffer.Begin(few.Step);
        Act(few, new RandomGenerator(1), 4);
        few.Buffer.Save(_folder["replay"]);
        many.Buffer.Begin(many.Step);
        Act(many, new RandomGenerator(2), 100);
        many.Buffer.Load(_folder["replay"]);
        Assert.That(many.Buffer.Count, Is.EqualTo(8));
        Assert.That(many.Buffer.Priorities!.Tree.Total, Is.EqualTo(few.Buffer.Priorities!.Tree.Total));
        few.Buffer.Sample(few.Random, 0, few.Batch);
        many.Random.Seed(11);
        few.Random.Seed(11);
        Assert.That(Texts(many.Sample()), Is.EqualTo(Texts(few.Sample())));
    }

    [Test]
    public void Only_what_is_used_is_stored()
    {
        using Script script = New(Settings with { Capacity = 10_000_000 });
        script.Buffer.Begin(script.Step);
        Act(script, new RandomGenerator(1), 10);
        script.Buffer.Save(_folder["replay"]);
        Assert.That(new FileInfo(_folder["replay"]).Length, Is.LessThan(3000));
    }

    [Test]
    public void Every_damaged_byte_and_every_cut_is_found_and_the_buffer_stays_as_it_was()
    {
        using Script saved = New(Settings), other = New(Settings);
        saved.Buffer.Begin(saved.Step);
        Act(saved, new RandomGenerator(1), 8);
        saved.Buffer.Save(_folder["replay"]);
        other.Buffer.Begin(other.Step);
        Act(other, new RandomGenerator(2), 30);
        other.Buffer.Save(_folder["before"]);
        byte[] whole = File.ReadAllBytes(_folder["replay"]);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            AssertRefused(other, damaged, i < 8 ? "no saved replay buffer" : i < 12 ? "format" : "damaged");
        }

        foreach (int length in new[] { 0, 7, 31, 32, 100, whole.Length - 1 }) AssertRefused(other, whole[..length], length < 32 ? "no saved" : "damaged");
        AssertRefused(other, [.. whole, 0], "damaged");
        other.Buffer.Save(_folder["after"]);
        Assert.That(File.ReadAllBytes(_folder["after"]), Is.EqualTo(File.ReadAllBytes(_folder["before"])));
        Assert.That(Assert.Throws<ReplayException>(() => other.Buffer.Load(_folder["missing"]))!.Message, Does.Contain("missing").And.Contain("cannot be opened"));
        Assert.DoesNotThrow(() => other.Buffer.Load(_folder["replay"]));
    }

    [Test]
    public void A_buffer_made_for_something_else_is_refused_with_what_was_found_and_what_is_expected()
    {
        using (Script script = New(Settings)) script.Buffer.Save(_folder["replay"]);
        var box = new Box(0, 1, 1);
        Assert.Multiple(() =>
        {
            Assert.That(Refusal(new Script(Settings with { Capacity = 80 }, Space, new Discrete(4), 2, goals: new Task())), Does.Contain("buffer_size 60, here it is 80"));
            Assert.That(Refusal(new Script(Settings, box, new Discrete(4), 2)), Does.Contain($"observations of {Space}, here they are {box}"));
            Assert.That(Refusal(new Script(Settings, Space, new Discrete(3), 2, goals: new Task())), Does.Contain("actions of Discrete(4), here they are Discrete(3)"));
            Assert.That(Refusal(new Script(Settings, Space, new Discrete(4), 3, goals: new Task())), Does.Contain("environment_count 2, here it is 3"));
            Assert.That(Refusal(new Script(Settings, Space, new Discrete(4), 2, masked: true)), Does.Contain("action_masks not kept, here it is kept"));
            Assert.That(Refusal(new Script(Settings with { Priority = null }, Space, new Discrete(4), 2)), Does.Contain("priorities kept, here it is not kept"));
            Assert.That(Refusal(new Script(Settings with { Storage = ObservationStorage.Byte }, Space, new Discrete(4), 2)), Does.Contain("observation_storage float[3], here it is byte[3]"));
            Assert.That(Refusal(new Script(Settings with { NStep = 1, Hindsight = new HindsightSettings() }, Space, new Discrete(4), 2, goals: new Task())), Does.Contain("hindsight off, here it is on"));
            Assert.That(Refusal(new Script(Settings with { Capacity = 80, Priority = null }, Space, new Discrete(4), 2)), Does.Contain("buffer_size 60").And.Contain("priorities kept").And.Contain("empty buffer"));
        });
    }

    [Test]
    public void A_folder_that_is_gone_leaves_nothing_behind()
    {
        using Script script = New(Settings);
        Assert.Throws<DirectoryNotFoundException>(() => script.Buffer.Save(Path.Combine(_folder["gone"], "replay")));
        Assert.That(Directory.GetFileSystemEntries(_folder.Root), Is.Empty);
    }

    private static Dict Space { get; } = new(("observation", new Box(0, 1000, 1)), (IGoalTask.AchievedGoal, new Box(0, 1000, 1)), (IGoalTask.DesiredGoal, new Box(0, 1000, 1)));

    private static Script New(ReplaySettings settings) => new(settings, Space, new Discrete(4), environmentCount: 2, goals: new Task());

    /// <summary>Random steps, samples and updates; everything sampled, as text.</summary>
    private static string Act(Script script, RandomGenerator random, int steps)
    {
        var text = new StringBuilder();
        for (int i = 0; i < steps; i++)
        {
            for (int lane = 0; lane < 2; lane++)
            {
                (script.Step.Rewards[lane], script.Step.Terminated[lane], script.Step.Truncated[lane]) = (random.NextSingle(), random.NextInt32(9) == 0, random.NextInt32(9) == 0);
            }

            foreach (ref float number in script.Step.Observations.AsSpan()) number = random.NextInt32(1000);
            foreach (ref float number in script.Step.FinalObservations.AsSpan()) number = random.NextInt32(1000);
            script.Buffer.Add([random.NextInt32(4), random.NextInt32(4)], script.Step);
            script.Buffer.Sample(random, 0.3, script.Batch);
            text.AppendLine(Texts(script.Batch));
            if (script.Buffer.Priorities is not null) script.Buffer.UpdatePriorities(script.Batch, [.. Enumerable.Range(0, 7).Select(_ => random.NextSingle())]);
        }

        return text.ToString();
    }

    private static string Texts(ReplayBatch batch) => string.Join(
        ' ',
        new[] { batch.Observations, batch.Actions, batch.Rewards, batch.Discounts, batch.NextObservations, batch.Weights }
            .SelectMany(b => b.Floats.ToArray()).Select(BitConverter.SingleToInt32Bits));

    private string Refusal(Script script)
    {
        using (script) return Assert.Throws<ReplayException>(() => script.Buffer.Load(_folder["replay"]))!.Message;
    }

    private void AssertRefused(Script script, byte[] content, string reason)
    {
        File.WriteAllBytes(_folder["damaged"], content);
        string message = Assert.Throws<ReplayException>(() => script.Buffer.Load(_folder["damaged"]))!.Message;
        Assert.That(message, Does.Contain(reason).And.Contain("damaged").And.Contain("empty buffer"));
    }

    private sealed class Task : IGoalTask
    {
        public void ComputeRewards(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired, Span<float> rewards)
        {
            for (int i = 0; i < rewards.Length; i++) rewards[i] = -MathF.Abs(achieved[i] - desired[i]);
        }

        public bool IsSuccess(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired) => achieved[0] == desired[0];
    }
}
