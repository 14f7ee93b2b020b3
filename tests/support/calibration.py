"""Print the CPU time of a fixed mix of work: the measure by which notebooks of two machines are compared.

A script, so that a fresh process sees the machine as a notebook's kernel sees it; ``running.calibrate`` starts it, on
one thread. It needs NumPy alone. The mix is what chapters spend their time on, at their sizes: two fifths products of
matrices in float32, a sixth updates of weights, a twelfth gates, and the rest calls on a few numbers and plain Python.
The gates are few because NumPy's ``tanh`` takes three times as long on a processor without AVX-512, where a whole
chapter takes 0.9 to 1.2 times as long.

Whoever changes the mix changes the unit, and has to measure the stored table anew (see ``running``).
"""

import statistics
import time

import numpy as np

ROUNDS = 5
B, H = 48, 256


def make_round():
    """Return the function that does the mix once, on arrays that are made once."""
    rng = np.random.default_rng(0)
    h, da = (rng.standard_normal((B, width), dtype=np.float32) for width in (H, 4 * H))
    W = rng.standard_normal((H, 4 * H), dtype=np.float32)
    # Results have their places, and weights are few: what a large array costs to allocate is the system's whim.
    a, dh, dW = np.empty_like(da), np.empty_like(h), np.empty_like(W)
    weights, mean, gradient = (rng.standard_normal(16_000, dtype=np.float32) for _ in range(3))
    variance = np.ones_like(weights)
    few = rng.standard_normal(8)

    def mix():
        for _ in range(80):  # a step of a layer, and its way back
            np.matmul(h, W, out=a)
            np.matmul(da, W.T, out=dh)
            np.matmul(h.T, da, out=dW)
        for _ in range(1200):  # Adam
            mean[:] = 0.9 * mean + 0.1 * gradient
            variance[:] = 0.999 * variance + 0.001 * gradient**2
            weights[:] = weights - 1e-3 * mean / (np.sqrt(variance) + 1e-8)
        for _ in range(900):
            np.tanh(da, out=a)
        for _ in range(60_000):
            few * few + few
        for k in range(1300):
            counts = {}
            for i in range(400):
                key = (7 * i + k) % 101
                counts[key] = counts.get(key, 0) + 1
            sorted(counts.items(), key=lambda pair: -pair[1])

    return mix


def main():
    """Print the CPU-seconds of one round: the median, which a neighbour's burst does not move."""
    mix = make_round()
    mix()  # what is loaded on first use
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        mix()
        seconds.append(time.process_time() - started)
    print(statistics.median(seconds))


if __name__ == "__main__":
    main()
