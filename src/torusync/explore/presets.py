"""Where a page begins: a preset for each model and for each figure of the papers, from the papers' own tables.

What a figure sweeps is asked of its study, so that parameters and axes stand once; what it does not sweep, a map over
phases or a circle of them, is asked of its module.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from torusync._limits import EXPLORED_LEVELS
from torusync.explore.wire import plain_value
from torusync.figures import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.papers.companion import torus as companion_torus
from torusync.papers.companion.baths import BATHS
from torusync.papers.companion.competition import COMPETITION
from torusync.papers.companion.detuning import DETUNING
from torusync.papers.companion.dipoles import DIPOLES, HEAT
from torusync.papers.companion.efficiency import EFFICIENCY
from torusync.papers.letter import circle, interplay, limit, scaling, tongue
from torusync.papers.letter import parameters as letter
from torusync.papers.letter import torus as letter_torus
from torusync.papers.letter.damping import DAMPING
from torusync.sweeps import Axis, Study

Preset = dict[str, Any]

STARTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "maser": {
        "manifold_levels": 2, "drive": letter.DRIVE, "n_hot": letter.N_HOT["engine"], **letter.BATHS,
        "detuning": 0.0, "spread": 0.0, "dipole_correlation": 0.0,
    },
    "spin_one": {"gain": 1.0, "damping": 10.0, "drive": 0.5, "detuning": 0.0},
    "any_spin": {"gain": 1.0, "damping": 1.0, "levels": 5, "drive": 0.3, "detuning": 0.0, "squeezing": 0.2},
    "spin_pair": {"gain_a": 1.0, "damping_a": 10.0, "gain_b": 10.0, "damping_b": 1.0, "coupling": 0.5},
    "spin_chain": {"exchange": 0.5, "drive": 0.3, "spins": 3},
    "van_der_pol": {"gain": 1.0, "loss": 1.0, "drive": 0.5, "detuning": 0.0},
    "van_der_pol_pair": {
        "gain_a": 1.0, "loss_a": 1e5, "gain_b": 1.0, "loss_b": 1e5, "dissipative": 2.0, "reactive": 0.5,
    },
    "qubit_pair": {
        "gain_a": 0.4, "decay_a": 0.6, "gain_b": 0.75, "decay_b": 0.25, "exchange": 0.5, "drive": 0.3,
    },
    "maser_pair": {"n_hot_a": 5.0, "n_cold_a": 0.5, "n_hot_b": 0.2, "n_cold_b": 0.5, "exchange": 0.1},
}  # fmt: skip
"""Values that a page shows of each model before anything is moved."""

ALONG: Final[Mapping[str, tuple[str, str]]] = {
    "maser": ("detuning", "drive"), "spin_one": ("detuning", "drive"), "any_spin": ("detuning", "drive"),
    "spin_pair": ("detuning_a", "coupling"),
    "spin_chain": ("exchange", "drive"), "van_der_pol": ("detuning", "drive"),
    "van_der_pol_pair": ("detuning", "dissipative"), "qubit_pair": ("detuning", "exchange"),
    "maser_pair": ("detuning", "exchange"),
}  # fmt: skip
"""What a line and a tongue of each model run over before anything is chosen."""

_COUNT: Final = 61
_TONGUE: Final = 61, 31


REWORDED: Final[Mapping[str, str]] = {
    "letter-fig2c": "In the refrigerator (n_h < n_c) both wishes are granted and the parts add up. In the engine"
    " (n_h > n_c) they compete: S_max lies below its entrainment part where k > √2, n_h/n_c > 3.7 here.",
    "letter-fig3c": "In the engine the dominant, repulsive mutual coupling spreads the optimal phases over the whole"
    " circle.",
    "letter-fig2d": "Competition in the engine and cooperation in the refrigerator are robust for every ratio of the"
    " two drives, and S_max does not change when a drive changes sign.",
    "companion-point": "Aligned hot dipoles (p = 0.5) damp the bright state of the engine: the drive wins against the"
    " mutual coupling, and one pair of phases is best, near (π/2, π/2).",
    "companion-ring": "Opposite hot dipoles (p = −0.99) let the bright state of the engine live: the mutual coupling"
    " wins and draws the difference of the two phases towards π, while S stays high along a ring of common phases.",
    "companion-cold-point": "Aligned hot dipoles (p = 0.5) in the refrigerator: drive and mutual coupling want the"
    " same, and one pair of phases is best, near (3π/2, 3π/2).",
    "companion-cold-ring": "Opposite hot dipoles (p = −0.99) in the refrigerator: the mutual coupling draws the"
    " difference of the two phases to 0, and the spot of good phases stretches along the diagonal.",
}
"""Where a report says of its figure what is not on a page, or not true all along the line of a page: other words."""


def figures() -> list[Preset]:
    """Return a preset for each figure of the papers, in their order."""
    return [*_letter(), *_companion()]


def _letter() -> Iterable[Preset]:
    fixed = {"manifold_levels": 2, **letter.BATHS}
    of_k = _axis(COMPETITION.studies(True)[0], "dissipation_ratio")
    ratio = {"name": "occupation_ratio", **_ends(letter.RANGE, log=True)}
    for spec in (letter_torus.FIG2A, letter_torus.FIG2B):
        (k,) = spec.compute.args  # type: ignore[attr-defined]
        values = {**fixed, "occupation_ratio": letter_torus.RATIO, "dissipation_ratio": k}
        yield _preset("letter", spec, values, axis=of_k, asked=STORY)
    yield _swept("letter", interplay.FIG2C, {"occupation_ratio": letter.RATIOS["engine"]}, along="occupation_ratio")
    study = interplay.FIG2D.studies(True)[0]
    rows = study.axes[1].columns["drive"]
    uneven = {**_fixed(study), "drive": rows[3 * len(rows) // 4].tolist(), "occupation_ratio": letter.RATIOS["engine"]}
    yield _preset("letter", interplay.FIG2D, uneven, axis=ratio, asked=STORY)
    levels = {"name": "manifold_levels", **_ends(letter.LEVELS), "count": len(letter.LEVELS)}
    for spec, regime in ((scaling.FIG3A, "engine"), (scaling.FIG3B, "refrigerator")):
        values = {**fixed, "manifold_levels": 6, "drive": letter.DRIVE, "occupation_ratio": letter.RATIOS[regime]}
        yield _preset("letter", spec, values, axis=levels, asked=["scaled", "s_max", "shares"])
    for spec, regime in ((circle.FIG3C, "engine"), (circle.FIG3D, "refrigerator")):
        drives = scaling.random_drives(circle.LEVELS, 1)[0].tolist()
        values = {**fixed, "manifold_levels": circle.LEVELS, "drive": drives, "occupation_ratio": letter.RATIOS[regime]}
        yield _preset("letter", spec, values, axis=ratio, asked=_MANY)
    many = {"name": "manifold_levels", **_ends((2, EXPLORED_LEVELS)), "count": 13, "log": True}
    apart = {**fixed, "manifold_levels": 50, "drive": letter.DRIVE, "occupation_ratio": letter.RATIOS["refrigerator"]}
    yield _preset("letter", limit.LIMIT, apart | {"spread": limit.SPREAD}, axis=many, asked=["scaled", "s_max"])
    for regime, name in (("engine", ""), ("refrigerator", "-refrigerator")):
        at = {"n_hot": letter.N_HOT[regime], "drive": letter.DRIVE, "detuning": 0.0}
        yield _swept("letter", tongue.TONGUE, at, along="detuning", across="drive", suffix=name)
    (cold, *_) = DAMPING.studies(True)[0].axes[0].labels.tolist()
    yield _swept("letter", DAMPING, {"gamma_cold": cold, "drive": letter.DRIVE}, along="drive")


def _companion() -> Iterable[Preset]:
    engine, cold = (companion.N_COLD * companion.REGIMES[regime] for regime in ("engine", "refrigerator"))
    p = {"dipole_correlation": 0.0}
    yield _swept("companion", BATHS, {"spread": 0, "hot_occupation": cold}, along="hot_occupation")
    yield _swept("companion", DIPOLES, {"hot_occupation": engine, "spread": -1, **p}, along="dipole_correlation")
    asked = ["s_max", "heat_hot_coherent", "coherent_heat_bound"]
    at = {"hot_occupation": engine, "dipole_correlation": companion_torus.POINT.compute.args[1]}  # type: ignore[attr-defined]
    yield _swept("companion", HEAT, at, along="dipole_correlation", asked=asked)
    asked = ["s_max", "efficiency", "efficiency_bound", "cop", "cop_bound"]
    at = {"hot_occupation": engine, "spread": 0, **p}
    yield _swept("companion", EFFICIENCY, at, along="dipole_correlation", asked=asked)
    held = _fixed(DIPOLES.studies(True)[0]) | {"spread": companion_torus.SPREAD}
    across = _axis(DIPOLES.studies(True)[0], "dipole_correlation")
    maps = companion_torus.POINT, companion_torus.RING, companion_torus.COLD_POINT, companion_torus.COLD_RING
    for spec in maps:
        regime, correlation = spec.compute.args  # type: ignore[attr-defined]
        hot = companion.N_COLD * companion.REGIMES[regime]
        values = held | {"hot_occupation": hot, "dipole_correlation": correlation}
        axis = across | {"start": min(across["start"], correlation), "stop": max(across["stop"], correlation)}
        yield _preset("companion", spec, values, axis=axis, asked=STORY)
    yield _swept("companion", DETUNING, {"hot_occupation": engine, "spread": 0, "detuning": 0.0}, along="detuning")
    at = {"dissipation_ratio": 1.0, "detuning": 0.0}
    yield _swept("companion", COMPETITION, at, along="dissipation_ratio", across="detuning", which=1)


STORY: Final = ["s_max", "shares", "power", "power_bound", "regime", "verdict"]
"""What a line shows where a figure asks for nothing else."""

_MANY: Final = [name for name in STORY if name != "verdict"]
"""The same of many levels, of which a verdict takes a second a point."""


def _swept(
    group: str,
    spec: FigureSpec,
    at: Mapping[str, Any],
    *,
    along: str,
    across: str = "",
    which: int = 0,
    suffix: str = "",
    asked: Sequence[str] = STORY,
) -> Preset:
    """Return a preset from the study of a figure: a whole number is a place on its axis, any other a value."""
    study = spec.studies(True)[which]
    labels = {axis.name: axis.labels for axis in study.axes}
    values = {name: labels[name][one].item() if isinstance(one, int) else one for name, one in at.items()}
    axes = [_axis(study, name) for name in (along, across) if name]
    found = _preset(group, spec, _fixed(study) | values, axis=axes[0], asked=asked, suffix=suffix)
    if across:
        pair = [one | {"count": count} for one, count in zip(axes, _TONGUE, strict=True)]
        found["tongue"] = {"axes": pair, "quantity": "s_max"}
    return found


def _fixed(study: Study) -> dict[str, Any]:
    return {name: np.asarray(value).tolist() for name, value in study.fixed.items()}


def _axis(study: Study, name: str) -> dict[str, Any]:
    """Return the ends of an axis of a study, and whether it is one of decades."""
    (axis,) = (one for one in study.axes if one.name == name)
    return {"name": name, **_ends(axis.labels.tolist()), "count": _COUNT, "log": _is_log(axis)}


def _is_log(axis: Axis) -> bool:
    values = np.asarray(axis.labels, dtype=np.float64)
    return bool(len(values) > 2 and values.min() > 0.0 and np.ptp(np.diff(np.log(values))) < 1e-9)


def _ends(values: Sequence[float], *, log: bool = False) -> dict[str, Any]:
    return {"start": values[0], "stop": values[-1], "count": _COUNT, "log": log}


def _preset(
    group: str, spec: FigureSpec, values: Mapping[str, Any], *, axis: Any, asked: Sequence[str], suffix: str = ""
) -> Preset:
    return {
        "name": f"{group}-{spec.id}{suffix}",
        "title": spec.title + (f", {suffix[1:]}" if suffix else ""),
        "about": REWORDED.get(f"{group}-{spec.id}", spec.said.replace(" (see below)", "")),
        "group": group,
        "figure": spec.id,
        "model": "maser",
        "values": {name: plain_value(value) for name, value in values.items()},
        "axis": axis,
        "quantities": list(asked),
        "tongue": None,
    }
