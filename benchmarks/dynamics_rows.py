"""Rows of states in time and of emission spectra: a thousand times with all states kept, against QuTiP's `mesolve`.

QuTiP has the best of its integrators, with and without products of matrices in place of the superoperator, each at the
loosest of its tolerances that leaves no state farther than 1e-9 from ours, which carry a proven error below that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np
import qutip

import torusync as ts
from benchmarks.machines import Parameters
from benchmarks.qutip_peer import Machine
from benchmarks.results import SECONDS, DisagreementError, Result, ratio
from benchmarks.timing import THREADS, Contender, Plan, limited, race, seconds
from torusync.dynamics import emission_spectrum

ERROR: Final = 1e-9
"""Largest difference of an entry of ρ, and of a spectrum relative to its height."""

EVOLVED: Final = {"strong": 10.0, "weak": 3.0}
"""How many times faster than QuTiP a thousand states are to be."""

MANY: Final = 50.0
"""The same for ten thousand machines of two levels in one batch against a loop."""

SPECTRA: Final = {8: 12.0, 20: 40.0, 40: 200.0}
"""Levels, and the same for an emission spectrum at 2000 frequencies."""

GROWN: Final = 30.0
"""Seconds that a thousand states of a hundred levels may take."""

_SETTINGS: Final = {
    "weak": {"drive": 0.1, "spread": 0.4, "n_hot": 2.0, "until": 40.0},
    "strong": {"drive": 0.3, "spread": 3.0, "n_hot": 0.2, "until": 200.0},
}
_METHODS: Final = ("adams", "vern7", "vern9", "dop853", "diag")
_TOLERANCES: Final = (1e-8, 1e-9, 1e-10, 1e-11, 1e-12)
_LONGEST: Final = 60.0
"""Seconds after which a way through QuTiP is not tried at tighter tolerances."""


def machine(levels: int, setting: str) -> Parameters:
    """Return a machine of evenly spaced levels and one drive, with the letter's rates."""
    told = _SETTINGS[setting]
    return {
        "drive": np.full(levels, told["drive"]),
        "splittings": np.linspace(0.0, told["spread"], levels),
        "n_hot": np.array(told["n_hot"]),
        "n_cold": 0.5,
        "gamma_hot": 0.05,
        "gamma_cold": 0.2,
    }


def evolution(levels: int, plan: Plan) -> list[Result]:
    """Time a thousand states of one machine from the ground state, weakly and strongly driven."""
    results = []
    for setting, target in EVOLVED.items():
        parameters = machine(levels, setting)
        times = np.linspace(0.0, _SETTINGS[setting]["until"], 30 if plan.quick else 1000)
        way = _best(parameters, times, plan)
        ours, peer = race(
            [
                Contender("torusync", partial(_path, parameters, times)),
                Contender(way.label, partial(way.run, Machine.of(parameters), times)),
            ],
            plan,
        )
        name = f"N = {levels}, {setting} drive: {len(times)} states"
        results.append(ratio("dynamics", name, ours, peer, target=plan.judged(target)))
    return results


def many(plan: Plan) -> list[Result]:
    """Time machines of two levels in one batch, a hundred states each, against a loop of QuTiP's."""
    points, some = (20, 2) if plan.quick else (10**4, 20)
    drive = np.random.default_rng(17).uniform(0.05, 0.3, (points, 2))
    parameters = {**machine(2, "weak"), "drive": drive}
    times = np.linspace(0.0, 40.0, 101)
    single = [{**parameters, "drive": one} for one in drive[:some]]
    way = _best(single[0], times, plan)
    peers = [Machine.of(one) for one in single]

    def loop() -> None:
        for one in peers:
            way.run(one, times)

    ours, peer = race(
        [Contender("torusync", partial(_path, parameters, times), points), Contender(way.label, loop, some)], plan
    )
    name = f"{points} machines, N = 2: {len(times)} states each"
    return [ratio("dynamics", name, ours, peer, target=plan.judged(MANY))]


