"""Rows of whole maps: what a second process gives, what a store costs, and how long others take.

QuTiP solves two thousand points of the map in two processes and is extrapolated; what it takes to start them is
measured with two points alone and left out, which is generous.  It has the steady state alone, by `svd`.  Two engines
for sweeps drive the function that ours drives.
"""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import qutip
import xarray as xr

import torusync as ts
from benchmarks import sweep_peers
from benchmarks.machines import HOT, near_degenerate
from benchmarks.qutip_peer import Machine
from benchmarks.results import SECONDS, DisagreementError, Result, Side, ratio
from benchmarks.timing import Contender, Plan, race, seconds
from torusync._threads import one_after_another
from torusync.sweeps import Study, run

WORKERS: Final = 2
POOL, THREADED, STORE, TONGUE = 1.6, 1.0, 1.0 / 1.15, 500.0
"""How many times slower one process of one thread, one of all threads, the map in memory, and QuTiP are to be."""

AGREEMENT: Final = 1e-9
"""Largest difference of an entry of ρ between QuTiP and us."""


def certified_map(plan: Plan) -> list[Result]:
    """Time a map of eight near-degenerate levels with certified S_max: two workers, one process, and with a store."""
    side = 12 if plan.quick else 300
    study = _near_degenerate(side)
    points, name = study.points, f"{side} × {side} points, N = 8, certified S_max"
    with tempfile.TemporaryDirectory() as folder:
        pool, single, threaded, stored = race(
            [
                Contender(f"torusync, {WORKERS} workers", partial(run, study, workers=WORKERS), points),
                Contender("torusync, one process of one thread", partial(_on_one_thread, study), points),
                Contender("torusync, one process", partial(run, study, workers=1), points),
                Contender("torusync, one process and a store", partial(_stored, study, Path(folder)), points),
            ],
            plan,
        )
    certified = int(run(study, workers=1)["certified"].sum())
    notes = (f"{certified} of {points} points certified",)
    return [
        ratio("sweep", f"{name}: {WORKERS} workers", pool, single, target=plan.judged(POOL), notes=notes),
        ratio("sweep", f"{name}: beside threads", pool, threaded, target=plan.judged(THREADED), notes=notes),
        ratio("sweep", f"{name}: stored", stored, threaded, target=plan.judged(STORE), notes=notes),
    ]


def tongue(plan: Plan) -> list[Result]:
    """Time a tongue of two degenerate levels, steady state and certified S_max, against QuTiP's steady states."""
    side, some = (30, 20) if plan.quick else (1000, 2000)
    study = _tongue(side)
    peers = _peers(study, some)
    plan.tell("QuTiP: what two processes take to start")
    start = min(seconds(partial(_parallel, peers[:WORKERS]), 1) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        ours, stored, peer = race(
            [
                Contender("torusync", partial(run, study), study.points),
                Contender("torusync, into a store", partial(_stored, study, Path(folder)), study.points),
                Contender(f"QuTiP: svd, parallel_map with {WORKERS} processes", partial(_parallel, peers), some),
            ],
            plan,
        )
    # an interrupted clock may make a few points cheaper than none
    alone = Side(peer.label, tuple(max(time - start / some, 0.1 * time) for time in peer.samples), peer.threads)
    name = f"{side} × {side} points, N = 2, tongue"
    notes = (f"from {some} points of QuTiP, without {start:.2g} s to start its processes",)
    return [
        ratio("sweep", f"{name}: in memory", ours, alone, target=plan.judged(TONGUE), notes=notes),
        ratio("sweep", f"{name}: stored", stored, alone, target=None, notes=notes),
        ratio("sweep", f"{name}: the store's share", stored, ours, target=None),
    ]


def engines(plan: Plan) -> list[Result]:
    """Time the tongue in a store, and by other engines, which drive the same function and keep what it returns."""
    side = 30 if plan.quick else 1000
    study, here = _tongue(side), sweep_peers.installed()
    name = f"{side} × {side} points, N = 2, tongue in a store"
    expected = run(study, workers=1)["s_max"].to_numpy()
    with tempfile.TemporaryDirectory() as text:
        folder, sizes = Path(text), {}
        run(study, store=folder / "map.zarr", workers=1)
        ours = sweep_peers.tally(folder / "map.zarr")
        shutil.rmtree(folder / "map.zarr")
        for one, drive in here.items():
            sizes[one] = sweep_peers.size(drive, study, folder / "peer", expected)
        contenders = [Contender("torusync, into a store", partial(_stored, study, folder), study.points)]
        contenders += [
            Contender(one, partial(sweep_peers.emptied, drive, study, folder / "peer"), study.points)
            for one, drive in here.items()
        ]
        stored, *others = race(contenders, plan)
    found = []
    for one, side_of in zip(here, others, strict=True):
        told = f"{sizes[one][0]} files of {sizes[one][1]} bytes, ours {ours[0]} of {ours[1]}"
        found.append(ratio("sweep", f"{name}: {one}", stored, side_of, target=None, notes=(told,)))
    for one in sweep_peers.NAMES:
        if one not in here:
            notes = (f"{one} is not installed (extra `peers`), so that ours alone was timed",)
            found.append(Result("sweep", f"{name}: {one}", SECONDS, stored.samples, stored.median, notes=notes))
    return found


def _tongue(side: int) -> Study:
    fixed = {"manifold_levels": 2, "n_hot": 0.2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    axes = {"drive": np.linspace(0.01, 0.3, side), "detuning": np.linspace(-1.0, 1.0, side)}
    return Study(ts.ThermalMaser, axes, ["s_max"], fixed=fixed)


def _near_degenerate(side: int) -> Study:
    machine = dict(near_degenerate(8, "engine"))
    machine.pop("n_hot")
    axes = {"n_hot": np.geomspace(*sorted(HOT.values()), side), "detuning": np.linspace(-0.3, 0.3, side)}
    return Study(ts.ThermalMaser, axes, ["s_max", "certified"], fixed=machine)


def _on_one_thread(study: Study) -> xr.Dataset:
    with one_after_another():
        return run(study, workers=1)


def _stored(study: Study, folder: Path) -> None:
    try:
        run(study, store=folder / "map.zarr", workers=1)
    finally:
        shutil.rmtree(folder / "map.zarr", ignore_errors=True)


def _peers(study: Study, some: int) -> list[Machine]:
    """Return machines spread over the map, once both sides agree on the first of them."""
    rng = np.random.default_rng(some)
    found = []
    for number in range(some):
        drive, detuning = (rng.choice(axis.labels) for axis in study.axes)
        parameters: dict[str, Any] = {**study.fixed, "drive": np.full(2, drive), "detuning": detuning}
        parameters.pop("manifold_levels")
        found.append(Machine.of(parameters))
        if number < 4:
            ours = ts.steady_state(ts.ThermalMaser(**parameters)).rho
            difference = float(np.abs(_svd(found[-1]).full() - ours).max())
            if not difference <= AGREEMENT:
                raise DisagreementError(f"QuTiP's state and ours differ by {difference:.2g}.")
    return found


def _svd(machine: Machine) -> qutip.Qobj:
    return qutip.steadystate(machine.hamiltonian, list(machine.collapses), method="svd")


_parallel: Callable[[list[Machine]], object] = partial(qutip.parallel_map, _svd, map_kw={"num_cpus": WORKERS})
