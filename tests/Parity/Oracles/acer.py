"""Updates of ACER on one set of sequences of another policy: targets, losses, gradients, and the networks after three updates. The gradients by a policy's
statistics are written out, and the trust region's change of them, so that nothing of them is left to automatic differentiation. Networks that remember go through
sequences from states that are given; what ended steps led to, and the last ones, have states of their own."""
import torch

from cells import SIZE, cell, gru, lstm
from oracle import dense, inputs, leaves, mlp, rounded, write

LENGTH, ENVIRONMENTS, UPDATES, GAMMA, LAMBDA, CLIP, DELTA, TAU, SAMPLES = 8, 4, 3, 0.95, 0.9, 1.2, 0.05, 0.1, 3
LEARNING_RATE, DECAY, EPSILON, LARGEST_NORM, VALUE_WEIGHT, ENTROPY_WEIGHT, LEAST = 1e-3, 0.99, 1e-3, 0.5, 0.5, 0.01, 1e-6
ROWS, SEQUENCE = LENGTH * ENVIRONMENTS, 4


def make_steps(normal, observation_size, seed):
    torch.manual_seed(seed)
    steps = {"observation": normal(ROWS, observation_size), "reward": normal(ROWS)}
    following = torch.cat([steps["observation"][ENVIRONMENTS:], normal(ENVIRONMENTS, observation_size)])
    steps["terminated"], steps["truncated"] = ((torch.rand(ROWS) < 0.15).double() for _ in range(2))
    ended = ((steps["terminated"] + steps["truncated"]) > 0)[:, None]
    steps["next_observation"] = torch.where(ended, normal(ROWS, observation_size), following)
    steps["last_observation"] = following[-ENVIRONMENTS:]
    return steps


def retrace(steps, q, next_value, traces):
    """Backwards in time; an ended step is led to the observation that ended it."""
    q, next_value, traces, reward = (x.reshape(LENGTH, ENVIRONMENTS) for x in (q, next_value, traces, steps["reward"]))
    going = (1 - steps["terminated"]).reshape(LENGTH, ENVIRONMENTS)
    linked = going * (1 - steps["truncated"]).reshape(LENGTH, ENVIRONMENTS)
    result = torch.zeros_like(q)
    for t in reversed(range(LENGTH)):
        result[t] = reward[t] + GAMMA * going[t] * next_value[t]
        if t + 1 < LENGTH:
            result[t] += GAMMA * linked[t] * traces[t + 1] * (result[t + 1] - q[t + 1])
    return result.reshape(ROWS)


class Plain:
    """Networks that read what is observed."""

    def __init__(self, steps):
        self.steps = steps

    def read(self, p, network):
        return self.steps["observation"]

    def read_next(self, p, network):
        return self.steps["next_observation"]


class Remembering:
    """Networks that read an LSTM or a GRU, one each or one together."""

    def __init__(self, steps, step, parts, shared):
        self.steps, self.step, self.width, self.shared = steps, step, parts * SIZE, shared

    def memory(self, p, network, states, x):
        name, first = ("memory", 0) if self.shared else (f"{network}.memory", self.width * (network == "critic"))
        return self.step(p, x, list(states[:, first : first + self.width].split(SIZE, 1)), name)

    def whole(self, state):
        """A state of one network as a row of all."""
        return torch.cat(state, 1).repeat(1, 1 if self.shared else 2)

    def read(self, p, network):
        x, outputs = torch.cat([self.steps["observation"], self.steps["previous"]], 1), []
        for t in range(LENGTH):
            rows = slice(t * ENVIRONMENTS, (t + 1) * ENVIRONMENTS)
            if t % SEQUENCE == 0:
                first = t // SEQUENCE * ENVIRONMENTS
                states = self.steps["memory"][first : first + ENVIRONMENTS]
            state = self.memory(p, network, states * self.steps["keep"][rows], x[rows])
            states = self.whole(state)
            outputs.append(state[0])
        return torch.cat(outputs)

    def read_next(self, p, network):
        return self.memory(p, network, self.steps["next_memory"], torch.cat([self.steps["next_observation"], self.steps["next_previous"]], 1))[0]


def following(steps, value, next_value):
    """V of what a step led to: of the next row where that goes on."""
    ended = steps["terminated"] + steps["truncated"] > 0
    return torch.where(ended, next_value, torch.cat([value[ENVIRONMENTS:], next_value[-ENVIRONMENTS:]]))


def projected(g, k):
    excess = ((k * g).sum(1, keepdim=True) - DELTA).clamp(min=0) / ((k * k).sum(1, keepdim=True) + 1e-8)
    return g - excess * k, (excess > 0).double().mean()