def emission(levels: int, plan: Plan) -> list[Result]:
    """Time an emission spectrum against QuTiP's eigenvalues of the generator (solver "es")."""
    parameters, lines = machine(levels, "weak"), np.linspace(-2.0, 2.0, 50 if plan.quick else 2000)
    built = Machine.of(parameters)
    size = levels + 2
    lower = qutip.Qobj(np.pad(np.ones((1, levels)), ((1, size - 2), (2, 0))))

    def ours() -> np.ndarray:
        return emission_spectrum(ts.ThermalMaser(**parameters), lines).density

    def peer() -> np.ndarray:
        return qutip.spectrum(built.hamiltonian, lines, list(built.collapses), lower.dag(), lower, solver="es")

    theirs = peer()
    if not np.abs(ours() - theirs).max() <= ERROR * np.abs(theirs).max():
        raise DisagreementError(f"QuTiP's spectrum and ours differ at N = {levels}.")
    sides = race([Contender("torusync", ours), Contender("QuTiP: spectrum, es", peer)], plan)
    name = f"N = {levels}: spectrum at {len(lines)} frequencies"
    return [ratio("dynamics", name, *sides, target=plan.judged(SPECTRA.get(levels, 1.0)))]


def growth(plan: Plan) -> list[Result]:
    """Time a thousand states of a hundred levels, and how that grows from fifty."""
    few, full = (4, 8) if plan.quick else (50, 100)
    times = np.linspace(0.0, 40.0, 30 if plan.quick else 1000)
    small, large = (
        tuple(seconds(partial(_path, machine(levels, "weak"), times), THREADS[0]) for _ in range(plan.rounds))
        for levels in (few, full)
    )
    typical = float(np.median(large))
    exponent = np.log2(typical / float(np.median(small)))
    notes = (f"grows as N^{exponent:.1f} from N = {few}",)
    name = f"N = {full}: {len(times)} states"
    return [Result("dynamics", name, SECONDS, large, typical, plan.judged(GROWN), notes=notes)]


def _path(parameters: Parameters, times: np.ndarray) -> Any:
    return ts.evolve(ts.ThermalMaser(**parameters), "ground", times)


@final
@dataclass(frozen=True)
class _Way:
    """One way through `mesolve`."""

    method: str
    matrices: bool
    tolerance: float

    @property
    def label(self) -> str:
        """Name for the table."""
        form = " on matrices" if self.matrices else ""
        return f"QuTiP: mesolve {self.method}{form}, {self.tolerance:.0e}"

    def run(self, built: Machine, times: np.ndarray) -> list[np.ndarray]:
        """Return all states."""
        options: dict[str, Any] = {"method": self.method, "store_states": True, "progress_bar": ""}
        if self.method != "diag":
            options |= {"atol": self.tolerance, "rtol": self.tolerance, "nsteps": 10**7}
        if self.matrices:
            options["matrix_form"] = True
        start = qutip.basis(built.hamiltonian.shape[0], 0).proj()
        solved = qutip.mesolve(built.hamiltonian, start, times, list(built.collapses), options=options)
        return [one.full() for one in solved.states]


def _best(parameters: Parameters, times: np.ndarray, plan: Plan) -> _Way:
    """Return the fastest way whose states are as good as ours, each tried once."""
    built, path = Machine.of(parameters), _path(parameters, times)
    if not path.error.max() <= ERROR:
        raise DisagreementError(f"Our own error is {path.error.max():.2g} only.")
    forms = [(method, matrices) for method in _METHODS for matrices in (False, True)]
    found = [way for form in forms for way in _loosest(*form, built, path, plan)]
    if not found:
        raise DisagreementError("No way through QuTiP is as good as ours.")
    return min(found, key=lambda one: one[0])[1]


def _loosest(method: str, matrices: bool, built: Machine, path: Any, plan: Plan) -> Iterator[tuple[float, _Way]]:
    for tolerance in _TOLERANCES:
        way = _Way(method, matrices, tolerance)
        plan.tell(f"{way.label}: trying")
        states: list[Any] = []

        def once(run: Callable[..., Any] = way.run, kept: list[Any] = states) -> None:
            kept[:] = run(built, path.times)

        try:
            with limited(THREADS[0]):
                spent = seconds(once, THREADS[0])
        except (ValueError, TypeError, KeyError, NotImplementedError, qutip.solver.IntegratorException):
            return  # a method that this QuTiP has not in this form, or that gives up
        if float(np.abs(np.asarray(states) - path.rho).max()) <= ERROR:
            yield spent, way
            return
        if spent > _LONGEST or method == "diag":
            return
