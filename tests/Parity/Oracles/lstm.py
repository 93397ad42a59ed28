"""An LSTM unrolled over five steps; the state is set to zero where an episode starts."""
import torch

from oracle import inputs, leaves, write

STEPS, BATCH, INPUTS, SIZE = 5, 3, 4, 6
normal = inputs(31)
start = {
    "cell.input": normal(INPUTS, 4 * SIZE, scale=0.5),
    "cell.recurrent": normal(SIZE, 4 * SIZE, scale=0.4),
    "cell.bias": normal(4 * SIZE, scale=0.2),
    "x": normal(STEPS, BATCH, INPUTS),
    "h": normal(BATCH, SIZE),
    "c": normal(BATCH, SIZE),
}
keep = torch.ones(STEPS, BATCH, 1).double()
keep[0, 1] = keep[2, 0] = keep[3, 0] = keep[4, 2] = 0
weights = {"weight": normal(STEPS, BATCH, SIZE), "weight_h": normal(BATCH, SIZE), "weight_c": normal(BATCH, SIZE)}

p = leaves(start)
h, c, outputs = p["h"], p["c"], []
parameters = {
    "weight_ih": p["cell.input"].T, "weight_hh": p["cell.recurrent"].T,
    "bias_ih": p["cell.bias"], "bias_hh": torch.zeros(4 * SIZE).double(),
}
for t in range(STEPS):
    h, c = torch._VF.lstm_cell(
        p["x"][t], [h * keep[t], c * keep[t]],
        parameters["weight_ih"], parameters["weight_hh"], parameters["bias_ih"], parameters["bias_hh"])
    outputs.append(h)
outputs = torch.stack(outputs)
loss = (outputs * weights["weight"]).sum() + (h * weights["weight_h"]).sum() + (c * weights["weight_c"]).sum()
loss.backward()
write(
    "lstm", start | {"keep": keep} | weights,
    {"outputs": outputs, "h": h, "c": c} | {f"gradient.{k}": v.grad for k, v in p.items()})
