"""Do values that a newcomer types meet words that help: of units, of one point, of a picture that does not suit?"""

import numpy as np
import pytest

import torusync as ts
from problems import refused
from torusync.models import SpinChain, SpinOne, VanDerPol, machine_of
from torusync.plots import plot_phasors, plot_torus
from torusync.quantities.summary import in_words
from torusync.sweeps.units import unit_of_frequency


def test_a_value_with_a_unit_is_told_what_numbers_are_in():
    refused(lambda: SpinOne(gain="1 MHz", damping=1.0), "`gain`", "'1 MHz'", "in units of one rate of the model")


def test_of_one_value_no_entry_is_counted():
    refused(lambda: SpinOne([-1.2], 1.0), "`gain`", "it is -1.2")
    refused(lambda: SpinOne([1.0, -1.2], 1.0), "`gain`", "entry [1] is -1.2")


@pytest.mark.parametrize("plot", [plot_torus, plot_phasors])
def test_what_has_no_phase_a_level_is_sent_to_the_picture_that_it_has(plot):
    refused(lambda: plot(ts.steady_state(VanDerPol(1.0, 100.0, 0.1))), "read by Fock()", "plot_phases")


def test_a_chain_is_measured_in_the_gain_of_its_first_spin():
    assert unit_of_frequency(SpinChain) == "γ_g"
    typed = {"exchange": "500 Hz", "gain": ["2 kHz", "3 kHz", "4 kHz"], "damping": "1 kHz", "detuning": "-100 Hz"}
    machine = machine_of(typed, SpinChain)
    chain = machine.system
    assert chain.hertz == pytest.approx(2000.0)
    np.testing.assert_allclose(chain.gain, [1.0, 1.5, 2.0], rtol=1e-15)
    found = [float(chain.exchange), float(chain.damping), float(chain.detuning)]
    assert found == pytest.approx([0.25, 0.5, -0.05], rel=1e-15)
    assert "SpinChain of 27 levels, γ_g = 2π × 2 kHz" in in_words(machine)
    refused(lambda: machine_of({"exchange": "500 Hz", "gain": "2 kHz"}, SpinChain), "`damping`", "with its unit")
    swept = ts.sweep(SpinChain, {"exchange": [0.1, 0.5]}, ["s_max"], fixed={"spins": 2}, workers=1)
    assert swept.exchange.attrs["units"] == "gamma_g"
