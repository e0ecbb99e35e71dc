"""Does what somebody brings from a QuTiP script go in by every door as it goes in by the first one?"""

import numpy as np
import pytest
import qutip
import scipy.sparse

import torusync as ts
from problems import refused
from torusync.models import Baths

SPIN, MODE = qutip.tensor(qutip.destroy(2), qutip.qeye(3)), qutip.tensor(qutip.qeye(2), qutip.destroy(3))
BARE = SPIN.dag() * SPIN + MODE.dag() * MODE
ENERGY = 0.05 * BARE + 0.1 * (SPIN.dag() * MODE + MODE.dag() * SPIN) + 0.06 * (MODE + MODE.dag())
JUMPS = [0.4 * SPIN, 0.3 * SPIN.dag(), 0.5 * MODE, 0.2 * MODE.dag()]
from_qutip = ts.LindbladSystem.from_qutip
OWN = {"hot": [0, 1], "cold": [2, 3]}
WARM = {"temperatures": {"hot": 2.0, "cold": 0.5}}
SYSTEM = from_qutip(ENERGY, JUMPS)
OTHER_WAY = qutip.tensor(qutip.num(3), qutip.qeye(2))


def same(one, other):
    assert one == other
    assert one.baths == other.baths
    assert one.dims == other.dims


@pytest.mark.parametrize("energies", [BARE, qutip.QobjEvo(BARE), BARE.full(), scipy.sparse.csr_array(BARE.full())])
def test_baths_may_come_with_the_first_call_and_energies_in_any_form(energies):
    later = SYSTEM.with_baths(OWN, energies=BARE.full(), **WARM)
    same(from_qutip(ENERGY, JUMPS, baths=OWN, energies=energies, **WARM), later)
    same(SYSTEM.with_baths(OWN, energies=energies, **WARM), later)
    channels = [(0.5, one) for one in JUMPS]
    same(ts.LindbladSystem(ENERGY, channels, baths=Baths(OWN, energies=energies, **WARM)), later)
    same(later.with_baths(None), SYSTEM)


def test_energies_of_other_parts_are_refused():
    """A Hamiltonian of 3 × 2 levels is one of 2 × 3 by its numbers, and gives another heat."""
    for door in (SYSTEM.with_baths, lambda own, **more: from_qutip(ENERGY, JUMPS, baths=own, **more)):
        refused(lambda door=door: door(OWN, energies=OTHER_WAY), "`energies`", "(2, 3)", "(3, 2)")
    plain = ts.LindbladSystem(ENERGY.full(), [(0.5, one.full()) for one in JUMPS])
    assert plain.with_baths(OWN, energies=OTHER_WAY).dims == (6,)
    assert ts.LindbladSystem(ENERGY.full(), [(0.5, SPIN.full())], baths={"a": [0]}, energies=BARE).dims == (2, 3)


def test_energies_that_do_not_fit_into_memory_are_refused_before_they_are_made():
    huge, two = qutip.qeye(20_000), ts.LindbladSystem(np.eye(2), [(0.5, np.eye(2))])
    for door in (
        lambda: Baths({"a": [0]}, energies=huge),
        lambda: two.with_baths({"a": [0]}, energies=huge),
        lambda: ts.LindbladSystem(np.eye(2), [(0.5, np.eye(2))], baths={"a": [0]}, energies=huge),
    ):
        refused(door, "`energies`", "GiB as a full matrix", "5.96 GiB")


def test_energies_count_among_the_matrices_that_have_to_fit(monkeypatch):
    monkeypatch.setattr("torusync.models.lindblad.require_memory", lambda *_, what, **__: told.append(what))
    told = []
    from_qutip(ENERGY, JUMPS, baths=OWN, energies=BARE)
    assert told[0].startswith("6 full matrices")


