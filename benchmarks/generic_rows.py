"""Steady states of generic Lindblad systems against QuTiP's best method, from matrices to the state on both sides.

Each contender gets Hamiltonian and collapse operators and gives the state, so that building the generator counts.
QuTiP runs by the faster of its two methods that came to a residual below 10⁻⁹ here, `direct` with lgmres at a relative
tolerance of 10⁻¹² and `direct` with spsolve; residuals of both are in the notes.
"""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
import qutip
from scipy.sparse import csr_matrix

import torusync as ts
from benchmarks.qutip_choice import fixed_cost
from benchmarks.results import DisagreementError, Result, ratio
from benchmarks.timing import Contender, Plan, race, seconds
from torusync.phases import SU2

Matrices = tuple[np.ndarray, list[np.ndarray]]

_METHODS: Final = {"lgmres": {"solver": "lgmres", "rtol": 1e-12}, "spsolve": {"solver": "spsolve"}}

_RESIDUAL: Final = 1e-9

_AGREEMENT: Final = 1e-9
"""Largest difference between an entry of QuTiP's state and of ours."""

_FACTORED: Final = 64
"""Levels of a pair up to which spsolve is tried: driven ones of 144 take minutes, of 400 more memory than there is."""

_SCANNED: Final = 4
"""Drives of a scan of a hundred at which QuTiP runs."""


def spins(drive: float) -> Matrices:
    """Return a chain of three spin-1 with gain and damping."""
    z = np.diag([1.0, 0.0, -1.0]).astype(np.complex128)
    plus = np.sqrt(2.0) * np.diag([1.0, 1.0], 1).astype(np.complex128)
    up = [_at(plus, place, 3, 3) for place in range(3)]
    half = sum(0.25 * up[k] @ up[k + 1].conj().T for k in range(2)) + 0.5 * drive * up[0]
    jumps = [_at(one @ z / 2.0**0.5, k, 3, 3) for k in range(3) for one in (plus, plus.conj().T)]
    return half + half.conj().T, jumps


def pair(levels: int, drive: float) -> Matrices:
    """Return two van der Pol oscillators with exchange, one driven."""
    a, b = (_at(_lowering(levels), place, levels, 2) for place in (0, 1))
    hop = 0.2 * a.conj().T @ b
    energy = hop + hop.conj().T + 0.3 * b.conj().T @ b + 1j * drive * (a - a.conj().T)
    return energy, [a.conj().T, b.conj().T, 0.6 * a @ a, 0.6 * b @ b]


def mode(levels: int) -> Matrices:
    """Return a driven damped mode."""
    a = _lowering(levels)
    return 0.3 * a.conj().T @ a + (a + a.conj().T), [a, 0.3 * a.conj().T]


SYSTEMS: Final[dict[str, tuple[Callable[[], Matrices], float]]] = {
    "three spin-1": (partial(spins, 0.0), 5.0),
    "three spin-1, driven": (partial(spins, 0.3), 3.0),
    "two van der Pol, n = 8": (partial(pair, 8, 0.0), 8.0),
    "two van der Pol, n = 12": (partial(pair, 12, 0.0), 10.0),
    "two van der Pol, n = 20": (partial(pair, 20, 0.0), 30.0),
    "driven pair, n = 8": (partial(pair, 8, 0.3), 2.0),
    "driven pair, n = 12": (partial(pair, 12, 0.3), 2.0),
    "driven pair, n = 20": (partial(pair, 20, 0.3), 2.0),
    "driven mode, D = 50": (partial(mode, 50), 3.0),
    "driven mode, D = 100": (partial(mode, 100), 1.5),
    "driven mode, D = 200": (partial(mode, 200), 1.2),
}
"""What is timed, and how many times faster it is meant to be."""

SMALL: Final = ("three spin-1", "driven pair, n = 8", "driven mode, D = 50")


def one_state(name: str, plan: Plan) -> list[Result]:
    """Time one state of a system."""
    build, target = SYSTEMS[name]
    energy, jumps = build()
    ours = partial(_ours, energy, jumps)
    state = ours()
    label, theirs, residuals = _best(energy, jumps, state.rho)
    sides = race([Contender("torusync", ours), Contender(f"QuTiP, {label}", theirs)], plan)
    notes = (
        f"residuals, with QuTiP's L: {residuals[0]:.1e} and {residuals[1]:.1e}; our bound: {state.residual:.1e}",
        ts.Auto().why(state.system.generator()),
        f"every direct call of this QuTiP takes {1e3 * fixed_cost():.2g} ms even for a qubit",
    )
    return [ratio("generic", name, *sides, target=plan.judged(target), notes=notes)]


def scan(plan: Plan) -> list[Result]:
    """Time a scan of drive strengths, whose points keep the factors of the undriven part."""
    levels, count = (6, 8) if plan.quick else (12, 100)
    drives = np.linspace(0.02, 1.0, count)
    energy, jumps = pair(levels, 0.0)
    energies = energy + drives[:, np.newaxis, np.newaxis] * (pair(levels, 1.0)[0] - energy)
    some = np.linspace(0, count - 1, _SCANNED).astype(int)
    ours = partial(_ours, energies, jumps)
    states = ours().rho
    runs = [_best(energies[point], jumps, states[point])[1] for point in some]
    sides = race(
        [Contender("torusync", ours, count), Contender("QuTiP", lambda: [run() for run in runs], len(runs))], plan
    )
    name = f"driven pair, n = {levels}, {count} drives"
    return [ratio("generic", name, *sides, target=plan.judged(4.0))]


