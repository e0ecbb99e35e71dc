"""Is it told rightly why a system synchronizes, or does not, and does that follow from numbers that are right?"""

from functools import cache

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, ENGINE, LOWERING, REFRIGERATOR, refused
from torusync.analysis import Blockade, Cycle, Finding, explanation
from torusync.models import MaserPair, QubitPair, SpinOne, SpinPair, VanDerPol
from torusync.phases import SU2, Fock, Joint, Relative

FIRST, SECOND = (Joint(SU2(1), dims=(3, 3), parts=(part,)) for part in (0, 1))
QUBIT = Joint(SU2(0.5), dims=(2, 2), parts=(0,))
ZERO = 0.870843
"""g at which <S_+> of the first qubit vanishes at weak drive."""
A = np.diag(np.sqrt(np.arange(1.0, 12.0)), 1)
FLIP = LOWERING + LOWERING.T


def engine(n_hot):
    return ts.ThermalMaser([0.1, 0.1], n_hot=n_hot, **BATHS)


KNOWN = {
    "engine": (engine(ENGINE), None, Finding.COMPETE, Blockade.NONE),
    "refrigerator": (engine(REFRIGERATOR), None, Finding.COOPERATE, Blockade.NONE),
    "spin 1, more damping": (SpinOne(1, 10, 0.1), None, Finding.COMPETE, Blockade.NONE),
    "spin 1, more gain": (SpinOne(10, 1, 0.1), None, Finding.COMPETE, Blockade.NONE),
    "spin 1, blockaded": (SpinOne.blockaded(0.1), None, Finding.BLOCKED, Blockade.EXACT),
    "spin 1, blockaded off resonance": (SpinOne(1, 1, 0.1, 0.3), None, Finding.BLOCKED, Blockade.EXACT),
    "two spins alike": (SpinPair.identical(0.1), None, Finding.BLOCKED, Blockade.EXACT),
    "two spins alike, unequal rates": (SpinPair(2, 1, 2, 1, coupling=0.1j), None, Finding.BLOCKED, Blockade.EXACT),
    "two blockaded spins": (SpinPair(1, 1, 3, 3, coupling=0.1j), None, Finding.BLOCKED, Blockade.EXACT),
    "two spins inverse": (SpinPair(1, 2, 2, 1, coupling=0.1j), None, Finding.COMPETE, Blockade.NONE),
    "two spins, first order": (SpinPair(3, 1, 4, 2, coupling=0.1j), None, Finding.BLOCKED, Blockade.FIRST_ORDER),
    "van der Pol": (VanDerPol(1, 1, 0.1), None, Finding.COOPERATE, Blockade.NONE),
    "qubits at their zero": (QubitPair.inverted(ZERO, 0.01), QUBIT, Finding.BLOCKED, Blockade.FIRST_ORDER),
    "qubits beside it": (QubitPair.inverted(0.3, 0.01), QUBIT, Finding.COOPERATE, Blockade.NONE),
    "driven spin": (SpinPair.driven(0.1), FIRST, Finding.BLOCKED, Blockade.EXACT),
    "spin beside it": (SpinPair.driven(0.1), SECOND, Finding.COOPERATE, Blockade.NONE),
    "two qubits": (QubitPair.inverted(0.3, 0.01), None, Finding.NEUTRAL, Blockade.NONE),
}
"""Systems of which it is known what their coherences do, and how far a blockade of them goes."""

SILENT = {
    "no drive": (SpinOne(1, 10), None, Finding.NO_DRIVE),
    "no drive, a mode": (VanDerPol(1, 1), None, Finding.NO_DRIVE),
    "no inversion": (engine(0.5), None, Finding.NO_COHERENCE),
    "two masers alike": (MaserPair.identical(2.0, 0.5, exchange=0.1), None, Finding.NO_COHERENCE),
    "a damped mode": (ts.LindbladSystem(0.1j * (A - A.T), [(0.5, A)]), Fock(), Finding.NO_LIMIT_CYCLE),
    "a damped qubit": (ts.LindbladSystem(0.1 * FLIP, [(0.5, LOWERING)]), None, Finding.NO_LIMIT_CYCLE),
}  # fmt: skip
"""Systems that do not synchronize."""


