"""What the oracle scripts share: seeded inputs and the data files."""
import base64
import json
import pathlib

import numpy
import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Data"
LONGEST_LIST = 256


def inputs(seed):
    """A source of seeded normal numbers that float32 holds exactly, as doubles."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape, scale=1.0):
        return (torch.randn(*shape, generator=generator) * scale).double()

    return normal


def leaves(tensors):
    """Makes each tensor of a dictionary one that gradients are taken for."""
    return {name: t.detach().clone().requires_grad_() for name, t in tensors.items()}


def rounded(tensor):
    return tensor.detach().float().double()


def encode(tensor):
    tensor = torch.as_tensor(tensor).detach()
    if tensor.numel() > LONGEST_LIST:
        values = base64.b64encode(tensor.float().numpy().astype("<f4").tobytes()).decode()
    else:
        values = [float(f"{v:.12g}") for v in tensor.double().reshape(-1).tolist()]
    return {"shape": list(tensor.shape), "values": values}


def write(name, given, expected):
    tensors = {f"in.{k}": encode(v) for k, v in given.items()} | {f"out.{k}": encode(v) for k, v in expected.items()}
    lines = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in tensors.items())
    head = f'  "torch": {json.dumps(torch.__version__)},\n  "numpy": {json.dumps(numpy.__version__)},\n'
    (FOLDER / f"{name}.json").write_text("{\n" + head + '  "tensors": {\n' + lines + "\n  }\n}\n")


def dense(normal, name, sizes, scale=1.0):
    """Weights [inputs, outputs] and biases of dense layers, named as Mlp names them."""
    layers = {}
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers[f"{name}.{i}.weight"] = normal(a, b, scale=scale / a**0.5)
        layers[f"{name}.{i}.bias"] = normal(b, scale=0.1)
    return layers


def mlp(parameters, name, x, layers=3):
    for i in range(layers):
        x = x @ parameters[f"{name}.{i}.weight"] + parameters[f"{name}.{i}.bias"]
        if i < layers - 1:
            x = torch.tanh(x)
    return x
