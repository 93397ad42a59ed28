"""
Action values: double Q-learning with a dueling network, Huber's loss and importance weights; C51 with noisy dueling layers; quantile regression
behind a convolution; an implicit quantile network; soft values. Losses, targets and the gradients of all parameters.
"""
import math

import torch
import torch.nn.functional as F

from oracle import dense, inputs, leaves, rounded, write

BATCH, ACTIONS, SIZE, HIDDEN, ATOMS = 16, 3, 5, 12, 7


def transitions(normal):
    torch.manual_seed(5)
    return {
        "observation": normal(BATCH, SIZE),
        "next_observation": normal(BATCH, SIZE),
        "action": torch.randint(0, ACTIONS, (BATCH, 1)).double(),
        "reward": normal(BATCH, 1),
        "discount": rounded(0.97 * (torch.rand(BATCH, 1) > 0.25)),
        "weight": rounded(torch.rand(BATCH, 1) + 0.1),
    }


def linear(p, name, x):
    return x @ p[f"{name}.weight"] + p[f"{name}.bias"]


def record(name, p, given, figures):
    figures["loss"].backward()
    write(name, {k: v.detach() for k, v in p.items()} | given, figures | {f"gradient.{k}": v.grad for k, v in p.items() if v.requires_grad})


def streams(normal, name, width, outputs, atoms, layer):
    return layer(normal, f"{name}.advantage", [width, HIDDEN, outputs * atoms]) | layer(normal, f"{name}.value", [width, HIDDEN, atoms])


def target_of(start, normal):
    return {k.replace("q.", "target.", 1): rounded(v + 0.2 * normal(*v.shape)) for k, v in start.items()}


def dueling_dqn():
    normal = inputs(81)
    start = dense(normal, "q", [SIZE, HIDDEN]) | streams(normal, "q", HIDDEN, ACTIONS, 1, dense)
    batch, target, p = transitions(normal), target_of(start, normal), leaves(start)

    def q(p, name, x):
        x = F.relu(linear(p, f"{name}.0", x))
        a, v = (linear(p, f"{name}.{s}.1", F.relu(linear(p, f"{name}.{s}.0", x))) for s in ("advantage", "value"))
        return v + a - a.mean(1, keepdim=True)

    outputs = q(p, "q", batch["observation"])
    with torch.no_grad():
        best = q(p, "q", batch["next_observation"]).argmax(1, keepdim=True)
        y = batch["reward"] + batch["discount"] * q(target, "target", batch["next_observation"]).gather(1, best)
    losses = F.huber_loss(outputs.gather(1, batch["action"].long()), y, reduction="none", delta=0.7)
    record("dqn_dueling", p, batch | target, {"outputs": outputs, "target": y, "losses": losses, "loss": (losses * batch["weight"]).mean()})


def noisy(normal, name, sizes):
    layers = dense(normal, name, sizes)
    return layers | {f"{k}_deviation": normal(*v.shape, scale=0.3) for k, v in layers.items()}


def noisy_linear(p, name, x, noise):
    weight, bias = p[f"{name}.weight"], p[f"{name}.bias"]
    e = noise.pop(0)
    e = e.sign() * e.abs().sqrt()
    a, b = e[:weight.shape[0]], e[weight.shape[0]:]
    return x @ (weight + p[f"{name}.weight_deviation"] * torch.outer(a, b)) + bias + p[f"{name}.bias_deviation"] * b


def project(z, reward, discount, p):
    """Algorithm 1 of arXiv:1707.06887, row by row and atom by atom."""
    projected, spacing = torch.zeros_like(p), z[1] - z[0]
    for row in range(p.shape[0]):
        for j in range(len(z)):
            b = (float((reward[row] + discount[row] * z[j]).clamp(z[0], z[-1])) - z[0]) / spacing
            low, high = math.floor(b), math.ceil(b)
            if low == high:
                projected[row, low] += p[row, j]
            else:
                projected[row, low] += p[row, j] * (high - b)
                projected[row, high] += p[row, j] * (b - low)
    return projected


