"""Is a law said to hold, or to be proven, only where it is, however weak a jump, cold a bath or bad a state?"""

from dataclasses import replace

import numpy as np
import pytest
import qthermo
import qutip

import torusync as ts
from channels import LOWER, Pair, thermal, unit
from torusync.models import Baths, Kind, Model, Parameter
from torusync.quantities.headlines import warnings
from torusync.thermo import FirstLaw, SecondLaw
from torusync.thermo import thermal as baths
from torusync.thermo.laws import first_codes, second_codes

EXCITED = LOWER.T @ LOWER
BOTH = {"A": [0, 1], "B": [2, 3]}
YES, NO = np.True_, np.False_


class Warmed(Model, name="warmed"):
    """A qubit with one bath, its frequency the unit."""

    PARAMETERS = (Parameter("omega", "Ω_q", Kind.FREQUENCY, "frequency", default=1.0, above=0.0),)
    UNIT, dimension = "omega", 2

    @property
    def baths(self):
        return Baths({"A": [0, 1]}, temperatures={"A": 1.0})

    def generator(self):
        return ts.LindbladSystem(np.multiply.outer(self.omega, EXCITED), thermal(LOWER, 0.1, 0.6)).generator()


def flows_of(system):
    return ts.thermodynamics(ts.steady_state(system))


def qutrit(strength):
    """A bath A that has two temperatures, 1 at the first transition and 2 or 3 at the other, told to have 1."""
    up = [np.exp(-1.0), 1e-2 * np.exp(-0.5), 1e-2 * np.exp(-1.0)]
    channels = [
        (strength, unit(3, 0, 1)), (strength * up[0], unit(3, 1, 0)),
        (1e-2, unit(3, 1, 2)), (up[1], unit(3, 2, 1)), (1e-2, unit(3, 1, 2)), (up[2], unit(3, 2, 1)),
    ]  # fmt: skip
    names = {"A": [0, 1, 2, 3], "B": [4, 5]}
    return ts.LindbladSystem(np.diag([0.0, 1.0, 2.5]), channels, baths=names, temperatures={"A": 1.0, "B": 1.5})


def produced_by_qutrit():
    """σ from the rates of three populations alone: what each bath takes, over its temperature."""
    up = np.exp(-1.0), np.exp(-0.5), np.exp(-1.0)
    # the strong bath keeps the lower levels in balance, and both together the upper one
    p = np.array([1.0, up[0], up[0] * (up[1] + up[2]) / 2.0])
    p /= p.sum()
    heats = [1.5 * 2e-2 * (ratio * p[1] - p[2]) for ratio in up[1:]]
    return -heats[0] / 1.0 - heats[1] / 1.5


@pytest.mark.parametrize(("strength", "law"), [(1e2, "BROKEN"), (1e3, "BROKEN"), (1e4, "UNTOLD"), (1e5, "UNTOLD")])
def test_a_sign_within_its_error_is_not_told(strength, law):
    found = flows_of(qutrit(strength))
    true = produced_by_qutrit()
    assert true == pytest.approx(-2.837e-4, rel=1e-3)
    assert abs(found.entropy_production - true) <= found.entropy_production_error
    assert found.second_law is SecondLaw[law]
    assert not found.second_law_holds
    assert (found.entropy_production + found.entropy_production_error < 0.0) == (law == "BROKEN")
    assert found.second_law.sentence in found._repr_html_()
    told = warnings(ts.solve(qutrit(strength)))
    assert (f"Mind: {found.second_law.sentence}" in told) == (law == "BROKEN")


