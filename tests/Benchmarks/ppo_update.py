# The peer of UpdateBenchmarks.cs: one PPO update in PyTorch eager. Prints microseconds an update.
# "usual": with torch.distributions and the entropy in the loss, as Stable-Baselines3 and CleanRL write it.
# "lean": only what the gradient needs, written by hand.
import os
import sys
import time

import torch
import torch.nn as nn


def network(outputs):
    return nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, outputs))


def main(batch, form):
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(1)
    actor, critic = network(2), network(1)
    parameters = list(actor.parameters()) + list(critic.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-5, eps=1e-5)
    observation = torch.randn(batch, 4)
    action = torch.randint(0, 2, (batch,))
    old_log_probability = torch.full((batch,), -0.6931)
    advantage, target = torch.randn(batch), torch.randn(batch)

    def usual():
        policy = torch.distributions.Categorical(logits=actor(observation))
        return policy.log_prob(action), policy.entropy().mean()

    def lean():
        log_probabilities = torch.log_softmax(actor(observation), dim=1)
        return log_probabilities.gather(1, action.unsqueeze(1)).squeeze(1), None

    def update():
        log_probability, entropy = usual() if form == "usual" else lean()
        ratio = torch.exp(log_probability - old_log_probability)
        policy_loss = -torch.min(ratio * advantage, torch.clamp(ratio, 0.8, 1.2) * advantage).mean()
        value_loss = nn.functional.mse_loss(critic(observation).squeeze(1), target)
        loss = policy_loss + 0.5 * value_loss
        if entropy is not None:
            loss = loss - 0.0 * entropy
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 0.5)
        optimizer.step()

    updates = 300 if batch < 1000 else 150
    for _ in range(updates // 5):
        update()
    start = time.perf_counter()
    for _ in range(updates):
        update()
    print((time.perf_counter() - start) / updates * 1e6)


main(int(sys.argv[1]), sys.argv[2])
