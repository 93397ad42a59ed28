"""Statistics of evaluations: interquartile means, stratified bootstrap, probability of improvement, t intervals. The generator is a second
implementation of the project's, so that the bootstrap's draws are the same ones."""
import math

import numpy
import torch

import oracle

MASK = (1 << 64) - 1
BOOTSTRAP_STREAM = (1 << 32) + 8


class Generator:
    """xoshiro256**, seeded by SplitMix64; whole numbers by Lemire's multiplication."""

    def __init__(self, seed, stream):
        self.mixer = seed
        self.mixer = self.split_mix() ^ (stream * 0xD1342543DE82EF95 & MASK)
        self.state = [self.split_mix() for _ in range(4)]

    def split_mix(self):
        self.mixer = (self.mixer + 0x9E3779B97F4A7C15) & MASK
        z = self.mixer
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    def next(self):
        def rotate(x, k):
            return (x << k | x >> (64 - k)) & MASK

        s = self.state
        result = rotate(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, n):
        threshold = (1 << 32) % n
        while True:
            product = (self.next() >> 32) * n
            if product & 0xFFFFFFFF >= threshold:
                return product >> 32


def draw(generator, strata):
    return [numpy.array([s[generator.below(len(s))] for _ in s]) for s in strata]


def interquartile_mean(strata):
    scores = numpy.sort(numpy.concatenate(strata))
    cut = int(0.25 * len(scores))
    return scores[cut : len(scores) - cut].mean()


def improvement(better, worse):
    def share(x, y):
        difference = x[:, None] - y[None, :]
        return (difference > 0).mean() + 0.5 * (difference == 0).mean()

    return numpy.mean([share(x, y) for x, y in zip(better, worse)])


def interval(values):
    return list(numpy.percentile(values, [2.5, 97.5]))


def t_quantile(p, degrees):
    """Bisection on Simpson's rule over the density."""
    log_constant = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - 0.5 * math.log(degrees * math.pi)

    def above_half(t):
        x = numpy.linspace(0, t, 200_001)
        density = numpy.exp(log_constant - (degrees + 1) / 2 * numpy.log1p(x * x / degrees))
        weights = numpy.ones_like(x)
        weights[1:-1:2], weights[2:-1:2] = 4, 2
        return float((weights * density).sum() * (x[1] - x[0]) / 3)

    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if above_half(middle) < p - 0.5 else (low, middle)
    return low


def main():
    normal = oracle.inputs(7)
    replicates, seed = 400, 5
    # Rounded, so that there are ties; the environments have different numbers of runs. Sorted, as those are that the draws count.
    better = [numpy.sort(numpy.round((normal(n) + 0.4).numpy() * 4) / 4) for n in (5, 3, 8)]
    worse = [numpy.sort(numpy.round(normal(n).numpy() * 4) / 4) for n in (4, 6, 8)]
    given = {f"better{i}": torch.tensor(s) for i, s in enumerate(better)} | {f"worse{i}": torch.tensor(s) for i, s in enumerate(worse)}

    generator = Generator(seed, BOOTSTRAP_STREAM)
    drawn = [draw(generator, better) for _ in range(replicates)]
    aggregates = {
        "iqm": interquartile_mean,
        "median": lambda strata: numpy.median(numpy.concatenate(strata)),
        "mean": lambda strata: numpy.concatenate(strata).mean(),
    }
    expected = {name: torch.tensor([f(better), *interval([f(d) for d in drawn])]) for name, f in aggregates.items()}

    generator = Generator(seed, BOOTSTRAP_STREAM)
    pairs = [(draw(generator, better), draw(generator, worse)) for _ in range(replicates)]
    expected["improvement"] = torch.tensor([improvement(better, worse), *interval([improvement(x, y) for x, y in pairs])])

    x, y = normal(40).numpy(), normal(40).numpy()
    y = 0.6 * x + y + 0.3
    given |= {"reference": torch.tensor(x).float().double(), "candidate": torch.tensor(y).float().double()}
    x, y = given["reference"].numpy(), given["candidate"].numpy()
    difference = y - x
    half = t_quantile(0.975, 39) * difference.std(ddof=1) / math.sqrt(40)
    expected["paired"] = torch.tensor([difference.mean(), difference.mean() - half, difference.mean() + half, difference.std(ddof=1), numpy.corrcoef(x, y)[0, 1]])
    degrees = [3, 4, 9, 39, 199]
    given["degrees"] = torch.tensor(degrees, dtype=torch.float64)
    expected["t"] = torch.tensor([t_quantile(0.975, d) for d in degrees], dtype=torch.float64)
    oracle.write("evaluation", given, expected)


main()
