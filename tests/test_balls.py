"""Is what the hunts call true the truth?  Two routes in balls, closed forms and exhaustion against each other."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from flint import acb, arb, ctx
from tests import exhaustive
from tests.hunts import balls, currents, pair_sums, steady_errors, torus
from tests.hunts.flows import driven_flows, flows
from tests.hunts.machines import Machine, draw, machine, ordinary, stacked
from tests.hunts.tally import Tally

import torusync as ts
from problems import BATHS, ENGINE_BATHS
from torusync.thermo import Regime


def letter(levels: int, n_hot: float) -> Machine:
    return machine(np.full(levels, 0.1), n_hot=n_hot, **BATHS)


def test_the_block_and_the_whole_liouvillian_give_one_state():
    for item in draw(ordinary, 60, seed=1):
        first, second = balls.truth(item), balls.liouvillian(item)
        with ctx.workprec(first.bits):
            assert balls.frobenius(first.rho - second.rho) < 1e-58, item.code


@pytest.mark.parametrize(
    ("levels", "n_hot", "first", "second"),
    [
        (2, 0.2, Fraction(3, 236), Fraction(5, 236)),
        (2, 1.0, Fraction(1, 92), Fraction(1, 92)),
        (2, 5.0, Fraction(1, 44), Fraction(1, 132)),
    ],
)
def test_exact_values_at_exact_degeneracy(levels, n_hot, first, second):
    """Section 3 of the letter's closed form; doubles like 0.1 are not tenths, which moves the state by 1e-16."""
    rho = balls.truth(letter(levels, n_hot)).doubles
    assert abs(rho[1, 2]) == pytest.approx(float(first), rel=1e-14)
    assert abs(rho[2, 3]) == pytest.approx(float(second), rel=1e-14)


def closed_form(item: Machine) -> tuple[arb, list[acb], arb, arb]:
    """ρ_00, ρ_1j and what |ρ_1j| and |ρ_jl| are over |λ_j| and |λ_j λ_l|: exact degeneracy, independent dipoles."""
    lam = [acb(complex(x)) for x in item.drive]
    n_h, n_c = arb(float(item.n_hot[0])), arb(item.n_cold)
    a_h, a_c = arb(item.gamma_hot) * (1 + n_h), arb(item.gamma_cold) * (1 + n_c)
    r_h, r_c, total, delta = n_h / (1 + n_h), n_c / (1 + n_c), a_h + a_c, -arb(item.detuning)
    size = sum((abs(x) ** 2 for x in lam), arb(0))
    w = size * total / (total**2 + delta**2)
    q = (r_c - r_h) / (1 + w * (1 / a_c + 1 / a_h))
    ground = 1 / (1 + r_c + item.manifold_levels * r_h + w * q * (1 / a_h - 1 / a_c))
    d = q * ground
    driven = [acb(0, 1) * x * d / acb(total, -delta) for x in lam]
    return ground, driven, abs(d) / (total**2 + delta**2).sqrt(), abs(w * d) / (a_h * size)


def degenerate(rng: np.random.Generator) -> Machine:
    levels = int(rng.integers(1, 4))
    return machine(
        rng.uniform(0.05, 1.0, levels) * np.exp(2j * np.pi * rng.uniform(size=levels)),
        n_hot=10 ** rng.uniform(-1, 1),
        n_cold=0.5,
        gamma_hot=10 ** rng.uniform(-2, 1),
        gamma_cold=10 ** rng.uniform(-2, 1),
        detuning=float(rng.normal()),
    )


def test_the_state_and_its_largest_pair_sum_in_closed_form():
    """Any drive on degenerate levels; the engine's optimum lies anywhere between its three branches."""
    for item in draw(degenerate, 60, seed=2):
        true = balls.truth(item)
        with ctx.workprec(true.bits):
            ground, driven, c, y = closed_form(item)
            assert abs(true.rho[0, 0] - ground) < 1e-58
            assert all(abs(true.rho[1, j + 2] - u) < 1e-58 for j, u in enumerate(driven))
            moduli = [abs(acb(complex(x))) for x in item.drive]
            one, two = sum(moduli, arb(0)), sum((m**2 for m in moduli), arb(0))
            if item.n_hot[0] < item.n_cold:
                largest = c * one + y * (one**2 - two) / 2
            else:
                low = max(arb(0), 2 * max(moduli) - one)
                m = min(max(c / y, low), one)
                largest = c * m - y * (m**2 - two) / 2
            assert abs(torus.pair_sum(true.rho) - largest) < 1e-20 * largest, item.code


