"""Is the entropy production as good as it says: at equilibrium, between baths nearly in balance, and at T = 0?"""

from types import SimpleNamespace

import numpy as np
import pytest
from flint import arb, ctx
from tests.hunts import balls
from tests.hunts.flows import driven_flows, flows
from tests.hunts.machines import Machine, machine

import torusync as ts
from problems import RATES
from torusync.quantities.summary import describe
from torusync.steady import Block, Dense
from torusync.thermo import Bookkeeping, Regime
from torusync.thermo.interaction import Interaction
from torusync.thermo.machines import Machines, _surprise, log_ratio

EPS = np.finfo(float).eps


def maser_of(item: Machine) -> ts.ThermalMaser:
    names = ("n_hot", "n_cold", "gamma_hot", "gamma_cold", "splittings", "detuning", "dipole_correlation")
    return ts.ThermalMaser(item.drive, **{name: getattr(item, name) for name in names})


def truth_of(item: Machine) -> dict[Bookkeeping, arb]:
    true = balls.truth(item)
    with ctx.workprec(true.bits):
        return {
            Bookkeeping.BARE: flows(item, true.rho).entropy_production,
            Bookkeeping.DRIVEN: driven_flows(item, true.rho).entropy_production,
        }


def exactly(state: ts.SteadyState, error: float = 0.0) -> SimpleNamespace:
    """Return the state as if it were off by this: what is left is the rounding of the currents."""
    return SimpleNamespace(
        density=state.density, coherence_error=np.full(state.batch_shape, error), system=state.system
    )


def far(value: object, true: arb) -> float:
    return float((arb(float(value)) - true).abs_upper())


@pytest.mark.parametrize("books", Bookkeeping)
@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("splittings", [0.0, [0.0, 0.3]])
@pytest.mark.parametrize("n", [0.0, 0.7, 1e9])
def test_baths_in_balance_produce_nothing_without_any_error(books, correlation, splittings, n):
    maser = ts.ThermalMaser([0.3, 0.2j], n_hot=n, n_cold=n, splittings=splittings, detuning=0.2,
                            dipole_correlation=correlation, **RATES)  # fmt: skip
    for solver in (ts.Auto(), Block(), Dense()):
        if n > 1e6 and isinstance(solver, Dense):
            continue
        found = ts.thermodynamics(ts.steady_state(maser, solver=solver), bookkeeping=books)
        assert found.entropy_production == found.entropy_production_error == 0.0
        assert not np.signbit(found.entropy_production)
        assert found.second_law_holds


@pytest.mark.parametrize("books", Bookkeeping)
@pytest.mark.parametrize(
    "given",
    [
        {"drive": [0.0, 0.0]},
        {"drive": [0.0, 0.0], "n_cold": 0.0},
        {"drive": [0.0, 0.0], "n_hot": [0.0, 2.0]},
        {"gamma_cold": 0.0, "n_cold": 0.0},
        {"gamma_cold": 0.0},
    ],
)
def test_an_idle_machine_produces_nothing_within_a_finite_error(books, given):
    """Nothing flows to an empty bath that is not coupled or cut off: no infinity, not even a possible one."""
    options = RATES | {"drive": [0.3, 0.2], "n_hot": 3.0, "n_cold": 0.4, "splittings": [0.0, 0.1]} | given
    found = ts.thermodynamics(ts.steady_state(ts.ThermalMaser(**options)), bookkeeping=books)
    assert found.entropy_production == 0.0
    assert found.entropy_production_error <= 1e-12
    assert found.regime is Regime.IDLE
    assert found.second_law_holds