@pytest.mark.parametrize(
    ("value", "error", "code"),
    [
        (1.0, 0.5, "HOLDS"), (0.5, 0.5, "HOLDS"), (0.4, 0.5, "UNTOLD"), (0.0, 0.0, "HOLDS"), (0.0, 1e-300, "UNTOLD"),
        (-0.4, 0.5, "UNTOLD"), (-0.5, 0.5, "UNTOLD"), (-0.6, 0.5, "BROKEN"), (np.inf, 0.0, "HOLDS"),
        (np.inf, np.inf, "UNTOLD"), (1.0, np.inf, "UNTOLD"), (-np.inf, 0.0, "BROKEN"),
        (np.nan, np.nan, "NO_TEMPERATURE"),
    ],
)  # fmt: skip
def test_what_a_number_and_its_error_say_of_the_second_law(value, error, code):
    known = np.float64(value), np.float64(error)
    assert SecondLaw(int(second_codes(known, NO, YES, NO))).name == code
    proven = code if code in {"BROKEN", "NO_TEMPERATURE"} else "PROVEN"
    assert SecondLaw(int(second_codes(known, YES, YES, NO))).name == proven
    assert SecondLaw(int(second_codes(known, YES, YES, YES))) is SecondLaw.UNDEFINED
    if code != "NO_TEMPERATURE":
        assert SecondLaw(int(second_codes(known, YES, NO, NO))) is SecondLaw.OPEN


@pytest.mark.parametrize(
    ("residual", "slack", "fits", "code"),
    [
        (0.5, 0.5, YES, "HOLDS"), (0.5, 0.5, NO, "UNTOLD"), (0.6, 0.5, YES, "BROKEN"), (-0.6, 0.5, NO, "BROKEN"),
        (np.nan, np.nan, YES, "TAKEN"),
    ],
)  # fmt: skip
def test_what_a_number_and_its_error_say_of_the_first_law(residual, slack, fits, code):
    assert FirstLaw(int(first_codes(np.float64(residual), np.float64(slack), fits, NO))).name == code
    assert FirstLaw(int(first_codes(np.float64(residual), np.float64(slack), fits, YES))) is FirstLaw.UNDEFINED


@pytest.mark.parametrize(("off", "law"), [(0.0, "HOLDS"), (1e-12, "UNTOLD"), (1e-2, "BROKEN")])
def test_energy_that_is_less_than_the_error_may_be_missing(off, law):
    """Quanta of a frequency that is not quite that of the jump: the true residual is (ω' − ω) times their flux."""
    channels = thermal(LOWER, 0.1, 0.3) + thermal(LOWER, 0.1, 2.0)
    quanta = {"A": [-1.0 - off, 1.0 + off], "B": [-1.0, 1.0]}
    system = ts.LindbladSystem(EXCITED, channels, baths=BOTH, frequencies=quanta, energies=EXCITED)
    found = flows_of(system)
    assert found.first_law is FirstLaw[law]
    assert found.first_law_holds == (law == "HOLDS")
    assert (abs(found.first_law_residual) > found.first_law_error) == (law == "BROKEN")


def test_a_cold_bath_is_thermal_by_its_own_rates_whatever_is_beside_it():
    """e^−50 and 1e-12 are both nothing beside 1; only one is the rate of a bath at T = 0.02."""
    beside = np.array([0.015, 0.025, 0.03, 0.05, 0.2, 1.0])
    for up, proven in ((np.exp(-50.0), True), (1e-12, False), (1e-30, False), (0.0, False)):
        channels = [(1.0, LOWER), (up, LOWER.T), (1.0, LOWER), (np.exp(-1.0 / beside), LOWER.T)]
        system = ts.LindbladSystem(EXCITED, channels, baths=BOTH, temperatures={"A": 0.02, "B": beside})
        codes = flows_of(system).second_law_codes
        assert (codes == SecondLaw.PROVEN).all() == proven
        assert (codes != SecondLaw.PROVEN).all() == (not proven)


def turned(rng, energies, jumps, *, any_basis):
    size = len(energies)
    turn = np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))[0]
    turn = turn if any_basis else np.eye(size)
    return (turn * energies) @ turn.conj().T, [turn @ one @ turn.conj().T for one in jumps]


