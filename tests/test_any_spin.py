"""Are spins of any size, and signals that squeeze, what two routes of their own say: closed forms, and QuTiP?

The routes were derived apart: rate equations by hand and first order from them, and QuTiP's solution of the printed
equation, with S by quadrature over coherent states.  They share no operator with the package.
"""

import math
from functools import cache

import numpy as np
import pytest
import qutip as qt

import torusync as ts
from command import as_json
from problems import refused
from torusync.analysis import Blockade, Cycle, Finding
from torusync.dynamics import first_order
from torusync.models import Spin, SpinOne
from torusync.phases import SU2

CASES = [
    {"spin": 1.0, "gain": 1.0, "damping": 10.0, "drive": 0.1, "detuning": 0.2, "squeezing": 0.1 + 0.3j, "centre": 0.0},
    {"spin": 0.5, "gain": 2.0, "damping": 0.7, "drive": 0.4, "detuning": 0.1, "squeezing": 0.3, "centre": 0.2},
    {"spin": 1.5, "gain": 2.0, "damping": 1.0, "drive": 0.3, "detuning": 0.4, "squeezing": 0.2j, "centre": 0.0},
    {"spin": 2.0, "gain": 1.0, "damping": 10.0, "drive": 0.1, "detuning": 0.0, "squeezing": 0.1, "centre": 0.5},
    {"spin": 2.5, "gain": 1.0, "damping": 2.0, "drive": 0.4, "detuning": 0.1, "squeezing": 0.0, "centre": 0.5},
    {"spin": 3.0, "gain": 1.0, "damping": 1.0, "drive": 0.1, "detuning": 0.0, "squeezing": 0.2, "centre": -0.3},
]


def by_qutip(*, spin, gain, damping, drive, detuning, squeezing, centre):
    up, z = qt.jmat(spin, "+"), qt.jmat(spin, "z")
    energy = detuning * z + drive * qt.jmat(spin, "y") + squeezing / 2 * up**2 + np.conj(squeezing) / 2 * up.dag() ** 2
    away = z - centre * qt.qeye(z.shape[0])
    jumps = [math.sqrt(gain / 2) * up * away, math.sqrt(damping / 2) * up.dag() * away]
    return qt.steadystate(energy, jumps).full()


@cache
def weights(spin):
    """∫ sinθ dθ (2S+1)/4π <θ|m><m'|θ> by quadrature, of amplitudes that are written out."""
    nodes, parts = np.polynomial.legendre.leggauss(120)
    theta, parts = 0.5 * np.pi * (nodes + 1.0), 0.5 * np.pi * parts
    above = np.arange(int(2 * spin), -1, -1)
    root = np.sqrt([math.comb(int(2 * spin), int(n)) for n in above])
    rows = (
        root[:, np.newaxis] * np.cos(theta / 2) ** above[:, np.newaxis] * np.sin(theta / 2) ** above[::-1, np.newaxis]
    )
    return (2 * spin + 1) / (4 * np.pi) * (rows * (parts * np.sin(theta))) @ rows.T


def ladder(spin, m):
    """|<m+1|S_+|m>|²."""
    return spin * (spin + 1.0) - m * (m + 1.0)


@pytest.mark.parametrize("case", CASES)
def test_states_are_those_of_qutip_and_phases_those_of_quadrature(case):
    state = ts.steady_state(Spin(**case))
    theirs = by_qutip(**case)
    np.testing.assert_allclose(state.rho, theirs, atol=1e-12)
    found = ts.synchronization(state)
    angle, spin = np.linspace(-np.pi, np.pi, 4001), case["spin"]
    harmonics = [np.diagonal(weights(spin) * theirs, q).sum() for q in range(1, int(2 * spin) + 1)]
    sums = 2.0 * np.real(np.exp(1j * np.outer(angle, np.arange(1, len(harmonics) + 1))) @ harmonics)
    assert sums.max() <= found.s_max_bound + 1e-12
    assert sums.max() == pytest.approx(found.s_max, rel=1e-5)
    assert found.distribution == SU2(spin)


