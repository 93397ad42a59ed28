"""A TRPO step: the surrogate's gradient, Fisher-vector products by double backward, the step of conjugate gradients with its length, the line search."""
import torch
from torch.distributions import Categorical, Independent, Normal, kl_divergence

from oracle import dense, inputs, leaves, mlp, rounded, write

BATCH, DAMPING, STEPS, TRIES, SHRINK = 64, 1.0, 6, 10, 0.8


def policy(p, observation, discrete):
    outputs = mlp(p, "actor", observation)
    return Categorical(logits=outputs) if discrete else Independent(Normal(outputs, p["actor.log_std"].exp()), 1)


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def solve(multiply, b):
    x, r, p = torch.zeros_like(b), b.clone(), b.clone()
    squared = r @ r
    for _ in range(STEPS):
        z = multiply(p)
        alpha = squared / (p @ z)
        x, r = x + alpha * p, r - alpha * z
        new = r @ r
        p, squared = r + new / squared * p, new
    return x


def make(name, seed, discrete, observation_size, action_size, target_kl=0.01):
    normal = inputs(seed)
    start = dense(normal, "actor", [observation_size, 16, 16, action_size])
    if not discrete:
        start["actor.log_std"] = normal(action_size, scale=0.3)
    vectors = {k: normal(*v.shape) for k, v in start.items()}
    batch = {"observation": normal(BATCH, observation_size)}
    p = leaves(start)
    old = policy({k: v.detach() for k, v in p.items()}, batch["observation"], discrete)
    torch.manual_seed(seed)
    batch["action"] = old.sample() if discrete else rounded(old.sample())
    batch["old_log_probability"] = rounded(old.log_prob(batch["action"]))
    batch["advantage"] = normal(BATCH)

    def loss(q):
        return -((policy(q, batch["observation"], discrete).log_prob(batch["action"]) - batch["old_log_probability"]).exp() * batch["advantage"]).mean()

    def divergence(q):
        return kl_divergence(old, policy(q, batch["observation"], discrete)).mean()

    before = loss(p)
    gradient = torch.autograd.grad(before, list(p.values()))
    first = flat(torch.autograd.grad(divergence(p), list(p.values()), create_graph=True))

    def product(v):
        return flat(torch.autograd.grad(first @ v, list(p.values()), retain_graph=True))

    def damped(v):
        return product(v) + DAMPING * v

    direction = solve(damped, flat(gradient))
    length = (2 * target_kl / (direction @ damped(direction))).sqrt()
    sizes = [v.numel() for v in p.values()]

    def parts(v):
        return {k: t.reshape(q.shape) for (k, q), t in zip(p.items(), v.split(sizes))}

    share = 1.0
    for _ in range(TRIES):
        moved = {k: p[k].detach() - share * length * d for k, d in parts(direction).items()}
        after, kl = loss(moved), divergence(moved)
        if kl <= target_kl and after < before:
            break
        share *= SHRINK
    else:
        raise ValueError("the line search found nothing")
    expected = {"loss": before, "after_loss": after, "divergence": kl, "share": torch.tensor(share), "gradient_norm": flat(gradient).norm()}
    expected |= {f"product.{k}": v for k, v in parts(product(flat(vectors.values()))).items()}
    expected |= {f"after.{k}": v for k, v in moved.items()}
    write(name, start | {f"vector.{k}": v for k, v in vectors.items()} | batch, expected)


make("trpo_discrete", 41, True, 4, 3)
make("trpo_two_choices", 42, True, 4, 2)
make("trpo_gaussian", 43, False, 3, 2, target_kl=1.0)
