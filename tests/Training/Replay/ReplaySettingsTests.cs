using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

public sealed class ReplaySettingsTests
{
    private static readonly Box Observations = new(0, 1, 4);

    [Test]
    public void The_defaults_have_no_problem() =>
        Assert.That(new ReplaySettings { Priority = new PrioritySettings() }.Problems(Observations, new Discrete(2), 8, masked: true), Is.Empty);

    [Test]
    public void All_problems_are_named_at_once_with_what_is_allowed()
    {
        var settings = new ReplaySettings
        {
            Capacity = 0, CapacityBytes = -1, BatchSize = 0, NStep = 0, Gamma = double.NaN,
            Priority = new PrioritySettings(-0.1, 1.5, -1, 0), Hindsight = new HindsightSettings(GoalsPerTransition: 0), Storage = ObservationStorage.Byte,
        };
        string[] problems = [.. settings.Problems(new Discrete(300), new Dict(("a", Observations)), 0)];
        foreach (string name in new[] { "buffer_size is 0", "buffer_bytes is -1", "batch_size is 0", "n_step is 0", "gamma is NaN", "priority_alpha is -0.1", "priority_beta_start is 1.5", "priority_beta_end is -1", "priority_epsilon is 0", "hindsight_goals is 0", "environment_count is 0", "observations have Discrete(300)", "action space Dict", "achieved_goal" })
            Assert.That(problems, Has.Exactly(1).Contains(name), name);
        ReplayException refused = Assert.Throws<ReplayException>(() => new ReplayBuffer(settings, new Discrete(300), new Discrete(2), 0, masked: false, goals: null).Dispose())!;
        Assert.That(refused.Message.Split(Environment.NewLine), Has.Length.GreaterThan(10));
    }

    [Test]
    public void A_capacity_that_is_too_small_or_too_large_names_what_would_do()
    {
        var settings = new ReplaySettings { Capacity = 100, BatchSize = 32, NStep = 3 };
        Assert.Multiple(() =>
        {
            Assert.That(Only(settings, 32), Does.Contain("buffer_size 100").And.Contain("leaves 3 transitions for each of the 32").And.Contain("n_step + 1 = 4"));
            Assert.That(Only(settings with { BatchSize = 101 }, 1), Does.Contain("100 transitions").And.Contain("batch_size 101"));
            Assert.That(Only(settings with { CapacityBytes = 500 }, 1), Does.Contain("buffer_bytes 500 at 22 bytes each").And.Contain("21 transitions"));
            Assert.That(Only(settings with { Capacity = 3_000_000_000 }, 1), Does.Contain("3000000000").And.Contain("at most 2147483646"));
        });
    }

    [Test]
    public void More_memory_than_there_is_is_refused_with_what_to_lower()
    {
        var settings = new ReplaySettings { Capacity = 2_000_000_000 };
        ReplayException refused = Assert.Throws<ReplayException>(() => new ReplayBuffer(settings, new Box(0, 1, 1_000_000), new Discrete(2), 1, masked: false, goals: null).Dispose())!;
        Assert.That(refused.Message, Does.Contain("2000000001 transitions of 4000006 bytes").And.Contain("buffer_size").And.Contain("buffer_bytes"));
    }

    private static string Only(ReplaySettings settings, int environmentCount) => settings.Problems(Observations, new Discrete(2), environmentCount).Single();
}
