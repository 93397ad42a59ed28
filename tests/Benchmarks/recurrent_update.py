# The peer of RecurrentBenchmarks.cs: one PPO update of networks with an LSTM of 128 for actor and critic each, 64x64 tanh behind it, over 16
# sequences of 64 steps, in PyTorch eager. Prints microseconds an update; the first argument is the number of sequences.
# "usual": as sb3-contrib's RecurrentPPO does where an episode starts inside a sequence: step by step, the state masked before each.
# "lean": nn.LSTM over whole sequences, which can only be where none starts inside, and only what the gradient needs written by hand.
import os
import sys
import time

import torch
import torch.nn as nn

STEPS, OBSERVATION, ACTIONS, SIZE = 64, 4, 2, 128


class Network(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.lstm = nn.LSTM(OBSERVATION, SIZE)
        self.layers = nn.Sequential(nn.Linear(SIZE, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, outputs))

    def forward(self, observation, state, keep):
        if keep is None:
            features, _ = self.lstm(observation, state)
        else:
            steps = []
            for x, kept in zip(observation, keep):
                output, state = self.lstm(x.unsqueeze(0), (state[0] * kept, state[1] * kept))
                steps.append(output)
            features = torch.cat(steps)
        return self.layers(features.flatten(0, 1))


def main(sequences, form):
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(1)
    rows = STEPS * sequences
    actor, critic = Network(ACTIONS), Network(1)
    parameters = list(actor.parameters()) + list(critic.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-5, eps=1e-5)
    observation = torch.randn(STEPS, sequences, OBSERVATION)
    state = torch.randn(1, sequences, SIZE) * 0.1, torch.randn(1, sequences, SIZE) * 0.1
    keep = None if form == "lean" else (torch.rand(STEPS, 1, sequences, 1) > 0.02).float()
    action = torch.randint(0, ACTIONS, (rows,))
    old_log_probability = torch.full((rows,), -0.6931)
    advantage, target = torch.randn(rows), torch.randn(rows)

    def usual():
        policy = torch.distributions.Categorical(logits=actor(observation, state, keep))
        return policy.log_prob(action), policy.entropy().mean()

    def lean():
        log_probabilities = torch.log_softmax(actor(observation, state, None), dim=1)
        return log_probabilities.gather(1, action.unsqueeze(1)).squeeze(1), None

    def update():
        log_probability, entropy = usual() if form == "usual" else lean()
        ratio = torch.exp(log_probability - old_log_probability)
        policy_loss = -torch.min(ratio * advantage, torch.clamp(ratio, 0.8, 1.2) * advantage).mean()
        value_loss = nn.functional.mse_loss(critic(observation, state, keep).squeeze(1), target)
        loss = policy_loss + 0.5 * value_loss
        if entropy is not None:
            loss = loss - 0.0 * entropy
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 0.5)
        optimizer.step()

    updates = 25
    for _ in range(5):
        update()
    start = time.perf_counter()
    for _ in range(updates):
        update()
    print((time.perf_counter() - start) / updates * 1e6)


main(int(sys.argv[1]), sys.argv[2])
