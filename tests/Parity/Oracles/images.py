"""Convolutions with strides and padding, max pooling with and without overlap, layer normalisation."""
import torch
import torch.nn.functional as F

from oracle import inputs, leaves, write

normal = inputs(41)
start = {
    "x": normal(2, 3, 9, 9),
    "first": normal(4, 3, 3, 3, scale=0.3),
    "first_bias": normal(4, scale=0.3),
    "second": normal(5, 4, 2, 2, scale=0.4),
    "scale": normal(65),
    "shift": normal(65),
}
weight = normal(2, 65)
p = leaves(start)
a = torch.tanh(F.conv2d(p["x"], p["first"], p["first_bias"], stride=2, padding=1))
b = F.conv2d(a, p["second"])
apart, overlapping = F.max_pool2d(b, 2), F.max_pool2d(b, 3, stride=2, padding=1)
wide = F.conv2d(b, p["second"][:, :1].expand(5, 5, 2, 2), stride=3, padding=1)
flat = torch.cat([apart.flatten(1), overlapping.flatten(1), F.avg_pool2d(b, 2).flatten(1), wide.flatten(1)[:, :5]], 1)
y = F.layer_norm(flat, (65,), p["scale"], p["shift"])
(y * weight).sum().backward()
write("images", start | {"weight": weight}, {"y": y} | {f"gradient.{k}": v.grad for k, v in p.items()})