@pytest.mark.parametrize("squeezing", [0.0, 0.2, 0.1 - 0.3j])
def test_a_spin_one_is_the_same_by_both_models(squeezing):
    one = SpinOne(1.0, 3.0, 0.2, 0.4, squeezing=squeezing)
    other = Spin(1.0, 3.0, drive=0.2, detuning=0.4, squeezing=squeezing)
    np.testing.assert_allclose(one.generator().liouvillian(), other.generator().liouvillian(), atol=1e-15)


@pytest.mark.parametrize(("spin", "centre"), [(1.5, 0.0), (2.5, 0.0), (3.0, 0.25), (2.0, 1.0), (3.5, 0.5), (20.0, 0.0)])
def test_the_limit_cycle_is_in_closed_form(spin, centre):
    """p_m ∝ (γ_g/γ_d)^m/(m − m_0)²: as many go from m to m + 1 as come back."""
    m, ratio = spin - np.arange(int(2 * spin) + 1), 0.6
    away = m - centre
    expected = (m == centre).astype(float) if (away == 0).any() else ratio**m / np.where(away == 0, 1.0, away) ** 2
    state = ts.steady_state(Spin(0.6, 1.0, spin=spin, centre=centre))
    np.testing.assert_allclose(state.populations, expected / expected.sum(), atol=1e-13)
    assert ts.synchronization(state).s_max == 0.0


@pytest.mark.parametrize(("spin", "level"), [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (1.5, 0.5), (2.5, -0.5), (2.0, 1.0)])
def test_the_response_to_a_drive_is_that_of_two_coherences(spin, level):
    """ρ_{m+1,m} = −(ε/2)s_+/(K_+ + iΔ), ρ_{m,m−1} = (ε/2)s_−/(K_− + iΔ) at the level m where it rests, others are 0."""
    gain, damping, detuning = 1.0, 3.0, 0.2
    cycle = Spin(gain, damping, spin=spin, detuning=detuning, centre=level)
    size, place = cycle.dimension, int(spin - level)
    above = 0.25 * (gain * ladder(spin, level + 1) + damping * ladder(spin, level))
    below = 0.25 * (gain * ladder(spin, level - 1) + damping * ladder(spin, level - 2))
    expected = np.zeros((size, size), dtype=complex)
    expected[place - 1, place] = -0.5 * math.sqrt(ladder(spin, level)) / (above + 1j * detuning)
    expected[place, place + 1] = 0.5 * math.sqrt(ladder(spin, level - 1)) / (below + 1j * detuning)
    expected = expected + expected.conj().T
    found = first_order(cycle, qt.jmat(spin, "y").full())
    np.testing.assert_allclose(found.slope, expected, atol=float(found.error) + 1e-14)
    drive = 1e-5
    exact = by_qutip(spin=spin, gain=gain, damping=damping, drive=drive, detuning=detuning, squeezing=0.0, centre=level)
    np.testing.assert_allclose(np.triu(exact, 1) / drive, np.triu(expected, 1), atol=2e-5)


def first_harmonic(spin, ratio):
    """c_1 per ε at γ_g = 1 and γ_d = ratio about m_0 = 0, from the rates of neighbours alone, of any spin.

    x_m = ρ_{m+1,m} decays by half of what leaves m and m + 1, is fed by both of its neighbours, and is made at
    −(s_m/2)(p_m − p_{m+1}).
    """
    m = np.arange(-spin, spin + 1.0)
    weight = ratio**-m / np.where(m == 0, 1.0, m) ** 2
    populations = (m == 0).astype(float) if (m == 0).any() else weight / weight.sum()
    s = np.sqrt(np.maximum(ladder(spin, m), 0.0))  # of m → m + 1, 0 at the top
    leaving = 0.5 * m**2 * (s**2 + ratio * np.concatenate([[0.0], s[:-1]]) ** 2)
    equation = np.diag(-0.5 * (leaving[:-1] + leaving[1:]))
    equation += np.diag(0.5 * m[:-2] * m[1:-1] * s[:-2] * s[1:-1], -1)
    equation += np.diag(0.5 * ratio * m[1:-1] * m[2:] * s[:-2] * s[1:-1], 1)
    made = -0.5 * s[:-1] * (populations[:-1] - populations[1:])
    return np.diagonal(weights(spin), 1)[::-1] @ np.linalg.solve(equation, -made)


