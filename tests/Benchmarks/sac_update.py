# The peer of the SAC update's benchmark: one update in PyTorch eager. Prints microseconds an update; the argument is the batch size.
# Twin critics, squashed Gaussian actor, learned temperature, averaged targets: networks 256x256 relu, observation 17, action 6.
# "usual": as CleanRL and Stable-Baselines3 write it (torch.distributions, the targets' average parameter by parameter).
# "lean": the density by hand, no gradients computed that nobody uses, the average by one call over all parameters.
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as functional

OBSERVATION, ACTION, HIDDEN, GAMMA, TAU, RATE = 17, 6, 256, 0.99, 0.005, 3e-4


def network(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs))


def usual_sample(actor, observation):
    mean, log_std = actor(observation).chunk(2, dim=-1)
    normal = torch.distributions.Normal(mean, torch.exp(torch.clamp(log_std, -20, 2)))
    x = normal.rsample()
    action = torch.tanh(x)
    log_probability = normal.log_prob(x) - torch.log(1 - action.pow(2) + 1e-6)
    return action, log_probability.sum(1, keepdim=True)


def lean_sample(actor, observation):
    mean, log_std = actor(observation).chunk(2, dim=-1)
    log_std = torch.clamp(log_std, -20, 2)
    noise = torch.randn_like(mean)
    x = mean + torch.exp(log_std) * noise
    # ln(1 - tanh(x)^2) = 2 (ln 2 - x - softplus(-2x))
    correction = 2 * (math.log(2) - x - functional.softplus(-2 * x))
    log_probability = -0.5 * noise * noise - log_std - 0.5 * math.log(2 * math.pi) - correction
    return torch.tanh(x), log_probability.sum(1, keepdim=True)


def main(batch, form):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    lean = form == "lean"
    sample = lean_sample if lean else usual_sample
    actor = network(OBSERVATION, 2 * ACTION)
    critics = [network(OBSERVATION + ACTION, 1) for _ in range(2)]
    targets = [network(OBSERVATION + ACTION, 1) for _ in range(2)]
    for critic, target in zip(critics, targets):
        target.load_state_dict(critic.state_dict())
    critic_parameters = [p for c in critics for p in c.parameters()]
    target_parameters = [p for t in targets for p in t.parameters()]
    log_temperature = torch.zeros(1, requires_grad=True)
    actor_optimizer = torch.optim.Adam(actor.parameters(), lr=RATE)
    critic_optimizer = torch.optim.Adam(critic_parameters, lr=RATE)
    temperature_optimizer = torch.optim.Adam([log_temperature], lr=RATE)
    observation, next_observation = torch.randn(batch, OBSERVATION), torch.randn(batch, OBSERVATION)
    action = torch.rand(batch, ACTION) * 2 - 1
    reward, terminated = torch.randn(batch, 1), torch.zeros(batch, 1)

    def update():
        temperature = log_temperature.detach().exp()
        with torch.no_grad():
            next_action, next_log_probability = sample(actor, next_observation)
            joint = torch.cat([next_observation, next_action], 1)
            smallest = torch.min(targets[0](joint), targets[1](joint)) - temperature * next_log_probability
            goal = reward + (1 - terminated) * GAMMA * smallest
        joint = torch.cat([observation, action], 1)
        critic_loss = sum(functional.mse_loss(critic(joint), goal) for critic in critics)
        critic_optimizer.zero_grad()
        critic_loss.backward()
        critic_optimizer.step()

        own_action, log_probability = sample(actor, observation)
        if lean:
            for p in critic_parameters:
                p.requires_grad_(False)
        joint = torch.cat([observation, own_action], 1)
        smallest = torch.min(critics[0](joint), critics[1](joint))
        actor_loss = (temperature * log_probability - smallest).mean()
        actor_optimizer.zero_grad()
        actor_loss.backward()
        actor_optimizer.step()
        if lean:
            for p in critic_parameters:
                p.requires_grad_(True)

        temperature_loss = -(log_temperature.exp() * (log_probability.detach() - ACTION)).mean()
        temperature_optimizer.zero_grad()
        temperature_loss.backward()
        temperature_optimizer.step()

        with torch.no_grad():
            if lean:
                torch._foreach_mul_(target_parameters, 1 - TAU)
                torch._foreach_add_(target_parameters, critic_parameters, alpha=TAU)
            else:
                for p, t in zip(critic_parameters, target_parameters):
                    t.data.copy_(TAU * p.data + (1 - TAU) * t.data)

    for _ in range(30):
        update()
    updates = 150
    start = time.perf_counter()
    for _ in range(updates):
        update()
    print((time.perf_counter() - start) / updates * 1e6)


main(int(sys.argv[1]), sys.argv[2])