@cache
def told(name):
    system, distribution, *_ = {**KNOWN, **SILENT}[name]
    return ts.explain(system, distribution=distribution)


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_is_told(name):
    _, _, finding, blockade = KNOWN[name]
    found = told(name)
    assert (found.finding, found.blockade) == (finding, blockade)
    assert found.synchronizes == (finding is not Finding.BLOCKED)
    words = {Finding.COMPETE: "compete", Finding.COOPERATE: "cooperate", Finding.BLOCKED: "block each other"}
    for one, word in words.items():
        assert (word in found.text) == (one is finding), found.text
    assert ("exactly" in found.text) == (blockade is Blockade.EXACT)
    assert ("first order only" in found.text) == (blockade is Blockade.FIRST_ORDER)


@pytest.mark.parametrize("name", SILENT)
def test_what_does_not_synchronize_is_told_so(name):
    found = told(name)
    assert found.finding is SILENT[name][2]
    assert not found.synchronizes
    word = {
        Finding.NO_DRIVE: "Nothing drives",
        Finding.NO_COHERENCE: "no coherence is made",
        Finding.NO_LIMIT_CYCLE: "no limit cycle",
    }
    assert word[found.finding] in found.text


@pytest.mark.parametrize("name", [*KNOWN, *SILENT])
def test_what_makes_coherences_adds_up_to_them(name):
    found = told(name)
    whole = float(found.sync.s_max)
    error = 1e-12 * max(1.0, abs(found.made_heights).sum()) + 2.0 * float(found.sync.s_max_error)
    assert abs(found.heights.sum() - whole) <= 1e-13 + 1e-12 * whole
    known = np.isfinite(found.made).all(axis=0)
    np.testing.assert_allclose(found.made.sum(axis=0)[known], found.rho[known], atol=1e-11)
    assert known.all()
    assert abs(sum(found.shares.values()) - whole) <= error
    assert found.by_drive + found.by_dissipation == pytest.approx(whole, abs=error)


@pytest.mark.parametrize("name", [one for one in KNOWN if "erator" not in one and one != "engine"])
def test_harmonics_are_those_of_the_distribution(name):
    found = told(name)
    reference = found.sync.distribution.harmonics(found.sync.density)
    np.testing.assert_array_equal(found.reading.orders, reference.orders)
    assert (abs(found.sums.value - reference.coefficients) <= 1e-15 * found.sums.reach + 1e-300).all()
    assert (found.sums.reach >= abs(found.sums.value) - 1e-15).all()
    assert (found.sums.chance <= found.sums.reach * (1 + 1e-15)).all()


def test_a_spin_one_by_the_printed_sum():
    """c_1 = W(ρ_01 + ρ_12) with W = 2π 3/(16√2): by NumPy alone, about ρ from S_max of another route."""
    found = told("spin 1, more damping")
    rho = ts.steady_state(SpinOne(1, 10, 0.1)).rho
    weight = 2.0 * np.pi * 3.0 / (16.0 * 2.0**0.5)
    terms = weight * rho[[0, 1], [1, 2]]
    one = found.fundamental
    assert abs(found.sums.value[one]) == pytest.approx(abs(terms.sum()), rel=1e-12)
    assert found.sums.reach[one] == pytest.approx(abs(terms).sum(), rel=1e-12)
    expected = abs(terms.sum()) ** 2 / (abs(terms) ** 2).sum() - 1.0
    assert found.sums.interference[one] == pytest.approx(expected, rel=1e-11)
    assert expected < 0.0
    # in first order 1/γ_g and −1/γ_d: of what both could make (10 − 1)/(10 + 1) remain
    assert found.response.remains == pytest.approx(9.0 / 11.0, rel=1e-10)


