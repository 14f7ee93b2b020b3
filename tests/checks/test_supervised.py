"""Whatever an answer does, a verdict comes back in one short line, and no process is left."""

import os
import textwrap
import time

import hostile
import numpy as np
import pytest

from lstm_lib import checks
from lstm_lib.checks import check, spawned, supervised, values
from lstm_lib.gates import lstm_step

pytestmark = [pytest.mark.numpy, pytest.mark.skipif(not supervised.AVAILABLE, reason="needs Linux")]


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(checks, "SECONDS", 2.0)


@pytest.mark.parametrize("name", hostile.ANSWERS)
def test_a_hostile_answer_gets_a_verdict_and_leaves_nothing(short, capfd, name):
    answer, expected = hostile.ANSWERS[name]
    verdict = check("gates.lstm_step", answer)
    assert verdict.startswith("gates.lstm_step: ") and expected in verdict
    assert len(verdict) < 500 and "\n" not in verdict
    assert supervised._descendants(os.getpid()) == []
    assert len(capfd.readouterr().out) < 4000
    assert np.allclose(1, 1) and not np.allclose(1, 2)


def test_values_come_back_as_they_are_and_changed_arrays_too():
    given = np.arange(3.0)

    def answer(array):
        array += 1
        return {"a": (array.sum(), [1, 2.5, None, True, "x", ...]), 3: {np.float32(1.5)}}

    value = supervised.call(answer, [given], seconds=5)
    assert value == {"a": (6.0, [1, 2.5, None, True, "x", ...]), 3: {1.5}}
    assert isinstance(value["a"][0], np.float64)
    np.testing.assert_array_equal(given, [1, 2, 3])


def test_what_is_printed_is_shown_once(capsys):
    assert supervised.call(lambda: print("hello"), [], seconds=5) is None
    assert capsys.readouterr().out == "hello\n"


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04", values.pack(1)[:-30]])
def test_forged_bytes_are_no_value(data):
    with pytest.raises(ValueError, match="not a packed value"):
        values.unpack(data)


def test_objects_are_not_carried_over():
    value = values.unpack(values.pack([object(), np.array([None]), 10**2000]))
    assert [one.kind for one in value] == ["object", "ndarray", "int"]


def test_an_answer_that_computes_with_two_threads_of_torch_passes(torch):
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        square = torch.randn(600, 600)
        (square @ square).sum()

        def answer(*arguments):
            (square @ square).sum()
            return lstm_step(*arguments)

        assert check("gates.lstm_step", answer) == "gates.lstm_step: passed"
    finally:
        torch.set_num_threads(threads)


KERAS = """
import numpy as np
from lstm_lib.checks import check
from lstm_lib.frameworks.keras_setup import keras
from lstm_lib.gates import lstm_step

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
model.predict(np.ones((4, 3)), verbose=0)

def answer(*arguments):
    model.predict(np.ones((4, 3)), verbose=0)
    return lstm_step(*arguments)

print(check("gates.lstm_step", answer))
"""


@pytest.fixture
def kernel():
    """A real Jupyter kernel; a function that runs a cell and returns what it printed."""
    start_new_kernel = pytest.importorskip("jupyter_client.manager").start_new_kernel
    pytest.importorskip("ipykernel")
    manager, client = start_new_kernel()

    def run(code, *, timeout=60):
        printed = []

        def hook(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = client.execute_interactive(code, output_hook=hook, timeout=timeout)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(printed)

    run.manager, run.client = manager, client
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def kernel_pid(kernel):
    return kernel.manager.provisioner.pid


def test_one_kernel_survives_all_hostile_answers_one_after_the_other(kernel):
    folder = os.path.dirname(hostile.__file__)
    kernel(f"import sys; sys.path.insert(0, {folder!r}); import hostile, time; from lstm_lib.checks import check")
    slow = {}
    for name, (_, expected) in hostile.ANSWERS.items():
        started = time.monotonic()
        text = kernel(f'print(check("gates.lstm_step", hostile.ANSWERS[{name!r}][0]))')
        verdict = text.strip().splitlines()[-1]
        assert expected in verdict and len(verdict) < 500, (name, verdict)
        assert kernel("print(6 * 7)").strip() == "42"
        slow[name] = time.monotonic() - started
        assert supervised._descendants(kernel_pid(kernel)) == [], name
    # Five seconds of patience, and what ending takes; the time of the machine is forgiven by a factor.
    assert max(slow.values()) < 3 * 8, max(slow, key=slow.get)


def test_interrupting_the_kernel_ends_the_answer(kernel):
    kernel("from lstm_lib.checks import check\nimport itertools")
    code = textwrap.dedent("""
        def answer(*arguments):
            for _ in itertools.count():
                pass
        try:
            print(check("gates.lstm_step", answer))
        except KeyboardInterrupt:
            print("interrupted")
    """)
    kernel.client.execute(code)
    while not supervised._descendants(kernel_pid(kernel)):  # the answer has begun
        pass
    kernel.manager.interrupt_kernel()
    assert kernel("print(1)").strip().endswith("1")
    assert supervised._descendants(kernel_pid(kernel)) == []


INTERRUPTED_AT_THE_FORK = """
import os, signal
from lstm_lib.checks import check, supervised
fork = os.fork

def fork_and_interrupt():
    child = fork()
    os.kill(os.getpid(), signal.SIGINT)  # both, as the terminal and Jupyter do
    for _ in range(1000):  # a few instructions, after which Python runs its handler
        pass
    return child

os.fork = fork_and_interrupt
try:
    print(check("gates.lstm_step", lambda *arguments: arguments))
except KeyboardInterrupt:
    print("interrupted in", "the caller" if os.getpid() == CALLER else "a child")
finally:
    os.fork = fork
"""


def test_an_interrupt_between_the_fork_and_its_result_loses_no_process(kernel):
    kernel("import os\nCALLER = os.getpid()")
    assert kernel(INTERRUPTED_AT_THE_FORK).strip() == "interrupted in the caller"
    assert supervised._descendants(kernel_pid(kernel)) == []
    assert kernel("print(os.getpid() == CALLER)").strip() == "True"


@pytest.mark.parametrize("name", ["stops its parent", "ends its parent", "waiting", "forking", "daemon"])
def test_a_fresh_process_is_supervised_too(monkeypatch, name):
    monkeypatch.setattr(checks, "SECONDS", 4.0)
    pytest.importorskip("cloudpickle")
    monkeypatch.setattr(spawned, "needed", lambda: True)
    monkeypatch.setattr(checks, "IDLE_SECONDS", 1e-3)  # so that whatever waits at first is asked again
    answer, expected = hostile.ANSWERS[name]
    verdict = check("gates.lstm_step", lambda *arguments: (time.sleep(0.4), answer(*arguments))[1])
    assert expected in verdict and len(verdict) < 500
    assert supervised._descendants(os.getpid()) == []


def test_an_answer_that_predicts_with_keras_passes(kernel):
    pytest.importorskip("keras")
    assert kernel(KERAS, timeout=300).strip().splitlines()[-1] == "gates.lstm_step: passed"
