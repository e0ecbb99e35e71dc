"""Is every sentence of an explanation true: does it say what its numbers say, and call what acts by its name?

The numbers are held against steady states of their own: of the same model with a coupling or a drive of 0.
"""

from functools import cache

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, LOWERING, refused
from torusync.analysis import Blockade, Finding
from torusync.models import MaserPair, QubitPair, SpinChain, SpinOne, SpinPair, VanDerPol, VanDerPolPair
from torusync.phases import SU2, SUD, Joint

MODES = {"gain": 1.0, "loss": 1e3}
FIRST = Joint(SU2(1), dims=(3, 3), parts=(0,))
SQUEEZED = LOWERING + 0.4 * LOWERING.T

DRIVEN = {
    "spin": (SpinOne(1, 10, 0.1), SpinOne(1, 10), None, "the drive"),
    "mode": (VanDerPol(1, 20, 0.1), VanDerPol(1, 20), None, "the drive"),
    "maser": (ts.ThermalMaser([0.1, 0.1], n_hot=5.0, **BATHS), ts.ThermalMaser([0, 0], n_hot=5.0, **BATHS), None,
              "the drive"),
    "one of a driven pair": (SpinPair(1, 2, 3, 1, coupling=0.2, drive=0.1), SpinPair(1, 2, 3, 1, coupling=0.2), FIRST,
                             "the drive"),
    "driven pair": (SpinPair(1, 2, 3, 1, coupling=0.2, drive=0.1), SpinPair(1, 2, 3, 1, coupling=0.0, drive=0.1), None,
                    "the exchange"),
    "pair": (SpinPair(1, 2, 2, 1, coupling=0.1j), SpinPair(1, 2, 2, 1, coupling=0), None, "the exchange"),
    "chain": (SpinChain(0.3, spins=3), SpinChain(0.0, spins=3), None, "the exchange"),
    "qubits": (QubitPair.inverted(0.3, 0.1), QubitPair.inverted(0.0, 0.1), None, "the exchange"),
    "masers": (MaserPair(5.0, 0.5, 2.0, 0.5, exchange=0.1), MaserPair(5.0, 0.5, 2.0, 0.5, exchange=0.0), None,
               "the exchange"),
    "modes": (VanDerPolPair.alike(**MODES, reactive=0.5, detuning=0.3), VanDerPolPair.alike(**MODES, detuning=0.3),
              None, "the exchange"),
    "modes, both": (VanDerPolPair.alike(**MODES, reactive=0.5, dissipative=0.5, detuning=0.3),
                    VanDerPolPair.alike(**MODES, dissipative=0.5, detuning=0.3), None, "the exchange"),
}  # fmt: skip
"""A system, the same without what drives it, how its phases are read, and the name of what drives it."""

UNDRIVEN = {
    "modes": VanDerPolPair.alike(dissipative=0.5, loss=1e3),
    "modes detuned": VanDerPolPair.alike(**MODES, dissipative=0.5, detuning=0.3),
    "qubit at rest": ts.LindbladSystem(np.zeros((2, 2)), [(0.5, SQUEEZED), (0.1, np.diag([1.0, -1.0]) + LOWERING)]),
}
"""Systems without any drive, of which dissipation makes all of S_max."""


@cache
def told(name):
    system, _, distribution, _ = DRIVEN[name]
    return ts.explain(system, distribution=distribution)


@pytest.mark.parametrize("name", DRIVEN)
def test_what_drives_is_called_by_its_name(name):
    found, (*_, called) = told(name), DRIVEN[name]
    assert f"Without {called}" in found.text
    others = {"the drive", "the exchange", "the coupling", "any drive"} - {called}
    assert not any(other in found.text for other in others), found.text


@pytest.mark.parametrize("name", DRIVEN)
def test_what_is_said_of_a_system_without_its_drive_is_true_of_it(name):
    _, bare, _, called = DRIVEN[name]
    found = told(name)
    left = ts.synchronization(ts.steady_state(bare), distribution=found.sync.distribution)
    value, error = float(left.s_max), float(left.s_max_error) + found.undriven_error
    assert abs(value - found.undriven) <= error
    assert (f"Without {called} S_max vanishes" in found.text) == (value <= error)
    assert (f"Without {called} dissipation makes S_max" in found.text) == (value > error)
    assert ("phase is free" in found.text) == ("settles away from rest" in found.text and value <= error)


