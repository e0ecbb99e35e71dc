"""Does an interrupt end what was begun, wherever it is, without waiting for factorisations of thousands of levels?"""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import torusync as ts
from torusync import _lapack as lapack
from torusync import _threads
from torusync.maxima import routes

BUSY = {
    "a machine of very many levels": """
        maser = ts.ThermalMaser.near_degenerate(manifold_levels=300_000, hot_temperature=20.0, **kwargs)
        state = ts.steady_state(maser)
        begin()
        while True:
            ts.synchronization(state)
    """,
    "a matrix of three thousand levels": """
        rng = np.random.default_rng(0)
        factor = rng.normal(size=(3000, 40)) + 1j * rng.normal(size=(3000, 40))
        state = DenseDensity(factor @ factor.conj().T / np.linalg.norm(factor) ** 2)
        begin()
        ts.synchronization(state)
    """,
    "a map of matrices of seven hundred levels": """
        rng = np.random.default_rng(0)
        factor = rng.normal(size=(4, 700, 40)) + 1j * rng.normal(size=(4, 700, 40))
        state = DenseDensity(factor @ factor.conj().swapaxes(-1, -2) / np.linalg.norm(factor) ** 2)
        begin()
        ts.synchronization(state)
    """,
}

HEAD = """
import signal
import sys
import numpy as np
import torusync as ts
from torusync.densities import DenseDensity
kwargs = dict(spread=0.05, cold_temperature=1.0, drive=0.1, gamma_hot=0.05, gamma_cold=0.2)
# a test run that was started in the background may have handed down that interrupts are ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
def begin():
    print("begun", flush=True)
try:
    {body}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("what", BUSY)
def test_an_interrupt_is_answered(what):
    """Within a second where the cores are free; a machine that is shared is given five."""
    body = textwrap.indent(textwrap.dedent(BUSY[what]), "    ").strip()
    with subprocess.Popen(
        [sys.executable, "-c", HEAD.format(body=body)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            time.sleep(1.5)
            assert process.poll() is None
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            answered = process.stdout.readline()
            seconds = time.monotonic() - begin
            assert answered == "interrupted\n"
            assert seconds < 5.0
        finally:
            process.kill()


def test_a_large_factorisation_runs_where_an_interrupt_can_leave_it(monkeypatch):
    names = []

    def note(matrix):
        names.append(threading.current_thread().name)
        return (matrix,)

    monkeypatch.setattr(lapack, "_PATIENCE", 4)
    lapack._patiently(note, np.eye(4))
    lapack._patiently(note, np.eye(5))
    assert names[0] == "MainThread"
    assert names[1] != "MainThread"
    with pytest.raises(np.linalg.LinAlgError):
        lapack._patiently(lambda matrix: (np.linalg.inv(matrix),), np.zeros((5, 5)))


def test_what_is_above_the_limit_is_never_searched(monkeypatch):
    """Whatever its proof is worth, a machine of more than a thousand levels answers through its order parameters."""

    def refuse(*_):
        raise AssertionError("a search over all phases was begun")

    monkeypatch.setattr(routes, "searched_peak", refuse)
    drive = np.full(1100, 0.01)
    drive[0] = 3.0
    for hot in (2.0, 20.0):
        maser = ts.ThermalMaser.near_degenerate(
            manifold_levels=1100,
            spread=0.3,
            hot_temperature=hot,
            cold_temperature=1.0,
            drive=drive,
            gamma_hot=0.05,
            gamma_cold=0.2,
        )
        sync = ts.synchronization(ts.steady_state(maser))
        assert np.isfinite(sync.pair_sum_bound)
        assert 0.0 < sync.pair_sum <= sync.pair_sum_bound


def test_a_chunk_whose_caller_was_interrupted_ends_at_its_next_step(monkeypatch):
    monkeypatch.setattr(_threads, "cores", lambda: 2)
    ended = []

    def task(chunk):
        if chunk == 0:
            time.sleep(0.05)
            raise KeyboardInterrupt
        try:
            for _ in range(400):
                time.sleep(0.01)
                _threads.stop_if_told()
        finally:
            ended.append(time.monotonic())

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _threads.side_by_side(task, range(2))
    assert time.monotonic() - begin < 2.0
    while not ended:
        time.sleep(0.01)
    assert ended[0] - begin < 2.0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals")
def test_an_interrupt_in_a_finaliser_is_not_lost(tmp_path):
    # Python prints what a finaliser raises and goes on: the alarm stands for a signal that falls into one
    code = f"""
        import signal, sys

        class Finaliser:
            def __del__(self):
                raise KeyboardInterrupt

        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, lambda *_: Finaliser() and None)
        from torusync.cli import main
        sys.argv = ["torusync", "reproduce", "--out", {str(tmp_path / "out")!r}]
        signal.setitimer(signal.ITIMER_REAL, 1.5)
        main()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == 130, found.stderr
    assert "Interrupted" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals")