@pytest.mark.parametrize("books", Bookkeeping)
@pytest.mark.parametrize(
    ("n_hot", "n_cold"),
    [(3.0, 0.0), (0.0, 0.4), ([3.0, 2.0], 0.0), ([0.0, 3.0], 0.0), ([0.0, 3.0], 0.4), ([0.0, 0.0], 0.4)],
)
def test_an_empty_bath_is_infinite_for_certain_only_where_its_flow_is_larger_than_its_error(books, n_hot, n_cold):
    """Heat can only be given to it, by bare energies and at resonance."""
    maser = ts.ThermalMaser([0.3, 0.2], n_hot=n_hot, n_cold=n_cold, **RATES)
    state = ts.steady_state(maser, solver=Block())
    found = ts.thermodynamics(state, bookkeeping=books)
    assert found.entropy_production == np.inf
    assert found.entropy_production_error == 0.0
    assert found.second_law_holds
    doubtful = ts.thermodynamics(exactly(state, 10.0), bookkeeping=books)
    assert np.isfinite(doubtful.entropy_production)
    assert doubtful.entropy_production_error == np.inf
    assert doubtful.second_law_holds


@pytest.mark.parametrize("error", [1e-3, 3e-3, 1e-2, 3e-2, 1e-1])
def test_what_flows_into_an_empty_bath_is_held_against_its_own_error(error):
    maser = ts.ThermalMaser([0.3, 0.2], n_hot=3.0, n_cold=0.0, splittings=[0.0, 0.1], **RATES)
    found = ts.thermodynamics(exactly(ts.steady_state(maser, solver=Block()), error))
    sure = abs(found.flux) > found.flux_error
    assert found.entropy_production_error == (0.0 if sure else np.inf)
    assert np.isinf(found.entropy_production) == sure


def test_no_state_has_no_entropy_production():
    maser = ts.ThermalMaser([0.3, 0.2], n_hot=[3.0, 2.0], n_cold=[0.4, 0.0], **RATES)
    density = ts.steady_state(maser, solver=Block()).density.erased(np.array([True, True]))
    for books in Bookkeeping:
        state = SimpleNamespace(density=density, coherence_error=np.full(2, np.inf), system=maser)
        found = ts.thermodynamics(state, bookkeeping=books)
        assert np.isnan(found.entropy_production).all()
        assert not found.second_law_holds.any()


def test_an_unbounded_state_has_an_unbounded_entropy_production():
    maser = ts.ThermalMaser([0.3, 0.2], n_hot=[[3.0, 2.0], [0.4, 2.0], [3.0, 3.0]], n_cold=0.4, **RATES)
    for books in Bookkeeping:
        found = ts.thermodynamics(exactly(ts.steady_state(maser, solver=Block()), np.inf), bookkeeping=books)
        np.testing.assert_array_equal(found.entropy_production_error, np.inf)
        assert found.second_law_holds.all()


def test_logarithms_of_ratios_keep_their_digits():
    """Baths that agree to 15 digits, hot ones, empty ones but for 1e-320, and both ends at once."""
    rng = np.random.default_rng(5)
    one = 10.0 ** rng.uniform(-12, 12, 400)
    other = one * (1.0 + rng.choice([-1, 1], 400) * 10.0 ** rng.uniform(-15, 3, 400)).clip(1e-3)
    one = np.concatenate([one, [1e-320, 1e-320, 1e200, 3.0, 1e-300, 5e-324, 1e300]])
    other = np.concatenate([other, [3.0, 1e-310, 1e201, 1e-320, 1e300, 1e-323, 1e-320]])
    with np.errstate(all="ignore"):
        found, each = log_ratio(one, other), _surprise(one)
    with ctx.workprec(4000):
        for n, m, value, surprise in zip(one, other, found, each, strict=True):
            first, second = ((1 + 1 / arb(float(x))).log() for x in (n, m))
            assert far(value, second - first) <= 4 * EPS * abs(float(second - first)), (n, m)
            assert far(surprise, first) <= 3 * EPS * float(first), n
    with np.errstate(divide="ignore"):
        assert log_ratio(np.array(2.0), np.array(2.0)) == 0.0
        assert log_ratio(np.array(2.0), np.array(0.0)) == np.inf
        assert log_ratio(np.array(0.0), np.array(2.0)) == -np.inf
        assert _surprise(np.array(0.0)) == np.inf


