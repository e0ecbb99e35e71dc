"""The boundary of a tongue to first order: the strength at which the answer to a weak drive would reach a threshold.

Without its drive a system has a limit cycle whose phase is free, S ≡ 0, and to first order S_max grows with the drive,
by a slope that follows from one linear equation at the undriven state.  What is left between this boundary and that of
the map is all higher orders: saturation, and coherences that only the second order makes.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from torusync._checks import Boolean, Complex, Integer, Real, as_number, listed, requirement, shown
from torusync._limits import SWEPT_BYTES
from torusync.conventions import EPS
from torusync.densities import DenseDensity
from torusync.dynamics.perturbation import response
from torusync.generators import Generator, LindbladGenerator, PumpedManifold
from torusync.maxima.peak import Knobs
from torusync.models import Model, Truncated
from torusync.phases import SUD, PhaseDistribution
from torusync.steady import Status, SteadyState, steady_state
from torusync.sweeps.labelled import axis_labels
from torusync.sweeps.study import Study
from torusync.sweeps.systems import Systems, groups

_MUST: Final = "be a parameter that the Hamiltonian is linear in, and nothing else depends on, such as the drive"
_SOURCE: Final = "L_0 ρ_1 = i[V, ρ_0]"
_SAME: Final = 1e-12


def first_order_boundary(ds: xr.Dataset, threshold: object, over: object) -> xr.Dataset:
    """Return the boundary of a map of `sweep` to first order; see `Accessor.first_order`."""
    level = as_number("threshold", threshold)
    if not level > 0.0:
        raise requirement("threshold", "be positive", f"it is {level:g}")
    if "study" not in ds.attrs:
        raise requirement("ds", "be a dataset of sweep", "it has no study")
    study = Study.from_text(ds.attrs["study"])
    plain = {axis.name: axis for axis in study.axes if axis.plain}
    if not isinstance(over, str) or over not in plain or over not in study.model.table():
        raise requirement("over", _MUST, f"it is {shown(over)}; axes are {listed([one.name for one in study.axes])}")
    values = np.asarray(plain[over].labels)
    if values.dtype.kind not in "iuf" or values.ndim != 1:
        raise requirement("over", "be an axis of real numbers", f"{over!r} has others")
    # to the side of positive values, wherever there are any
    upwards = bool((values > 0.0).any())
    places = _places(ds, study, over, int(values.argmax() if upwards else values.argmin()))
    dims = [name for name, one in places.items() if one.ndim]
    grid = np.meshgrid(*(np.atleast_1d(one) for one in places.values()), indexing="ij")
    points = np.ravel_multi_index([one.reshape(-1) for one in grid], study.shape)
    slopes = np.full((3, len(points)), np.nan)
    for rows, systems in groups(study, points):
        slopes[:, rows] = _slopes(systems, over, study.distribution)
    slope, low, high = slopes
    known = (low > 0.0) | (np.isnan(low) & (slope > 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = np.where(known, level / slope, np.nan)
        error = np.where(known, np.maximum(level / low - strength, strength - level / high), np.nan)
    strength = strength if upwards else -strength
    shape = tuple(len(places[name]) for name in dims)
    unit = ds[over].attrs.get("units", "1") if over in ds.coords else "1"
    told = {"long_name": f"{over} at which S_max is {level:g}, to first order", "units": unit, "source": _SOURCE}
    per = {"long_name": f"growth of S_max with {over}, to first order", "units": f"1/({unit})", "source": _SOURCE}
    found: dict[str, tuple[float | Real, dict[str, Any]]] = {
        "strength": (strength, told | {"error": "strength_error"}),
        "strength_error": (error, told | {"long_name": "how far that may be off; higher orders are not in it"}),
        "slope": (slope, per | {"error": "slope_error"}),
        "slope_error": (np.maximum(high - slope, slope - low), per | {"long_name": "how far that may be off"}),
    }
    data = {name: (dims, np.reshape(one, shape), attrs) for name, (one, attrs) in found.items()}
    coords = {name: one for name, one in ds.coords.items() if set(one.dims) <= set(dims) and name != over}
    source = {name: ds.attrs[name] for name in ("torusync_version", "study_sha256") if name in ds.attrs}
    return xr.Dataset(data, coords, source | {"threshold": level, "over": over})


def _places(ds: xr.Dataset, study: Study, over: str, strongest: int) -> dict[str, Integer]:
    """Return which points along each axis of its study a map has, one where it was selected."""
    found = {}
    for name, labels in axis_labels(study).items():
        if name == over:
            found[name] = np.asarray(strongest)
            continue
        if name not in ds.coords:
            raise requirement("ds", "hold the labels of its study", f"it has lost {name!r}; leave `drop` out")
        there: npt.NDArray[Any] = ds[name].to_numpy()
        hits = labels == there[..., np.newaxis]
        if not hits.any(axis=-1).all():
            raise requirement("ds", "hold the labels of its study", f"some along {name!r} are others")
        found[name] = hits.argmax(axis=-1)
    return found


def _slopes(systems: Systems, over: str, told: PhaseDistribution | None) -> Real:
    """Return dS_max/dε of systems and between what values it lies, ``(3, points)``; nan where there is none."""
    out = np.full((3, systems.points), np.nan)
    rows = np.flatnonzero(systems.allowed())
    if not len(rows):
        return out
    driven = systems.at(rows)
    strength = np.reshape(driven.running[over], (len(rows), -1))[:, 0] if over in driven.running else None
    if strength is None or not strength.any():
        return out
    still, half, full = (_with(driven, over, share) for share in (0.0, 0.5, 1.0))
    weak, off = _drive(still.generator(), half.generator(), full.generator())
    size, height = weak.shape[-1], np.abs(strength)
    weak = np.broadcast_to(weak / height[:, np.newaxis, np.newaxis], (len(rows), size, size))
    off = np.broadcast_to(off / height, len(rows))
    state = steady_state(still, throw=False)
    good = np.flatnonzero(state.status_codes == Status.SUCCESS)
    step = max(1, SWEPT_BYTES // (80 * size**4))
    reading = getattr(still, "distribution", SUD()) if told is None else told
    for begin in range(0, len(good), step):
        some = good[begin : begin + step]
        out[:, rows[some]] = _of(state[some], weak[some], off[some], reading)
    return out


def _with(systems: Systems, over: str, share: float) -> Model:
    running = dict(systems.running) | {over: systems.running[over] * share}
    found = Systems(systems.model, running, systems.still, systems.points).build()
    if isinstance(found, Truncated) and found.cutoff is None:
        raise requirement("cutoff", "be fixed in the study, for the drive to act on so many levels", "it is chosen")
    return found


def _of(state: SteadyState[Any], weak: Complex, off: Real, reading: PhaseDistribution) -> Real:
    """Return slopes and their limits about states, for Hamiltonians that are off by ``off``."""
    size = weak.shape[-1]
    found = response(state, weak, off)
    factor, knobs = reading.factor(size), Knobs()
    begun = reading.peak(DenseDensity(found.rho), knobs)
    free: Boolean = begun.value <= np.nan_to_num(reading.error(size, np.asarray(state.error)), nan=_SAME) + _SAME
    peak = reading.peak(DenseDensity(found.slope), knobs)
    wrong = reading.error(size, found.error)
    # a reading of one's own may not tell: what could be rounding is no response there, either
    lost = np.isnan(wrong) & (peak.value <= size * found.error)
    limits = np.stack([peak.value, peak.value - wrong, np.maximum(peak.bound, peak.value) + wrong])
    limits[1] = np.where(lost, 0.0, limits[1])
    return np.where(free, np.asarray(factor.times(limits)), np.nan)


def _drive(still: Generator, half: Generator, full: Generator) -> tuple[Complex, Real]:
    """Return what of the Hamiltonian grows with a parameter, at its full strength, and what rounding hides of it.

    Where other energies are in the same entries, little of a weak drive may be left beside them: it is a difference,
    and what of it bends is told from its rounding no more than that.
    """
    none, some, all_ = (_parts(one) for one in (still, half, full))
    drive = np.asarray(all_[0] - none[0])
    bent = np.abs(some[0] - none[0] - 0.5 * drive)
    rounded = np.where((drive != 0.0) | (bent > 0.0), 4.0 * EPS * (np.abs(all_[0]) + np.abs(none[0])), 0.0)
    linear = (bent <= rounded + _SAME * np.abs(drive).max(axis=(-2, -1), keepdims=True, initial=0.0)).all()
    alone = all(np.array_equal(one, other) for one, other in zip(none[1:], all_[1:], strict=True))
    if not (linear and alone and drive.any()):
        raise requirement("over", _MUST, "it is another")
    return drive, np.linalg.norm(4.0 * bent + rounded, axis=(-2, -1))


def _parts(generator: Generator) -> list[Any]:
    """Return the Hamiltonian ``(points, D, D)`` and all else that a generator is made of."""
    if isinstance(generator, LindbladGenerator):
        return [generator.hamiltonian, *generator.rates, *generator.operators]
    if isinstance(generator, PumpedManifold):
        block = generator.hamiltonian()
        whole = np.zeros((*block.shape[:-2], block.shape[-1] + 1, block.shape[-1] + 1), dtype=np.complex128)
        whole[..., 1:, 1:] = block
        return [whole, generator.damping(), generator.pump()]
    raise requirement("ds", "be a map of machines or of systems with channels", f"it has {type(generator).__name__}")
