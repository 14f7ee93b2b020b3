"""One implementation of the speed table in a process of its own: ``python -m bench.workers NAME``.

Reads lines that name a configuration and answers each with the CPU seconds of a step, the mean over a
turn; builds a model when it first hears of a configuration. The line ``kernel`` is answered with the
kernel that OpenBLAS uses. Frameworks are imported by the worker that needs them.
"""

import sys
import time

import numpy as np

TURN = 0.05  # CPU seconds in a turn, or one step if that takes longer

# name: (B, T, D, H)
CONFIGURATIONS = {
    "a": (32, 20, 1, 32),
    "b": (64, 50, 64, 128),
    "c": (64, 100, 96, 256),
    "d": (128, 35, 650, 650),
    **{f"T{T}": (32, T, 32, 64) for T in (25, 50, 100, 200, 400)},
    **{f"B{B}": (B, 50, 32, 64) for B in (1, 2, 4, 64, 128, 256)},
    **{f"H{H}": (32, 25, 32, H) for H in (32, 64, 128, 256, 512)},
    "stream": (1, 200, 64, 256),
}
CONFIGURATIONS |= {f"read_{c}": CONFIGURATIONS[c] for c in "abcd"}  # the forward pass alone


def data(config):
    """Inputs and targets, float32."""
    B, T, D, H = CONFIGURATIONS[config]
    rng = np.random.default_rng(0)
    return rng.normal(size=(B, T, D)).astype(np.float32), rng.normal(size=(B, T, H)).astype(np.float32)


def ours(config):
    """The layer of chapter 02: forward, mean squared error, backward, Adam."""
    from lstm_lib.core.losses import mse
    from lstm_lib.core.optim import Adam
    from lstm_lib.numpy_lstm.layers import LSTM

    _B, T, D, H = CONFIGURATIONS[config]
    layer = LSTM(D, H, seed=0)
    if config == "stream":
        tokens = np.random.default_rng(0).integers(D, size=T).tolist()
        stream = layer.stream()  # built once, as PyTorch's layers are; the state goes on from turn to turn

        def step():
            for token in tokens:
                stream.step_one_hot(token)

        return step
    optimizer, (xs, ys) = Adam(layer.parameters), data(config)
    if config.startswith("read"):
        return lambda: layer.forward(xs)

    def step():
        hs, _ = layer.forward(xs)
        optimizer.step(layer.backward(mse(hs, ys)[1]))

    return step


def textbook(config):
    """The naive baseline, float64."""
    from bench.textbook import TextbookLSTM
    from lstm_lib.core.optim import Adam
    from lstm_lib.core.weights import initial_weights

    _B, _T, D, H = CONFIGURATIONS[config]
    parameters = dict(zip(("W_ih", "W_hh", "b"), initial_weights("lstm", D, H, np.random.default_rng(0)), strict=True))
    optimizer = Adam(parameters)
    xs, ys = (a.astype(np.float64) for a in data(config))

    def step():
        layer = TextbookLSTM(**parameters)
        hs = layer.forward(xs)
        optimizer.step(layer.backward(2 / hs.size * (hs - ys)))

    return step


def _torch_train(config, run):
    import torch

    torch.set_num_threads(1)
    _B, _T, D, H = CONFIGURATIONS[config]
    forward, parameters = run(torch, D, H)
    optimizer = torch.optim.Adam(parameters)
    xs, ys = map(torch.from_numpy, data(config))

    def step():
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(forward(xs), ys).backward()
        optimizer.step()

    return step


def _torch_stream(T, D, advance):
    import torch

    tokens = np.random.default_rng(0).integers(D, size=T).tolist()
    eye = torch.eye(D)

    def step():
        with torch.inference_mode():
            state = None
            for token in tokens:
                state = advance(eye[token][None], state)

    return step


def torch_lstm(config):
    """``torch.nn.LSTM`` over the whole sequence; when streaming, over one step at a time."""
    import torch

    torch.set_num_threads(1)
    _B, T, D, H = CONFIGURATIONS[config]
    if config == "stream":
        layer = torch.nn.LSTM(D, H, batch_first=True)
        return _torch_stream(T, D, lambda x, state: layer(x[None], state)[1])

    if config.startswith("read"):
        layer, xs = torch.nn.LSTM(D, H, batch_first=True), torch.from_numpy(data(config)[0])

        def read():
            with torch.inference_mode():
                layer(xs)

        return read

    def run(torch, D, H):
        layer = torch.nn.LSTM(D, H, batch_first=True)
        return lambda xs: layer(xs)[0], layer.parameters()

    return _torch_train(config, run)


def torch_cell(config):
    """A loop over ``torch.nn.LSTMCell``."""
    import torch

    torch.set_num_threads(1)
    _B, T, D, H = CONFIGURATIONS[config]
    if config == "stream":
        return _torch_stream(T, D, torch.nn.LSTMCell(D, H))

    def run(torch, D, H):
        cell = torch.nn.LSTMCell(D, H)

        def forward(xs):
            state, hs = None, []
            for t in range(xs.shape[1]):
                state = cell(xs[:, t], state)
                hs.append(state[0])
            return torch.stack(hs, dim=1)

        return forward, cell.parameters()

    return _torch_train(config, run)


def keras(config):
    """Keras on TensorFlow, ``train_on_batch``."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    _B, T, D, H = CONFIGURATIONS[config]
    model = keras.Sequential([keras.Input((T, D)), keras.layers.LSTM(H, return_sequences=True)])
    model.compile("adam", "mse")
    xs, ys = data(config)
    return lambda: model.train_on_batch(xs, ys)


def matrix_product(config):
    """A 512 x 512 x 512 product in float32: what this core can do at most."""
    A = np.random.default_rng(0).normal(size=(512, 512)).astype(np.float32)
    out = np.empty_like(A)
    return lambda: np.matmul(A, A, out=out)


WORKERS = {f.__name__: f for f in (ours, textbook, torch_lstm, torch_cell, keras, matrix_product)}


def openblas_kernel():
    """Name the kernel that NumPy's OpenBLAS chose for this processor, or say that it can't be told."""
    from threadpoolctl import threadpool_info

    return next((i["architecture"] for i in threadpool_info() if i.get("internal_api") == "openblas"), "unknown")


def cpu_seconds(step, repeats):
    """CPU seconds of one call, the mean over ``repeats``."""
    start = time.process_time()
    for _ in range(repeats):
        step()
    return (time.process_time() - start) / repeats


def main(name):
    """Answer requests until the input ends."""
    steps = {}
    for line in sys.stdin:
        config = line.strip()
        if config == "kernel":
            print(openblas_kernel(), flush=True)
            continue
        if config not in steps:
            step = WORKERS[name](config)
            cpu_seconds(step, 2)  # warm up: allocations, tracing, kernel choice
            steps[config] = step, max(1, round(TURN / cpu_seconds(step, 2)))
        print(cpu_seconds(*steps[config]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
