"""TD3 and DDPG: targets, losses and gradients at the start, and the networks after updates with a delayed actor and averaged targets."""
import torch

from oracle import dense, inputs, leaves, mlp, rounded, write

BATCH, OBSERVATION, ACTION, GAMMA = 48, 4, 2, 0.98
DEVIATION, CLIP, TAU, LEARNING_RATE, EPSILON = 0.5, 0.4, 0.05, 1e-3, 1e-5


def action(p, observation):
    return torch.tanh(mlp(p, "actor", observation))


def value(p, name, observation, chosen):
    return mlp(p, name, torch.cat([observation, chosen], 1))


def next_value(target, critics, batch, smoothing):
    chosen = action(target, batch["next_observation"])
    if smoothing:
        chosen = (chosen + (batch["target_noise"] * DEVIATION).clamp(-CLIP, CLIP)).clamp(-1, 1)
    values = [value(target, name, batch["next_observation"], chosen) for name in critics]
    return torch.stack(values).min(0).values


def critic_loss(p, target, critics, batch, smoothing):
    with torch.no_grad():
        y = batch["reward"] + batch["discount"] * next_value(target, critics, batch, smoothing)
    return sum(((value(p, name, batch["observation"], batch["action"]) - y) ** 2).mean() for name in critics)


def actor_loss(p, batch):
    return -value(p, "q1", batch["observation"], action(p, batch["observation"])).mean()


def make(name, seed, critics, delay, updates):
    normal = inputs(seed)
    start = dense(normal, "actor", [OBSERVATION, 32, 32, ACTION], scale=1.5)
    for critic in critics:
        start |= dense(normal, critic, [OBSERVATION + ACTION, 32, 32, 1])
    beside = {k: rounded(v + normal(*v.shape, scale=0.05)) for k, v in start.items()}
    batch = {
        "observation": normal(BATCH, OBSERVATION),
        "action": normal(BATCH, ACTION).clamp(-1, 1),
        "reward": normal(BATCH, 1),
        "discount": rounded(GAMMA * (normal(BATCH, 1) > -1).double()),
        "next_observation": normal(BATCH, OBSERVATION),
        "target_noise": normal(BATCH, ACTION),
    }

    p = leaves(start)
    smoothed = critic_loss(p, beside, critics, batch, True)
    smoothed.backward()
    expected = {"next_value": next_value(beside, critics, batch, True), "q_loss": smoothed}
    expected |= {f"gradient.{k}": v.grad for k, v in p.items() if v.grad is not None}
    p = leaves(start)
    loss = actor_loss(p, batch)
    loss.backward()
    expected |= {"policy_loss": loss} | {f"gradient.{k}": v.grad for k, v in p.items() if k.startswith("actor")}

    # The updates go without noise on targets, so that there is nothing to be drawn.
    p, target = leaves(start), {k: v.clone() for k, v in beside.items()}
    of_actor = [v for k, v in p.items() if k.startswith("actor")]
    of_critics = [v for k, v in p.items() if not k.startswith("actor")]
    actor_step = torch.optim.Adam(of_actor, lr=LEARNING_RATE, eps=EPSILON)
    critic_step = torch.optim.Adam(of_critics, lr=LEARNING_RATE, eps=EPSILON)
    for update in range(1, updates + 1):
        critic_step.zero_grad()
        critic_loss(p, target, critics, batch, False).backward()
        critic_step.step()
        if update % delay == 0:
            actor_step.zero_grad()
            actor_loss(p, batch).backward()
            actor_step.step()
            target = {k: (1 - TAU) * v + TAU * p[k].detach() for k, v in target.items()}
    expected |= {f"after.{k}": v for k, v in p.items()} | {f"after.target.{k}": v for k, v in target.items()}
    write(name, start | {f"target.{k}": v for k, v in beside.items()} | batch, expected)


make("td3", 21, ["q1", "q2"], 2, 6)
make("ddpg", 22, ["q1"], 1, 3)
