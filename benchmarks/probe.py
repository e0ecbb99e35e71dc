"""One fresh process that solves machines of many levels and says how long each stage took and what memory it needed.

A process of its own, because the peak of memory is that of a process and never falls again.  It is read as VmHWM:
`ru_maxrss` outlives exec on Linux, so a child would report what the benchmark that started it had used.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import torusync as ts
from benchmarks.machines import HOT, degenerate, near_degenerate
from benchmarks.timing import limited

ROOT: Final = Path(__file__).parents[1]

_WARMING: Final = 1000
"""Levels of a first machine that loads every module; the structured solvers take it as they take a million."""


@final
@dataclass(frozen=True)
class Probe:
    """Seconds of each stage, and GiB of peak memory after it, for one machine.

    Parameters
    ----------
    state, currents, maximum : seconds for the steady state, for its thermodynamics, and for the certified maximum
    state_again, maximum_again : seconds of a second time, when the system need not hand out memory page by page
    memory_state, memory : peak of the process after the first two, and after all
    gap : (bound − value)/bound of the maximum
    """

    levels: int
    state: float
    currents: float
    maximum: float
    state_again: float
    maximum_again: float
    memory_state: float
    memory: float
    gap: float


def probe(levels: Sequence[int], regime: str, *, split: bool, threads: int) -> list[Probe]:
    """Measure machines of rising size in one new process."""
    command = [sys.executable, "-m", "benchmarks.probe", *map(str, levels), "--regime", regime]
    command += ["--threads", str(threads), *(["--split"] if split else [])]
    # this interpreter, on this package; captured, so that an interrupt leaves no second traceback
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise RuntimeError(f"The measurement of {levels} levels failed: {done.stderr.strip().splitlines()[-1:]}.")
    return [Probe(**row) for row in json.loads(done.stdout)]


def measure(levels: int, regime: str, *, split: bool) -> Probe:
    """Measure one machine here and now."""
    machine = near_degenerate(levels, regime) if split else degenerate(levels, regime)
    start = time.perf_counter()
    state = ts.steady_state(ts.ThermalMaser(**machine))
    solved = time.perf_counter()
    ts.thermodynamics(state)
    known, memory_state = time.perf_counter(), peak_memory()
    sync = ts.synchronization(state)
    gap = float(sync.relative_gap)
    end, memory = time.perf_counter(), peak_memory()
    del sync
    again = time.perf_counter()
    state = ts.steady_state(ts.ThermalMaser(**machine))
    solved_again = time.perf_counter()
    sync = ts.synchronization(state)
    end_again = time.perf_counter()
    if not float(sync.pair_sum) > 0.0:
        raise RuntimeError(f"The maximum of {levels} levels is not positive.")
    return Probe(
        levels=levels,
        state=solved - start,
        currents=known - solved,
        maximum=end - known,
        state_again=solved_again - again,
        maximum_again=end_again - solved_again,
        memory_state=memory_state,
        memory=memory,
        gap=gap,
    )


def peak_memory() -> float:
    """Return the peak resident memory of this process in GiB."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def main() -> None:
    """Print the measurements as JSON."""
    parser = argparse.ArgumentParser(description="Measure machines of many levels, for benchmarks.large_rows.")
    parser.add_argument("levels", type=int, nargs="+")
    parser.add_argument("--regime", choices=tuple(HOT), required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--split", action="store_true", help="near-degenerate instead of exactly degenerate")
    chosen = parser.parse_args()
    with limited(chosen.threads):
        measure(_WARMING, chosen.regime, split=chosen.split)
        rows = [vars(measure(levels, chosen.regime, split=chosen.split)) for levels in chosen.levels]
    sys.stdout.write(json.dumps(rows))


if __name__ == "__main__":
    main()