def discrete(p, average, steps, networks):
    logits, values = mlp(p, "actor", networks.read(p, "actor")), mlp(p, "critic", networks.read(p, "critic"))
    f, f_average = torch.softmax(logits, 1), torch.softmax(mlp(average, "actor", networks.read(average, "actor")), 1)
    q = (values * steps["action"]).sum(1)
    with torch.no_grad():
        v = (f * values).sum(1)
        next_policy = torch.softmax(mlp(p, "actor", networks.read_next(p, "actor")), 1)
        next_value = following(steps, v, (next_policy * mlp(p, "critic", networks.read_next(p, "critic"))).sum(1))
        ratio = torch.softmax(logits, 1) / steps["behaviour"].exp()
        taken = (ratio * steps["action"]).sum(1)
        target = retrace(steps, q, next_value, LAMBDA * taken.clamp(max=1))
        uncorrected = retrace(steps, q, next_value, torch.full_like(q, LAMBDA))
        weight = taken.clamp(max=CLIP) * (target - v)
        correction = (1 - CLIP / ratio).clamp(min=0) * f * (values - v[:, None])
        logs = torch.log(f + LEAST)
        entropy = -(f * logs).sum(1)
        g = (steps["action"] * weight[:, None] + correction) / (f + LEAST) - ENTROPY_WEIGHT * (logs + f / (f + LEAST))
        z, share = projected(g, -f_average / (f + LEAST))
        gain = weight * (logs * steps["action"]).sum(1) + (correction * logs).sum(1)
        divergence = (f_average * (torch.log(f_average + LEAST) - logs)).sum(1)
    q_loss = 0.5 * ((target - q) ** 2).mean()
    loss = -(z * f).sum(1).mean() + VALUE_WEIGHT * q_loss
    figures = {"policy_loss": -gain.mean(), "q_loss": q_loss, "q_value": q.mean(), "entropy": entropy.mean(), "approx_kl": divergence.mean(), "projected_fraction": share}
    return loss, figures, target, uncorrected


def log_density(mean, log_std, action):
    return torch.distributions.Normal(mean, log_std.exp()).log_prob(action).sum(1)


def continuous(p, average, steps, networks, learn_std):
    size = steps["action"].shape[1]
    state = networks.read(p, "critic")
    mean, log_std = mlp(p, "actor", networks.read(p, "actor")), p["actor.log_std"].expand(ROWS, size)
    if not learn_std:
        log_std = log_std.detach()
    value = mlp(p, "critic", state).squeeze(1)
    noise = steps["noise"].reshape(SAMPLES + 1, ROWS, size)
    drawn = (mean + log_std.exp() * noise).detach()

    def advantage(action):
        return mlp(p, "advantage", torch.cat([state, action], 1)).squeeze(1)

    centre = sum(advantage(u) for u in drawn[1:]) / SAMPLES
    q, q_drawn = value + advantage(steps["action"]) - centre, value + advantage(drawn[0]) - centre
    with torch.no_grad():
        next_value = following(steps, value, mlp(p, "critic", networks.read_next(p, "critic")).squeeze(1))
        mu = steps["behaviour"].split(size, 1)
        ratio = (log_density(mean, log_std, steps["action"]) - log_density(*mu, steps["action"])).exp()
        ratio_drawn = (log_density(mean, log_std, drawn[0]) - log_density(*mu, drawn[0])).exp()
        target = retrace(steps, q, next_value, LAMBDA * (ratio ** (1 / size)).clamp(max=1))
        uncorrected = retrace(steps, q, next_value, torch.full_like(q, LAMBDA))
        weight = ratio.clamp(max=CLIP) * (uncorrected - value)
        correction = (1 - CLIP / ratio_drawn).clamp(min=0) * (q_drawn - value)
        variance, a_mean, a_log_std = (2 * log_std).exp(), mlp(average, "actor", networks.read(average, "actor")), average["actor.log_std"].expand(ROWS, size)
        taken, own = steps["action"] - mean, drawn[0] - mean
        g = (weight[:, None] * taken + correction[:, None] * own) / variance
        k = (mean - a_mean) / variance
        spread = (2 * a_log_std).exp() + (mean - a_mean) ** 2
        if learn_std:
            g = torch.cat([g, weight[:, None] * (taken**2 / variance - 1) + correction[:, None] * (own**2 / variance - 1) + ENTROPY_WEIGHT], 1)
            k = torch.cat([k, 1 - spread / variance], 1)
        z, share = projected(g, k)
        divergence = (log_std - a_log_std + spread / (2 * variance) - 0.5).sum(1)
        entropy = torch.distributions.Normal(mean, log_std.exp()).entropy().sum(1)
        gain = weight * log_density(mean, log_std, steps["action"]) + correction * log_density(mean, log_std, drawn[0])
        value_target = ratio.clamp(max=1) * (target - q) + value
    q_loss, value_loss = 0.5 * ((target - q) ** 2).mean(), 0.5 * ((value_target - value) ** 2).mean()
    statistics = torch.cat([mean, log_std], 1) if learn_std else mean
    loss = -(z * statistics).sum(1).mean() + VALUE_WEIGHT * (q_loss + value_loss)
    figures = {
        "policy_loss": -gain.mean(), "q_loss": q_loss, "value_loss": value_loss, "q_value": q.mean(), "entropy": entropy.mean(),
        "approx_kl": divergence.mean(), "projected_fraction": share,
    }
    return loss, figures, target, uncorrected