@pytest.mark.parametrize("name", UNDRIVEN)
def test_of_what_is_not_driven_no_drive_is_told(name):
    found = ts.explain(UNDRIVEN[name])
    assert found.drive == found.by_drive == 0.0
    assert found.undriven == float(found.sync.s_max) > 1e3 * float(found.sync.s_max_error)
    assert "dissipation makes all of S_max" in found.text
    for wrong in ("there is no coherence", "goes back to", "is free", "forced response", "the drive"):
        assert wrong not in found.text


def test_coherences_that_dissipation_makes_and_cancels_are_told_of_no_strength_of_a_drive():
    """ρ_10 of one jump and −ρ_21 of its mirror image, |0> ↔ |2> and |1> → −|1>, which all channels together keep."""
    jumps = np.zeros((4, 3, 3))
    jumps[0, 1, 0] = jumps[2, 0, 1] = jumps[3, 2, 1] = 1.0
    jumps[0, 0, 0] = jumps[1, 2, 2] = 0.3
    jumps[1, 1, 2] = -1.0
    channels = list(zip((1.0, 1.0, 0.1, 0.1), jumps, strict=True))
    found = ts.explain(ts.LindbladSystem(np.zeros((3, 3)), channels), distribution=SU2(1))
    assert (found.finding, found.blockade) == (Finding.BLOCKED, Blockade.HERE)
    assert found.response is None
    assert "as dissipation makes them" in found.text
    assert "strength" not in found.text


def test_a_drive_of_one_part_binds_no_relative_phase_though_it_acts():
    found = ts.explain(SpinPair(1, 2, 1, 2, coupling=0, drive=0.1))
    assert found.finding is Finding.NO_DRIVE
    assert "no term of the Hamiltonian" not in found.text
    assert "neither the Hamiltonian nor a channel makes a coherence that is read" in found.text


def test_what_makes_quanta_in_both_parts_at_once_is_a_coupling():
    """Two qubits and S_+S_+ + h.c., which is neither a drive of one of them nor an exchange."""
    one, made = np.eye(2), np.kron(LOWERING, LOWERING)
    channels = [(0.5, np.kron(LOWERING, one)), (0.5, np.kron(one, LOWERING))]
    found = ts.explain(ts.LindbladSystem(0.2 * (made + made.T), channels, dims=(2, 2)))
    assert float(found.sync.s_max) > 0.0
    assert "Without the coupling" in found.text
    assert "exchange" not in found.text
    assert "drive" not in found.text.replace("driven", "")


def test_the_table_calls_what_drives_by_the_same_name():
    assert "Without the exchange the amplitude" in told("pair")._repr_html_().split("in words")[0]


def test_an_exchange_that_makes_nothing_is_no_drive():
    found = ts.explain(MaserPair.identical(2.0, 0.5, exchange=0.1))
    assert found.finding is Finding.NO_COHERENCE
    assert "There is the exchange" in found.text
    assert "driven" not in found.text


def test_one_set_is_not_told_as_several():
    text = ts.explain(DRIVEN["masers"][0], distribution=SUD()).text
    assert "There is one set, exchange," in text
    assert "sets" not in text


def test_blocked_by_an_exchange_is_told_of_the_exchange():
    found = ts.explain(SpinPair(3, 1, 4, 2, coupling=0.1j))
    assert found.blockade is Blockade.FIRST_ORDER
    assert "at this strength of the exchange" in found.text


def test_a_result_in_place_of_its_system_is_told_what_to_take():
    state = ts.steady_state(SpinOne(1, 10, 0.1))
    refused(lambda: ts.explain(state), "`system`", "be a model", "SteadyState", "explain its `system`")
    assert ts.explain(state.system).text == ts.explain(SpinOne(1, 10, 0.1)).text
