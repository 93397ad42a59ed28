"""Updates of deep Q-learning in its parts, c51, rainbow, qr-dqn and iqn: losses, gradients, three steps of Adam with an averaged target network."""
import math

import torch
from torch.distributions import Normal

from oracle import inputs, leaves, rounded, write

BATCH, OBSERVATION, ACTIONS, WIDTH = 32, 4, 3, 16
STEPS, LEARNING_RATE, TAU, KAPPA = 3, 1e-3, 0.25, 0.7
LOW, HIGH, ATOMS = -4.0, 5.0, 11
FRACTIONS, TARGET_FRACTIONS, POLICY_FRACTIONS, COSINES, WANG = 4, 5, 6, 64, -0.75


def layer(normal, name, a, b, noisy):
    made = {f"{name}.weight": normal(a, b, scale=a**-0.5), f"{name}.bias": normal(1, b, scale=0.1)}
    if noisy:
        made[f"{name}.weight_deviation"] = normal(a, b, scale=0.5 * a**-0.5)
        made[f"{name}.bias_deviation"] = normal(1, b, scale=0.1)
    return made


class Network:
    """Two hidden layers; with two streams the second hidden layer and the outputs are each stream's own."""

    def __init__(self, atoms=1, dueling=False, noisy=False):
        self.atoms, self.noisy, self.dueling = atoms, noisy, dueling
        outputs = ACTIONS * atoms
        if dueling:
            self.layers = [("q.0", OBSERVATION, WIDTH), ("q.advantage.0", WIDTH, WIDTH), ("q.advantage.1", WIDTH, outputs)]
            self.layers += [("q.value.0", WIDTH, WIDTH), ("q.value.1", WIDTH, atoms)]
        else:
            self.layers = [("q.0", OBSERVATION, WIDTH), ("q.1", WIDTH, WIDTH), ("q.2", WIDTH, outputs)]
        self.noise_size = sum(a + b for _, a, b in self.layers) if noisy else 0

    def start(self, normal):
        return {k: v for name, a, b in self.layers for k, v in layer(normal, name, a, b, self.noisy).items()}

    def linear(self, p, name, x, noise):
        weight, bias = p[f"{name}.weight"], p[f"{name}.bias"]
        if noise is not None:
            shaped = noise.sign() * noise.abs().sqrt()
            begin = 0
            for other, a, b in self.layers:
                if other == name:
                    inward, outward = shaped[begin:begin + a], shaped[begin + a:begin + a + b]
                begin += a + b
            weight = weight + p[f"{name}.weight_deviation"] * torch.outer(inward, outward)
            bias = bias + p[f"{name}.bias_deviation"] * outward
        return x @ weight + bias

    def __call__(self, p, x, noise=None):
        h = torch.relu(self.linear(p, "q.0", x, noise))
        if not self.dueling:
            out = self.linear(p, "q.2", torch.relu(self.linear(p, "q.1", h, noise)), noise)
            return out.reshape(-1, ACTIONS, self.atoms)
        advantage = self.linear(p, "q.advantage.1", torch.relu(self.linear(p, "q.advantage.0", h, noise)), noise)
        value = self.linear(p, "q.value.1", torch.relu(self.linear(p, "q.value.0", h, noise)), noise)
        advantage = advantage.reshape(-1, ACTIONS, self.atoms)
        return value.reshape(-1, 1, self.atoms) + advantage - advantage.mean(1, keepdim=True)


