"""An explanation as a paragraph and as a labelled dataset: both follow from its numbers, and from nothing else."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._show import counted
from torusync.analysis.cycles import Cycle
from torusync.analysis.driving import named_drive
from torusync.analysis.terms import BLOCKED, SOURCES
from torusync.densities import OTHER
from torusync.phases.relative import Relative

if TYPE_CHECKING:
    import xarray as xr

    from torusync.analysis.explanation import Explanation
    from torusync.phases import Synchronization

_NAMED: Final = 6
"""Coherences that a sentence names; of more it says how many."""

_WHO: Final = (
    "populations turned by the Hamiltonian", "other coherences carried on by the Hamiltonian",
    "other coherences carried on by the channels", "populations turned by the channels",
)  # fmt: skip
"""The sources as the subject of a sentence."""

_BY: Final = (
    "the Hamiltonian out of populations", "the Hamiltonian out of other coherences",
    "the channels out of other coherences", "the channels out of populations",
)  # fmt: skip
"""The sources as who makes a coherence: what acts on populations need not be a drive, but may be an exchange."""

_FAINT: Final = 1e-6
"""Part of S_max below which nobody is told to make it."""


def number(value: float) -> str:
    """Return a number of four digits with a minus that reads as one."""
    return f"{value:.4g}".replace("-", "−")


def paragraph(found: "Explanation") -> str:
    """Return what there is to say."""
    told = [_head(found), *_undriven(found)]
    seen = "a forced response" if found.drive else "a coherence of what rests"
    ended = {
        "NO_DRIVE": "Nothing drives its phases: neither the Hamiltonian nor a channel makes a coherence that is read, "
        "and they stay free.",
        "NO_COHERENCE": _nothing(found),
        "NO_LIMIT_CYCLE": f"What is seen is {seen}, and no synchronization.",
    }.get(found.finding.name)
    if ended is None or found.finding.name == "NO_LIMIT_CYCLE":
        told += _makers(found)
    if ended is not None:
        return " ".join([*told, ended])
    told += _of_sets(found) if found.interplay is not None else _of_harmonics(found)
    return " ".join(told)


def _head(found: "Explanation") -> str:
    sync, distribution = found.sync, found.sync.distribution
    phases = "" if distribution.levels or not np.isfinite(sync.phases).all() else _at(sync)
    proof = "proven" if sync.certified else f"at most {number(float(sync.s_max_bound))}"
    return (
        f"{type(found.system).__name__} of {sync.dimension} levels, read by {type(distribution).__name__}: "
        f"S_max = {number(float(sync.s_max))} ± {float(sync.s_max_error):.1g}{phases}, {proof}."
    )


def _at(sync: "Synchronization") -> str:
    """Return where the maximum is, and whether it is one of several."""
    count, ridge = int(sync.optima_count), int(sync.optima_dimension) > 0
    beside = ", one of a continuum" if ridge else f", one of {count} alike" if count > 1 else ""
    return " at φ = " + ", ".join(f"{round(float(one) / np.pi, 4) % 2.0:.4g} π" for one in sync.phases) + beside


def _undriven(found: "Explanation") -> list[str]:
    """Return what there is without the drive, which is all there is where nothing drives."""
    carried = found.undriven > found.undriven_error
    told = [] if found.settling.cycle is Cycle.UNORDERED else [settles(found)]
    if found.finding.name in {"NO_DRIVE", "NO_COHERENCE"} or not np.isfinite(found.undriven):
        return told
    if not found.drive:
        return [*told, "No term of the Hamiltonian binds its phases: dissipation makes all of S_max."]
    drive = named_drive(found)
    if carried:
        return [*told, f"Without {drive} dissipation makes S_max = {number(found.undriven)} alone."]
    return [*told, f"Without {drive} S_max vanishes, to {found.undriven_error:.1g}: all of it goes back to {drive}."]


def settles(found: "Explanation") -> str:
    """Return the sentence of the cycle, with the drive by its name, and a phase that is free where it is."""
    cycle = found.settling.cycle
    without = f"Without {named_drive(found)} " if found.drive else "Without any drive "
    if cycle is not Cycle.RING:
        return cycle.sentence.replace("Left to itself ", without)
    phase = "the relative phase" if isinstance(found.sync.distribution, Relative) else "the phase"
    free = "" if found.undriven > found.undriven_error else f", and {phase} is free"
    return f"{without}the amplitude settles away from rest{free} (contrast of its ring {found.settling.contrast:.2g})."


def _nothing(found: "Explanation") -> str:
    most = float(np.abs(found.rho).max(initial=0.0))
    drive = named_drive(found)
    return (
        f"There is {drive}, and no coherence is made that its phases could be read off: the largest is {most:.1g}, and "
        "what is read of them is no more than the error."
    )


def _makers(found: "Explanation") -> list[str]:
    """Return who makes S_max, and which coherences."""
    whole = float(found.sync.s_max)
    shares = [
        f"{who} make {number(share)}{_percent(share, whole)}"
        for who, share in zip(_WHO, found.shares.values(), strict=True)
        if abs(share) > _FAINT * whole
    ]
    told = [f"Of S_max {_and(shares)}."] if shares else []
    kept = np.abs(found.rho) > found.sync.coherence_error
    known = np.isfinite(found.made).all(axis=0) & kept
    first = np.where(known, np.abs(np.nan_to_num(found.made)).argmax(axis=0), -1)
    named = [f"{_coherences(found, first == one)} by {_BY[one]}" for one in range(4) if (first == one).any()]
    return [*told, f"Mainly made are {'; '.join(named)}."] if named else told


def _percent(share: float, whole: float) -> str:
    """Return a part in percent, where that says something: what is blocked is left over from far larger parts."""
    return f" ({number(100.0 * share / whole)} %)" if abs(share) <= 10.0 * whole else ""


def _coherences(found: "Explanation", chosen: Any) -> str:
    """Return the names of coherences, the weightiest first."""
    places = np.flatnonzero(chosen)
    order = places[np.argsort(-np.abs(found.rho[places]), kind="stable")]
    names = [label(found, one) for one in order[:_NAMED]]
    more = len(order) - len(names)
    return _and([*names, *([f"{more} more"] if more else [])])


def label(found: "Explanation", one: int) -> str:
    """Return the name of a coherence."""
    comma = "," if found.sync.dimension > 10 else ""
    return f"ρ_{found.reading.rows[one]}{comma}{found.reading.columns[one]}"


def _and(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _of_sets(found: "Explanation") -> list[str]:
    together = found.interplay
    assert together is not None
    names = [name for name, height in together.alone.items() if name != OTHER or height > 0.0]
    if len(names) == 1:
        return [f"There is one set, {names[0]}, and no other that its phases must agree with, so that it is neutral."]
    if found.finding.name == "NEUTRAL":
        return [f"Of the sets {_and(names)} none has phases that another must agree with, so that they are neutral."]
    verb = "cooperate" if found.finding.name == "COOPERATE" else "compete"
    told = (
        f"The sets {_and(names)} {verb}: ΣS = {number(float(together.pair_sum))} where unrelated preferences give "
        f"{number(float(together.chance))} ± {float(together.chance_error):.1g}, and disagreement costs "
        f"{100.0 * float(together.cost):.3g} % of what the sets have alone."
    )
    return [told]


def _of_harmonics(found: "Explanation") -> list[str]:
    sums, one = found.sums, found.fundamental
    value, reach, chance = abs(sums.value[one]), float(sums.reach[one]), float(sums.chance[one])
    many = counted(int(sums.members[one]), "coherences")
    lowest = f"The lowest harmonic, q = {_order(found, one)}, has {many}"
    verbs = {"COOPERATE": "cooperate", "COMPETE": "compete", "BLOCKED": "block each other"}
    if found.finding.name not in verbs:
        few = ", of which at most one is more than the error," if sums.members[one] > 1 else ""
        return [f"{lowest}{few} with |c| = {number(value)}, and nothing to agree with."]
    told = (
        f"{lowest} that add up to |c| = {number(value)}, {number(reach)} if they agreed and {number(chance)} if "
        f"unrelated: they {verbs[found.finding.name]}"
    )
    return [told + _how_far(found), *_beside(found)]


def _beside(found: "Explanation") -> list[str]:
    """Return which other harmonics of as low an order cancel, which several phases may have."""
    orders, silent = np.abs(found.reading.orders).sum(axis=-1), ~found.sums.speaks & found.sums.carried
    others = np.flatnonzero(silent & (orders == orders[found.fundamental]))
    named = [f"q = {_order(found, int(one))}" for one in others if one != found.fundamental]
    verb = "cancels" if len(named) == 1 else "cancel"
    return [f"Of as low an order {_and(named)} {verb}, but for a part of {BLOCKED:g} at most."] if named else []


def _order(found: "Explanation", one: int) -> str:
    return ", ".join(str(q) for q in found.reading.orders[one])


def _how_far(found: "Explanation") -> str:
    """Return how far a blockade goes."""
    kind, one = found.blockade.name, found.fundamental
    left, response = float(found.sums.remains[one]), found.response
    if kind == "NONE":
        return "."
    if response is None:
        return f", as dissipation makes them (a part of {left:.1g} is left)."
    drive = named_drive(found)
    if kind == "HERE":
        first = "and not in first order" if response.remains > 0.0 else "and first order makes none of them"
        return f", at this strength of {drive} {first} (a part of {left:.1g} is left)."
    if found.finding.name != "BLOCKED":
        return f". In first order they cancel but for a part of {response.remains:.1g}, and this is beyond it."
    return _at_others(found, response.remains, left)


def _at_others(found: "Explanation", first: float, left: float) -> str:
    """Return what a blockade leaves at other drives, given what it leaves in first order and at this one."""
    drive, most = named_drive(found), found.probes[:, 1].max()
    if found.blockade.name == "EXACT":
        error = float(found.probes[:, 2].max())
        return (
            f", exactly: nothing is left beyond the error, {error:.1g} of it, at this strength of {drive} nor at "
            "others as strong as the decay."
        )
    if found.blockade.name == "NEARLY":
        return (
            f", but for a small part: of the first-order response {first:.1g} is left, at this strength of {drive} "
            f"{left:.1g}, and no more than {most:.1g} at others as strong as the decay."
        )
    return (
        f", to first order only: of the response a part of {first:.1g} is left, at this strength of {drive} "
        f"{left:.1g}, and up to {most:.1g} at others as strong as the decay."
    )


def dataset(found: "Explanation") -> "xr.Dataset":
    """Return all numbers of an explanation, labelled."""
    import xarray as xr  # noqa: PLC0415  (needed by labelled results alone)

    reading, probes = found.reading, found.probes
    told = _codes(found) | _numbers(found) | _rows(found) | _harmonics(found)
    coords: dict[str, Any] = {
        "coherence": [f"{i}-{j}" for i, j in zip(reading.rows, reading.columns, strict=True)],
        "source": list(SOURCES),
    }
    if len(probes):
        coords["probe"] = probes[:, 0]
        told["remains"] = ("probe",), probes[:, 1], _about("|c_q| over its reach under another drive")
        told["remains_error"] = ("probe",), probes[:, 2], _about("what that may be off by")
    attributes = {
        "system": type(found.system).__name__,
        "distribution": type(found.sync.distribution).__name__,
        "fundamental": found.fundamental,
        "text": found.text,
        "gauge": "traceless channels",
    }
    return xr.Dataset(told, coords, attributes)


def _about(words: str, units: str = "1") -> dict[str, Any]:
    return {"long_name": words, "units": units}


def _codes(found: "Explanation") -> dict[str, Any]:
    told = {}
    for name, one in (("finding", found.finding), ("blockade", found.blockade), ("cycle", found.cycle)):
        members = list(type(one))
        meanings = " ".join(member.name.lower() for member in members)
        told[name] = (), int(one), {"flag_values": [int(member) for member in members], "flag_meanings": meanings}
    return told


def _numbers(found: "Explanation") -> dict[str, Any]:
    sync, response, nan = found.sync, found.response, float("nan")
    told: tuple[tuple[str, Any, str], ...] = (
        ("s_max", sync.s_max, "S_max"),
        ("s_max_bound", sync.s_max_bound, "proven upper bound of S_max"),
        ("s_max_error", sync.s_max_error, "what S_max may be off by"),
        ("s_max_undriven", found.undriven, "S_max without the drive"),
        ("s_max_undriven_error", found.undriven_error, "what that may be off by"),
        ("ring_contrast", found.settling.contrast, "ring over rest of the undriven state"),
        ("first_order", nan if response is None else abs(response.value), "|c_q| of the fundamental in first order"),
        ("first_order_error", nan if response is None else response.error, "what that may be off by"),
        ("first_order_reach", nan if response is None else response.reach, "sum of |W rho_1| in it"),
    )
    numbers = {name: ((), float(value), _about(words)) for name, value, words in told}
    return numbers | {"drive": ((), found.drive, _about("largest entry of the drive", "as of the system"))}


def _rows(found: "Explanation") -> dict[str, Any]:
    reading, row, many = found.reading, ("coherence",), ("source", "coherence")
    return {
        "level_i": (row, reading.rows),
        "level_j": (row, reading.columns),
        "modulus": (row, np.abs(found.rho), _about("|rho_ij|")),
        "angle": (row, np.angle(found.rho), _about("arg rho_ij", "rad")),
        "weight": (row, reading.weights, _about("W, by which it enters its harmonic")),
        "driven": (row, found.driven.astype(np.int8), _about("whether the drive joins its levels")),
        "height": (row, found.heights, _about("what it adds to S_max")),
        "made_height": (many, found.made_heights, _about("what of that a source makes")),
        "share": (("source",), np.array(list(found.shares.values())), _about("what a source adds to S_max")),
    }


def _harmonics(found: "Explanation") -> dict[str, Any]:
    reading, sums, each = found.reading, found.sums, ("harmonic",)
    if not len(reading.orders):
        return {}
    return {
        "harmonic_of": (("coherence",), reading.harmonic),
        "order": (("harmonic", "phase"), reading.orders),
        "amplitude": (each, np.abs(sums.value), _about("|c_q|")),
        "amplitude_error": (each, sums.error, _about("what |c_q| may be off by")),
        "reach": (each, sums.reach, _about("sum of |W rho|")),
        "chance": (each, sums.chance, _about("root of the sum of |W rho|^2")),
        "interference": (each, sums.interference, _about("|c_q|^2 over that of unrelated phases, less 1")),
    }
