"""An LSTM and a GRU unrolled over five steps; the state is set to zero where an episode starts."""
import torch

from oracle import inputs, leaves, write

STEPS, BATCH, INPUTS, SIZE = 5, 3, 4, 6


def rows(matrix, order):
    """The gates' rows in PyTorch's order."""
    return torch.cat([matrix[gate * SIZE : (gate + 1) * SIZE] for gate in order])


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


def lstm(p, x, state):
    order = [0, 1, 3, 2]
    return list(torch._VF.lstm_cell(
        x, state, rows(p["cell.input"], order), rows(p["cell.recurrent"], order), rows(p["cell.bias"], order)[:, 0],
        torch.zeros(4 * SIZE).double()))


def gru(p, x, state):
    recurrent_bias = torch.cat([torch.zeros(2 * SIZE).double(), p["cell.recurrent_bias"][:, 0]])
    return [torch._VF.gru_cell(x, state[0], p["cell.input"], p["cell.recurrent"], p["cell.bias"][:, 0], recurrent_bias)]


make("lstm", 31, 4, ["h", "c"], lstm)
make("gru", 32, 3, ["h"], gru)