def rainbow():
    normal = inputs(82)
    start = noisy(normal, "q", [SIZE, HIDDEN]) | streams(normal, "q", HIDDEN, ACTIONS, ATOMS, noisy)
    batch, p = transitions(normal), leaves(start)
    sizes = [SIZE + HIDDEN, 2 * HIDDEN, HIDDEN + ACTIONS * ATOMS, 2 * HIDDEN, HIDDEN + ATOMS]
    batch |= {"noise": normal(sum(sizes)), "next_noise": normal(sum(sizes))}
    z = torch.linspace(-1.5, 1.5, ATOMS).double()

    def logits(x, noise):
        noise = list(noise.split(sizes))
        x = F.relu(noisy_linear(p, "q.0", x, noise))
        a, v = (noisy_linear(p, f"q.{s}.1", F.relu(noisy_linear(p, f"q.{s}.0", x, noise)), noise) for s in ("advantage", "value"))
        a = a.view(-1, ACTIONS, ATOMS)
        return v.view(-1, 1, ATOMS) + a - a.mean(1, keepdim=True)

    rows = torch.arange(BATCH)
    with torch.no_grad():
        following = logits(batch["next_observation"], batch["next_noise"]).softmax(2)
        m = project(z, batch["reward"], batch["discount"], following[rows, (following @ z).argmax(1)])
    outputs = logits(batch["observation"], batch["noise"])
    losses = -(m * outputs[rows, batch["action"].long().squeeze(1)].log_softmax(1)).sum(1, keepdim=True)
    record("c51_noisy_dueling", p, batch, {"outputs": outputs, "next_means": following @ z, "projected": m, "losses": losses, "loss": (losses * batch["weight"]).mean()})


def quantile_losses(theta, tau, y, threshold):
    """theta, tau [B, N] and y [B, M]: sum over N, mean over M, divided by the threshold."""
    u = y.unsqueeze(1) - theta.unsqueeze(2)
    size = u.detach().abs()
    huber = torch.where(size <= threshold, 0.5 * u ** 2, threshold * (u.abs() - 0.5 * threshold))
    return ((tau.unsqueeze(2) - (u.detach() < 0).double()).abs() * huber / threshold).mean(2).sum(1, keepdim=True)


def convolutional_quantiles():
    normal = inputs(83)
    start = {"q.torso.0.weight": normal(4, 2, 3, 3, scale=0.3), "q.torso.0.bias": normal(4, 1, 1, scale=0.1),
             "q.torso.1.weight": normal(3, 4, 2, 2, scale=0.3), "q.torso.1.bias": normal(3, 1, 1, scale=0.1)}
    start |= dense(normal, "q", [12, HIDDEN, ACTIONS * ATOMS])
    batch, p = transitions(normal) | {"observation": normal(BATCH, 2, 6, 7), "targets": normal(BATCH, ATOMS)}, leaves(start)
    x = F.relu(F.conv2d(batch["observation"], p["q.torso.0.weight"], p["q.torso.0.bias"].view(-1)))
    x = F.relu(F.conv2d(x, p["q.torso.1.weight"], p["q.torso.1.bias"].view(-1), stride=2)).flatten(1)
    outputs = linear(p, "q.1", F.relu(linear(p, "q.0", x))).view(BATCH, ACTIONS, ATOMS)
    theta = outputs[torch.arange(BATCH), batch["action"].long().squeeze(1)]
    tau = ((torch.arange(ATOMS).double() + 0.5) / ATOMS).expand(BATCH, ATOMS)
    losses = quantile_losses(theta, tau, batch["targets"], 0.8)
    record("qr_dqn_convolution", p, batch, {"outputs": outputs, "losses": losses, "loss": (losses * batch["weight"]).mean()})


