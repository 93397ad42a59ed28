"""Off-policy estimates on a small table task: importance sampling, fitted Q evaluation by exact regressions, doubly robust with five folds."""
import numpy as np

import oracle

STATES, ACTIONS, LIMIT, EPISODES, FOLDS = 3, 2, 5, 14, 5
generator = np.random.default_rng(20)
behaviour = np.array([[0.5, 0.5], [0.3, 0.7], [0.75, 0.25]])
target = np.array([[0.8, 0.2], [0.5, 0.5], [0.25, 0.75]])

steps = []  # episode, state, action, reward, terminated, truncated, next state or -1
for episode in range(EPISODES):
    state = int(generator.integers(STATES))
    for t in range(LIMIT):
        action = int(generator.random() > behaviour[state, 0])
        reward = float(np.float32(generator.normal() + state))
        following = int(generator.integers(STATES))
        terminated = bool(generator.random() < 0.2)
        truncated = not terminated and t == LIMIT - 1
        steps.append((episode, state, action, reward, terminated, truncated, -1 if terminated else following))
        if terminated:
            break
        state = following

episodes = [[s for s in steps if s[0] == e] for e in range(EPISODES)]
everything = list(range(EPISODES))


def model(chosen):
    """Mean reward and mean next-state counts of each pair, of all episodes where the chosen ones have none."""
    reward, move = np.zeros((STATES, ACTIONS)), np.zeros((STATES, ACTIONS, STATES))
    for s in range(STATES):
        for a in range(ACTIONS):
            rows = [x for e in chosen for x in episodes[e] if x[1:3] == (s, a)] or [x for x in steps if x[1:3] == (s, a)]
            if not rows:
                continue
            reward[s, a] = np.mean([x[3] for x in rows])
            for x in rows:
                if x[6] >= 0:
                    move[s, a, x[6]] += 1 / len(rows)
    return reward, move


def fitted(chosen, gamma, rounds):
    """Q after each number of rounds; without a number of rounds the solution of the fixed point, by one linear system."""
    reward, move = model(chosen)
    if rounds is None:
        step = np.einsum("sat,tb->satb", move, target).reshape(STATES * ACTIONS, STATES * ACTIONS)
        return [np.linalg.solve(np.eye(STATES * ACTIONS) - gamma * step, reward.ravel()).reshape(STATES, ACTIONS)]
    values = [np.zeros((STATES, ACTIONS))]
    for _ in range(rounds):
        values.append(reward + gamma * move @ (target * values[-1]).sum(1))
    return values


def weights(e):
    return np.cumprod([target[x[1], x[2]] / behaviour[x[1], x[2]] for x in episodes[e]])


def padded(rows, last):
    """[episodes, LIMIT]: what is over goes on with its last number, or with 0."""
    return np.array([list(r) + [r[-1] if last else 0.0] * (LIMIT - len(r)) for r in rows])


def estimates(gamma, go_on):
    rho = padded([weights(e) for e in everything], True)
    reward = padded([[x[3] for x in episodes[e]] for e in everything], False)
    discount = gamma ** np.arange(LIMIT)
    returns, whole = reward @ discount, rho[:, -1]
    rounds = None if go_on else LIMIT

    def start(q):
        return np.mean([(target[episodes[e][0][1]] * q[episodes[e][0][1]]).sum() for e in everything])

    first, residual = np.zeros(EPISODES), np.zeros((EPISODES, LIMIT))
    for fold in range(FOLDS):
        fits = fitted([e for e in everything if e % FOLDS != fold], gamma, rounds)
        for e in range(fold, EPISODES, FOLDS):
            left = lambda t: fits[0] if go_on else fits[max(0, LIMIT - t)]
            value = lambda s, q: (target[s] * q[s]).sum()
            first[e] = value(episodes[e][0][1], left(0))
            for t, (_, s, a, r, _, truncated, following) in enumerate(episodes[e]):
                beyond = following >= 0 and (go_on or not truncated)
                residual[e, t] = r + (gamma * value(following, left(t + 1)) if beyond else 0) - left(t)[s, a]
    normal = rho / rho.sum(0)
    return np.array([
        np.mean(whole * returns), (whole * returns).sum() / whole.sum(), np.mean((rho * reward) @ discount), ((normal * reward) @ discount).sum(),
        start(fitted(everything, gamma, rounds)[-1]),
        np.mean(first + (rho * residual) @ discount), np.mean(first) + ((normal * residual) @ discount).sum(),
    ])


columns = np.array([[float(v) for v in x] for x in steps])
whole = np.array([weights(e)[-1] for e in everything])
oracle.write(
    "logged",
    {"steps": columns, "behaviour": behaviour, "target": target},
    {"stop": estimates(0.9, False), "stop_undiscounted": estimates(1.0, False), "go_on": estimates(0.9, True), "effective_sample_size": [whole.sum() ** 2 / (whole**2).sum()]})
