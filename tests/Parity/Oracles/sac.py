"""SAC (real-valued actions, choices, as first published) and soft Q-learning: losses, gradients, and all networks after three updates."""
import math

import torch
from torch.distributions import Independent, Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from oracle import dense, inputs, leaves, mlp, rounded, write

BATCH, OBSERVATION, ACTION, CHOICES, GAMMA, TAU, LEARNING_RATE, EPSILON, UPDATES = 32, 4, 2, 3, 0.98, 0.05, 1e-3, 1e-5, 3
SCALE, TEMPERATURE, TARGET_ENTROPY = 3.0, 0.3, 0.5
VALUE_SAMPLES, PARTICLES = 6, 4


def sample(p, observation, noise):
    mean, log_std = mlp(p, "actor", observation).chunk(2, dim=1)
    std = log_std.clamp(-20, 2).exp()
    policy = TransformedDistribution(Independent(Normal(mean, std), 1), TanhTransform(cache_size=1))
    action = policy.transforms[0](mean + std * noise)
    return action, policy.log_prob(action).unsqueeze(1)


def critics(p, observation, action):
    x = torch.cat([observation, action], 1)
    return mlp(p, "critic.first", x), mlp(p, "critic.second", x)


def half_squared(values, target):
    return 0.5 * sum(((v - target.detach()) ** 2).mean() for v in values)


def sac(p, target, b):
    alpha = p["log_temperature"].exp().detach()
    action, log_probability = sample(p, b["next_observation"], b["next_noise"])
    y = b["reward"] + b["discount"] * (torch.min(*critics(target, b["next_observation"], action)) - alpha * log_probability)
    q_loss = half_squared(critics(p, b["observation"], b["action"]), y)
    action, log_probability = sample(p, b["observation"], b["noise"])
    policy_loss = (alpha * log_probability - torch.min(*critics(p, b["observation"], action))).mean()
    temperature_loss = -(p["log_temperature"] * (log_probability - ACTION).detach()).mean()
    return {"q_loss": (q_loss, "critic"), "policy_loss": (policy_loss, "actor"), "temperature_loss": (temperature_loss, "log_temperature")}


def sac_v1(p, target, b):
    y = SCALE * b["reward"] + b["discount"] * mlp(target, "value", b["next_observation"])
    q_loss = half_squared(critics(p, b["observation"], b["action"]), y)
    action, log_probability = sample(p, b["observation"], b["noise"])
    soft = torch.min(*critics(p, b["observation"], action)) - TEMPERATURE * log_probability
    value_loss = half_squared([mlp(p, "value", b["observation"])], soft)
    return {"q_loss": (q_loss, "critic"), "value_loss": (value_loss, "value"), "policy_loss": (-soft.mean(), "actor")}


def sac_discrete(p, target, b):
    def log_probabilities(observation, mask):
        return torch.log_softmax(mlp(p, "actor", observation).masked_fill(mask == 0, -1e8), dim=1)

    def smaller(q, observation):
        return torch.min(mlp(q, "critic.first", observation), mlp(q, "critic.second", observation))

    alpha = p["log_temperature"].exp().detach()
    following = log_probabilities(b["next_observation"], b["next_mask"])
    y = b["reward"] + b["discount"] * (following.exp() * (smaller(target, b["next_observation"]) - alpha * following)).sum(1, keepdim=True)
    values = [(mlp(p, name, b["observation"]) * b["choice"]).sum(1, keepdim=True) for name in ("critic.first", "critic.second")]
    own = log_probabilities(b["observation"], b["mask"])
    policy_loss = (own.exp() * (alpha * own - smaller(p, b["observation"]).detach())).sum(1).mean()
    temperature_loss = -(p["log_temperature"] * ((own.exp() * own).sum(1) + TARGET_ENTROPY).detach()).mean()
    return {"q_loss": (half_squared(values, y), "critic"), "policy_loss": (policy_loss, "actor"), "temperature_loss": (temperature_loss, "log_temperature")}


def joined(p, name, observation, vectors):
    """A network over a state and each of its vectors, side by side."""
    x = torch.cat([observation.unsqueeze(1).expand(-1, vectors.shape[1], -1), vectors], 2)
    first = torch.cat([p[f"{name}.state.weight"], p[f"{name}.vector.weight"]], 0)
    return mlp(p, name, torch.tanh(x @ first + p[f"{name}.state.bias"]), layers=2)


def sql(p, target, b):
    proposed = joined(target, "critic", b["next_observation"], 2 * b["proposal"] - 1).squeeze(2)
    soft = TEMPERATURE * (torch.logsumexp(proposed / TEMPERATURE + ACTION * math.log(2), 1, keepdim=True) - math.log(VALUE_SAMPLES))
    y = b["reward"] + b["discount"] * soft
    q_loss = half_squared([joined(p, "critic", b["observation"], b["action"].unsqueeze(1)).squeeze(2)], y)

    still = joined(p, "actor", b["observation"], b["noise"]).detach().requires_grad_()
    density = joined(p, "critic", b["observation"], torch.tanh(still)).sum() + TEMPERATURE * torch.log(1 - torch.tanh(still) ** 2).sum()
    slope, = torch.autograd.grad(density, still)
    moved = joined(p, "actor", b["observation"], b["moved_noise"])
    # [B, moved, still]
    difference = still.detach().unsqueeze(1) - moved.detach().unsqueeze(2)
    squared = (difference ** 2).sum(3)
    bandwidth = squared.reshape(BATCH, -1).median(1).values / math.log(PARTICLES + 1)
    kernel = torch.exp(-squared / bandwidth.reshape(-1, 1, 1))
    repulsion = -2 / bandwidth.reshape(-1, 1, 1, 1) * difference * kernel.unsqueeze(3)
    direction = (kernel.unsqueeze(3) * slope.unsqueeze(1) + TEMPERATURE * repulsion).mean(2)
    policy_loss = -(direction * moved).sum(2).mean()
    return {"q_loss": (q_loss, "critic"), "policy_loss": (policy_loss, "actor")}


