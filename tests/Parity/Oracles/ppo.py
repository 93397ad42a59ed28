"""A PPO update: loss, its parts, gradients, and the parameters after three steps of Adam on one batch."""
import torch
from torch.distributions import Categorical, Independent, Normal

from oracle import dense, inputs, leaves, mlp, rounded, write

BATCH, CLIP, STEPS, LEARNING_RATE = 64, 0.2, 3, 1e-3


def policy(p, observation, discrete):
    outputs = mlp(p, "actor", observation)
    return Categorical(logits=outputs) if discrete else Independent(Normal(outputs, p["actor.log_std"].exp()), 1)


def losses(p, batch, discrete):
    pi = policy(p, batch["observation"], discrete)
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


def make(name, seed, discrete, observation_size, action_size):
    normal = inputs(seed)
    start = dense(normal, "actor", [observation_size, 64, 64, action_size])
    if not discrete:
        start["actor.log_std"] = normal(action_size, scale=0.3)
    start |= dense(normal, "critic", [observation_size, 64, 64, 1])
    batch = {"observation": normal(BATCH, observation_size)}
    old = policy({k: v + normal(*v.shape, scale=0.04) for k, v in start.items()}, batch["observation"], discrete)
    torch.manual_seed(seed)
    batch["action"] = old.sample() if discrete else rounded(old.sample())
    batch["old_log_probability"] = rounded(old.log_prob(batch["action"]))
    advantage = normal(BATCH)
    batch["advantage"] = rounded((advantage - advantage.mean()) / (advantage.std() + 1e-8))
    batch["value_target"] = normal(BATCH, scale=3)

    p = leaves(start)
    optimizer = torch.optim.Adam(p.values(), lr=LEARNING_RATE, eps=1e-5)
    expected = {}
    for step in range(STEPS):
        optimizer.zero_grad()
        parts = losses(p, batch, discrete)
        parts["total"].backward()
        if step == 0:
            expected |= parts | {f"gradient.{k}": v.grad.clone() for k, v in p.items()}
        norm = torch.nn.utils.clip_grad_norm_(p.values(), 0.5)
        expected[f"gradient_norm.{step}"] = norm
        optimizer.step()
    expected |= {f"after.{k}": v for k, v in p.items()}
    write(name, start | batch, expected)


make("ppo_discrete", 11, True, 4, 3)
make("ppo_gaussian", 12, False, 3, 2)
