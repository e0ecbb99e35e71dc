"""Is the first order that of the printed formulas, and beyond thirty levels still the derivative, within its error?"""

from dataclasses import replace

import numpy as np
import pytest

import torusync as ts
from problems import BATHS
from torusync.dynamics import first_order, perturbation
from torusync.models import MaserPair, SpinOne, SpinPair, VanDerPol
from torusync.steady.probing import Factored

ROOT2 = 2.0**0.5


def of_drive(model, **switched):
    """The first order of a model in one of its couplings: V is what that adds to H."""
    (name,) = switched
    bare = replace_parameter(model, name, 0.0)
    weak = model.generator().hamiltonian - bare.generator().hamiltonian
    return first_order(bare, weak / switched[name])


def replace_parameter(model, name, value):
    values = {one.name: getattr(model, one.name) for one in model.PARAMETERS}
    return type(model)(**(values | {name: value}))


@pytest.mark.parametrize(("gain", "damping", "detuning"), [(1, 10, 0), (1, 0.1, 0), (1, 3, 0.7), (1, 1, 0.3)])
def test_a_spin_one_answers_its_drive_as_the_formula_says(gain, damping, detuning):
    """S_max = (3ε/16)|1/(γ_g/2 + iΔ) − 1/(γ_d/2 + iΔ)| to first order in ε."""
    found = of_drive(SpinOne(gain, damping, 0.5, detuning), drive=0.5)
    height = 3.0 / (8.0 * ROOT2) * abs(found.slope[0, 1] + found.slope[1, 2])
    exact = 3.0 / 16.0 * abs(1.0 / (gain / 2 + 1j * detuning) - 1.0 / (damping / 2 + 1j * detuning))
    assert abs(height - exact) <= 3.0 / 8.0 * found.error
    assert found.error < 1e-9


@pytest.mark.parametrize("rates", [(1, 2, 2, 1), (1, 100, 100, 1), (1, 3, 2, 0.5), (3, 1, 4, 2), (2, 1, 2, 1)])
def test_two_spins_answer_their_coupling_as_the_formula_says(rates):
    """S_max = (9πε/128)|1/Γ_1 − 1/Γ_2|, nothing where γ_g − γ_d is the same of both."""
    found = of_drive(SpinPair(*rates, coupling=0.1j), coupling=0.1)
    gain_a, damping_a, gain_b, damping_b = rates
    first, second = (damping_a + gain_b) / 2, (gain_a + damping_b) / 2
    summed = sum(found.slope[i, j] for i in range(9) for j in range(9) if orders(i, j) == (1, -1))
    exact = 9.0 * np.pi / 128.0 * abs(1.0 / first - 1.0 / second)
    assert abs(9.0 * np.pi / 128.0 * abs(summed) - exact) <= 4.0 * found.error
    assert (exact == 0.0) == (abs(summed) <= 4.0 * found.error)


def orders(i, j):
    return j // 3 - i // 3, j % 3 - i % 3


@pytest.mark.parametrize("detuning", [0.0, 0.4, -2.0])
def test_a_van_der_pol_mode_in_the_quantum_limit_answers_as_the_formula_says(detuning):
    """<a> = −(E/3)/(3κ_1/2 + iΔ) at κ_2 → ∞, off by O(κ_1/κ_2)."""
    found = of_drive(VanDerPol(1.0, 1e6, 0.1, detuning, cutoff=4), drive=0.1)
    lowered = np.trace(np.diag(np.sqrt(np.arange(1.0, 4.0)), 1) @ found.slope)
    assert lowered == pytest.approx(-1.0 / 3.0 / (1.5 + 1j * detuning), rel=1e-5)


@pytest.mark.parametrize("detuning", [0.0, 0.3])
def test_two_thermal_masers_answer_their_exchange_as_the_formula_says(detuning):
    """ρ_21,12 = −ig(p^A_1 p^B_2 − p^A_2 p^B_1)/(Γ_A + Γ_B − iΔ), and no coherence of one machine alone."""
    n_hot, n_cold = (2.0, 4.0), (0.5, 0.3)
    pair = MaserPair(n_hot[0], n_cold[0], n_hot[1], n_cold[1], exchange=0.1, detuning=detuning)
    found = of_drive(pair, exchange=0.1)
    width, ratios = 0.0, []
    for hot, cold in zip(n_hot, n_cold, strict=True):
        width += 0.05 * (1 + hot) + 0.2 * (1 + cold)
        row = np.array([1.0, cold / (1 + cold), hot / (1 + hot)])
        ratios.append(row / row.sum())
    a, b = ratios
    exact = -1j * (a[1] * b[2] - a[2] * b[1]) / (width - 1j * detuning)
    assert abs(found.slope[3 * 2 + 1, 3 * 1 + 2] - exact) <= found.error
    local = np.einsum("aibi->ab", found.slope.reshape(3, 3, 3, 3))
    assert abs(local - np.diag(np.diagonal(local))).max() <= found.error