class Implicit:
    """One hidden layer for the state, one after the fractions have been joined."""

    noise_size = 0

    def start(self, normal):
        sizes = [("q.state.0", OBSERVATION, WIDTH), ("q.embedding", COSINES, WIDTH), ("q.0", WIDTH, WIDTH), ("q.1", WIDTH, ACTIONS)]
        return {k: v for name, a, b in sizes for k, v in layer(normal, name, a, b, False).items()}

    def __call__(self, p, x, tau):
        linear = lambda name, y: y @ p[f"{name}.weight"] + p[f"{name}.bias"]
        cosines = torch.cos(math.pi * torch.arange(COSINES, dtype=torch.float64) * tau.unsqueeze(-1))
        joined = torch.relu(linear("q.state.0", x)).unsqueeze(1) * torch.relu(linear("q.embedding", cosines))
        return linear("q.1", torch.relu(linear("q.0", joined)))


def best(values, batch):
    mask = batch.get("next_action_mask")
    return (values if mask is None else values.masked_fill(mask == 0, -math.inf)).argmax(1)


def pick(values, index):
    return values[torch.arange(BATCH), index]


def huber(error):
    return torch.where(error.abs() <= KAPPA, error**2 / 2, KAPPA * (error.abs() - KAPPA / 2))


def noises(network, batch):
    return [batch.get(name) for name in ("noise", "next_noise", "target_noise")]


def chosen_next(network, p, target, batch, double, values):
    """The next state's numbers of the best action, by the target network."""
    _, next_noise, target_noise = noises(network, batch)
    following = network(target, batch["next_observation"], target_noise)
    choosing = network(p, batch["next_observation"], next_noise) if double else following
    return pick(following, best(values(choosing), batch))


def dqn(network, p, target, batch, double):
    q = pick(network(p, batch["observation"], batch.get("noise")), batch["action"].argmax(1))
    with torch.no_grad():
        y = batch["reward"] + batch["discount"] * chosen_next(network, p, target, batch, double, lambda v: v.squeeze(2))
    return huber(q - y), (q - y).abs(), q


def c51(network, p, target, batch, double):
    support = torch.linspace(LOW, HIGH, ATOMS, dtype=torch.float64)
    means = lambda logits: (logits.softmax(2) * support).sum(2)
    logits = pick(network(p, batch["observation"], batch.get("noise")), batch["action"].argmax(1))
    with torch.no_grad():
        following = chosen_next(network, p, target, batch, double, means).softmax(1)
        moved = (batch["reward"] + batch["discount"] * support).clamp(LOW, HIGH)
        position = (moved - LOW) / ((HIGH - LOW) / (ATOMS - 1))
        below = position.floor().clamp(0, ATOMS - 2)
        share = position - below
        projected = torch.zeros(BATCH, ATOMS, dtype=torch.float64)
        projected.scatter_add_(1, below.long(), following * (1 - share))
        projected.scatter_add_(1, below.long() + 1, following * share)
    loss = -(projected * logits.log_softmax(1)).sum(1, keepdim=True)
    return loss, loss, (logits.softmax(1) * support).sum(1, keepdim=True)


def quantile_huber(theta, tau, y):
    error = y.unsqueeze(1) - theta.unsqueeze(2)
    weight = (tau.unsqueeze(2) - (error.detach() < 0).double()).abs()
    return (weight * huber(error) / KAPPA).mean(2).sum(1, keepdim=True)


def qr_dqn(network, p, target, batch, double):
    theta = pick(network(p, batch["observation"], batch.get("noise")), batch["action"].argmax(1))
    with torch.no_grad():
        y = batch["reward"] + batch["discount"] * chosen_next(network, p, target, batch, double, lambda v: v.mean(2))
    count = theta.shape[1]
    tau = ((torch.arange(count, dtype=torch.float64) + 0.5) / count).unsqueeze(0)
    loss = quantile_huber(theta, tau, y)
    return loss, loss, theta.mean(1, keepdim=True)


