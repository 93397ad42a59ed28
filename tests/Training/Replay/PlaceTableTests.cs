using System.Collections.Generic;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

public sealed class PlaceTableTests
{
    [Test]
    public void It_holds_what_a_dictionary_holds([Values(1, 10, 16, 1000)] int capacity, [Values(12, 100_000, int.MaxValue)] int range)
    {
        var table = new PlaceTable(capacity);
        var random = new RandomGenerator(5);
        for (int round = 0; round < 3; round++)
        {
            table.Clear();
            var expected = new Dictionary<int, int>();
            while (expected.Count < System.Math.Min(capacity, range))
            {
                int number = random.NextInt32(range), place = expected.Count;
                expected.TryAdd(number, place);
                if (table.PlaceOf(number, place) != expected[number]) Assert.Fail($"{number} has another place than {expected[number]}");
            }

            foreach ((int number, int place) in expected) Assert.That(table.PlaceOf(number, -1), Is.EqualTo(place));
        }
    }
}