def test_what_is_left_of_a_first_order_blockade_is_of_third_order():
    """|c_1|/π = 5.3e-5, 5.5e-8 at ε = .1, .01."""
    for strength, size in ((0.1, 5.3e-5), (0.01, 5.5e-8)):
        found = ts.explain(SpinPair(3, 1, 4, 2, coupling=1j * strength))
        assert found.blockade is Blockade.FIRST_ORDER
        assert abs(found.sums.value[found.fundamental]) / np.pi == pytest.approx(size, rel=0.01)
        assert found.probes[:, 1].max() > 1e6 * found.probes[:, 2].max()


@pytest.mark.parametrize("distribution", [Fock(), SU2(5.5)])
def test_what_is_no_more_than_the_error_is_no_coherence(distribution):
    """Neither noise of any kind, nor all of it in one harmonic."""
    rng = np.random.default_rng(2)
    reading = explanation.Reading.of(distribution, 12)
    for draw in range(20):
        noise = rng.normal(size=(12, 12)) + 1j * rng.normal(size=(12, 12))
        if draw % 2:
            noise = np.diag(np.diagonal(noise, 1), 1)
        noise = noise + noise.conj().T
        noise = 1e-9 * noise / np.linalg.norm(noise, "nuc")
        assert not reading.sums(np.eye(12) / 12 + noise, 1e-9).carried.any()
    assert reading.sums(np.eye(12) / 12 + 2e-9 * (A + A.T), 1e-9).carried[0]


def test_a_weak_drive_does_not_make_a_blockade_exact():
    """At ε = 1e-5 what is left is below the error of any state, and drives as strong as the decay tell."""
    found = ts.explain(SpinPair(3, 1, 4, 2, coupling=1e-5j))
    assert abs(found.sums.value[found.fundamental]) <= found.sums.error[found.fundamental]
    assert found.blockade is Blockade.FIRST_ORDER


def test_a_strong_drive_lifts_a_blockade_of_first_order():
    found = ts.explain(QubitPair.inverted(ZERO, 0.7), distribution=QUBIT)
    assert found.blockade is Blockade.FIRST_ORDER
    assert found.finding in {Finding.COMPETE, Finding.COOPERATE}
    assert "beyond it" in found.text
    assert found.sums.remains[found.fundamental] > explanation._FAINT


@pytest.mark.parametrize(("off", "blockade"), [(3e-5, Blockade.FIRST_ORDER), (3e-4, Blockade.NONE)])
def test_beside_a_zero_nothing_is_blocked(off, blockade):
    found = ts.explain(QubitPair.inverted(ZERO + off, 1e-4), distribution=QUBIT)
    assert (found.response.remains <= explanation.BLOCKED) == (blockade is not Blockade.NONE)
    assert found.blockade is blockade


def test_a_zero_at_one_strength_alone_is_told_so():
    """Beyond the zero of weak drives there is a drive at which both terms cancel, by bisection of their sum."""

    def summed(drive):
        rho = ts.steady_state(QubitPair.inverted(0.9, drive)).rho
        return (rho[0, 2] + rho[1, 3]).imag

    low, high = 1e-3, 0.6
    assert summed(low) * summed(high) < 0.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if summed(low) * summed(middle) > 0.0 else (low, middle)
    found = ts.explain(QubitPair.inverted(0.9, low), distribution=QUBIT)
    assert found.blockade is Blockade.HERE
    assert found.finding is Finding.BLOCKED
    assert "at this strength" in found.text


RAISING, S_Z = 2.0**0.5 * np.diag([1.0, 1.0], 1), np.diag([1.0, 0.0, -1.0])


