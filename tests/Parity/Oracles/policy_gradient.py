"""Updates of vpg, a2c and impala on one rollout: values, advantages, losses, gradients, and the parameters after three updates on it."""
import torch
from torch.distributions import Categorical, Independent, Normal

from oracle import dense, inputs, leaves, mlp, rounded, write

LENGTH, ENVIRONMENTS, UPDATES, GAMMA, LARGEST_NORM = 8, 4, 3, 0.95, 0.5


def policy(p, observation, discrete):
    outputs = mlp(p, "actor", observation)
    return Categorical(logits=outputs) if discrete else Independent(Normal(outputs, p["actor.log_std"].exp()), 1)


def value(p, observation):
    return mlp(p, "critic", observation).squeeze(-1)


def advantages(p, rollout, trace):
    """Generalised advantages, backwards in time; an ended step is led to the observation that ended it."""
    with torch.no_grad():
        v, after = value(p, rollout["observation"]), value(p, rollout["next_observation"])
    delta = rollout["reward"] + GAMMA * (1 - rollout["terminated"]) * after - v
    going = (1 - rollout["terminated"]) * (1 - rollout["truncated"])
    result, running = torch.zeros_like(v), torch.zeros(ENVIRONMENTS, dtype=torch.double)
    for t in reversed(range(LENGTH)):
        running = delta[t] + GAMMA * trace * going[t] * running
        result[t] = running
    return v.reshape(-1), result.reshape(-1), (result + v).reshape(-1)


def explained(v, target):
    return 1 - (target - v).var(unbiased=False) / target.var(unbiased=False)


def make_rollout(normal, discrete, observation_size, action_size, seed):
    rows = (LENGTH, ENVIRONMENTS)
    torch.manual_seed(seed)
    rollout = {"observation": normal(*rows, observation_size), "reward": normal(*rows)}
    # Where an episode goes on, a step leads to the next row's observation.
    following = torch.cat([rollout["observation"][1:], normal(1, ENVIRONMENTS, observation_size)])
    rollout["terminated"], rollout["truncated"] = ((torch.rand(*rows) < 0.15).double() for _ in range(2))
    ended = ((rollout["terminated"] + rollout["truncated"]) > 0)[..., None]
    rollout["next_observation"] = torch.where(ended, normal(*rows, observation_size), following)
    rollout["last_observation"] = following[-1]
    rollout["action"] = torch.randint(action_size, rows).double() if discrete else normal(*rows, action_size)
    return rollout


def parameters(normal, discrete, observation_size, action_size):
    start = dense(normal, "actor", [observation_size, 64, 64, action_size])
    if not discrete:
        start["actor.log_std"] = normal(action_size, scale=0.3)
    return start | dense(normal, "critic", [observation_size, 64, 64, 1])


def flat(rollout, name):
    return rollout[name].reshape(LENGTH * ENVIRONMENTS, *rollout[name].shape[2:])


def log_probability_and_entropy(p, rollout, discrete):
    pi = policy(p, flat(rollout, "observation"), discrete)
    return pi.log_prob(flat(rollout, "action")), pi.entropy().mean()


def step(optimizer, tensors, loss):
    optimizer.zero_grad()
    loss.backward()
    gradients = {k: v.grad.clone() for k, v in tensors.items() if v.grad is not None}
    norm = torch.nn.utils.clip_grad_norm_(list(tensors.values()), LARGEST_NORM)
    optimizer.step()
    return gradients, norm


def a2c(name, seed, discrete, observation_size, action_size, trace, entropy_weight):
    normal = inputs(seed)
    start = parameters(normal, discrete, observation_size, action_size)
    rollout = make_rollout(normal, discrete, observation_size, action_size, seed)
    p, expected = leaves(start), {}
    optimizer = torch.optim.RMSprop(p.values(), lr=1e-3, alpha=0.99, eps=1e-3)
    for update in range(UPDATES):
        v, advantage, target = advantages(p, rollout, trace)
        log_probability, entropy = log_probability_and_entropy(p, rollout, discrete)
        policy_loss = -(log_probability * advantage).mean()
        value_loss = torch.nn.functional.mse_loss(value(p, flat(rollout, "observation")), target)
        gradients, norm = step(optimizer, p, policy_loss + 0.5 * value_loss - entropy_weight * entropy)
        figures = {"policy_loss": policy_loss, "value_loss": value_loss, "entropy": entropy, "gradient_norm": norm}
        expected |= {f"{k}.{update}": f for k, f in figures.items()}
        if update == 0:
            expected |= {"advantage": advantage, "value_target": target, "explained_variance": explained(v, target)} | {f"gradient.{k}": g for k, g in gradients.items()}
    write(name, start | rollout, expected | {f"after.{k}": t for k, t in p.items()})