@pytest.mark.parametrize("books", Bookkeeping)
@pytest.mark.parametrize(("n", "apart"), [(0.4, 1e-13), (1e7, 1e-3), (1e7, 1e-12)])
def test_baths_nearly_in_balance_keep_the_digits_of_what_they_produce(books, n, apart):
    """σ goes with the square of their difference, and at equal levels both of its factors are known."""
    item = machine([0.3, 0.2], n_hot=n * (1.0 + apart), n_cold=n, **RATES)
    found = ts.thermodynamics(ts.steady_state(maser_of(item)), bookkeeping=books)
    true = truth_of(item)[books]
    size = float(true)
    assert 0.0 < found.entropy_production_error <= 1e-13 * size
    assert far(found.entropy_production, true) <= found.entropy_production_error


@pytest.mark.parametrize("strength", [1e-3, 1e-6, 1e-10])
@pytest.mark.parametrize("splittings", [[0.0, 0.0], [0.0, 0.25]])
def test_tiny_drives_between_unequal_levels_keep_the_digits_of_what_they_produce(strength, splittings):
    """What enters a level is read from the drive, where populations have no digits left for it."""
    item = machine([strength, 2j * strength], n_hot=[3.0, 2.0], n_cold=0.4, splittings=splittings, **RATES)
    found = ts.thermodynamics(ts.steady_state(maser_of(item), solver=Block()))
    true = truth_of(item)[Bookkeeping.BARE]
    assert far(found.entropy_production, true) <= found.entropy_production_error <= 1e-9 * float(true)


ROUNDED = {
    "equal": machine([0.8, 0.5j], n_hot=3.0, n_cold=0.4, **RATES),
    "unequal": machine([0.8, 0.5, 0.3], n_hot=[3.0, 1.0, 2.0], n_cold=0.4, splittings=[0.0, 0.2, 0.5], **RATES),
    "correlated": machine([0.8, 0.5], n_hot=[3.0, 2.5], n_cold=0.4, splittings=[0.0, 0.5], dipole_correlation=0.9,
                          **RATES),
    "hot": machine([80.0, 50.0], n_hot=[1e5, 2e5], n_cold=1e4, splittings=[0.0, 0.5], detuning=-0.4, **RATES),
}  # fmt: skip


@pytest.mark.parametrize("books", Bookkeeping)
@pytest.mark.parametrize("name", ROUNDED)
def test_rounding_alone_is_an_error_and_a_small_one(books, name):
    """From a state that is said to be exact: not zero, and no more than some ε of all that is added up."""
    state = ts.steady_state(maser_of(ROUNDED[name]), solver=Block())
    found = ts.thermodynamics(exactly(state), bookkeeping=books)
    size = float(found.entropy_production)
    assert 4 * EPS * size <= found.entropy_production_error
    if books is Bookkeeping.BARE:
        assert found.entropy_production_error <= 200 * EPS * size


def test_points_of_a_map_are_what_they_are_alone():
    """Empty and full baths, equal and unequal levels, in balance or not, beside each other; some numbers shared."""
    n_hot = np.array([[3.0, 3.0], [3.0, 2.0], [0.0, 2.0], [0.0, 0.0], [0.4, 0.4], [2.0, 0.4]])
    for n_cold in (0.4, 0.0, np.array([0.4, 0.0, 0.4, 0.0, 0.4, 0.0])):
        options = {"splittings": [0.0, 0.1], "detuning": 0.2} | RATES
        for books in Bookkeeping:
            whole = ts.thermodynamics(
                ts.steady_state(ts.ThermalMaser([0.3, 0.2], n_hot=n_hot, n_cold=n_cold, **options)), bookkeeping=books
            )
            for k, own in enumerate(n_hot):
                cold = np.broadcast_to(n_cold, len(n_hot))[k]
                maser = ts.ThermalMaser([0.3, 0.2], n_hot=own, n_cold=cold, **options)
                alone = ts.thermodynamics(ts.steady_state(maser), bookkeeping=books)
                one, other = whole.entropy_production[k], float(alone.entropy_production)
                both = whole.entropy_production_error[k] + alone.entropy_production_error
                assert one == other or abs(one - other) <= both
                for special in (0.0, np.inf):
                    same = whole.entropy_production_error[k] == special, alone.entropy_production_error == special
                    assert same[0] == same[1]