def sql_discrete(p, target, b):
    following = mlp(target, "q", b["next_observation"]).masked_fill(b["next_mask"] == 0, -1e8)
    y = b["reward"] + b["discount"] * TEMPERATURE * torch.logsumexp(following / TEMPERATURE, 1, keepdim=True)
    value = (mlp(p, "q", b["observation"]) * b["choice"]).sum(1, keepdim=True)
    return {"q_loss": (half_squared([value], y), "q")}


def make(name, losses, normal, start, averaged, extra):
    batch = {
        "observation": normal(BATCH, OBSERVATION),
        "reward": normal(BATCH, 1),
        "discount": rounded(GAMMA * (normal(BATCH, 1) > -1).double()),
        "next_observation": normal(BATCH, OBSERVATION),
    } | extra
    beside = {k: rounded(v + normal(*v.shape, scale=0.05)) for k, v in start.items() if k.startswith(averaged)}
    p, target = leaves(start), {k: v.clone() for k, v in beside.items()}
    optimizer = torch.optim.Adam(p.values(), lr=LEARNING_RATE, eps=EPSILON)
    expected = {}
    for update in range(UPDATES):
        made = losses(p, target, batch)
        for loss, owner in made.values():
            owned = {k: v for k, v in p.items() if k.startswith(owner)}
            for v, gradient in zip(owned.values(), torch.autograd.grad(loss, owned.values(), retain_graph=True)):
                v.grad = gradient
        if update == 0:
            expected |= {k: loss for k, (loss, _) in made.items()} | {f"gradient.{k}": v.grad.clone() for k, v in p.items()}
        optimizer.step()
        target = {k: (1 - TAU) * v + TAU * p[k].detach() for k, v in target.items()}
    expected |= {f"after.{k}": v for k, v in p.items()} | {f"after.target.{k}": v for k, v in target.items()}
    write(name, start | {f"target.{k}": v for k, v in beside.items()} | batch, expected)


def networks(normal, **sizes):
    layers = {}
    for name, (first, last) in sizes.items():
        layers |= dense(normal, name.replace("__", "."), [first, 16, 16, last], scale=1.5)
    return layers


def network_of_vectors(normal, name, size, outputs):
    first = dense(normal, "x", [OBSERVATION + size, 16], scale=1.5)
    weight = first["x.0.weight"]
    return {f"{name}.state.weight": weight[:OBSERVATION].clone(), f"{name}.state.bias": first["x.0.bias"],
            f"{name}.vector.weight": weight[OBSERVATION:].clone()} | dense(normal, name, [16, 16, outputs], scale=1.5)


def choices(normal):
    def mask():
        allowed = (normal(BATCH, CHOICES) > -0.5).double()
        allowed[:, 0] = 1
        return allowed

    chosen = torch.nn.functional.one_hot(normal(BATCH, CHOICES).argmax(1), CHOICES).double()
    return {"choice": chosen, "mask": mask(), "next_mask": mask()}


def main():
    temperature = {"log_temperature": torch.tensor(-0.25, dtype=torch.float64)}
    twins = {"critic__first": (OBSERVATION + ACTION, 1), "critic__second": (OBSERVATION + ACTION, 1), "actor": (OBSERVATION, 2 * ACTION)}
    normal = inputs(31)
    drawn = {"action": torch.tanh(normal(BATCH, ACTION)).float().double(), "noise": normal(BATCH, ACTION), "next_noise": normal(BATCH, ACTION)}
    make("sac", sac, normal, networks(normal, **twins) | temperature, "critic", drawn)
    normal = inputs(32)
    drawn = {"action": torch.tanh(normal(BATCH, ACTION)).float().double(), "noise": normal(BATCH, ACTION)}
    make("sac_v1", sac_v1, normal, networks(normal, value=(OBSERVATION, 1), **twins), "value", drawn)
    normal = inputs(33)
    sizes = {"critic__first": (OBSERVATION, CHOICES), "critic__second": (OBSERVATION, CHOICES), "actor": (OBSERVATION, CHOICES)}
    make("sac_discrete", sac_discrete, normal, networks(normal, **sizes) | temperature, "critic", choices(normal))
    normal = inputs(34)
    drawn = {
        "action": torch.tanh(normal(BATCH, ACTION)).float().double(), "noise": normal(BATCH, PARTICLES, ACTION), "moved_noise": normal(BATCH, PARTICLES, ACTION),
        "proposal": torch.sigmoid(normal(BATCH, VALUE_SAMPLES, ACTION)).float().double(),
    }
    start = network_of_vectors(normal, "critic", ACTION, 1) | network_of_vectors(normal, "actor", ACTION, ACTION)
    make("sql", sql, normal, start, "critic", drawn)
    normal = inputs(35)
    make("sql_discrete", sql_discrete, normal, networks(normal, q=(OBSERVATION, CHOICES)), "q", choices(normal))


main()
