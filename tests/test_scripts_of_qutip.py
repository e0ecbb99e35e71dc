"""Do three scripts as people have them - a cavity, a two-qubit machine, optomechanics - give here what QuTiP gives?

Heat is typed out with QuTiP's dissipators, noise is its `countstat`, and what is exact is: a damped mode that is driven
is in a coherent state, and photons leave it one by one, as rain falls.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
import qutip

import torusync as ts
from torusync.densities import reduced_state
from torusync.models import Baths, Kind, Model, Parameter
from torusync.phases import SU2, Fock, PhaseDistribution, Relative
from torusync.thermo import SecondLaw


@dataclass(frozen=True)
class Script:
    """What a script holds: operators, whose the jumps are, energies for heat, and a way to read phases."""

    energy: qutip.Qobj
    jumps: list[qutip.Qobj]
    bare: qutip.Qobj
    baths: Mapping[str, list[int]]
    warm: Mapping[str, float]
    distribution: PhaseDistribution

    def solved(self):
        return ts.steady_state(
            ts.LindbladSystem.from_qutip(
                self.energy, self.jumps, baths=self.baths, temperatures=self.warm, energies=self.bare
            )
        )


def bose(frequency, temperature):
    return 1.0 / np.expm1(frequency / temperature) if temperature else 0.0


def thermal(lower, rate, n):
    return [np.sqrt(rate * (1.0 + n)) * lower, np.sqrt(rate * n) * lower.dag()]


def cavity(*, kerr=0.1, warm=0.5, levels=10):
    a = qutip.destroy(levels)
    energy = 0.3 * a.dag() * a + kerr * a.dag() ** 2 * a**2 + 0.1 * (a + a.dag())
    jumps = thermal(a, 0.2, bose(1.0, warm))
    return Script(energy, jumps, a.dag() * a, {"outside": [0, 1]}, {"outside": warm}, Fock())


def two_qubits(*, frequency=1.0):
    one, two = qutip.tensor(qutip.destroy(2), qutip.qeye(2)), qutip.tensor(qutip.qeye(2), qutip.destroy(2))
    bare = one.dag() * one + frequency * two.dag() * two
    jumps = thermal(one, 0.02, bose(1.0, 1.0)) + thermal(two, 0.05, bose(frequency, 0.6))
    both = Relative(SU2(0.5), SU2(0.5), dims=(2, 2))
    baths, energy = {"hot": [0, 1], "cold": [2, 3]}, bare + 0.05 * (one.dag() * two + two.dag() * one)
    return Script(energy, jumps, energy, baths, {"hot": 1.0, "cold": 0.6}, both)


def optomechanics():
    a, b = qutip.tensor(qutip.destroy(3), qutip.qeye(6)), qutip.tensor(qutip.qeye(3), qutip.destroy(6))
    energy = -a.dag() * a + b.dag() * b - 0.2 * a.dag() * a * (b + b.dag()) + 0.2 * (a + a.dag())
    jumps = [*thermal(a, 0.3, 0.0)[:1], *thermal(b, 0.05, bose(1.0, 0.6))]
    baths = {"light": [0], "phonons": [1, 2]}
    warm = {"light": 1.0, "phonons": 0.6}
    return Script(energy, jumps, 10.0 * a.dag() * a + b.dag() * b, baths, warm, Relative(Fock(), Fock(), dims=(3, 6)))


SCRIPTS = {"cavity": cavity, "two qubits": two_qubits, "optomechanics": optomechanics}


@pytest.fixture(params=SCRIPTS.values(), ids=SCRIPTS, scope="module")
def script(request):
    made = request.param()
    return made, made.solved(), qutip.steadystate(made.energy, made.jumps)


def test_the_state_is_that_of_qutip_with_its_evidence(script):
    _, state, theirs = script
    assert (theirs - state.to_qutip()).norm() <= state.error + 1e-10
    assert state.error < 1e-8
    assert state.nullity == 1
    assert state.to_qutip().dims == theirs.dims


def test_the_largest_s_is_proven_and_no_phase_of_a_grid_has_more(script):
    made, state, _ = script
    sync = ts.synchronization(state, distribution=made.distribution)
    grid = np.linspace(-np.pi, np.pi, 721)[:, np.newaxis]
    heights = [ts.phase_distribution(state, phase, distribution=made.distribution) for phase in grid]
    assert sync.certified
    assert max(heights) <= sync.s_max_bound
    assert max(heights) == pytest.approx(sync.s_max, rel=1e-3)


def test_heat_is_what_qutip_gives_where_it_is_typed_out(script):
    made, state, theirs = script
    flows = ts.thermodynamics(state)
    vector = qutip.operator_to_vector(theirs)
    for at, own in enumerate(made.baths.values()):
        change = sum(qutip.lindblad_dissipator(made.jumps[index]) for index in own) * vector
        typed_out = (made.bare * qutip.vector_to_operator(change)).tr().real
        assert abs(flows.heat[at] - typed_out) <= flows.heat_error[at] + 1e-10
    power = (1j * qutip.commutator(made.bare, made.energy) * theirs).tr().real
    assert abs(flows.power - power) <= flows.power_error + 1e-10
    assert flows.first_law_holds


def test_noise_is_that_of_countstat(script):
    made, state, theirs = script
    ways = [qutip.to_super(one) for one in made.jumps]
    generator = qutip.liouvillian(made.energy, made.jumps)
    mean, noise, _ = qutip.countstat_current_noise(generator, [], rhoss=theirs, J_ops=ways, I_ops=ways)
    found = ts.counting_statistics(state, counted={str(index): {index: 1} for index in range(len(ways))})
    np.testing.assert_allclose(found.mean, np.ravel(mean), atol=found.mean_error.max() + 1e-10)
    np.testing.assert_allclose(
        found.covariance, np.squeeze(noise).reshape(found.covariance.shape), atol=found.covariance_error.max() + 1e-9
    )


def test_light_of_a_driven_cavity_is_coherent_and_its_photons_leave_one_by_one():
    made = cavity(kerr=0.0, warm=0.0, levels=14)
    state = made.solved()
    alpha = -0.1j / (0.1 + 0.3j)
    quiet = qutip.coherent_dm(14, alpha, method="analytic").full()
    np.testing.assert_allclose(state.rho, quiet, atol=1e-9)
    sync = ts.synchronization(state, distribution=Fock())
    assert sync.phases[0] % (2 * np.pi) == pytest.approx(np.angle(alpha) % (2 * np.pi), abs=1e-6)
    flows = ts.thermodynamics(state)
    assert flows.power == pytest.approx(-0.2 * abs(alpha) ** 2, abs=1e-9)
    counts = ts.counting_statistics(state, counted={"photons": {0: 1}})
    np.testing.assert_allclose([counts.mean[0], counts.noise[0]], 0.2 * abs(alpha) ** 2, atol=1e-8)


def test_qubits_of_two_frequencies_break_the_second_law_and_their_quanta_do_not():
    """Heat flows from cold to hot where ω_2/T_c < ω_1/T_h: at ω_2 = 0.6 there is balance."""
    broken, kept = (ts.thermodynamics(two_qubits(frequency=one).solved()) for one in (0.5, 0.7))
    assert (broken.second_law, kept.second_law) == (SecondLaw.BROKEN, SecondLaw.HOLDS)
    assert broken.heats["hot"] < 0.0 < kept.heats["hot"]
    made = two_qubits(frequency=0.5)
    system = ts.LindbladSystem.from_qutip(made.energy, made.jumps)
    bare = qutip.tensor(qutip.num(2), qutip.qeye(2)) + 0.5 * qutip.tensor(qutip.qeye(2), qutip.num(2))
    quanta = system.with_baths(made.baths, frequencies={"hot": [-1, 1], "cold": [-0.5, 0.5]}, energies=bare)
    flows = ts.thermodynamics(ts.steady_state(quanta))
    assert flows.second_law == SecondLaw.PROVEN
    assert flows.power < 0.0 < flows.heats["cold"]


def test_a_part_is_read_by_its_own_phases():
    made = optomechanics()
    state = made.solved()
    mode = reduced_state(state, dims=state.dims, parts=[1])
    theirs = qutip.steadystate(made.energy, made.jumps).ptrace(1).full()
    ours, other = (ts.synchronization(one, distribution=Fock()) for one in (mode, theirs))
    assert ours.s_max == pytest.approx(other.s_max, rel=1e-8)
    assert ours.phases[0] == pytest.approx(other.phases[0], abs=1e-6)


class Machine(Model, name="machine_of_a_script"):
    """The two-qubit machine as a model, so that it can be swept."""

    PARAMETERS = (
        Parameter("coupling", "g", Kind.FREQUENCY, "exchange of quanta"),
        Parameter("omega", "ω", Kind.FREQUENCY, "frequency of both", default=1.0, above=0.0),
    )
    UNIT, dimension, dims = "omega", 4, (2, 2)

    @property
    def baths(self):
        """Quanta of ω, in and out."""
        carried = np.multiply.outer(self.omega, [-1.0, 1.0])
        return Baths(two_qubits().baths, frequencies={"hot": carried, "cold": carried})

    def generator(self):
        """Return the equation of the script at other couplings."""
        made, both = two_qubits(), qutip.tensor(qutip.num(2), qutip.qeye(2)) + qutip.tensor(qutip.qeye(2), qutip.num(2))
        exchange = (made.energy - both).full() / 0.05
        hamiltonian = np.multiply.outer(self.omega, both.full()) + np.multiply.outer(self.coupling, exchange)
        return ts.LindbladSystem(hamiltonian, [(0.5, one) for one in made.jumps]).generator()


def test_axes_and_numbers_of_a_swept_model_are_in_the_unit_that_it_names():
    ds = ts.sweep(Machine, {"coupling": [0.02, 0.05]}, ["heat", "power"])
    assert ds.coupling.attrs["units"] == "omega"
    assert ds.heat.attrs["units"] == "hbar omega^2"
    assert list(ds.bath.values) == ["hot", "cold"]
    expected = ts.thermodynamics(two_qubits().solved())
    np.testing.assert_allclose(ds.heat.sel(coupling=0.05), expected.heat, rtol=1e-9)