def test_the_largest_pair_sum_is_what_branch_and_bound_finds():
    for item in draw(ordinary, 60, seed=3):
        true = balls.truth(item)
        rho = (true.doubles + true.doubles.conj().T) / 2
        lower, upper = exhaustive.bracket(rho, 1e-9)
        with ctx.workprec(true.bits):
            found = float(torus.pair_sum(true.rho))
        assert lower * (1 - 1e-12) <= found <= upper * (1 + 1e-12), item.code


def test_energy_and_quanta_are_conserved_by_the_true_currents():
    """P = Q_h + Q_c and J = −Q_c/ω_1, power from coherences and heats from populations, correlated dipoles too."""
    for item in draw(ordinary, 100, seed=4):
        true = balls.truth(item)
        with ctx.workprec(true.bits):
            found = flows(item, true.rho)
            assert abs(found.heat_hot + found.heat_cold - found.power) < 1e-50
            assert abs(found.heat_cold + arb(item.omega_cold) * found.flux) < 1e-50
            driven = driven_flows(item, true.rho)
            assert abs(driven.heat_hot + driven.heat_cold - driven.power) < 1e-50


def test_the_residual_is_that_of_the_whole_liouvillian():
    for item in draw(ordinary, 20, seed=5):
        rho = balls.truth(item).doubles
        rho = (rho + rho.conj().T) / 2
        with ctx.workprec(balls.BITS):
            whole = balls.frobenius(balls.action(item, balls.exact(rho)))
        assert balls.residual(item, rho) == pytest.approx(whole, rel=1e-12)


def test_many_states_are_never_proven_to_be_one():
    with pytest.raises(balls.NotUniqueError):
        balls.truth(machine([0.1, 0.1], **ENGINE_BATHS, dipole_correlation=1.0))


def test_the_hunt_sees_a_state_that_is_further_off_than_it_says():
    """A state moved by 1e-9 that claims 1e-10, in its coherences or in its populations, breaks its laws."""
    item = letter(2, 5.0)
    true = balls.truth(item)
    for place, broken in (
        ((1, 2), {"state error", "coherence error", "coherence asked for"}),
        ((2, 2), {"state error", "populations"}),
    ):
        moved = (true.doubles + true.doubles.conj().T) / 2
        moved[place] += 1e-9
        moved[place[::-1]] = moved[place].conj()
        small = np.array([1e-10])
        state = SimpleNamespace(
            rho=moved[None],
            populations=np.diag(moved).real[None],
            coherence=lambda i, j, rho=moved: rho[None, i, j],
            min_eigenvalue=np.array([0.0]),
            error=small,
            coherence_error=small,
            residual=np.array([1.0]),
        )
        tally = Tally()
        steady_errors.examine(tally, "moved", true, state, 0)
        assert broken <= {line.split(":")[0] for line in tally.broken}


def test_the_hunt_sees_an_optimum_that_is_further_off_than_it_says():
    item = letter(2, 5.0)
    true = balls.truth(item)
    state = ts.steady_state(stacked([item]))
    sync = ts.synchronization(state)
    for shift, broken in ((1e-9, "value attained"), (-1e-9, "bound holds")):
        shifted = SimpleNamespace(
            **{key: getattr(sync, key) + shift for key in ("pair_sum", "pair_sum_bound", "s_max")},
            pair_sum_error=np.array([1e-12]),
            s_max_error=np.array([1e-12]),
            gap=sync.gap,
            certified=sync.certified,
        )
        tally = Tally()
        pair_sums.examine(tally, true, state, shifted, 0)
        assert {broken, "s_max error"} <= {line.split(":")[0] for line in tally.broken}


def test_the_hunt_sees_a_current_or_a_regime_that_is_not_true():
    item = letter(2, 5.0)
    true = balls.truth(item)
    with ctx.workprec(true.bits):
        exact = flows(item, true.rho)
    names = [*currents.CURRENTS, *currents.RATIOS]
    wrong = {key: np.array([-float(getattr(exact, key))]) for key in names}
    errors = {f"{key}_error": np.array([1e-12]) for key in names}
    codes = np.array([Regime.REFRIGERATOR.value])
    tally = Tally()
    family = currents.Family(ordinary, 1)
    case = currents.Case("wrong", family, true)
    laws = {"first_law_holds": np.array([False]), "second_law_holds": np.array([False])}
    currents.examine(tally, case, SimpleNamespace(**wrong, **errors, **laws, regime_codes=codes), 0)
    expected = {
        "power error",
        "flux error",
        "heat_hot error",
        "heat_cold error",
        "entropy_production error",
        "cop error",
        "regime is true",
        "first law",
    }
    assert expected <= {line.split(":")[0] for line in tally.broken}
