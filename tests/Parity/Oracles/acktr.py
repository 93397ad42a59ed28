"""A K-FAC direction: each layer's factors from drawn actions, and the gradient multiplied by the inverse of the damped Kronecker product, solved densely."""
import torch
from torch.distributions import Categorical, Independent, Normal
from torch.nn.functional import one_hot

from oracle import dense, inputs, leaves, rounded, write

BATCH, DAMPING, LAYERS = 64, 0.1, 3


def make(name, seed, discrete, observation_size, action_size):
    normal = inputs(seed)
    start = dense(normal, "actor", [observation_size, 16, 16, action_size])
    if not discrete:
        start["actor.log_std"] = normal(action_size, scale=0.3)
    p = leaves(start)
    observation, advantage = normal(BATCH, observation_size), normal(BATCH, 1)
    x, seen, sums = observation, [], []
    for i in range(LAYERS):
        seen.append(torch.cat([x, torch.ones(BATCH, 1, dtype=x.dtype)], 1))
        sums.append(seen[-1][:, :-1] @ p[f"actor.{i}.weight"] + p[f"actor.{i}.bias"])
        x = sums[-1].tanh()
    policy = Categorical(logits=sums[-1]) if discrete else Independent(Normal(sums[-1], p["actor.log_std"].exp()), 1)
    torch.manual_seed(seed)
    action, drawn = (policy.sample() if discrete else rounded(policy.sample()) for _ in range(2))
    gradient = torch.autograd.grad(-(policy.log_prob(action) * advantage[:, 0]).mean(), list(p.values()), retain_graph=True)
    gradient = dict(zip(p, gradient))
    scores = torch.autograd.grad(policy.log_prob(drawn).sum(), sums)

    expected = {f"gradient.{k}": v for k, v in gradient.items()}
    for i in range(LAYERS):
        a, g = seen[i].T @ seen[i] / BATCH, scores[i].T @ scores[i] / BATCH
        whole = torch.cat([gradient[f"actor.{i}.weight"], gradient[f"actor.{i}.bias"][None]])
        fisher = torch.kron(a.contiguous(), g.contiguous())
        direction = torch.linalg.solve(fisher + DAMPING * torch.eye(len(fisher), dtype=fisher.dtype), whole.reshape(-1)).reshape(whole.shape)
        expected |= {f"inputs.{i}": a, f"outputs.{i}": g, f"direction.{i}": direction}
    encode = (lambda choice: one_hot(choice, action_size).double()) if discrete else (lambda numbers: numbers)
    write(name, start | {"observation": observation, "advantage": advantage, "action": encode(action), "drawn": encode(drawn)}, expected)


make("acktr_discrete", 51, True, 4, 3)
make("acktr_two_choices", 52, True, 4, 2)
make("acktr_gaussian", 53, False, 3, 2)