def vpg(name, seed, discrete, observation_size, action_size, trace, to_go):
    normal = inputs(seed)
    start = parameters(normal, discrete, observation_size, action_size)
    rollout = make_rollout(normal, discrete, observation_size, action_size, seed)
    p, expected = leaves(start), {}
    actor, critic = ({k: t for k, t in p.items() if k.startswith(network)} for network in ("actor.", "critic."))
    actor_optimizer = torch.optim.Adam(actor.values(), lr=1e-3, eps=1e-5)
    critic_optimizer = torch.optim.Adam(critic.values(), lr=2e-3, eps=1e-5)
    for update in range(UPDATES):
        v, advantage, target = advantages(p, rollout, 1 if to_go else trace)
        weight = target if to_go else advantage
        weight = (weight - weight.mean()) / (weight.std() + 1e-8)
        log_probability, entropy = log_probability_and_entropy(p, rollout, discrete)
        policy_loss = -(log_probability * weight).mean()
        gradients, norm = step(actor_optimizer, actor, policy_loss)
        for _ in range(4):
            value_loss = ((value(p, flat(rollout, "observation")) - target) ** 2).mean()
            value_gradients, _ = step(critic_optimizer, critic, value_loss)
        figures = {"policy_loss": policy_loss, "value_loss": value_loss, "entropy": entropy, "gradient_norm": norm}
        expected |= {f"{k}.{update}": f for k, f in figures.items()}
        if update == 0:
            expected |= {"advantage": weight, "value_target": target, "explained_variance": explained(v, target)} | {f"gradient.{k}": g for k, g in (gradients | value_gradients).items()}
    write(name, start | rollout, expected | {f"after.{k}": t for k, t in p.items()})


def v_trace(v, after, rollout, ratio, trace, rho_clip, trace_clip):
    """The definition as a sum (arXiv:1802.01561, eq. 1), step by step forwards, not as a recursion."""
    rho, c = ratio.clamp(max=rho_clip), trace * ratio.clamp(max=trace_clip)
    delta = rho * (rollout["reward"] + GAMMA * (1 - rollout["terminated"]) * after - v)
    going = (1 - rollout["terminated"]) * (1 - rollout["truncated"])
    target = v.clone()
    for s in range(LENGTH):
        weight = torch.ones(ENVIRONMENTS, dtype=torch.double)
        for t in range(s, LENGTH):
            target[s] += weight * delta[t]
            weight = weight * GAMMA * c[t] * going[t]
    following = torch.cat([target[1:], after[-1:]])
    following = torch.where(going > 0, following, after * (1 - rollout["terminated"]))
    return target.reshape(-1), (rho * (rollout["reward"] + GAMMA * following - v)).reshape(-1)


def impala(name, seed, discrete, observation_size, action_size, trace, rho_clip, trace_clip):
    normal = inputs(seed)
    start = parameters(normal, discrete, observation_size, action_size)
    rollout = make_rollout(normal, discrete, observation_size, action_size, seed)
    with torch.no_grad():
        older = {k: t + normal(*t.shape, scale=0.1) for k, t in start.items()}
        rollout["behaviour"] = rounded(log_probability_and_entropy(older, rollout, discrete)[0])
    p, expected = leaves(start), {}
    optimizer = torch.optim.RMSprop(p.values(), lr=1e-3, alpha=0.99, eps=1e-3)
    for update in range(UPDATES):
        log_probability, entropy = log_probability_and_entropy(p, rollout, discrete)
        with torch.no_grad():
            v, after = value(p, rollout["observation"]), value(p, rollout["next_observation"])
            log_ratio = log_probability - rollout["behaviour"]
            target, advantage = v_trace(v, after, rollout, log_ratio.exp().reshape(LENGTH, ENVIRONMENTS), trace, rho_clip, trace_clip)
        policy_loss = -(log_probability * advantage).mean()
        value_loss = torch.nn.functional.mse_loss(value(p, flat(rollout, "observation")), target)
        gradients, norm = step(optimizer, p, policy_loss + 0.5 * value_loss - 0.01 * entropy)
        figures = {"policy_loss": policy_loss, "value_loss": value_loss, "entropy": entropy, "gradient_norm": norm, "approx_kl": (log_ratio.exp() - 1 - log_ratio).mean()}
        expected |= {f"{k}.{update}": f for k, f in figures.items()}
        if update == 0:
            expected |= {"advantage": advantage, "value_target": target, "explained_variance": explained(v.reshape(-1), target)}
            expected |= {f"gradient.{k}": g for k, g in gradients.items()}
    write(name, start | rollout, expected | {f"after.{k}": t for k, t in p.items()})


a2c("a2c_discrete", 71, True, 4, 3, 1.0, 0.01)
a2c("a2c_gaussian", 72, False, 3, 2, 0.9, 0.0)
vpg("vpg_discrete", 73, True, 4, 3, 0.9, to_go=False)
vpg("vpg_gaussian", 74, False, 3, 2, 0.9, to_go=True)
impala("impala_discrete", 75, True, 4, 3, 0.9, 1.0, 0.8)
impala("impala_gaussian", 76, False, 3, 2, 1.0, 1.5, 1.0)
