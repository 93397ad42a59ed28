"""Records what the episodes handed to the project leave thin: python3 record.py DIRECTORY, with Gymnasium 1.3.0 and NumPy at hand.

Run with NPY_PROMOTION_STATE=weak where NumPy is older than 2, on a processor with AVX-512 (NumPy's sines differ elsewhere in the last bits).
"""
import json
import random
import sys

import gymnasium
import numpy as np


def record(name, policy, seeds, act):
    with open(f"{sys.argv[1]}/{name}.{policy}.jsonl", "w") as file:
        for seed in seeds:
            env = gymnasium.make(name, disable_env_checker=True)
            rng = random.Random(seed)
            observation, _ = env.reset(seed=seed)
            state = lambda: [float(x) for x in env.unwrapped.state]
            episode = {"env": name, "seed": seed, "policy": policy, "state0": state(), "obs0": [float(x) for x in observation],
                       "max_episode_steps": env.spec.max_episode_steps, "steps": []}
            ended = False
            while not ended:
                action = act(rng, observation, len(episode["steps"]))
                observation, reward, terminated, truncated, _ = env.step(action)
                ended = terminated or truncated
                episode["steps"].append({
                    "a": [float(x) for x in action] if isinstance(action, np.ndarray) else action, "o": [float(x) for x in observation],
                    "r": float(reward), "te": bool(terminated), "tr": bool(truncated), "s": state()})
            file.write(json.dumps(episode, separators=(",", ":")) + "\n")


def box(value):
    return np.array([value], dtype=np.float32)


# Actions out of range, the left wall, the truncating step, a pole balanced to the end and a double pendulum held where it is chaotic.
record("Pendulum-v1", "wide", [0], lambda rng, o, t: box(rng.uniform(-5, 5)))
record("MountainCarContinuous-v0", "wall", [0], lambda rng, o, t: box(-5 if t < 100 else 2 * np.sign(o[1])))
record("MountainCar-v0", "wall", [0], lambda rng, o, t: 0 if t < 60 else (2 if o[1] > 0 else 0))
record("CartPole-v1", "balance", [0], lambda rng, o, t: int(o[2] + 0.5 * o[3] + 0.05 * o[1] + 0.02 * o[0] > 0))
record("Acrobot-v1", "hold", [0], lambda rng, o, t: (0 if o[4] > 0 else 2) if o[1] ** 2 > 0.5 else (2 if o[4] > 0 else 0))

taxi_env = gymnasium.make("Taxi-v4", disable_env_checker=True)
taxi = taxi_env.unwrapped
json.dump({
    "env": "Taxi-v4", "nS": 500, "nA": 6,
    "max_episode_steps": taxi_env.spec.max_episode_steps, "reward_threshold": taxi_env.spec.reward_threshold,
    "initial_state_distrib": [float(p) for p in taxi.initial_state_distrib],
    "masks": ["".join(str(int(x)) for x in taxi.action_mask(s)) for s in range(500)],
    "P": [[[[float(p), int(n), float(r), bool(t)] for p, n, r, t in taxi.P[s][a]] for a in range(6)] for s in range(500)],
}, open(f"{sys.argv[1]}/Taxi-v4.P.json", "w"), separators=(",", ":"))