def is_thermal(energies, jumps, rates, warm):
    levels = baths.Levels.of(((energies + energies.conj().T) / 2.0)[np.newaxis].astype(complex))
    stacked, each = [one[np.newaxis].astype(complex) for one in jumps], [np.array([one]) for one in rates]
    return bool(baths.leaves_thermal(levels, np.array([warm]), stacked, each)[0])


def judged(rng, *, any_basis, gap, warm, wrong, runs=6):
    """Baths of all transitions of six levels, of strengths over nine decades; one rate up is wrong by a factor."""
    found = []
    for _ in range(runs):
        energies = np.sort(rng.uniform(0.0, 1.0, 6))
        energies[2] = energies[1] + gap
        jumps, rates = [], []
        ways = [(i, j) for i in range(6) for j in range(i + 1, 6)]
        chosen = rng.integers(len(ways))
        for k, (i, j) in enumerate(ways):
            strength, ratio = 10.0 ** rng.uniform(-6.0, 3.0), np.exp((energies[i] - energies[j]) / warm)
            jumps += [unit(6, i, j), unit(6, j, i)]
            rates += [strength, strength * ratio * (1.0 + wrong * (k == chosen))]
        matrix, jumps = turned(rng, energies, jumps, any_basis=any_basis)
        found.append(is_thermal(matrix, jumps, rates, warm))
    return found


@pytest.mark.parametrize("any_basis", [False, True], ids=["diagonal", "any basis"])
@pytest.mark.parametrize("warm", [10.0, 0.3, 0.02, 0.005])
def test_each_transition_is_compared_with_itself(rng, any_basis, warm):
    for gap in (0.1, 1e-5, 1e-9):
        assert all(judged(rng, any_basis=any_basis, gap=gap, warm=warm, wrong=0.0))
        for wrong in (1e-9, 1e-2, 1e4):
            assert not any(judged(rng, any_basis=any_basis, gap=gap, warm=warm, wrong=wrong))
    # of degenerate levels the basis is open, which makes no bath athermal
    assert all(judged(rng, any_basis=any_basis, gap=0.0, warm=warm, wrong=0.0))


@pytest.mark.parametrize("coupling", [0.02, 0.1])
def test_baths_of_the_whole_are_thermal_as_another_library_makes_them(coupling):
    """A qubit and an oscillator with baths of all transitions: what parity forbids is there, as rounding."""
    s, a = qutip.tensor(qutip.destroy(2), qutip.qeye(3)), qutip.tensor(qutip.qeye(2), qutip.destroy(3))
    for low in (0.5, 0.7, 1.0):
        energy = s.dag() * s + low * a.dag() * a + coupling * (s.dag() * a + a.dag() * s)
        made = [
            qthermo.davies_bath(energy, (one + one.dag()).full(), warm, gamma=0.1, name=name).c_ops
            for name, one, warm in (("hot", s, 1.0), ("cold", a, 0.06))
        ]
        names = {"hot": range(len(made[0])), "cold": range(len(made[0]), len(made[0]) + len(made[1]))}
        system = ts.LindbladSystem.from_qutip(
            energy, made[0] + made[1], baths=names, temperatures={"hot": 1.0, "cold": 0.06}
        )
        assert flows_of(system).second_law is SecondLaw.PROVEN
        told_wrong = system.with_baths(names, temperatures={"hot": 1.0 + 1e-9, "cold": 0.06})
        assert flows_of(told_wrong).second_law is not SecondLaw.PROVEN


