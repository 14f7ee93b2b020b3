"""The option ``--device`` of the commands that run a model in PyTorch, and the start of PyTorch for them.

It is an option, no setting: it may change the last digits of a result, and not what is computed. So a training that
was begun on one device may go on on another.
"""

DEVICE = {
    "device": {
        "choices": ("auto", "cpu", "cuda"),
        "default": "auto",
        "help": "where the model runs: cpu, cuda (a GPU), or auto, which is a GPU where there is one (default: auto)",
    }
}


def start_torch(device):
    """Load PyTorch, let it compute on one thread, and return the device of that name."""
    from lstm_lib.frameworks import torch_parts

    torch_parts.use_one_thread()
    return torch_parts.pick_device(device)


def seconds_on(device):
    """Return the unit of a time that was measured while a model ran on a device."""
    return "CPU-seconds" if str(device) == "cpu" else "seconds on a GPU"