def test_the_error_is_told_with_the_others():
    solved = ts.solve(ts.ThermalMaser([0.3], n_hot=3.0, n_cold=0.4, **RATES))
    told = describe(solved)["thermodynamics"]
    assert told["entropy_production_error"] == float(solved.thermodynamics.entropy_production_error) > 0.0
    driven = ts.solve(
        ts.ThermalMaser([0.3], n_hot=3.0, n_cold=0.4, detuning=0.3, **RATES), bookkeeping=Bookkeeping.DRIVEN
    )
    told = describe(driven)["thermodynamics"]
    assert told["interaction_cold_error"] == float(driven.thermodynamics.interaction_error) > 0.0
    assert told["interaction_hot_error"] == float(driven.thermodynamics.interaction_hot_error) > 0.0


def column(*values: complex) -> np.ndarray:
    return np.array(values)[:, np.newaxis]


def damped(drive: list[complex], hot: list[float], **options: float) -> Machines:
    """Return a machine with these rates a_j of the hot bath, and a_c = 0.7."""
    n_hot = np.array(hot) / 0.1 - 1.0
    maser = ts.ThermalMaser(drive, n_hot=n_hot, n_cold=0.4, gamma_hot=0.1, gamma_cold=0.5, **options)
    return Machines.of(maser, driven=True)


def test_what_single_levels_give_to_the_interaction_is_off_by_what_they_take_from_the_row():
    """|δρ_1·| is at most half of the trace norm, and a functional 2 Re v†ρ_1· of it is off by |v| times that norm."""
    drive, row, hot = column(0.3, 0.4j), column(0.02 + 0.01j, 0.03 - 0.02j), column(0.5, 2.0)
    errors = np.array([1e-3]), np.array([0.0])
    found = Interaction.of(damped([0.3, 0.4j], [0.5, 2.0]), row, column(0.0, 0.0), errors)
    weights = column(3.0, 1.0)
    moduli = np.abs(drive) * hot * np.abs(row)
    mean = float((weights * moduli).sum() / moduli.sum())
    own = 1e-3 * np.linalg.norm(hot * (weights - mean) * drive)
    assert own > 0.1 * mean * found.hot_error
    _, error = found.weighted(weights)
    assert error == pytest.approx(own + mean * found.hot_error, rel=1e-9)


def test_without_a_drive_nothing_is_given_to_it():
    """Whatever rounding has done to the quanta that enter the levels."""
    errors = np.array([1e-3]), np.array([1e-3])
    found = Interaction.of(damped([0.0, 0.0], [0.5, 2.0]), column(0.0, 0.0), column(1e-17, 2e-17), errors)
    assert found.hot == found.cold == found.hot_error == found.cold_error == 0.0


def test_the_rounding_of_an_uneven_damping_counts():
    """A row far larger than what it gives: correlated dipoles that are damped alike leave a difference of products."""
    machines, row = damped([0.1, 0.1], [0.3, 0.3], dipole_correlation=0.3), column(1e9j, -1e9j)
    found = Interaction.of(machines, row, column(0.0, 0.0), (np.array([0.0]), np.array([0.0])))
    assert found.cold_error >= EPS * 0.3 * 0.1 * 1e9 * 0.1


@pytest.mark.parametrize("driven", [False, True])
def test_one_empty_bath_in_a_map_is_told(driven):
    """What quanta are worth is finite where all of it is: beside an empty bath two infinities would be subtracted."""

    def finite(n_hot, n_cold):
        return Machines.of(ts.ThermalMaser([0.1, 0.2], n_hot=n_hot, n_cold=n_cold, **RATES), driven=driven).finite

    full, empty = [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [0.0, 4.0]]
    assert finite(full, [0.5, 0.5])
    assert not finite(full, [0.5, 0.0])
    assert not finite(full, [0.0, 0.0])
    assert not finite(empty, [0.5, 0.5])
    assert not finite([[1.0, 2.0], [3.0, 0.0]], [0.5, 0.5])