@pytest.mark.parametrize(
    ("spin", "zeros"),
    [
        (1.0, [1.0]),
        (2.0, [1.0]),
        (3.0, [1.0]),
        (1.5, [0.1080536716, 1.0, 9.2546600729]),
        (2.5, [0.4036667591, 1.0, 2.4772909271]),
        (3.5, [0.5571763863, 1.0, 1.7947637849]),
    ],
)
def test_a_half_integer_spin_is_blocked_at_three_ratios_of_rates_and_a_whole_one_at_equal_rates(spin, zeros):
    """By hand and by the library; arXiv:2208.12766, abstract: the blockade is qualitatively different of both."""
    ratios = np.geomspace(0.05, 20.0, 90)
    by_hand = np.array([first_harmonic(spin, one) for one in ratios])
    turns = np.flatnonzero(by_hand[:-1] * by_hand[1:] < 0.0)
    assert [bool(ratios[one] < zero < ratios[one + 1]) for one, zero in zip(turns, zeros, strict=True)] == [True] * len(
        zeros
    )
    answer = first_order(Spin(1.0, [3.0, *zeros], spin=spin), qt.jmat(spin, "y").full())
    ours = np.array([(np.diagonal(one, 1) * np.diagonal(weights(spin), 1)).sum() for one in answer.slope])
    assert ours[0] == pytest.approx(first_harmonic(spin, 3.0), rel=1e-9)
    assert (np.abs(ours[1:]) < 1e-9).all()


@pytest.mark.parametrize("spin", [2.0, 3.0])
def test_the_response_to_squeezing_is_that_of_two_coherences_two_levels_apart(spin):
    """ρ_20 = −(iη/2)s/(K + 2iΔ), ρ_0,−2 = (iη/2)s/(K' + 2iΔ), which a spin 1 has not."""
    gain, damping, detuning = 1.0, 3.0, 0.2
    cycle, place = Spin(gain, damping, spin=spin, detuning=detuning), int(spin)
    root = math.sqrt(ladder(spin, 0) * ladder(spin, 1))
    above = gain * ladder(spin, 2) + damping * ladder(spin, 1)
    below = gain * ladder(spin, -2) + damping * ladder(spin, -3)
    expected = np.zeros((cycle.dimension,) * 2, dtype=complex)
    expected[place - 2, place] = -0.5j * root / (above + 2j * detuning)
    expected[place, place + 2] = 0.5j * root / (below + 2j * detuning)
    up = qt.jmat(spin, "+").full()
    found = first_order(cycle, 0.5 * (up @ up + (up @ up).T))
    np.testing.assert_allclose(found.slope, expected + expected.conj().T, atol=float(found.error) + 1e-14)
    exact = by_qutip(spin=spin, gain=gain, damping=damping, drive=0.0, detuning=detuning, squeezing=1e-5, centre=0.0)
    np.testing.assert_allclose(np.triu(exact, 1) / 1e-5, np.triu(expected, 1), atol=2e-5)


def test_a_spin_one_at_rest_is_dark_to_squeezing():
    squeezed = SpinOne(1.0, 10.0, squeezing=[0.1, 1.0, 10.0j])
    assert (ts.synchronization(ts.steady_state(squeezed)).s_max < 1e-12).all()
    found = ts.explain(squeezed[1])
    assert (found.finding, found.cycle) == (Finding.NO_COHERENCE, Cycle.RING)
    assert found.drive == pytest.approx(1.0)
    beside = ts.solve(SpinOne(1.0, 10.0, 0.1, squeezing=[0.1, 0.1j]))
    np.testing.assert_allclose(beside["s_max"], [0.0319284863, 0.0333537449], atol=1e-9)  # by both routes