def implicit_quantiles():
    normal = inputs(84)
    start = dense(normal, "q.state", [SIZE, HIDDEN]) | dense(normal, "q.embedding", [64, HIDDEN]) | dense(normal, "q", [HIDDEN, HIDDEN, ACTIONS])
    start = {k.replace("embedding.0", "embedding"): v for k, v in start.items()}
    batch, target = transitions(normal), target_of(start, normal)
    batch |= {"tau": rounded(torch.rand(BATCH, 4)), "next_tau": rounded(torch.rand(BATCH, 6)), "policy_tau": rounded(torch.rand(1, 8))}
    p = leaves(start)

    def quantiles(p, name, x, tau):
        state = F.relu(linear(p, f"{name}.state.0", x)).unsqueeze(1)
        cosines = torch.cos(math.pi * torch.arange(64).double() * tau.unsqueeze(2))
        joined = state * F.relu(linear(p, f"{name}.embedding", cosines))
        return linear(p, f"{name}.1", F.relu(linear(p, f"{name}.0", joined)))

    outputs = quantiles(p, "q", batch["observation"], batch["tau"])
    rows = torch.arange(BATCH)
    with torch.no_grad():
        means = quantiles(target, "target", batch["next_observation"], batch["policy_tau"]).mean(1)
        y = batch["reward"] + batch["discount"] * quantiles(target, "target", batch["next_observation"], batch["next_tau"])[rows, :, means.argmax(1)]
    theta = outputs[rows, :, batch["action"].long().squeeze(1)]
    losses = quantile_losses(theta, batch["tau"], y, 1.0)
    record("iqn", p, batch | target, {"outputs": outputs, "next_means": means, "targets": y, "losses": losses, "loss": losses.mean()})


def soft_values():
    normal = inputs(85)
    start = {"values": normal(BATCH, ACTIONS), "other": normal(BATCH, ACTIONS), "logits": normal(BATCH, ACTIONS), "log_probability": normal(BATCH, ACTIONS),
             "temperature": torch.tensor(0.3).double()}
    weight = normal(BATCH, 4)
    p = leaves({k: rounded(v) for k, v in start.items()})
    a, smaller = p["temperature"], torch.minimum(p["values"], p["other"])
    log_pi = p["logits"].log_softmax(1)
    values = torch.cat([
        (smaller - a * p["log_probability"])[:, :1],
        (log_pi.exp() * (smaller - a * log_pi)).sum(1, keepdim=True),
        a * (p["values"] / a).logsumexp(1, keepdim=True),
        a * ((p["values"] / a - p["log_probability"]).exp().mean(1, keepdim=True)).log(),
    ], 1)
    record("soft_values", p, {"weight": weight}, {"soft": values, "loss": (values * weight).sum()})


def stein():
    """The direction of arXiv:1702.08165, eq. 13, with the kernel's gradient by autograd."""
    normal = inputs(86)
    states, fixed, moved, size, temperature = 5, 6, 4, 3, 0.4
    given = {"actions": normal(states, fixed, size), "moved": normal(states, moved, size), "gradients": normal(states, fixed, size)}
    directions = torch.zeros(states, moved, size).double()
    for s in range(states):
        distances = ((given["actions"][s].unsqueeze(1) - given["moved"][s].unsqueeze(0)) ** 2).sum(2)
        h = distances.flatten().median() / math.log(fixed + 1)
        for j in range(moved):
            a = given["actions"][s].clone().requires_grad_()
            kernel = torch.exp(-((a - given["moved"][s, j]) ** 2).sum(1) / h)
            (slope,) = torch.autograd.grad(kernel.sum(), a)
            directions[s, j] = (kernel.detach().unsqueeze(1) * given["gradients"][s] + temperature * slope).mean(0)
    write("stein", given, {"direction": directions})


for make in (dueling_dqn, rainbow, convolutional_quantiles, implicit_quantiles, soft_values, stein):
    make()