def test_a_mode_of_many_levels_answers_as_its_exact_states_do():
    model = VanDerPol(1.0, 0.06, 0.1, [0.2, 0.5], cutoff=40)
    found = of_drive(model, drive=0.1)
    step = 2e-3

    def rho(drive):
        return ts.steady_state(replace_parameter(model, "drive", drive)).rho

    expected = (8.0 * (rho(step) - rho(-step)) - (rho(2 * step) - rho(-2 * step))) / (12.0 * step)
    assert found.slope.shape == (2, 40, 40)
    assert (np.linalg.norm(found.slope - expected, axis=(-2, -1)) <= 1e-8 * np.linalg.norm(expected)).all()
    assert (found.error < 1e-5).all()
    assert abs(np.trace(found.slope, axis1=-2, axis2=-1)).max() < 1e-13


def test_a_machine_of_many_levels_answers_as_its_closed_form():
    """ρ_1j = iλ_j (ρ_11 − ρ_jj)/(Γ − iδ) about the undriven machine."""
    maser = ts.ThermalMaser(np.zeros(33), n_hot=2.0, detuning=0.1, **BATHS)
    weak = np.zeros((35, 35), dtype=complex)
    weak[1, 2:] = np.linspace(0.5, 1.0, 33)
    found = first_order(maser, weak + weak.conj().T)
    state = ts.steady_state(maser).populations
    exact = 1j * weak[1, 2:] * (state[1] - state[2]) / (0.05 * 3.0 + 0.2 * 1.5 + 0.1j)
    assert np.linalg.norm(found.slope[1, 2:] - exact) <= found.error
    assert found.error < 1e-9


MODELS = [SpinOne(1.0, 3.0, 0.5, 0.7), SpinPair(1, 3, 2, 0.5, coupling=0.1j), VanDerPol(1.0, 0.5, 0.1, 0.3, cutoff=20)]


@pytest.mark.parametrize("model", MODELS)
def test_sparse_factors_and_the_full_matrix_agree_within_their_errors(model, monkeypatch):
    strength = {"coupling": 0.1} if isinstance(model, SpinPair) else {"drive": 0.1}
    whole = of_drive(model, **strength)
    monkeypatch.setattr(perturbation, "PERTURBED_LEVELS", 2)
    sparse = of_drive(model, **strength)
    apart = np.linalg.norm(whole.slope - sparse.slope, "nuc")
    assert apart <= whole.error + sparse.error
    assert max(whole.error, sparse.error) < 1e-7 * np.linalg.norm(whole.slope)


@pytest.mark.parametrize("most", [2, 30])
def test_what_the_state_is_off_by_is_in_the_error(most, monkeypatch):
    """A state that is off by 1e-5, and says so."""
    monkeypatch.setattr(perturbation, "PERTURBED_LEVELS", most)
    right = of_drive(MODELS[1], coupling=0.1)

    def worse(system):
        state = ts.steady_state(system)
        rho = state.rho.copy()
        rho[0, 0] += 5e-6
        rho[4, 4] -= 5e-6
        return replace(state, density=replace(state.density, matrix=rho), error=state.error + 1e-5)

    monkeypatch.setattr(perturbation, "steady_state", worse)
    found = of_drive(MODELS[1], coupling=0.1)
    off = np.linalg.norm(found.slope - right.slope, "nuc")
    assert 1e-7 < off <= found.error < 2e-2


def test_a_trace_that_is_left_is_in_the_error(monkeypatch):
    monkeypatch.setattr(perturbation, "PERTURBED_LEVELS", 2)
    right, plain = of_drive(MODELS[1], coupling=0.1), Factored.refined
    state = ts.steady_state(replace_parameter(MODELS[1], "coupling", 0.0)).rho

    def shifted(factored, side):
        # by the steady state, of which no residual knows
        packed = np.concatenate([np.diagonal(state).real, np.zeros(side.size - 9)])
        return plain(factored, side) + 1e-6 * packed

    monkeypatch.setattr(Factored, "refined", shifted)
    found = of_drive(MODELS[1], coupling=0.1)
    assert np.linalg.norm(found.slope - right.slope, "nuc") <= found.error
    assert found.residual < 1e-12


def test_nothing_is_claimed_where_rounding_hides_the_slowest_decay():
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    slow = ts.LindbladSystem(np.diag([0.0, 1.0]), [(1e-14, lower), (0.5, np.diag([0.0, 1.0]))])
    source = np.zeros((1, 2, 2), dtype=complex)
    _, error, _ = perturbation._one_by_one(slow.generator(), source, np.zeros(1))
    assert np.isinf(error).all()
