using NUnit.Framework;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

public sealed class DoublyRobustTests
{
    private const double Tolerance = 1e-12;

    // As in ImportanceSamplingTests: ρ = 2, 4 in the first episode, ½ in the second; rewards 1, 2 and 4; γ = ½.
    private static readonly LoggedEpisodes _two = LoggedEpisodes.FromProbabilities([1, 2, 4], [0.5, 0.8, 0.2], [0.25, 0.4, 0.4], [2, 1]);

    // Q = 2, 1, 3 and V(s′) = 1, 0, 0: δ = 1 + ½ − 2 = −½, 2 − 1 = 1 and 4 − 3 = 1. V(s₀) = 2 and 3.
    private static readonly double[] _starts = [2, 3];
    private static readonly LoggedEpisodes _residuals = DoublyRobust.Residuals(_two, [2, 1, 3], [1, 0, 0], 0.5);

    [Test]
    public void What_the_guess_leaves_over_is_weighed_and_added_to_it()
    {
        ReturnEstimate estimate = DoublyRobust.Ordinary(_residuals, _starts, 0.5);

        // 2 + 2 · (−½) + ½ · 4 · 1 = 3 and 3 + ½ · 1 = 3.5; deviation ½/√2, error ½/√2 / √2.
        Assert.That(estimate.Value, Is.EqualTo(3.25).Within(Tolerance));
        Assert.That(estimate.StandardError, Is.EqualTo(0.25).Within(Tolerance));
    }

    [Test]
    public void Weighted_it_divides_by_the_weights_of_each_step()
    {
        ReturnEstimate estimate = DoublyRobust.Weighted(_residuals, _starts, 0.5);

        // 2.5 + (2 · (−½) + ½ · 1)/2.5 + ½ · (4 · 1 + ½ · 0)/4.5
        Assert.That(estimate.Value, Is.EqualTo(2.5 - 0.2 + (0.5 * 4 / 4.5)).Within(Tolerance));
        Assert.That(estimate.EffectiveSampleSize, Is.EqualTo(4.5 * 4.5 / (16 + 0.25)).Within(Tolerance));
    }

    [Test]
    public void A_guess_that_is_right_leaves_nothing_to_the_weights()
    {
        LoggedEpisodes none = DoublyRobust.Residuals(_two, [2, 2, 4], [2, 0, 0], 0.5);
        Assert.That(DoublyRobust.Ordinary(none, [2, 4], 0.5).Value, Is.EqualTo(3).Within(Tolerance));
        Assert.That(DoublyRobust.Weighted(none, [2, 4], 0.5).Value, Is.EqualTo(3).Within(Tolerance));
    }

    [Test]
    public void A_guess_of_0_leaves_importance_sampling()
    {
        LoggedEpisodes all = DoublyRobust.Residuals(_two, new double[3], new double[3], 0.5);
        Assert.That(DoublyRobust.Ordinary(all, new double[2], 0.5).Value, Is.EqualTo(ImportanceSampling.PerDecision(_two, 0.5).Value).Within(Tolerance));
        Assert.That(DoublyRobust.Weighted(all, new double[2], 0.5).Value, Is.EqualTo(ImportanceSampling.WeightedPerDecision(_two, 0.5).Value).Within(Tolerance));
    }

    [Test]
    public void Values_that_do_not_fit_the_episodes_are_refused()
    {
        Assert.That(() => DoublyRobust.Residuals(_two, [1], [1], 0.5), Throws.ArgumentException.With.Message.Contains("3 steps"));
        Assert.That(() => DoublyRobust.Ordinary(_residuals, [1], 0.5), Throws.ArgumentException.With.Message.Contains("2 episodes"));
    }
}