@pytest.mark.parametrize("interrupted", [True, False])
def test_what_an_interrupt_left_half_made_is_cleared_away_in_silence(interrupted):
    # a file of HDF5 that is interrupted while it is opened cannot be closed: its finaliser misses what was not set yet
    code = f"""
        import os, signal, sys, time
        from torusync import report

        class Half:
            def __init__(self):
                if {interrupted}:
                    os.kill(os.getpid(), signal.SIGINT)
                    time.sleep(10.0)

            def __del__(self):
                self.closed

        signal.signal(signal.SIGINT, signal.default_int_handler)
        report.reproduce = lambda *_, **__: [] if Half() else []
        from torusync.cli import main
        sys.argv = ["torusync", "reproduce"]
        main()
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert found.returncode == (130 if interrupted else 0), found.stderr
    assert ("AttributeError" in found.stderr) is not interrupted
    assert ("Interrupted" in found.stderr) is interrupted


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")
@pytest.mark.parametrize("script", [False, True])
def test_workers_that_are_still_starting_say_nothing_of_an_interrupt(tmp_path, script):
    # a terminal interrupts all processes of its foreground at once, the ones that still import among them
    code = f"""
        import signal
        import numpy as np
        import torusync as ts
        from torusync.models import Kind, Model, Parameter

        signal.signal(signal.SIGINT, signal.default_int_handler)
        lower = np.array([[0.0, 1.0], [0.0, 0.0]])

        class Mine(Model, name="mine"):
            PARAMETERS = (
                Parameter("drive", "Ω", Kind.FREQUENCY, "drive"),
                Parameter("decay", "Γ", Kind.RATE, "decay", minimum=0.0),
            )
            UNIT, dimension = "decay", 2

            def generator(self):
                hamiltonian = np.multiply.outer(self.drive, lower + lower.T)
                return ts.LindbladSystem(hamiltonian, [(self.decay, lower)]).generator()

        if __name__ == "__main__":
            axes = {{"drive": np.linspace(0.01, 0.3, 2000)}}
            told = dict(n_hot=0.2, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
            own = {script}
            axes |= {{"decay": np.linspace(1.0, 2.0, 1000)}} if own else {{"detuning": np.linspace(-1.0, 1.0, 2000)}}
            try:
                ts.sweep(Mine if own else ts.ThermalMaser, axes, ["s_max"], fixed={{}} if own else told, workers=2)
            except KeyboardInterrupt:
                raise SystemExit(130)
    """
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(code))
    with subprocess.Popen(
        [sys.executable, str(path)], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        children, until = Path(f"/proc/{process.pid}/task/{process.pid}/children"), time.monotonic() + 120
        while len(children.read_text().split()) < 2 and time.monotonic() < until:  # the tracker, and a worker
            time.sleep(0.002)
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert "Traceback" not in said
