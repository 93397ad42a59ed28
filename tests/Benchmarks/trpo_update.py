# The peer of the TRPO benchmark: one iteration in PyTorch eager. Prints microseconds; the arguments are the rows of a rollout and the form.
# Two 64x64 tanh networks, 4 observations, 2 actions, 10 steps of conjugate gradients, a line search; "iteration" is that and the values before it and
# the critic after it (10 passes in minibatches of 128, Adam), "step" the policy alone.
# "usual": as Stable-Baselines3 (contrib) and Spinning Up write it: torch.distributions, the length by one product more, vectors by arithmetic operators.
# "lean": probabilities by hand, no product more, vectors in place, no checks.
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as functional

OBSERVATION, ACTIONS, HIDDEN, STEPS, DAMPING, TARGET_KL, SHRINK, TRIES = 4, 2, 64, 10, 0.1, 0.01, 0.8, 10
PASSES, MINIBATCH, RATE, GAMMA, LAMBDA = 10, 128, 1e-3, 0.99, 0.95


def network(outputs, gain):
    layers = nn.Sequential(nn.Linear(OBSERVATION, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, outputs))
    for layer, g in zip(layers[::2], (2**0.5, 2**0.5, gain)):
        nn.init.orthogonal_(layer.weight, g)
        nn.init.zeros_(layer.bias)
    return layers


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def main(rows, form):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    lean, whole = form.startswith("lean"), form.endswith("iteration")
    actor, critic = network(ACTIONS, 0.01), network(1, 1.0)
    parameters = list(actor.parameters())
    start = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.Adam(critic.parameters(), lr=RATE, eps=1e-5)
    observation, advantage, target = torch.randn(rows, OBSERVATION), torch.randn(rows), torch.randn(rows, 1)
    action = torch.randint(ACTIONS, (rows,))
    column = action.unsqueeze(1)
    sizes = [p.numel() for p in parameters]

    def usual_step():
        with torch.no_grad():
            old = torch.distributions.Categorical(logits=actor(observation))
            old_log_probability = old.log_prob(action)
        policy = torch.distributions.Categorical(logits=actor(observation))
        before = ((policy.log_prob(action) - old_log_probability).exp() * advantage).mean()
        kl = torch.distributions.kl_divergence(old, policy).mean()
        gradient = flat(torch.autograd.grad(before, parameters, retain_graph=True))
        first = flat(torch.autograd.grad(kl, parameters, create_graph=True))

        def product(v):
            return flat(torch.autograd.grad((first * v).sum(), parameters, retain_graph=True)) + DAMPING * v

        x = torch.zeros_like(gradient)
        r = gradient.clone()
        p = r.clone()
        squared = torch.matmul(r, r)
        for _ in range(STEPS):
            z = product(p)
            alpha = squared / torch.matmul(p, z)
            x = x + alpha * p
            r = r - alpha * z
            new = torch.matmul(r, r)
            p = r + new / squared * p
            squared = new
        length = torch.sqrt(2 * TARGET_KL / torch.matmul(x, product(x)))
        share = 1.0
        with torch.no_grad():
            originals = [q.detach().clone() for q in parameters]
            for _ in range(TRIES):
                for q, original, d in zip(parameters, originals, x.split(sizes)):
                    q.data = original.data + share * length * d.view(original.shape)
                policy = torch.distributions.Categorical(logits=actor(observation))
                after = ((policy.log_prob(action) - old_log_probability).exp() * advantage).mean()
                if torch.distributions.kl_divergence(old, policy).mean() < TARGET_KL and after > before:
                    break
                share *= SHRINK

    def lean_step():
        log_p = functional.log_softmax(actor(observation), 1)
        old_log_p = log_p.detach()
        old_p = old_log_p.exp()
        old_chosen = old_log_p.gather(1, column)
        weight = advantage.unsqueeze(1)
        before = ((log_p.gather(1, column) - old_chosen).exp() * weight).mean()
        gradient = flat(torch.autograd.grad(before, parameters, retain_graph=True))
        kl = (old_p * (old_log_p - log_p)).sum(1).mean()
        first = flat(torch.autograd.grad(kl, parameters, create_graph=True))
        x, r, p = torch.zeros_like(gradient), gradient.clone(), gradient.clone()
        squared = r.dot(r)
        for _ in range(STEPS):
            z = flat(torch.autograd.grad(first, parameters, grad_outputs=p, retain_graph=True)).add_(p, alpha=DAMPING)
            alpha = squared / p.dot(z)
            x.addcmul_(p, alpha)
            r.addcmul_(z, -alpha)
            new = r.dot(r)
            p.mul_(new / squared).add_(r)
            squared = new
        length = torch.sqrt(2 * TARGET_KL / x.dot(gradient - r))
        share = 1.0
        with torch.no_grad():
            parts = [d.view(q.shape) * length for q, d in zip(parameters, x.split(sizes))]
            originals = [q.clone() for q in parameters]
            for _ in range(TRIES):
                for q, original, d in zip(parameters, originals, parts):
                    torch.add(original, d, alpha=share, out=q)
                log_p = functional.log_softmax(actor(observation), 1)
                after = ((log_p.gather(1, column) - old_chosen).exp() * weight).mean()
                if (old_p * (old_log_p - log_p)).sum(1).mean() < TARGET_KL and after > before:
                    break
                share *= SHRINK

    def values():
        with torch.no_grad():
            value = critic(observation).flatten().numpy()
        running = 0.0
        advantages = [0.0] * rows
        for i in range(rows - 2, -1, -1):
            running = value[i + 1] * GAMMA - value[i] + GAMMA * LAMBDA * running
            advantages[i] = running

    def fit():
        for _ in range(PASSES):
            for index in torch.randperm(rows).split(MINIBATCH):
                loss = functional.mse_loss(critic(observation[index]), target[index])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    step = lean_step if lean else usual_step

    def iterate():
        with torch.no_grad():
            for p, s in zip(parameters, start):
                p.copy_(s)
        if whole:
            values()
        step()
        if whole:
            fit()

    count = 20 if whole else 60
    for _ in range(count // 5):
        iterate()
    begin = time.perf_counter()
    for _ in range(count):
        iterate()
    print((time.perf_counter() - begin) / count * 1e6)


main(int(sys.argv[1]), sys.argv[2])