def test_what_dissipation_makes_is_dissipation_s():
    """Two spin-1 cycles that lose quanta together."""
    one, channels = np.eye(3), []
    for jump in (RAISING @ S_Z, RAISING.T @ S_Z):
        channels += [(0.25, np.kron(jump, one)), (0.5, np.kron(one, jump))]
    lost = np.kron(RAISING.T, one) - np.kron(one, RAISING.T)
    relative = Relative(SU2(1), SU2(1))
    alone = ts.explain(
        ts.LindbladSystem(np.zeros((9, 9)), [*channels, (0.1, lost)], dims=(3, 3)), distribution=relative
    )
    assert alone.undriven == pytest.approx(float(alone.sync.s_max), rel=1e-12)
    assert alone.by_drive == 0.0
    assert alone.by_dissipation == pytest.approx(float(alone.sync.s_max), rel=1e-9)
    assert alone.response is None
    exchange = np.kron(RAISING, RAISING.T)
    energy = 0.05j * (exchange - exchange.T)
    both = ts.explain(ts.LindbladSystem(energy, [*channels, (0.1, lost)], dims=(3, 3)), distribution=relative)
    assert both.undriven == pytest.approx(alone.undriven, rel=1e-9)
    assert both.by_drive != 0.0
    assert "dissipation makes S_max" in both.text


def test_the_drive_is_what_binds_the_phase_that_is_read():
    """Of two driven qubits an exchange binds their relative phase, and of one of them the drive alone binds it."""
    pair = QubitPair.inverted(0.3, 0.01)
    assert ts.explain(pair, distribution=QUBIT).drive == pytest.approx(0.005)
    assert ts.explain(pair).drive == pytest.approx(0.15)
    assert told("spin beside it").drive == pytest.approx(0.1 / 2**0.5)


def test_a_system_that_its_drive_alone_brings_to_one_state_has_no_limit_cycle():
    energy = np.diag([0.0, 0.1, 0.3]) + 0.2 * (np.diag([1.0, 1.0], 1) + np.diag([1.0, 1.0], -1))
    decay = np.zeros((3, 3))
    decay[0, 2] = 1.0
    found = ts.explain(ts.LindbladSystem(energy, [(0.5, decay)]))
    assert found.cycle is Cycle.SEVERAL
    assert found.finding is Finding.NO_LIMIT_CYCLE
    assert np.isnan(found.undriven)


@pytest.mark.parametrize("name", [*KNOWN, *SILENT])
def test_text_and_dataset_hold_the_numbers(name, tmp_path):
    found = told(name)
    data = found.to_dataset()
    assert data.attrs["text"] == found.text == str(found)
    assert f"{float(found.sync.s_max):.4g}".replace("-", "−") in found.text
    assert float(data["height"].sum()) == pytest.approx(float(data["s_max"]), abs=1e-13)
    np.testing.assert_array_equal(data["made_height"].sum("coherence"), data["share"])
    assert data["finding"].attrs["flag_meanings"].split()[int(data["finding"])] == found.finding.name.lower()
    data.to_netcdf(tmp_path / "why.nc", engine="h5netcdf")
    assert found.finding.name in repr(found)
    assert "nan" not in found.text
    assert found.text in found._repr_html_().replace("&#x27;", "'")


def test_what_cannot_be_explained_is_refused():
    refused(lambda: ts.explain(SpinOne(1, 10, [0.1, 0.2])), "one point")
    refused(lambda: ts.explain(np.eye(2)), "`system`")
    refused(lambda: ts.explain(SpinOne), "`system`")
    refused(lambda: ts.explain(SpinOne(1, 10, 0.1), distribution=3), "distribution")
    refused(lambda: ts.explain(VanDerPol(1, 1, 0.1, cutoff=401)), "400 levels")
    mixed = ts.ThermalMaser([0.1, 0.1], n_hot=[2.0, 3.0], dipole_correlation=0.3, **BATHS)
    refused(lambda: ts.explain(mixed), "dipole_correlation")
