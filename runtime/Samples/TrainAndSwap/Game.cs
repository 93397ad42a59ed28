using System.Linq;
using Pipeline.Contracts;
using Pipeline.Runtime;

namespace Samples.TrainAndSwap;

/// <summary>The running game: drones that one policy flies, whichever it is at the moment.</summary>
internal sealed class Game
{
    private readonly PolicyAgents _pilots;
    private readonly AgentSlot[] _slots;
    private readonly Drone[] _drones;
    private readonly RandomGenerator _random;

    public Game(Policy policy, int drones, ulong seed)
    {
        _random = new RandomGenerator(seed);
        _pilots = new PolicyAgents(policy, drones, seed);
        _slots = [.. Enumerable.Range(0, drones).Select(_ => _pilots.Join())];
        _drones = new Drone[drones];
        for (int i = 0; i < drones; i++) Launch(i);
    }

    public long Frames { get; private set; }

    /// <summary>Which policy decided in the last frame: 1 for the first, one more for each that took its place.</summary>
    public long PolicyVersion => _pilots.Version;

    /// <summary>Points of the drones in the last frame, on average.</summary>
    public double Points { get; private set; }

    /// <summary>What a policy earns in a game of its own: points of a drone a frame, on average. The same policy always earns the same.</summary>
    /// <param name="policy">The policy to score.</param>
    public static double Score(Policy policy)
    {
        var game = new Game(policy, drones: 100, seed: 7);
        double sum = 0;
        while (game.Frames < 500)
        {
            game.Frame();
            sum += game.Points;
        }

        return sum / game.Frames;
    }

    /// <summary>One frame: everyone decides by one policy, also when another takes its place in this moment, and moves.</summary>
    public void Frame()
    {
        _pilots.Act();
        double sum = 0;
        for (int i = 0; i < _drones.Length; i++)
        {
            _drones[i].Move((int)_pilots.Action(_slots[i])[0], _random);
            sum += _drones[i].Points;
            if (_drones[i].IsLost) Launch(i);
            else _drones[i].WriteTo(_pilots.Observation(_slots[i]));
        }

        Points = sum / _drones.Length;
        Frames++;
    }

    private void Launch(int drone)
    {
        _drones[drone] = Drone.Launch(_random);
        _drones[drone].WriteTo(_pilots.Observation(_slots[drone]));
        _pilots.Reset(_slots[drone]);
    }
}
