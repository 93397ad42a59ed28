"""Samples of a squashed Gaussian, their log-probability, and the gradient of a weighted sum of both."""
import torch
from torch.distributions import Independent, Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from oracle import inputs, leaves, write

BATCH, SIZE = 8, 3
normal = inputs(71)
start = {"mean": normal(BATCH, SIZE), "log_std": normal(BATCH, SIZE, scale=0.5)}
given = {"noise": normal(BATCH, SIZE), "weight.action": normal(BATCH, SIZE), "weight.log_probability": normal(BATCH, 1)}
p = leaves(start)
policy = TransformedDistribution(Independent(Normal(p["mean"], p["log_std"].exp()), 1), TanhTransform(cache_size=1))
u = p["mean"] + p["log_std"].exp() * given["noise"]
action = policy.transforms[0](u)
log_probability = policy.log_prob(action).unsqueeze(1)
((action * given["weight.action"]).sum() + (log_probability * given["weight.log_probability"]).sum()).backward()
write("squashed_gaussian", start | given, {
    "action": action, "log_probability": log_probability, "mode": torch.tanh(p["mean"])} | {f"gradient.{k}": v.grad for k, v in p.items()})