FORMS = {
    "Qobj": lambda one: one,
    "constant QobjEvo": qutip.QobjEvo,
    "array": lambda one: one.full(),
    "sparse": lambda one: scipy.sparse.csr_array(one.full()),
    "data in bands": lambda one: one.to("Dia"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_study_takes_channels_as_a_system_does(form):
    detunings = np.array([-0.2, 0.0, 0.3])
    energies = [form(ENERGY + one * BARE) for one in detunings]
    channels = [(0.5, form(one)) for one in JUMPS]
    found = ts.sweep(ts.LindbladSystem, {"case": {"hamiltonian": energies}}, ["s_max"], fixed={"channels": channels})
    one_by_one = [ts.synchronization(ts.steady_state(ts.LindbladSystem(one, channels))).s_max for one in energies]
    np.testing.assert_allclose(found.s_max, one_by_one, rtol=1e-9)
    one = ts.sweep(ts.LindbladSystem, {}, ["s_max"], fixed={"hamiltonian": energies[0], "channels": channels})
    np.testing.assert_allclose(one.s_max, one_by_one[0], rtol=1e-9)


def test_a_study_refuses_objects_for_what_they_are():
    def sweep(energy, channels, **more):
        axes, fixed = {"case": {"hamiltonian": energy}}, {"channels": channels} | more
        return lambda: ts.sweep(ts.LindbladSystem, axes, ["s_max"], fixed=fixed)

    own = [(0.5, JUMPS[0])]
    refused(sweep([ENERGY], [(0.5, qutip.basis(6, 0))]), "channels[0][1]", "ket")
    refused(sweep([qutip.liouvillian(ENERGY)], own), "`hamiltonian`", "superoperator")
    refused(sweep([ENERGY, qutip.QobjEvo([ENERGY, [BARE, lambda t: t]])], own), "`hamiltonian`", "not depend on time")
    refused(sweep([ENERGY], own, baths=OWN), "`baths`", "channel 1")
    refused(sweep([ENERGY], own, baths={"hot": [0]}, energies=OTHER_WAY), "`energies`", "(2, 3)", "(3, 2)")


def test_heat_without_end_is_called_so():
    """A bath at zero temperature that takes heat gains entropy without end, which is not a number that is missing."""
    warm = {"temperatures": {"hot": 2.0, "cold": np.array([0.0, 0.5])}}
    baths = SYSTEM.with_baths(OWN, energies=BARE, **warm)
    batch = ts.thermodynamics(ts.steady_state(baths))
    assert "entropy production infinite" in repr(batch[0])
    assert "infinite at 1 of 2" in repr(batch)
    assert "infinite" in batch[0]._repr_html_()
    assert "infinite" not in repr(batch[1])


def test_what_is_no_system_yet_is_told_how_it_becomes_one():
    for one in (ENERGY, ENERGY.full(), scipy.sparse.csr_array(ENERGY.full())):
        refused(lambda one=one: ts.steady_state(one), "`system`", "LindbladSystem.from_qutip(H, c_ops)")
    refused(lambda: ts.thermodynamics(qutip.steadystate(ENERGY, JUMPS)), "`state`", "or of a system with baths", "Qobj")


def test_a_solution_counts_what_its_baths_say():
    """Its currents are no argument of the counting of channels, and were given to it all the same."""
    carried = {"hot": [-1.0, 1.0], "cold": [-2.0, 2.0]}
    quanta = SYSTEM.with_baths(OWN, frequencies=carried, energies=BARE)
    found, expected = ts.solve(quanta).fluctuations, ts.counting_statistics(ts.steady_state(quanta))
    np.testing.assert_array_equal(found.covariance, expected.covariance)
    refused(lambda: ts.solve(SYSTEM).fluctuations, "`counted`", "without baths")
    refused(lambda: ts.solve(SYSTEM.with_baths(OWN, energies=BARE, **WARM)).fluctuations, "`counted`")


@pytest.mark.parametrize(
    "kind", [qutip.Qobj, qutip.QobjEvo, np.ndarray, scipy.sparse.csr_array], ids=lambda one: one.__name__
)
def test_a_class_in_place_of_what_it_makes_is_refused(kind):
    """It has the attributes of an operator, and as `shape` a descriptor."""
    own = [(0.5, SPIN)]
    for door in (
        lambda: ts.LindbladSystem(kind, own),
        lambda: ts.LindbladSystem(ENERGY, [(0.5, kind)]),
        lambda: ts.LindbladSystem.from_qutip(ENERGY, kind),
        lambda: SYSTEM.with_baths(OWN, energies=kind),
        lambda: ts.LindbladSystem.from_liouvillian(kind),
        lambda: ts.sweep(ts.LindbladSystem, {}, ["s_max"], fixed={"hamiltonian": kind, "channels": own}),
        lambda: ts.synchronization(kind),
        lambda: ts.steady_state(kind),
    ):
        refused(door, "`")
