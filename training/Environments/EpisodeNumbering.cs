using Pipeline.Contracts;

namespace Pipeline.Training.Environments;

/// <summary>
/// Which stream of a seed an episode draws from. Without numbers environment i draws all its episodes from stream i. With numbers episode k
/// draws from stream k, whichever environment plays it: it is then the same episode however many are stepped together.
/// </summary>
internal struct EpisodeNumbering
{
    private ulong? _first;
    private ulong _seed;
    private ulong _next;

    /// <summary>Numbers the episodes from the next <see cref="Seed"/> on, or no more.</summary>
    public void Use(ulong? first) => _first = first;

    /// <summary>Seeds the generators for the first episode of every environment.</summary>
    public void Seed(RandomGenerator[] random, ulong seed)
    {
        _seed = seed;
        _next = _first ?? 0;
        foreach (RandomGenerator generator in random) generator.Seed(seed, _next++);
    }

    /// <summary>To be called before an environment starts its next episode: seeds its generator where episodes are numbered.</summary>
    public void Begin(RandomGenerator random)
    {
        if (_first is not null) random.Seed(_seed, _next++);
    }
}