@pytest.mark.parametrize("spin", [1.0, 1.5, 2.0, 2.5, 3.0])
def test_equal_rates_block_every_spin_exactly(spin):
    """By time reversal odd harmonics vanish at any drive, and of a squeezed spin all that are no multiples of 4."""
    drives = [0.01, 0.1, 1.0, 3.0]
    state = ts.steady_state(Spin.blockaded(spin, drives, detuning=0.3))
    found = np.abs(SU2(spin).harmonics(state.density).coefficients)
    assert (found[:, ::2] < 1e-14).all()
    assert (found[:, 1] > 1e-8).all()
    assert ts.explain(Spin.blockaded(spin, 0.1)).blockade is Blockade.EXACT
    squeezed = ts.steady_state(Spin(1.0, 1.0, spin=spin, squeezing=drives, detuning=0.3))
    left = np.abs(SU2(spin).harmonics(squeezed.density).coefficients)
    orders = np.arange(1, left.shape[1] + 1)
    assert (left[:, orders % 4 != 0] < 1e-14).all()
    assert (left[:, orders % 4 == 0] > 1e-10).all()


def test_squeezing_leaves_two_maxima_of_a_spin_that_feels_it():
    found = ts.solve(Spin(1.0, 10.0, spin=2, squeezing=0.1))
    assert found["s_max"] == pytest.approx(0.0101030426, abs=1e-9)  # by both routes
    assert found["optima_count"] == 2
    assert ts.explain(found.system).finding is Finding.COMPETE


@pytest.mark.parametrize(("spin", "centre"), [(0.5, 0.0), (1.0, 1.0), (1.5, 1.5), (2.0, -2.0)])
def test_at_an_end_of_the_ladder_there_is_no_limit_cycle(spin, centre):
    assert ts.explain(Spin(1.0, 10.0, spin=spin, drive=0.1, centre=centre)).finding is Finding.NO_LIMIT_CYCLE


def test_levels_are_swept_and_the_spin_is_typed(tmp_path):
    found = ts.sweep(
        Spin, {"levels": [3, 4, 5], "drive": [0.1, 0.2]}, ["s_max"], fixed={"gain": 1.0, "damping": 10.0}, workers=1
    )
    np.testing.assert_allclose(found.s_max[:, 0], [0.0320059875, 0.0001094020, 0.0009868773], atol=1e-9)  # both routes
    assert Spin.from_shorthands({"gain": 1, "damping": 10, "spin": 1.5}) == Spin(1, 10, levels=4)
    assert Spin(1, 10, spin=1.5, drive=[0.1, 0.2])[1] == Spin(1, 10, spin=1.5, drive=0.2)
    path = tmp_path / "spin.toml"
    path.write_text('model = "any_spin"\ngain = 1\ndamping = 10\ndrive = 0.1\nspin = 2\n', encoding="utf-8")
    assert as_json("solve", path)["synchronization"]["s_max"] == pytest.approx(0.0009868773, abs=1e-9)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"spin": 1, "levels": 3}, ("`spin`", "beside `levels`")),
        ({"spin": 0.7}, ("`spin`", "multiple of 1/2", "0.7")),
        ({"spin": 0}, ("`spin`", "greater than 0")),
        ({"spin": [1, 2]}, ("`spin`", "one number")),
        ({"levels": 1}, ("`levels`", "at least 2")),
        ({"levels": 401}, ("`levels`", "at most 400")),
        ({"levels": 3.0}, ("`levels`", "whole number")),
        ({"spin": 1, "centre": [0.0, 1.5]}, ("`centre`", "from −S to S", "1.5")),
        ({"spin": 1, "squeezing": np.nan}, ("`squeezing`", "finite")),
    ],
)
def test_what_is_no_spin_is_refused_by_name(given, words):
    refused(lambda: Spin(1.0, 1.0, **given), *words)
    if "levels" not in given and np.ndim(given.get("spin")):
        refused(lambda: Spin.from_shorthands({"gain": 1, "damping": 1, **given}), "`spin`", "`levels`")