def iqn(network, p, target, batch, double):
    normal = Normal(torch.zeros((), dtype=torch.float64), 1)
    middle = (torch.arange(POLICY_FRACTIONS, dtype=torch.float64) + 0.5) / POLICY_FRACTIONS
    distorted = normal.cdf(normal.icdf(middle) + WANG).unsqueeze(0)
    taken = lambda quantiles, action: quantiles[torch.arange(BATCH), :, action]
    theta = taken(network(p, batch["observation"], batch["fraction"]), batch["action"].argmax(1))
    with torch.no_grad():
        values = network(p if double else target, batch["next_observation"], distorted).mean(1)
        following = taken(network(target, batch["next_observation"], batch["next_fraction"]), best(values, batch))
        y = batch["reward"] + batch["discount"] * following
    loss = quantile_huber(theta, batch["fraction"], y)
    return loss, loss, theta.mean(1, keepdim=True)


def make(name, seed, method, network, double=False, weighted=False, masked=False):
    normal = inputs(seed)
    start = network.start(normal)
    target = {k: rounded(v + normal(*v.shape, scale=0.1)) for k, v in start.items()}
    batch = {"observation": normal(BATCH, OBSERVATION), "next_observation": normal(BATCH, OBSERVATION)}
    batch["action"] = torch.eye(ACTIONS, dtype=torch.float64)[torch.arange(BATCH) * 7 % ACTIONS]
    batch["reward"] = normal(BATCH, 1)
    batch["discount"] = rounded(torch.where(torch.arange(BATCH) % 5 == 0, 0.0, 0.99).unsqueeze(1))
    if weighted:
        batch["weight"] = rounded(normal(BATCH, 1).abs().clamp(0.1, 1))
    if masked:
        batch["next_action_mask"] = torch.tensor([[1.0, 0, 1], [1, 1, 0], [1, 1, 1], [0, 1, 0]]).double().repeat(BATCH // 4, 1)
    for kind in ("noise", "next_noise", "target_noise") if network.noise_size else ():
        batch[kind] = normal(network.noise_size)
    if method is iqn:
        uniform = lambda count: rounded(Normal(0.0, 1.0).cdf(normal(BATCH, count).float()))
        batch |= {"fraction": uniform(FRACTIONS), "next_fraction": uniform(TARGET_FRACTIONS)}

    given = start | {f"target.{k}": v for k, v in target.items()} | batch
    p = leaves(start)
    optimizer = torch.optim.Adam(p.values(), lr=LEARNING_RATE, eps=1e-5)
    expected = {}
    for step in range(STEPS):
        optimizer.zero_grad()
        losses, errors, values = method(network, p, target, batch, double)
        total = (losses * batch["weight"]).mean() if weighted else losses.mean()
        total.backward()
        if step == 0:
            expected |= {"losses": losses, "errors": errors, "values": values, "total": total}
            expected |= {f"gradient.{k}": v.grad.clone() for k, v in p.items()}
        expected[f"gradient_norm.{step}"] = torch.nn.utils.clip_grad_norm_(p.values(), 0.5)
        optimizer.step()
        target = {k: v + TAU * (p[k].detach() - v) for k, v in target.items()}
    expected |= {f"after.{k}": v for k, v in p.items()} | {f"after.target.{k}": v for k, v in target.items()}
    write(f"update_{name}", given, expected)


make("dqn", 41, dqn, Network())
make("dqn_double", 42, dqn, Network(), double=True)
make("dqn_dueling", 43, dqn, Network(dueling=True))
make("dqn_noisy", 44, dqn, Network(noisy=True), double=True)
make("dqn_prioritized", 45, dqn, Network(), weighted=True)
make("dqn_masked", 46, dqn, Network(), masked=True)
make("c51", 47, c51, Network(atoms=ATOMS))
make("rainbow", 48, c51, Network(atoms=ATOMS, dueling=True, noisy=True), double=True, weighted=True)
make("qr_dqn", 49, qr_dqn, Network(atoms=5))
make("qr_dqn_double", 50, qr_dqn, Network(atoms=5), double=True, masked=True)
make("iqn", 51, iqn, Implicit())
make("iqn_double", 52, iqn, Implicit(), double=True, weighted=True, masked=True)
