"""Is the first order, and the boundary of a tongue that it makes, right in any unit and on either side?"""

from fractions import Fraction

import numpy as np
import pytest

import torusync as ts
from problems import LOWERING, refused
from torusync.dynamics import first_order, perturbation
from torusync.models import Kind, Model, Parameter, VanDerPol
from torusync.phases import SUD, PhaseDistribution
from torusync.sweeps import boundary

WEAK = np.array([[0.0, 1.0, 1.1], [1.0, 0.0, 0.7], [1.1, 0.7, 0.0]])
ENERGIES = np.array([0.0, 1.0, 2.3])
HOPS = {(0, 1): 0.3, (1, 0): 0.1, (1, 2): 0.25, (2, 1): 0.2, (0, 2): 0.15, (2, 0): 0.4}
"""Γ of jumps |i><j|."""


def channels():
    return [(rate, np.outer(np.eye(3)[i], np.eye(3)[j])) for (i, j), rate in HOPS.items()]


class Triangle(Model, name="triangle"):
    """Three levels between which jumps lead and a drive, in a ring of which no phase of a level takes the sign."""

    PARAMETERS = (
        Parameter("drive", "ε", Kind.FREQUENCY, "drive"),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "unit of the energies", default=0.0),
        Parameter("bend", "b", Kind.PLAIN, "share of the drive squared", default=0.0),
    )
    UNIT, dimension = "drive", 3

    def generator(self):
        hamiltonian = np.multiply.outer(self.drive * (1.0 + self.bend * self.drive), WEAK)
        return ts.LindbladSystem(
            hamiltonian + np.multiply.outer(self.detuning, np.diag(ENERGIES)), channels()
        ).generator()


def printed(detuning, sign):
    """Σ_{i<j} Re ρ_ij e^{i(φ_j − φ_i)} at its largest, ρ_ij = i V_ij (p_i − p_j)/(g_i + g_j + i(E_i − E_j))."""
    rates = np.zeros((3, 3))
    for (i, j), rate in HOPS.items():
        rates[i, j] += 2.0 * rate
        rates[j, j] -= 2.0 * rate
    populations = np.linalg.solve(np.vstack([rates[:2], np.ones(3)]), [0.0, 0.0, 1.0])
    lost, energies = -0.5 * np.diagonal(rates), detuning * ENERGIES
    rho = np.zeros((3, 3), dtype=complex)
    for i in range(3):
        for j in range(i + 1, 3):
            width = lost[i] + lost[j] + 1j * (energies[i] - energies[j])
            rho[i, j] = sign * 1j * WEAK[i, j] * (populations[i] - populations[j]) / width
    first, second = np.meshgrid(*[np.linspace(0.0, 2.0 * np.pi, 721)[:-1]] * 2, indexing="ij")
    heights = (
        rho[0, 1] * np.exp(1j * first) + rho[0, 2] * np.exp(1j * second) + rho[1, 2] * np.exp(1j * (second - first))
    )
    return 2.0 / (2**4 * np.pi) * heights.real.max()


@pytest.mark.parametrize("drives", [[0.01, 0.1], [-0.1, -0.01], [-0.2, 0.1], [0.0, -0.1]])
def test_a_boundary_is_that_of_the_side_its_drives_are_on(drives):
    """Where drives go around in a ring, one turned round makes another maximum, by nearly a hundredth here."""
    detunings, sign = [0.3, -0.5], 1.0 if max(drives) > 0.0 else -1.0
    found = ts.sweep(Triangle, {"drive": drives, "detuning": detunings}, ["s_max"]).torusync.first_order(1e-4)
    for place, detuning in enumerate(detunings):
        exact = printed(detuning, sign)
        assert float(found.slope[place]) == pytest.approx(exact, rel=4e-5)
        assert abs(printed(detuning, -sign) / exact - 1.0) > 4e-3
        assert float(found.strength[place]) == pytest.approx(sign * 1e-4 / exact, rel=4e-5)
        assert float(found.strength_error[place]) > 0.0


@pytest.mark.parametrize("most", [2, 1])
@pytest.mark.parametrize("rates", [1.0, 1e-100, 1e-155, 1e-200])
@pytest.mark.parametrize("weak", [1.0, 1e-160, 1e-300, 1e-320])
def test_a_qubit_answers_as_its_formula_says_in_any_unit(rates, weak, most, monkeypatch):
    """dρ_01/dε = i v/(Γ − ie)·(ρ_00 − ρ_11), all in fractions: no square of a number is out of range."""
    monkeypatch.setattr(perturbation, "PERTURBED_LEVELS", most)
    down, up, energy = 0.2 * rates, 0.05 * rates, 0.3 * rates
    system = ts.LindbladSystem(np.diag([0.0, energy]), [(down, LOWERING), (up, LOWERING.T)])
    found = first_order(system, weak * (LOWERING + LOWERING.T))
    gain, loss, turn, force = map(Fraction, (up, down, energy, float(weak)))
    share = (loss - gain) / (loss + gain) * force / ((loss + gain) ** 2 + turn**2)
    here = found.slope[0, 1]
    exact = -share * turn, share * (loss + gain)
    off = sum(abs(float(Fraction(float(one)) - two)) for one, two in zip((here.real, here.imag), exact, strict=True))
    assert 2.0 * off <= found.error
    assert found.error <= 1e-9 * abs(here) + 1e-322