def small_systems(plan: Plan) -> list[Result]:
    """Time a map of driven spin-1 systems against a loop of QuTiP's `svd`: with evidence, and with certified S_max."""
    count = 500 if plan.quick else 10**5
    z, plus = np.diag([1.0, 0.0, -1.0]), np.sqrt(2.0) * np.diag([1.0, 1.0], 1)
    rng = np.random.default_rng(1)
    fields = rng.normal(size=(count, 1, 1)) * z + rng.uniform(0.01, 1.0, (count, 1, 1)) * (plus - plus.T) / 2j
    jumps = [plus @ z, np.sqrt(3.0) * plus.T @ z]  # of one strength they would block the first harmonic everywhere
    some = range(min(64, count))

    def theirs() -> list[Any]:
        return [
            qutip.steadystate(qutip.Qobj(fields[point]), [qutip.Qobj(one) for one in jumps], method="svd")
            for point in some
        ]

    states, heights = partial(_evident, fields, jumps), partial(_certified, fields, jumps)
    _agree(theirs()[0].full(), states().rho[0])
    proven = float(np.mean(heights().certified))
    contenders = [
        Contender("torusync", states, count),
        Contender("torusync, with certified S_max", heights, count),
        Contender("QuTiP, svd", theirs, len(some)),
    ]
    alone, whole, peer = race(contenders, plan)
    name, notes = f"{count} points of a driven spin-1", (f"{100.0 * proven:.4g} % certified; QuTiP gives states alone",)
    return [
        ratio("generic", name, alone, peer, target=plan.judged(100.0), notes=("with residual, error and uniqueness",)),
        replace(
            ratio("generic", f"{name}, with certified S_max", whole, peer, target=plan.judged(20.0), notes=notes),
            proven=proven == 1.0,
        ),
    ]


def _evident(energy: np.ndarray, jumps: list[np.ndarray]) -> ts.SteadyState:
    """Return states with their evidence, some of which is not worked out before it is asked for."""
    state = _ours(energy, jumps)
    assert np.isfinite(state.error).all()
    assert (state.nullity == 1).all()
    assert (state.residual < _RESIDUAL).all()
    return state


def _certified(energy: np.ndarray, jumps: list[np.ndarray]) -> ts.Synchronization:
    return ts.synchronization(_evident(energy, jumps), distribution=SU2(1.0))


def _lowering(levels: int) -> np.ndarray:
    return np.diag(np.sqrt(np.arange(1.0, levels)), 1).astype(np.complex128)


def _at(operator: np.ndarray, place: int, levels: int, parts: int) -> np.ndarray:
    total = np.eye(1)
    for part in range(parts):
        total = np.kron(total, operator if part == place else np.eye(levels))
    return total


def _ours(energy: np.ndarray, jumps: list[np.ndarray]) -> ts.SteadyState:
    return ts.steady_state(ts.LindbladSystem(energy, [(0.5, one) for one in jumps]))


def _best(
    energy: np.ndarray, jumps: list[np.ndarray], rho: np.ndarray
) -> tuple[str, Callable[[], Any], tuple[float, float]]:
    """Return QuTiP's faster method among those that are exact here: its name, what runs it, our residual and its."""
    hamiltonian, collapses = qutip.Qobj(csr_matrix(energy)), [qutip.Qobj(csr_matrix(one)) for one in jumps]
    generator = qutip.liouvillian(hamiltonian, collapses).data.as_scipy()
    found = []
    for name, options in _METHODS.items():
        if name == "spsolve" and len(energy) > _FACTORED and not _banded(energy):
            continue
        run = partial(_quietly, hamiltonian, collapses, options)
        state = run().full()
        residual = _left(generator, state)
        if residual < _RESIDUAL:
            _agree(state, rho)
            found.append((seconds(run, 1), name, run, residual))
    if not found:
        raise DisagreementError(f"QuTiP came to no state of a residual below {_RESIDUAL:g}.")
    _, name, run, residual = min(found, key=lambda one: one[0])
    return name, run, (_left(generator, rho), residual)


def _left(generator: Any, rho: np.ndarray) -> float:
    """Return ‖Lρ‖ of a state, as doubles have it."""
    return float(np.linalg.norm(generator @ rho.T.reshape(-1)))


def _banded(energy: np.ndarray) -> bool:
    """Tell whether H couples neighbours alone, as that of a mode: there spsolve is QuTiP's best at any size."""
    i, j = np.nonzero(energy)
    return int(np.abs(i - j).max()) <= 1


def _quietly(hamiltonian: Any, collapses: list[Any], options: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return qutip.steadystate(hamiltonian, collapses, method="direct", **options)


def _agree(theirs: np.ndarray, ours: np.ndarray) -> None:
    difference = float(np.abs(theirs - ours).max())
    if not difference <= _AGREEMENT:
        raise DisagreementError(f"QuTiP's state and ours differ by {difference:.2g}.")