def learn(name, start, beside, steps, rule):
    p, average, expected = leaves(start), {k: v.clone() for k, v in beside.items()}, {}
    optimizer = torch.optim.RMSprop(p.values(), lr=LEARNING_RATE, alpha=DECAY, eps=EPSILON)
    for update in range(UPDATES):
        loss, figures, target, uncorrected = rule(p, average, steps)
        optimizer.zero_grad()
        loss.backward()
        gradients = {k: torch.zeros_like(v) if v.grad is None else v.grad.clone() for k, v in p.items()}
        norm = torch.nn.utils.clip_grad_norm_(list(p.values()), LARGEST_NORM)
        optimizer.step()
        average = {k: v + TAU * (p[k].detach() - v) for k, v in average.items()}
        expected |= {f"{k}.{update}": f for k, f in (figures | {"gradient_norm": norm}).items()}
        if update == 0:
            assert 0.1 < figures["projected_fraction"] < 0.8, "the trust region shall matter in some states and not in others"
            expected |= {"target": target, "uncorrected": uncorrected} | {f"gradient.{k}": g for k, g in gradients.items()}
    given = start | {f"average.{k}": v for k, v in beside.items()} | steps
    write(name, given, expected | {f"after.{k}": v for k, v in p.items()} | {f"after.average.{k}": v for k, v in average.items()})


def near(normal, start, scale):
    return {k: rounded(v + normal(*v.shape, scale=scale)) for k, v in start.items()}


def make_networks(normal, start, steps, memory, observation_size, encoded_size):
    """Networks that read observations; or with memory = (step, shared) recurrent layers, and what sequences need besides, the steps before any numbers."""
    if memory is None:
        return start, Plain(steps)
    step, shared = memory
    gates, parts = (4, 2) if step is lstm else (3, 1)
    names = ["memory"] if shared else ["actor.memory", "critic.memory"]
    for name in names:
        start = start | cell(normal, name, gates, observation_size + encoded_size + 1)
    width = parts * SIZE * len(names)
    steps["keep"] = torch.ones(ROWS, 1).double()
    steps["keep"][ENVIRONMENTS:, 0] -= ((steps["terminated"] + steps["truncated"]) > 0).double()[:-ENVIRONMENTS]
    steps["memory"], steps["next_memory"] = normal(LENGTH // SEQUENCE * ENVIRONMENTS, width), normal(ROWS, width)
    steps["previous"], steps["next_previous"] = normal(ROWS, encoded_size + 1), normal(ROWS, encoded_size + 1)
    return start, Remembering(steps, step, parts, shared)


def make_discrete(name, seed, observation_size, choices, memory=None):
    normal, given = inputs(seed), SIZE if memory else observation_size
    start = dense(normal, "actor", [given, 16, 16, choices]) | dense(normal, "critic", [given, 16, 16, choices])
    steps = make_steps(normal, observation_size, seed)
    steps["action"] = torch.nn.functional.one_hot(torch.randint(choices, (ROWS,)), choices).double()
    steps["behaviour"] = rounded(torch.log_softmax(normal(ROWS, choices), 1))
    start, networks = make_networks(normal, start, steps, memory, observation_size, choices)
    learn(name, start, near(normal, start, 0.05), steps, lambda p, average, given: discrete(p, average, given, networks))


def make_continuous(name, seed, observation_size, size, learn_std, memory=None):
    normal, given = inputs(seed), SIZE if memory else observation_size
    start = dense(normal, "actor", [given, 16, 16, size]) | {"actor.log_std": normal(size, scale=0.3)}
    start |= dense(normal, "critic", [given, 16, 16, 1]) | dense(normal, "advantage", [given + size, 16, 16, 1])
    steps = make_steps(normal, observation_size, seed)
    steps["action"] = normal(ROWS, size)
    steps["behaviour"] = torch.cat([normal(ROWS, size, scale=0.5), normal(ROWS, size, scale=0.2)], 1)
    steps["noise"] = normal((SAMPLES + 1) * ROWS, size)
    start, networks = make_networks(normal, start, steps, memory, observation_size, size)
    learn(name, start, near(normal, start, 0.2), steps, lambda p, average, given: continuous(p, average, given, networks, learn_std))


make_discrete("acer_discrete", 91, 4, 3)
make_discrete("acer_lstm", 95, 4, 3, (lstm, False))
make_discrete("acer_gru", 99, 4, 3, (gru, True))
make_continuous("acer_continuous", 92, 3, 2, False)
make_continuous("acer_continuous_std", 94, 3, 2, True)
make_continuous("acer_continuous_gru", 97, 3, 2, False, (gru, False))
make_continuous("acer_continuous_lstm", 98, 3, 2, True, (lstm, True))