def test_points_of_far_scales_answer_together_as_they_do_alone():
    rates = np.array([[1.0, 1e-130], [1e-200, 1e90]])
    energies = np.multiply.outer(rates, np.diag([0.0, 0.3]))
    together = ts.LindbladSystem(energies, [(0.2 * rates, LOWERING), (0.05 * rates, LOWERING.T)])
    weak = 1e-160 * (LOWERING + LOWERING.T)
    whole = first_order(together, weak)
    for place in np.ndindex(2, 2):
        alone = first_order(together[place], weak)
        np.testing.assert_allclose(whole.slope[place], alone.slope, rtol=1e-14)
        assert float(whole.error[place]) == pytest.approx(float(alone.error), rel=1e-6)


class Untold(PhaseDistribution):
    """That of levels, by somebody who does not say how far its maximum may be off."""

    levels = True
    factor, harmonics = staticmethod(SUD().factor), staticmethod(SUD().harmonics)
    at, peak = staticmethod(SUD().at), staticmethod(SUD().peak)


class Read(Triangle, name="read_triangle"):
    distribution = Untold()


def test_a_reading_that_tells_no_error_has_a_boundary_without_one():
    asked = {"drive": [0.05, 0.1], "detuning": [0.0, 0.3]}, ["s_max"]
    told, untold = (ts.sweep(model, *asked).torusync.first_order(1e-4) for model in (Triangle, Read))
    np.testing.assert_array_equal(untold.strength, told.strength)
    assert np.isnan(untold.strength_error).all()


def test_points_with_too_few_levels_have_no_boundary_and_the_others_have():
    """A state with a finite error may still be refused."""
    axes = {"drive": [0.05, 0.1], "loss": [0.05, 5.0]}
    found = ts.sweep(VanDerPol, axes, ["s_max"], fixed={"gain": 1.0, "cutoff": 12}).torusync.first_order(1e-4)
    assert np.isnan(found.strength.to_numpy()).tolist() == [True, False]
    alone = ts.sweep(VanDerPol, axes | {"loss": [5.0]}, ["s_max"], fixed={"gain": 1.0, "cutoff": 12})
    np.testing.assert_array_equal(alone.torusync.first_order(1e-4).strength, found.strength[1:])


def test_a_parameter_that_bends_is_no_drive_however_weak_it_is():
    """At 1e-7 the square is 1e-14 of the other energies and 5e-7 of the drive, which a slope would be off by."""
    axes = {"drive": [5e-8, 1e-7], "detuning": [1.0, 2.0]}
    bent = ts.sweep(Triangle, axes, ["s_max"], fixed={"bend": 5.0})
    refused(lambda: bent.torusync.first_order(1e-9), "`over`", "linear in")
    assert np.isfinite(ts.sweep(Triangle, axes, ["s_max"]).torusync.first_order(1e-9).strength).all()


@pytest.mark.parametrize("strength", [1e-3, 1e-6, 1e-9])
def test_what_other_energies_hide_of_a_drive_is_in_the_error(strength):
    """One entry is that of a drive and of another coupling: in the difference the rounding of the larger is left."""
    coupling = np.array([[0.0, 1.0 / 3.0], [1.0 / 3.0, 0.0]])
    weak = np.array([[0.0, 0.7], [0.7, 0.0]])
    jumps = [(0.2, LOWERING), (0.07, np.array([[0.3, 0.1], [0.2, -0.3]]))]

    def system(share):
        return ts.LindbladSystem(coupling + share * strength * weak, jumps)

    drive, off = boundary._drive(*(system(share).generator() for share in (0.0, 0.5, 1.0)))
    wrong = np.linalg.norm(drive / strength - weak)
    assert 0.0 < wrong <= off / strength <= 1e-14 / strength
    exact, state = first_order(system(0.0), weak), ts.steady_state(system(0.0))
    found = perturbation.response(state, drive / strength, off / strength)
    assert np.linalg.norm(found.slope - exact.slope, "nuc") <= found.error
    # the response to that rounding alone, which may be along what a state does not answer to
    hidden = first_order(system(0.0), np.diag([1.0, -1.0]) / 2.0**0.5)
    told = perturbation.response(state, weak, off / strength)
    assert np.linalg.norm(off / strength * hidden.slope, "nuc") <= told.error - 0.5 * exact.error
