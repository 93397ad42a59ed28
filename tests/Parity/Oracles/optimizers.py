"""Parameters after each of five steps of each optimizer, with a learning rate that changes, with and without norm clipping."""
import torch

from oracle import inputs, write

normal = inputs(51)
start, gradients = normal(7), normal(5, 7)
rates = torch.tensor([0.1, 0.08, 0.05, 0.05, 0.02], dtype=torch.float64)
rules = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p),
    "adam_settings": lambda p: torch.optim.Adam(p, betas=(0.5, 0.9), eps=1e-3),
    "adam_w": lambda p: torch.optim.AdamW(p, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, alpha=0.9, eps=1e-5),
}
expected = {}
for name, make in rules.items():
    for clipped in (False, True):
        p = torch.nn.Parameter(start.clone())
        optimizer, steps, norms = make([p]), [], []
        for gradient, rate in zip(gradients, rates):
            p.grad = gradient.clone()
            norms.append(torch.nn.utils.clip_grad_norm_([p], 1.5 if clipped else 1e9))
            optimizer.param_groups[0]["lr"] = rate.item()
            optimizer.step()
            steps.append(p.detach().clone())
        expected[name + ("_clipped" if clipped else "")] = torch.stack(steps)
expected["norms"] = torch.stack(norms)
write("optimizers", {"start": start, "gradients": gradients, "rates": rates}, expected)
