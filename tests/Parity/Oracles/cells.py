"""One step of an LSTM and of a GRU, their weights laid out and named as the engine's are."""
import torch

SIZE = 6


def rows(matrix, order):
    """The gates' rows in PyTorch's order."""
    return torch.cat([matrix[gate * SIZE : (gate + 1) * SIZE] for gate in order])


def lstm(p, x, state, name="cell"):
    order = [0, 1, 3, 2]
    return list(torch._VF.lstm_cell(
        x, state, rows(p[f"{name}.input"], order), rows(p[f"{name}.recurrent"], order), rows(p[f"{name}.bias"], order)[:, 0],
        torch.zeros(4 * SIZE).double()))


def gru(p, x, state, name="cell"):
    recurrent_bias = torch.cat([torch.zeros(2 * SIZE).double(), p[f"{name}.recurrent_bias"][:, 0]])
    return [torch._VF.gru_cell(x, state[0], p[f"{name}.input"], p[f"{name}.recurrent"], p[f"{name}.bias"][:, 0], recurrent_bias)]


def cell(normal, name, gates, size):
    parameters = {
        f"{name}.input": normal(gates * SIZE, size, scale=0.5),
        f"{name}.recurrent": normal(gates * SIZE, SIZE, scale=0.4),
        f"{name}.bias": normal(gates * SIZE, 1, scale=0.2),
    }
    return parameters | ({f"{name}.recurrent_bias": normal(SIZE, 1, scale=0.3)} if gates == 3 else {})
