"""Which of QuTiP's methods is its best for one size: each is tried, those that are not exact are left out.

The method that its tutorials use, `direct` with its default ordering, is several times slower at forty levels and more;
a ratio against that would flatter us.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, final

import numpy as np
import qutip

from benchmarks.qutip_peer import Machine, Method
from benchmarks.results import DisagreementError
from benchmarks.timing import THREADS, seconds

RESIDUAL: Final = 1e-10
"""Largest ‖Lρ‖ of a method that counts as exact."""

DIFFERENCE: Final = 1e-8
"""Largest difference of an entry from our state of a method that counts as exact."""

_HOPELESS: Final = 3.0
"""Times the best so far at which a method, or a second thread, is not timed again."""

_CERTAIN: Final = 0.1
"""Part of the fixed cost that noise may hide: without more to gain, what a method takes without it is not known."""

_TRIES: Final = 3

_DENSE_ROWS: Final = 500
"""Rows of the generator up to which dense methods are tried: at twice as many they take seconds."""

_DENSE_OPERATORS: Final = 100
"""Rows up to which the generator is built from dense operators: at five times as many that alone takes seconds."""

_SPARSE_METHODS: Final[dict[str, dict[str, Any]]] = {
    "eigen": {"method": "eigen"},
    "direct, MMD_AT_PLUS_A": {"method": "direct", "solver": "spsolve", "permc_spec": "MMD_AT_PLUS_A"},
    "direct, reverse Cuthill-McKee": {
        "method": "direct",
        "solver": "spsolve",
        "use_rcm": True,
        "permc_spec": "NATURAL",
    },
    "direct, lgmres to 1e-12": {"method": "direct", "solver": "lgmres", "rtol": 1e-12, "atol": 0.0},
    "direct, gmres": {"method": "direct", "solver": "gmres"},
    "power, MMD_AT_PLUS_A": {"method": "power", "solver": "spsolve", "permc_spec": "MMD_AT_PLUS_A"},
    "direct, COLAMD": {"method": "direct", "solver": "spsolve", "permc_spec": "COLAMD"},
}

_DENSE_METHODS: Final[dict[str, dict[str, Any]]] = {
    "svd": {"method": "svd"},
    "eigen, dense": {"method": "eigen", "sparse": False},
    "direct, solve": {"method": "direct", "solver": "solve"},
    "power, solve": {"method": "power", "solver": "solve"},
}


@final
@dataclass(frozen=True)
class Choice:
    """The fastest exact method for one size, and what it would take without the fixed cost of QuTiP's solvers."""

    method: Method
    note: str


def fastest(machine: Machine, state: np.ndarray, tell: Callable[[str], None]) -> Choice:
    """Return the fastest exact method for machines like this one, whose steady state is ``state``."""
    stored = {form: machine.stored_as(form) for form in ("CSR", "Dia", "Dense")}
    builds = _builds(stored)
    matrix = stored["CSR"]
    generator = qutip.liouvillian(matrix.hamiltonian, matrix.collapses).to("CSR")
    sparse = generator.data.as_scipy()
    found: list[tuple[float, float, Method]] = []
    best = np.inf
    fixed = fixed_cost()
    for form, (operators, building) in builds.items():
        methods = _DENSE_METHODS | {"eigen": _SPARSE_METHODS["eigen"]} if form == "Dense" else _SPARSE_METHODS
        prepared = generator.to(form)
        for name, options in methods.items():
            tell(f"QuTiP: trying {name} on {form}")
            took = _time_exact(partial(qutip.steadystate, prepared, **options), sparse, state, _HOPELESS * best)
            if took is None:
                continue
            best = min(best, took)
            avoidable = fixed if options["method"] in {"direct", "power"} else 0.0
            method = Method(name, operators, form, options)
            found.append((building + took, building + max(took - avoidable, 0.0), method))
    if not found:
        raise DisagreementError("No method of QuTiP gave our steady state: either it or we are wrong.")
    total, _, method = min(found, key=lambda one: one[0])
    _, bare, alternative = min(found, key=lambda one: one[1])
    default = min(seconds(matrix.solve_by_default, THREADS[0]) for _ in range(_TRIES))
    note = f"QuTiP's default, steadystate(H, c_ops), takes {1e3 * default:.3g} ms"
    if total - bare > _CERTAIN * fixed:
        note += (
            f"; every direct or power call of this QuTiP takes {1e3 * fixed:.0f} ms even for a qubit; "
            f"without that, {alternative.name} on {alternative.generator} would take {1e3 * bare:.2g} ms"
        )
    return Choice(method, note)


def _builds(stored: Mapping[str, Machine]) -> dict[str, tuple[str, float]]:
    """Return for each form of the generator the operators from which it is built fastest, and the time of that."""
    rows = stored["CSR"].rows
    best: dict[str, tuple[str, float]] = {}
    for operators in ("CSR", "Dia", "Dense") if rows <= _DENSE_OPERATORS else ("CSR",):
        for form in ("CSR", "Dense", "Dia") if rows <= _DENSE_ROWS else ("CSR",):
            took = _least(partial(Method("", operators, form, {}).build, stored[operators]))
            if form not in best or took < best[form][1]:
                best[form] = operators, took
    return best


def _time_exact(run: Callable[[], qutip.Qobj], generator: Any, state: np.ndarray, limit: float) -> float | None:
    """Return the time of a method at its better number of threads; None where it fails, is not exact, or too slow."""
    try:
        kept: list[qutip.Qobj] = []
        seconds(lambda: kept.append(run()), THREADS[0])
        first = seconds(run, THREADS[0])
        rho = kept[0].full()
        exact = np.linalg.norm(generator @ rho.ravel(order="F")) <= RESIDUAL and np.abs(rho - state).max() <= DIFFERENCE
        if not exact or first > limit:
            return None
        return _least(run, limit)
    except Exception:  # noqa: BLE001  (an iteration of QuTiP that fails raises a bare Exception)
        return None


def _least(run: Callable[[], object], limit: float = np.inf) -> float:
    """Return the shortest of a few calls: noise only ever adds.

    A second thread gets a second call only if the first was not hopeless: on a busy machine threads of OpenBLAS wait
    for one another, and a dense method of milliseconds takes seconds.
    """
    best = min(seconds(run, THREADS[0]) for _ in range(_TRIES))
    for threads in THREADS[1:]:
        for _ in range(_TRIES):
            took = seconds(run, threads)
            best = min(best, took)
            if took > min(limit, _HOPELESS * best):
                break
    return best


@cache
def fixed_cost() -> float:
    """Return what a direct solve takes where there is next to nothing to solve: one decaying qubit."""
    generator = qutip.liouvillian(qutip.sigmax(), [qutip.sigmam()])
    run = partial(qutip.steadystate, generator, method="direct", solver="spsolve", permc_spec="MMD_AT_PLUS_A")
    run()
    return _least(run)
