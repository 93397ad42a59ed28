using NUnit.Framework;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Optimizers;

[TestFixture]
public sealed class ScheduleTests
{
    [TestCase("0.001", 0.001, 0.001)]
    [TestCase("3e-4", 3e-4, 3e-4)]
    [TestCase("0", 0, 0)]
    [TestCase("lin_0.001", 0.001, 0)]
    [TestCase("lin_0.001_0.0001", 0.001, 0.0001)]
    [TestCase("lin_1e-4_2e-4", 1e-4, 2e-4)]
    public void Each_written_form_is_read_and_written_back(string text, double initial, double final)
    {
        Assert.That(Schedule.TryParse(text, out Schedule schedule), Is.True);
        Assert.That((schedule.Initial, schedule.Final), Is.EqualTo((initial, final)));
        Assert.That(Schedule.TryParse(schedule.ToString(), out Schedule again), Is.True);
        Assert.That(again, Is.EqualTo(schedule));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("fast")]
    [TestCase("lin")]
    [TestCase("lin_")]
    [TestCase("lin_x")]
    [TestCase("lin_1_2_3")]
    [TestCase("exp_0.1")]
    [TestCase("0.1_0.2")]
    [TestCase("0,001")]
    [TestCase("nan")]
    [TestCase("lin_Infinity")]
    public void Anything_else_is_not(string? text) => Assert.That(Schedule.TryParse(text, out _), Is.False);

    [Test]
    public void A_linear_schedule_goes_from_its_first_to_its_last_number_and_stays_there()
    {
        var schedule = new Schedule(4, 2);
        Assert.That(schedule.At(0), Is.EqualTo(4));
        Assert.That(schedule.At(0.25), Is.EqualTo(3.5));
        Assert.That(schedule.At(1), Is.EqualTo(2));
        Assert.That(schedule.At(-1), Is.EqualTo(4));
        Assert.That(schedule.At(1.5), Is.EqualTo(2));
        Assert.That(Schedule.Linear(4).At(0.75), Is.EqualTo(1));
        Assert.That(Schedule.Constant(4).At(0.75), Is.EqualTo(4));
    }
}
