"""Second derivatives: a Hessian-vector product, and the gradient through one inner step of gradient descent."""
import torch

from oracle import dense, inputs, leaves, mlp, write

INNER_RATE = 0.1


def loss(p, x, target):
    return ((mlp(p, "net", x) - target) ** 2).mean()


def hessian_vector_product():
    normal = inputs(21)
    start = dense(normal, "net", [5, 8, 8, 1])
    x, target = normal(16, 5), normal(16, 1)
    vectors = {k: normal(*v.shape) for k, v in start.items()}
    p = leaves(start)
    first = torch.autograd.grad(loss(p, x, target), list(p.values()), create_graph=True)
    product = sum((g * v).sum() for g, v in zip(first, vectors.values()))
    second = torch.autograd.grad(product, list(p.values()))
    expected = {f"gradient.{k}": g for k, g in zip(p, first)} | {f"product.{k}": h for k, h in zip(p, second)}
    write("hessian_vector_product", start | {"x": x, "target": target} | {f"vector.{k}": v for k, v in vectors.items()}, expected)


def inner_step():
    normal = inputs(22)
    start = dense(normal, "net", [3, 8, 8, 2])
    batch = {"x": normal(10, 3), "target": normal(10, 2), "query_x": normal(12, 3), "query_target": normal(12, 2)}
    p = leaves(start)
    first = torch.autograd.grad(loss(p, batch["x"], batch["target"]), list(p.values()), create_graph=True)
    adapted = {k: v - INNER_RATE * g for (k, v), g in zip(p.items(), first)}
    outer = loss(adapted, batch["query_x"], batch["query_target"])
    outer.backward()
    write("inner_step", start | batch, {"outer": outer} | {f"gradient.{k}": v.grad for k, v in p.items()})


hessian_vector_product()
inner_step()