def test_energies_are_known_to_rounding_of_what_they_are_stored_in(rng, monkeypatch):
    """Beside a level that is higher by 1e4 T the rounding of a matrix is more than that of the lower levels' e^−E/T."""

    def found():
        judged = []
        for _ in range(10):
            energies = np.array([0.0, 0.4, 1.7, 2.9, 1e4])
            ways = [(i, j) for i in range(4) for j in range(i + 1, 4)]
            jumps = [unit(5, *way) for i, j in ways for way in ((i, j), (j, i))]
            rates = [g for i, j in ways for g in (1.0, np.exp(energies[i] - energies[j]))]
            judged.append(is_thermal(*turned(rng, energies, jumps, any_basis=True), rates, 1.0))
        return judged

    assert all(found())
    of = baths.Levels.of
    monkeypatch.setattr(baths.Levels, "of", lambda one: replace(of(one), rounded=0.0 * one.real))
    assert not all(found())


@pytest.mark.parametrize("strong", [1.0, 1e6, 1e12])
def test_a_weak_jump_that_is_wrong_is_seen_beside_strong_ones_that_are_right(strong):
    """Beside dephasing, and between two pairs of levels that a strong bath connects within."""
    weak = [(1e-6, LOWER), (1e-6 * np.exp(-2.0), LOWER.T)]
    for up, proven in ((np.exp(-2.0), True), (np.exp(-2.0) * (1.0 + 1e-9), False)):
        rates = [strong, weak[0][0], 1e-6 * up]
        assert is_thermal(EXCITED, [EXCITED, LOWER, LOWER.T], rates, 0.5) == proven
        across = [unit(4, 0, 1), unit(4, 1, 0), unit(4, 2, 3), unit(4, 3, 2), unit(4, 1, 3), unit(4, 3, 1)]
        energies, within = np.diag([0.0, 0.5, 1.0, 1.5]), strong * np.exp(-1.0)
        rates = [strong, within, strong, within, 1e-6, 1e-6 * up]
        assert is_thermal(energies, across, rates, 0.5) == proven


def test_at_zero_temperature_levels_that_only_rounding_tells_apart_are_one(rng):
    """Exchange within the lowest level, and decay into it, beside a level so high that its rounding is seen."""
    energies = np.array([0.0, 0.0, 0.4, 1e4])
    jumps = [unit(4, 0, 1), unit(4, 1, 0), unit(4, 0, 2), unit(4, 1, 2)]
    for any_basis in (False, True):
        for _ in range(5):
            whole = turned(rng, energies, [*jumps, unit(4, 2, 0)], any_basis=any_basis)
            assert is_thermal(whole[0], whole[1][:4], [0.3, 0.3, 0.1, 0.2], 0.0)
            assert not is_thermal(*whole, [0.3, 0.3, 0.1, 0.2, 1e-9], 0.0)


def test_a_bath_that_makes_coherence_is_not_thermal():
    """Populations are in balance, but an emission that is dephasing besides turns the state."""
    rates = [0.1, 0.1 * np.exp(-2.0)]
    for weak, proven in ((0.0, True), (1e-9, False), (0.3, False)):
        assert is_thermal(EXCITED, [LOWER + weak * EXCITED, LOWER.T], rates, 0.5) == proven


@pytest.mark.parametrize("strong", [1.0, 1e6])
def test_a_weak_leak_beside_strong_dephasing_carries_entropy_of_which_nothing_is_known(strong):
    for beside in ([(strong, EXCITED)], [(strong, LOWER), (strong, LOWER.T)], [(strong, LOWER + LOWER.T)]):
        channels = thermal(LOWER, 0.1, 0.4) + beside
        told = {"baths": {"A": [0, 1]}, "temperatures": {"A": 1.0 / np.log(3.5)}}
        closed = ts.LindbladSystem(EXCITED, channels, **told)
        leaking = ts.LindbladSystem(EXCITED, [*channels, (1e-9, LOWER)], **told)
        assert flows_of(closed).second_law is SecondLaw.PROVEN
        assert flows_of(leaking).second_law is SecondLaw.OPEN


