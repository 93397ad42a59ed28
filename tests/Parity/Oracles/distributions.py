"""Log-probability, entropy and divergence of each distribution, and the gradient of a weighted sum of the three."""
import torch
from torch.distributions import Bernoulli, Categorical, Independent, Normal, kl_divergence

from oracle import inputs, leaves, write

BATCH = 6
normal = inputs(61)


def record(name, given, action, make):
    """make(parameters) gives independent distributions whose figures add up; other.* are those of the second one."""
    p = leaves(given)
    ours = make({k: v for k, v in p.items() if not k.startswith("other.")})
    others = make({k[len("other."):]: v for k, v in p.items() if k.startswith("other.")})
    weights = {k: normal(BATCH, 1) for k in ("weight.log_probability", "weight.entropy", "weight.divergence")}
    figures = {
        "log_probability": sum(d.log_prob(a) for d, a in zip(ours, action)),
        "entropy": sum(d.entropy() for d in ours),
        "divergence": sum(kl_divergence(o, d) for d, o in zip(ours, others)),
    }
    loss = sum((figures[k] * weights[f"weight.{k}"].squeeze(1)).sum() for k in figures)
    loss.backward()
    columns = [a if a.dim() == 2 else a.unsqueeze(1) for a in action]
    write(name, given | weights | {"action": torch.cat(columns, 1)}, figures | {f"gradient.{k}": v.grad for k, v in p.items()})


def choices(sizes):
    return lambda p: [Categorical(logits=l) for l in p["logits"].split(sizes, 1)]


torch.manual_seed(61)
for name, sizes in {"categorical": [5], "multi_categorical": [3, 2, 4]}.items():
    logits = {"logits": normal(BATCH, sum(sizes), scale=1.5), "other.logits": normal(BATCH, sum(sizes), scale=1.5)}
    record(name, logits, [torch.randint(0, n, (BATCH,)) for n in sizes], choices(sizes))
bits = {"logits": normal(BATCH, 3, scale=1.5), "other.logits": normal(BATCH, 3, scale=1.5)}
record("bernoulli", bits, [torch.randint(0, 2, (BATCH, 3)).double()], lambda p: [Independent(Bernoulli(logits=p["logits"]), 1)])
gaussian = {"mean": normal(BATCH, 3), "log_std": normal(3, scale=0.4), "other.mean": normal(BATCH, 3), "other.log_std": normal(3, scale=0.4)}
record("diagonal_gaussian", gaussian, [normal(BATCH, 3)], lambda p: [Independent(Normal(p["mean"], p["log_std"].exp()), 1)])
hybrid = {"outputs": normal(BATCH, 8), "log_std": normal(3, scale=0.4), "other.outputs": normal(BATCH, 8), "other.log_std": normal(3, scale=0.4)}


def parts(p):
    tool, aim, flags, push = p["outputs"].split([3, 2, 2, 1], 1)
    scale = p["log_std"].exp()
    return [
        Categorical(logits=tool), Independent(Normal(aim, scale[:2]), 1), Independent(Bernoulli(logits=flags), 1), Independent(Normal(push, scale[2:]), 1),
    ]


actions = [torch.randint(0, 3, (BATCH,)), normal(BATCH, 2), torch.randint(0, 2, (BATCH, 2)).double(), normal(BATCH, 1)]
record("product", hybrid, actions, parts)
