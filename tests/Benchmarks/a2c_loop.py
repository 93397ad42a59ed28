# The peer of the a2c benchmark: advantage actor-critic on CartPole-v1 in PyTorch eager. Prints microseconds an iteration, which is 5 steps of each of the
# environments (the argument says how many) and the update after them: two 64x64 tanh networks, 5-step returns, clipping of the gradient's norm, RMSProp.
# The environments are stepped together in numpy, so that what is compared is the learning loop.
# "usual": as CleanRL and Stable-Baselines3 write it (torch.distributions, values computed while acting).
# "lean": the density by hand, values computed for the whole rollout at once, the fused-over-parameters form of RMSProp and of clipping.
import sys
import time

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as functional

LENGTH, HIDDEN, GAMMA, RATE, LARGEST_NORM, LIMIT = 5, 64, 0.99, 7e-4, 0.5, 500


class CartPoles:
    """CartPole-v1, all of them at once; an episode that ends begins anew in the same step."""

    def __init__(self, count):
        self.random = numpy.random.default_rng(1)
        self.state = self.random.uniform(-0.05, 0.05, (4, count))
        self.elapsed = numpy.zeros(count, dtype=int)

    def observe(self):
        return torch.from_numpy(self.state.T.astype(numpy.float32))

    def step(self, action):
        x, v, angle, w = self.state
        sine, cosine = numpy.sin(angle), numpy.cos(angle)
        push = (numpy.where(action == 1, 10.0, -10.0) + 0.05 * w * w * sine) / 1.1
        turn = (9.8 * sine - cosine * push) / (0.5 * (4 / 3 - 0.1 * cosine * cosine / 1.1))
        self.state = numpy.stack([x + 0.02 * v, v + 0.02 * (push - 0.05 * turn * cosine / 1.1), angle + 0.02 * w, w + 0.02 * turn])
        self.elapsed += 1
        terminated = (numpy.abs(self.state[0]) > 2.4) | (numpy.abs(self.state[2]) > 0.20943951)
        truncated = self.elapsed >= LIMIT
        ended = terminated | truncated
        final = self.state.copy() if truncated.any() else None
        if ended.any():
            self.state[:, ended] = self.random.uniform(-0.05, 0.05, (4, int(ended.sum())))
            self.elapsed[ended] = 0
        return terminated, truncated, final


def network(outputs):
    return nn.Sequential(nn.Linear(4, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, outputs))


def main(count, form):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    lean = form == "lean"
    actor, critic = network(2), network(1)
    parameters = [*actor.parameters(), *critic.parameters()]
    optimizer = torch.optim.RMSprop(parameters, lr=RATE, alpha=0.99, eps=1e-5, foreach=lean)
    environments = CartPoles(count)
    observation = environments.observe()

    def iterate():
        nonlocal observation
        seen, taken, values = [], [], []
        rewards = numpy.ones((LENGTH, count), dtype=numpy.float32)
        continues, traces = numpy.empty((LENGTH, count), dtype=numpy.float32), numpy.empty((LENGTH, count), dtype=numpy.float32)
        cut = []
        with torch.no_grad():
            for t in range(LENGTH):
                logits = actor(observation)
                if lean:
                    action = (torch.rand(count) < torch.sigmoid(logits[:, 1] - logits[:, 0])).long()
                else:
                    action = torch.distributions.Categorical(logits=logits).sample()
                    values.append(critic(observation).squeeze(1))
                seen.append(observation)
                taken.append(action)
                terminated, truncated, final = environments.step(action.numpy())
                observation = environments.observe()
                continues[t], traces[t] = ~terminated, ~(terminated | truncated)
                if final is not None:
                    cut.append((t, truncated & ~terminated, torch.from_numpy(final.T.astype(numpy.float32))))
            batch = torch.cat(seen)
            value = critic(batch).squeeze(1).view(LENGTH, count) if lean else torch.stack(values)
            following = torch.cat([value[1:], critic(observation).squeeze(1)[None]]).numpy()
            for t, rows, final in cut:
                following[t, rows] = critic(final).squeeze(1).numpy()[rows]
        value = value.numpy()
        delta = rewards + GAMMA * continues * following - value
        advantage, running = numpy.empty_like(delta), numpy.zeros(count, dtype=numpy.float32)
        for t in reversed(range(LENGTH)):
            running = delta[t] + GAMMA * traces[t] * running
            advantage[t] = running
        target = torch.from_numpy((advantage + value).reshape(-1))
        advantage = torch.from_numpy(advantage.reshape(-1))
        action = torch.cat(taken)

        logits = actor(batch)
        if lean:
            log_probability = functional.log_softmax(logits, 1).gather(1, action[:, None]).squeeze(1)
        else:
            log_probability = torch.distributions.Categorical(logits=logits).log_prob(action)
        loss = -(log_probability * advantage).mean() + 0.5 * functional.mse_loss(critic(batch).squeeze(1), target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if lean:
            gradients = [p.grad for p in parameters]
            norm = torch.stack(torch._foreach_norm(gradients)).norm()
            torch._foreach_mul_(gradients, min(1.0, LARGEST_NORM / (norm.item() + 1e-6)))
        else:
            nn.utils.clip_grad_norm_(parameters, LARGEST_NORM)
        optimizer.step()

    for _ in range(100):
        iterate()
    iterations = 500
    start = time.perf_counter()
    for _ in range(iterations):
        iterate()
    print((time.perf_counter() - start) / iterations * 1e6)


main(int(sys.argv[1]), sys.argv[2])