def test_a_weak_leak_is_seen_beside_exchange_in_any_basis(rng):
    lower = np.diag(np.sqrt(np.arange(1.0, 5.0)), 1)
    for _ in range(10):
        there, back, leak = turned(rng, np.ones(5), [lower, lower.T, unit(5, 0, 3)], any_basis=True)[1]
        share = rng.uniform(0.1, 10.0)
        both = (there, 1e6), (share * back, 1e6 / share**2)
        channels = [(one[np.newaxis].astype(complex), np.array([rate])) for one, rate in both]
        assert baths.unital(channels, 1, 5)[0]
        assert not baths.unital([*channels, (leak[np.newaxis].astype(complex), np.array([1e-9]))], 1, 5)[0]


def test_jumps_change_energies_by_their_frequency_up_to_rounding(rng):
    lower = np.diag(np.sqrt(np.arange(1.0, 5.0)), 1)
    for _ in range(5):
        energies, (down, up) = turned(rng, 1.3 * np.arange(5.0), [lower, lower.T], any_basis=True)
        energies = (energies + energies.conj().T) / 2.0
        channels = [(0.1, down), (0.03, up)]
        told = {"baths": {"A": [0, 1]}, "frequencies": {"A": [-1.3, 1.3]}, "energies": energies}
        assert flows_of(ts.LindbladSystem(energies, channels, **told)).first_law is FirstLaw.HOLDS


def test_a_jump_that_is_nothing_is_undone_by_any():
    """At zero temperature an absorption may come as √n X† with n = 0, and not as a rate 0."""
    for channels in ([(0.2, LOWER), (0.1, 0.0 * LOWER.T)], [(0.2, 0.0 * LOWER), (0.1, LOWER.T)]):
        warm = [(0.3, LOWER), (0.1, LOWER.T)]
        told = {"baths": BOTH, "frequencies": {"A": [-1.0, 1.0], "B": [-1.0, 1.0]}}
        found = flows_of(ts.LindbladSystem(EXCITED, [*channels, *warm], **told))
        assert found.entropy_production == np.inf
        assert found.second_law is SecondLaw.PROVEN


def test_an_adjoint_up_to_a_hundred_millionth_is_none():
    other = LOWER.T + 1e-8 * EXCITED
    for back, paired in ((LOWER.T, True), (3j * LOWER.T, True), (other, False)):
        system = ts.LindbladSystem(
            EXCITED, [(0.2, LOWER), (0.1, back)], baths={"A": [0, 1]}, frequencies={"A": [-1, 1]}
        )
        assert (flows_of(system).second_law is SecondLaw.PROVEN) == paired


def test_the_sentence_of_a_broken_law_blames_no_coupling_alone():
    """One qutrit has no parts: its bath has two temperatures."""
    pair = Pair()
    for found in (flows_of(qutrit(1e2)), flows_of(pair.system(temperatures=pair.temperatures))):
        assert found.second_law is SecondLaw.BROKEN
        first, *others = found.second_law.sentence.split(". ")
        assert first.endswith("not those of a thermal bath at its temperature")
        assert "may not be in the ratio" in others[0]


def test_a_table_of_currents_is_in_units_of_its_model():
    assert "in units of ħ Ω_q² and Ω_q" in flows_of(Warmed())._repr_html_()
    nameless = ts.LindbladSystem(EXCITED, thermal(LOWER, 0.1, 0.6), baths={"A": [0, 1]}, temperatures={"A": 1.0})
    assert "in units of ħ ω_1² and ω_1" in flows_of(nameless)._repr_html_()


def test_of_diagonal_energies_no_entry_of_a_jump_is_too_small_to_be_seen():
    energies, ratio = np.diag([0.0, 0.7, 1.1]), np.exp(-0.7)
    for small in (0.0, 1e-16, 1e-30):
        down = unit(3, 0, 1) + small * unit(3, 0, 2)
        assert is_thermal(energies, [down, unit(3, 1, 0)], [1.0, ratio], 1.0) == (small == 0.0)
