"""An LSTM and a GRU unrolled over five steps, and the losses of PPO and A2C with them; the state is set to zero where an episode starts."""
import torch
from torch.distributions import Categorical

from cells import SIZE, cell, gru, lstm
from oracle import dense, inputs, leaves, mlp, rounded, write

STEPS, BATCH, INPUTS = 5, 3, 4


def make(name, seed, gates, parts, step):
    normal = inputs(seed)
    start = {
        "cell.input": normal(gates * SIZE, INPUTS, scale=0.5),
        "cell.recurrent": normal(gates * SIZE, SIZE, scale=0.4),
        "cell.bias": normal(gates * SIZE, 1, scale=0.2),
        "x": normal(STEPS * BATCH, INPUTS),
    } | {part: normal(BATCH, SIZE) for part in parts}
    if name == "gru":
        start["cell.recurrent_bias"] = normal(SIZE, 1, scale=0.3)
    keep = torch.ones(STEPS, BATCH, 1).double()
    keep[0, 1] = keep[2, 0] = keep[3, 0] = keep[4, 2] = 0
    weight = normal(STEPS * BATCH, SIZE)

    p = leaves(start)
    state, outputs = [p[part] for part in parts], []
    for t in range(STEPS):
        state = step(p, p["x"][t * BATCH : (t + 1) * BATCH], [s * keep[t] for s in state])
        outputs.append(state[0])
    outputs = torch.cat(outputs)
    (outputs * weight).sum().backward()
    write(
        name, start | {"keep": keep.reshape(-1, 1), "weight": weight},
        {"outputs": outputs} | {f"last.{k}": s for k, s in zip(parts, state)} | {f"gradient.{k}": v.grad for k, v in p.items()})


def make_losses(name, seed, gates, step, shared, actions=3):
    """PPO's clipped loss and A2C's of an actor-critic whose memory also reads the action and the reward before; the states are of three sequences."""
    normal = inputs(seed)
    given = INPUTS + actions + 1
    names = ["memory"] if shared else ["actor.memory", "critic.memory"]
    parts = 2 if gates == 4 else 1
    start = cell(normal, names[0], gates, given) | dense(normal, "actor", [SIZE, 8, actions])
    if not shared:
        start |= cell(normal, names[1], gates, given)
    start |= dense(normal, "critic", [SIZE, 8, 1])
    rows_count = STEPS * BATCH
    batch = {
        "observation": normal(rows_count, INPUTS),
        "previous": normal(rows_count, actions + 1),
        "memory": normal(BATCH, len(names) * parts * SIZE),
        "advantage": normal(rows_count, 1),
        "value_target": normal(rows_count, 1, scale=3),
    }
    keep = torch.ones(STEPS, BATCH, 1).double()
    keep[1, 2] = keep[2, 0] = keep[4, 1] = 0
    batch["keep"] = keep.reshape(-1, 1)

    def features(p, index):
        first = index * parts * SIZE
        state = list(batch["memory"][:, first : first + parts * SIZE].split(SIZE, 1))
        x = torch.cat([batch["observation"], batch["previous"]], 1)
        outputs = []
        for t in range(STEPS):
            state = step(p, x[t * BATCH : (t + 1) * BATCH], [s * keep[t] for s in state], names[index])
            outputs.append(state[0])
        return torch.cat(outputs)

    def network(p):
        actor = features(p, 0)
        critic = actor if shared else features(p, 1)
        return Categorical(logits=mlp(p, "actor", actor, layers=2)), mlp(p, "critic", critic, layers=2)

    torch.manual_seed(seed)
    old, _ = network({k: v + normal(*v.shape, scale=0.04) for k, v in start.items()})
    action = old.sample()
    batch["action"] = torch.nn.functional.one_hot(action, actions).double()
    batch["old_log_probability"] = rounded(old.log_prob(action)).reshape(-1, 1)

    def clipped(log_probability):
        ratio = (log_probability - batch["old_log_probability"]).exp()
        return -torch.min(ratio * batch["advantage"], ratio.clamp(0.8, 1.2) * batch["advantage"]).mean()

    def weighted(log_probability):
        return -(log_probability * batch["advantage"]).mean()

    for algorithm, loss in (("ppo", clipped), ("a2c", weighted)):
        p = leaves(start)
        policy, value = network(p)
        policy_loss = loss(policy.log_prob(action).reshape(-1, 1))
        value_loss = ((value - batch["value_target"]) ** 2).mean()
        entropy = policy.entropy().mean()
        total = policy_loss + 0.5 * value_loss - 0.01 * entropy
        total.backward()
        write(
            f"{algorithm}_{name}", start | batch,
            {"total": total, "policy_loss": policy_loss, "value_loss": value_loss, "entropy": entropy} | {f"gradient.{k}": v.grad for k, v in p.items()})


make("lstm", 31, 4, ["h", "c"], lstm)
make("gru", 32, 3, ["h"], gru)
make_losses("lstm", 33, 4, lstm, shared=False)
make_losses("gru", 34, 3, gru, shared=True)
