"""A PPO update: loss, its parts, gradients, and the parameters after three steps of Adam on one batch."""
import torch
from torch.distributions import Bernoulli, Categorical, Independent, Normal

from oracle import dense, inputs, leaves, mlp, rounded, write

BATCH, CLIP, STEPS, LEARNING_RATE = 64, 0.2, 3, 1e-3


class Hybrid:
    """One of three tools, two real numbers and two bits, chosen independently; an action is a row of the five numbers."""

    def __init__(self, outputs, log_std):
        tool, aim, bits = outputs.split([3, 2, 2], 1)
        self.parts = Categorical(logits=tool), Independent(Normal(aim, log_std.exp()), 1), Independent(Bernoulli(logits=bits), 1)

    def sample(self):
        tool, aim, bits = (part.sample() for part in self.parts)
        return torch.cat([tool.unsqueeze(1), aim, bits], 1)

    def log_prob(self, action):
        tool, aim, bits = action.split([1, 2, 2], 1)
        return sum(part.log_prob(a) for part, a in zip(self.parts, (tool.squeeze(1), aim, bits)))

    def entropy(self):
        return sum(part.entropy() for part in self.parts)


def policy(p, observation, kind):
    outputs = mlp(p, "actor", observation)
    if kind == "discrete":
        return Categorical(logits=outputs)
    return Hybrid(outputs, p["actor.log_std"]) if kind == "hybrid" else Independent(Normal(outputs, p["actor.log_std"].exp()), 1)


def losses(p, batch, kind):
    pi = policy(p, batch["observation"], kind)
    log_ratio = pi.log_prob(batch["action"]) - batch["old_log_probability"]
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
    policy_loss = -torch.min(ratio * batch["advantage"], clipped * batch["advantage"]).mean()
    value_loss = ((mlp(p, "critic", batch["observation"]).squeeze(1) - batch["value_target"]) ** 2).mean()
    entropy = pi.entropy().mean()
    return {
        "total": policy_loss + 0.5 * value_loss - 0.01 * entropy,
        "policy_loss": policy_loss,
        "value_loss": value_loss,
        "entropy": entropy,
        "approx_kl": (ratio - 1 - log_ratio).mean(),
        "clip_fraction": ((ratio - 1).abs() > CLIP).double().mean(),
    }


def make(kind, seed, observation_size, output_size, real_size):
    normal = inputs(seed)
    start = dense(normal, "actor", [observation_size, 64, 64, output_size])
    if real_size:
        start["actor.log_std"] = normal(real_size, scale=0.3)
    start |= dense(normal, "critic", [observation_size, 64, 64, 1])
    batch = {"observation": normal(BATCH, observation_size)}
    old = policy({k: v + normal(*v.shape, scale=0.04) for k, v in start.items()}, batch["observation"], kind)
    torch.manual_seed(seed)
    batch["action"] = old.sample() if kind == "discrete" else rounded(old.sample())
    batch["old_log_probability"] = rounded(old.log_prob(batch["action"]))
    advantage = normal(BATCH)
    batch["advantage"] = rounded((advantage - advantage.mean()) / (advantage.std() + 1e-8))
    batch["value_target"] = normal(BATCH, scale=3)

    p = leaves(start)
    optimizer = torch.optim.Adam(p.values(), lr=LEARNING_RATE, eps=1e-5)
    expected = {}
    for step in range(STEPS):
        optimizer.zero_grad()
        parts = losses(p, batch, kind)
        parts["total"].backward()
        if step == 0:
            expected |= parts | {f"gradient.{k}": v.grad.clone() for k, v in p.items()}
        norm = torch.nn.utils.clip_grad_norm_(p.values(), 0.5)
        expected[f"gradient_norm.{step}"] = norm
        optimizer.step()
    expected |= {f"after.{k}": v for k, v in p.items()}
    write(f"ppo_{kind}", start | batch, expected)


make("discrete", 11, 4, 3, 0)
make("gaussian", 12, 3, 2, 2)
make("hybrid", 13, 4, 7, 2)
