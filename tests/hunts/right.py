"""Right arguments of every door, by the names of parameters, and one of each thing that people hold.

A parameter has one meaning throughout the package; where it means something else at one door, that door is named.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import xarray as xr

import torusync as ts
from torusync import analysis, dynamics, measures, models, papers, quantities, steady, sweeps, thermo
from torusync.claims import Claim, Ledger
from torusync.claims.common import Findings
from torusync.claims.verdict import Check
from torusync.densities import CoherenceSet
from torusync.figures import Composite, FigureSpec
from torusync.maxima import Knobs
from torusync.models import Kind, VanDerPol, VanDerPolPair
from torusync.phases import SU2, SUD
from torusync.sweeps import studytext

mpl.use("Agg")

ENGINE: Final = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
LOWERING: Final = np.array([[0.0, 1.0], [0.0, 0.0]])
FOLDER: Final = Path(tempfile.mkdtemp(prefix="doors-"))
"""What doors write goes here, and is gone with the process."""


def _remove(process: int) -> None:
    if os.getpid() == process:  # not one that was forked from it
        shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(_remove, os.getpid())

EVIDENCE: Final = {
    "certified": 1,
    "machines": 1,
    "largest_relative_gap": 0.0,
    "solver": "Auto",
    "largest_residual": 0.0,
}
"""What a figure says of its data."""


class Broken:
    """What `right` returns for a parameter that nobody has named a value for."""


def _paint(axes: Any, data: Any) -> None:
    axes[0].plot([0.0, 1.0], [0.0, 1.0])
    del data


def _findings(quick: bool, tolerance: float) -> Findings:
    del quick
    return Findings("1", "counted", (Check("one", 1.0, 1.0, tolerance),))


def _map() -> xr.Dataset:
    """Return S_max over drive and detuning."""
    drive, detuning = np.array([0.05, 0.1, 0.2]), np.array([-0.1, 0.0, 0.1])
    maser = ts.ThermalMaser(drive[:, None, None] * np.ones(2), **ENGINE, detuning=detuning)
    found = ts.solve(maser).to_dataset(["s_max"], dims=("drive", "detuning"))
    return found.assign_coords(drive=drive, detuning=detuning)


def _swept() -> sweeps.Study:
    """Return a study of a few points, one of which the model refuses."""
    axes = {"drive": [0.05, 0.1, 0.2], "detuning": [-0.1, 0.0, 0.1], "n_hot": [-1.0, 5.0]}
    fixed = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2, "manifold_levels": 2}
    return sweeps.Study(ts.ThermalMaser, axes, ["s_max", "power", "regime"], fixed=fixed)


def _content() -> dict[str, Any]:
    """Return what a study file holds."""
    fixed = {"drive": {"draw": "exponential", "arguments": [0.1]}, **ENGINE}
    axes = {"detuning": {"linspace": [-0.1, 0.1, 3]}}
    return {"model": "maser", "quantities": ["power"], "axes": axes, "fixed": fixed, "realisations": {"count": 2}}


@cache
def world() -> dict[str, Any]:
    """Return one of each thing that people hold, made as they make it."""
    maser = ts.ThermalMaser([0.1, 0.2], **ENGINE)
    batch = ts.ThermalMaser([[0.1, 0.2], [0.2, 0.1]], **ENGINE, splittings=[0.0, 0.1])
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, LOWERING), (0.2, LOWERING.T)])
    state, states = ts.steady_state(maser), ts.steady_state(batch)
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    spec = FigureSpec("fig", "t", "s", "a", (), lambda _: xr.Dataset({"a": ("x", [1.0])}, attrs=EVIDENCE), _paint, "p")
    claim = Claim("C01", "one is one", "counted", "1", 1e-9, "rounding")
    ledger = Ledger((claim,), MappingProxyType({"C01": _findings}), ())
    composite = Composite("both", "t", (spec,), (3.4, 2.5), (1, 1))
    letter = papers.load("letter")
    small = replace(letter, figures=MappingProxyType({"fig": spec}), composites=(composite,), ledger=ledger)
    (FOLDER / "folder").mkdir(exist_ok=True)
    saved = FOLDER / "state.npz"
    state.save(saved)
    (FOLDER / "machine.toml").write_text("drive = 0.1\nn_hot = 5.0\nn_cold = 0.5\ngamma_hot = 0.05\ngamma_cold = 0.2\n")
    np.save(FOLDER / "rho.npy", state.rho)
    study = _swept()
    studytext.write_study(study, FOLDER / "study.toml")
    swept = sweeps.run(study, store=FOLDER / "swept.zarr", workers=1)
    return {
        "study": study, "draw": sweeps.Draw("exponential", 0.1), "realisations": sweeps.Realisations(2), "swept": swept,
        "derived": sweeps.derived_of(ts.ThermalMaser)["occupation_ratio"], "axis": study.axes[0],
        "accessor": swept.isel(n_hot=1).torusync, "failure": sweeps.failures(swept)[0], "schema": sweeps.schema(study),
        "maser": maser, "masers": batch, "lindblad": system, "state": state, "states": states, "rho": state.rho,
        "moment": ts.evolve(maser, "ground", [0.0, 1.0])[1],  # before the path: to QuTiP goes one state at a time
        "path": ts.evolve(maser, "ground", [0.0, 1.0]), "phase model": ts.phase_model(maser),
        "frozen": ts.phase_model(maser).frozen(), "flow": dynamics.torus_flow(state, 1.0, starts=1),
        "light": dynamics.emission_spectrum(maser, [0.0, 1.0]),
        "runs": ts.phase_model(maser).frozen().run(2.0, starts=1),
        "watched": dynamics.unravel(maser, 0, [0.0, 1.0], trajectories=1),
        "qubit": ts.steady_state(system),
        "sync": sync, "syncs": ts.synchronization(states), "flows": flows,
        "density": state.density, "generator": maser.generator(), "solution": ts.solve(maser),
        "matrix solution": quantities.Solution(state.rho), "counting": ts.counting_statistics(state),
        "explanation": ts.explain(maser),
        "bounds": ts.synchronization_bounds(state), "interplay": ts.interplay(state, draws=2),
        "bars": analysis.bootstrap_counts(state.rho, 100, replicates=2), "optima": sync.optima(),
        "correlation": thermo.optimal_correlation(_equal()), "levels": thermo.optimal_levels(_equal()),
        "set": CoherenceSet.of_pairs("a", [(0, 1)]), "triangles": measures.triangle_frustration(state),
        "quantity": quantities.QUANTITIES["power"], "part": quantities.QUANTITIES["power"].part,
        "parameter": models.ThermalMaser.PARAMETERS[0], "dataset": ts.solve(maser).to_dataset(),
        "machine": models.machine_of({"drive": 0.1, **ENGINE}), "spec": spec, "composite": composite, "ledger": ledger,
        "paper": small, "peak": sync.peak, "map": _map(), "folder": FOLDER / "folder",
        "sud": SUD(), "auto": ts.Auto(), "dense": steady.Dense(), "figure": spec.draw(spec.data()),
        "figure data": spec.data(),
    }  # fmt: skip


def _equal() -> ts.ThermalMaser:
    """Return a machine with equal drives."""
    return ts.ThermalMaser([0.1, 0.1], **ENGINE)


@cache
def _axes() -> Any:
    from matplotlib import pyplot as plt

    return plt.subplots()[1]


def _clean_axes() -> Any:
    _axes().clear()
    return _axes()


def _held(name: str) -> Callable[[], Any]:
    return lambda: world()[name]


def _squared(value: Any) -> Any:
    return np.sqrt(value)


RIGHT: Final[Mapping[str, Callable[[], Any]]] = {
    "state": _held("state"),
    "result": _held("sync"),
    "sync": _held("sync"),
    "flows": _held("flows"),
    "system": _held("maser"),
    "maser": _held("maser"),
    "matrix": _held("rho"),
    "rho": _held("rho"),
    "coherences": _held("rho"),
    "publication": _held("paper"),
    "ledger": _held("ledger"),
    "figure": _held("figure"),
    "dataset": lambda: world()["figure data"],
    "datasets": lambda: {"fig": world()["figure data"]},
    "one": _held("quantity"),
    "density": _held("density"),
    "ax": _clean_axes,
    "drive": lambda: np.array([0.1, 0.2]),
    "n_hot": lambda: 5.0,
    "n_cold": lambda: 0.5,
    "gamma_hot": lambda: 0.05,
    "gamma_cold": lambda: 0.2,
    "omega_cold": lambda: 1.0,
    "omega_hot": lambda: 3.0,
    "splittings": lambda: [0.0, 0.1],
    "detuning": lambda: 0.1,
    **dict.fromkeys(
        (
            "gain",
            "damping",
            "gain_a",
            "gain_b",
            "damping_a",
            "damping_b",
            "decay_a",
            "decay_b",
            "loss",
            "loss_a",
            "loss_b",
            "rate",
            "strength",
            "coupling",
            "exchange",
            "reactive",
            "dissipative",
            "difference",
            "detuning_a",
            "detuning_b",
            "n_hot_a",
            "n_hot_b",
            "n_cold_a",
            "n_cold_b",
            "dephasing",
            "squeezing",
            "centre",
        ),
        lambda: 0.3,
    ),
    **dict.fromkeys(("cutoff", "cutoff_b"), lambda: 5),
    "spins": lambda: 2,
    "dipole_correlation": lambda: 0.1,
    "dipole_matrix": lambda: None,
    "manifold_levels": lambda: 2,
    "spread": lambda: 0.05,
    "hot_temperature": lambda: 5.0,
    "cold_temperature": lambda: 0.5,
    "hamiltonian": lambda: np.diag([0.0, 1.0]),
    "channels": lambda: [(0.1, LOWERING.copy())],
    "baths": lambda: {"hot": [0]},
    "temperatures": lambda: {"hot": 2.0},
    "energies": lambda: np.diag([0.0, 1.0]),
    "collapse_operators": lambda: [LOWERING.copy()],
    "liouvillian": lambda: np.diag([0.0, -0.1, -0.1, -0.2]) + np.diag([0.2], 3),
    "typed": lambda: {"drive": 0.1, **ENGINE},
    "model": lambda: ts.ThermalMaser,
    "values": lambda: {"drive": 0.1, **ENGINE},
    "solver": ts.Auto,
    "throw": lambda: True,
    "initial": lambda: None,
    "max_dimension": lambda: 30,
    "max_rank": lambda: 30,
    "max_steps": lambda: 60,
    "charge": lambda: np.diag([0.0, 1.0]),
    "hertz": lambda: 5e9,
    "value": lambda: 0.1,
    "frequencies": lambda: [0.0, 1.0],
    "weights": lambda: None,
    "operator": lambda: None,
    "duration": lambda: 2.0,
    "trajectories": lambda: 2,
    "hysteresis": lambda: 1.0,
    "frames_per_second": lambda: 10.0,
    "starts": lambda: 2,
    "generator": _held("generator"),
    "start": lambda: "ground",
    "times": lambda: [0.0, 1.0],
    "trajectory": _held("path"),
    "i": lambda: 1,
    "j": lambda: 2,
    "point": lambda: (),
    "index": lambda: ...,
    "random_starts": lambda: 2,
    "seed": lambda: 1,
    "distribution": SUD,
    "knobs": Knobs,
    "phases": lambda: np.zeros(4),
    "theta": lambda: np.full(3, 0.5),
    "phi": lambda: np.zeros(4),
    "levels": lambda: 2,
    "k": lambda: 0.5,
    "x": lambda: 0.1,
    "counting_field": lambda: 0.1,
    "bookkeeping": lambda: thermo.Bookkeeping.BARE,
    "sets": lambda: {"a": [(0, 1), (1, 2)]},
    "draws": lambda: 2,
    "counts": lambda: 100,
    "replicates": lambda: 2,
    "covariance": lambda: 1e-6 * np.eye(16),
    "size": lambda: 4,
    "texts": lambda: ["a=0-1"],
    "name": lambda: "letter",
    "names": lambda: ["power"],
    "quantity": lambda: "power",
    "over": lambda: {"drive": (0.01, 0.3)},
    "fixed": lambda: {**ENGINE, "manifold_levels": 2},
    "points": lambda: 5,
    "quantities": lambda: ["power"],
    "dims": list,
    "axis": lambda: "level",
    "length": lambda: 4,
    "letter": lambda: "a",
    "unit": lambda: None,
    "style": dict,
    "path": lambda: FOLDER / "out.npz",
    "out": lambda: FOLDER / "report",
    "only": lambda: "fig",
    "quick": lambda: True,
    "anew": lambda: False,
    "progress": lambda: None,
    "ids": lambda: ["C01"],
    "checks": lambda: [Check("a", 1.0, 1.0, 0.1)],
    "dimension": lambda: 4,
    "left": lambda: slice(0, 1),
    "right": lambda: slice(1, 3),
    "pairs": lambda: [(0, 1)],
    "blocks": lambda: ((slice(0, 1), slice(1, 2)),),
    "axes": lambda: {"drive": [0.1, 0.2]},
    "realisations": lambda: None,
    "store": lambda: None,
    "executor": lambda: None,
    "workers": lambda: 1,
    "resume": lambda: True,
    "project": lambda: False,
    "precision": lambda: None,
    "imag": lambda: None,
    "heights": lambda: None,
    "symbol": lambda: "P",
    "kind": lambda: Kind.FREQUENCY,
    "about": lambda: "a thing",
    "title": lambda: "t",
    "variable": lambda: None,
    "study": _held("study"),
    "ds": lambda: world()["swept"].isel(n_hot=1),
    "shard": lambda: (0, 1),
    "most": lambda: 3,
    "threshold": lambda: 1e-4,
    "count": lambda: 2,
    "first": lambda: None,
    "content": _content,
    "text": lambda: world()["study"].text,
    "gives": lambda: "drive",
    "needs": tuple,
    "of": lambda: _squared,
    "derived": lambda: sweeps.Derived("drive_squared", "λ²", "square of the drive", "drive", (), _squared),
}

OWN: Final[Mapping[str, Callable[[], Any]]] = {
    "first_order.hamiltonian": lambda: np.eye(4),
    "mean_field.system": lambda: VanDerPol(1.0, 0.1, 0.3),
    "mean_field_pair.system": lambda: VanDerPolPair.alike(dissipative=0.5),
    "slow_modes.system": _held("lindblad"),
    "torus_flow.phases": lambda: None,
    "Trajectories.phase_slips.about": lambda: 0.0,
    "Trajectories.snapshots.phases": lambda: np.zeros(4),
    "unravel.kind": lambda: dynamics.Unravelling.JUMPS,
    "TorusFlow.order_parameter.levels": lambda: slice(2, None),
    "FrozenModel.velocity.phases": lambda: np.zeros(3),
    "FrozenModel.jacobian.phases": lambda: np.zeros(3),
    "FrozenModel.follow.turned": lambda: np.zeros((1, 4)),
    "FrozenModel.follow.times": lambda: [0.0, 1.0],
    "reduce.reductions": lambda: {"top": sweeps.Extreme("power")},
    "reduce.source": _swept,
    "load_state.path": lambda: FOLDER / "state.npz",
    "read_machine.path": lambda: FOLDER / "machine.toml",
    "read_matrix.path": lambda: FOLDER / "rho.npy",
    "read_state.index": lambda: None,
    "stationary_space.system": _held("lindblad"),
    "read_state.path": lambda: FOLDER / "rho.npy",
    "plot_map.quantity": lambda: "s_max",
    "plot_torus.levels": lambda: (2, 3),
    "animate_torus.levels": lambda: (2, 3),
    "animate_torus.path": lambda: FOLDER / "moving.gif",
    "animate_phasors.path": lambda: FOLDER / "moving.gif",
    "animate_phasors.reference": lambda: 1,
    "animate_torus.result": _held("path"),
    "animate_phasors.result": _held("path"),
    "plot_trajectory.result": _held("path"),
    "plot_spectrum.result": _held("light"),
    "plot_phase_model.result": _held("runs"),
    "plot_phase_model.start": lambda: 0,
    "CoherenceSet.within.levels": lambda: slice(0, 2),
    "mutual_information.dims": lambda: (2, 2),
    "mutual_information.parts": lambda: (1, 0),
    "negativity.dims": lambda: (2, 2),
    "negativity.parts": lambda: (1, 0),
    "concurrence.dims": lambda: (2, 2),
    "concurrence.parts": lambda: (1, 0),
    "concurrence.lowest": lambda: (0, 1),
    "phase_information.generator": lambda: np.arange(4.0),
    "plot_explanation.result": _held("explanation"),
    "explain.distribution": lambda: None,
    "plot_phases.result": lambda: ts.synchronization(np.eye(3) / 3.0, distribution=SU2(1.0)),
    "plot_tongue.result": _held("map"),
    "CoherenceSet.within.name": lambda: "a",
    "bootstrap_counts.sync": lambda: None,
    "bootstrap_covariance.sync": lambda: None,
    "optimal_correlation.maser": _equal,
    "optimal_levels.maser": _equal,
    "ThermalMaser.lindblad.channels": lambda: [(0.1, np.eye(4))],
    "VanDerPol.cut_at.dims": lambda: (5,),
    "VanDerPolPair.cut_at.dims": lambda: (5, 5),
    "LindbladSystem.dims": lambda: (2,),
    "LindbladSystem.from_qutip.dims": lambda: (2,),
    "LindbladSystem.from_liouvillian.dims": lambda: (2,),
    "counting_statistics.counted": lambda: None,
    "Baths.channels": lambda: {"hot": [0]},
    "Baths.frequencies": lambda: {"hot": [-1.0]},
    "LindbladSystem.from_qutip.frequencies": lambda: None,
    "LindbladSystem.frequencies": lambda: {"hot": [-1.0]},
    "LindbladSystem.with_baths.frequencies": lambda: {"hot": [-1.0]},
    "LindbladSystem.from_shorthands.values": lambda: {
        "hamiltonian": np.diag([0.0, 1.0]),
        "channels": [(0.1, LOWERING)],
    },
    "reduced_state.dims": lambda: (2, 2),
    "reduced_state.parts": lambda: (0,),
    "SU2.spin": lambda: 1.5,
    "Spin.spin": lambda: 1.5,
    "Spin.levels": lambda: None,
    "Spin.blockaded.spin": lambda: 1.5,
    "Transition.lower": lambda: 0,
    "Transition.upper": lambda: 1,
    "Relative.first": lambda: SU2(0.5),
    "Relative.second": lambda: SU2(0.5),
    "Relative.dims": lambda: (2, 2),
    "Relative.parts": lambda: (1, 0),
    "Joint.distributions": lambda: SU2(0.5),
    "Joint.dims": lambda: (2, 2),
    "Joint.parts": lambda: (1,),
    "register.quantities": _held("quantity"),
    "plot_tongue.over": lambda: ("detuning", "drive"),
    "plot_tongue.quantity": lambda: "s_max",
    "plot_tongue.first_order": lambda: False,
    "chunk.points": lambda: slice(0, 4),
    "chunk.names": lambda: ["power"],
    "Draw.distribution": lambda: "exponential",
    "Draw.arguments": lambda: 0.1,
    "Derived.kind": lambda: Kind.PLAIN,
    "Derived.read": lambda: None,
    "with_evidence.quantity": lambda: "s_max",
    "write_data.path": lambda: FOLDER / "map.csv",
    "write_data.runs": lambda: None,
    "read_study.path": lambda: FOLDER / "study.toml",
    "write_study.path": lambda: FOLDER / "written.toml",
    "open_sweep.store": lambda: FOLDER / "swept.zarr",
    "Accessor.locking_range.over": lambda: "detuning",
    "Accessor.first_order.over": lambda: "drive",
    "Accessor.contour.quantity": lambda: "s_max",
    "Accessor.locking_range.quantity": lambda: "s_max",
    "Accessor.crossing.first": lambda: "s_max",
    "Accessor.crossing.second": lambda: "power",
    "Accessor.crossing.over": lambda: "detuning",
    "Study.fixed": lambda: {"drive": sweeps.Draw("exponential", 0.1), "manifold_levels": 2, **ENGINE},
    "Study.realisations": lambda: 2,
    "Study.axes": lambda: {"path": {"detuning": [0.0, 0.1], "omega_cold": [1.0, 2.0]}},
}
"""Where a name means something else at one door."""
