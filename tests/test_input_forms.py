"""Is one system the same however its operators are written, and is what cannot be taken refused by what it is?"""

import cmath
import tracemalloc

import numpy as np
import pytest
import qutip
import scipy.sparse

import torusync as ts
from problems import refused
from torusync.models import Kind, Model, Parameter

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
DECAY = qutip.tensor(qutip.destroy(2), qutip.qeye(3))
ENERGY = qutip.tensor(qutip.num(2), qutip.qeye(3)) + 0.3 * qutip.tensor(qutip.sigmax(), qutip.num(3))
PLAIN = ts.LindbladSystem(ENERGY.full(), [(0.5, DECAY.full())], dims=(2, 3))
from_qutip = ts.LindbladSystem.from_qutip

FORMS = {
    "Qobj": lambda one: one,
    "constant QobjEvo": qutip.QobjEvo,
    "array": lambda one: one.full(),
    "rows": lambda one: one.full().tolist(),
    "Fortran order": lambda one: np.asfortranarray(one.full()),
    **{
        f"{kind} matrix": lambda one, kind=kind: getattr(scipy.sparse, f"{kind}_matrix")(one.full()) for kind in FORMATS
    },
    **{f"{kind} array": lambda one, kind=kind: getattr(scipy.sparse, f"{kind}_array")(one.full()) for kind in FORMATS},
    "data of QuTiP in full": lambda one: one.to("Dense"),
    "data of QuTiP in bands": lambda one: one.to("Dia"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_an_operator_is_the_same_system(form):
    energy, decay = form(ENERGY), form(DECAY)
    assert ts.LindbladSystem(energy, [(0.5, decay)], dims=(2, 3)) == PLAIN
    assert from_qutip(energy, [decay], dims=(2, 3)) == PLAIN
    assert from_qutip(energy, decay, dims=(2, 3)) == PLAIN
    assert ts.LindbladSystem(energy, (0.5, decay), dims=(2, 3)) == PLAIN


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_a_state_is_the_same_state(form):
    state = qutip.rand_dm([2, 3], seed=4)
    expected = ts.synchronization(state.full()).s_max
    assert ts.synchronization(form(state)).s_max == expected
    batch = [form(state), form(state)]
    np.testing.assert_array_equal(ts.synchronization(batch).s_max, [expected, expected])


def test_a_list_is_a_batch_whatever_it_is_a_list_of():
    for batch in ([ENERGY, 2 * ENERGY], [ENERGY, 2 * ENERGY.full()], [ENERGY.full(), 2 * ENERGY],
                  [qutip.QobjEvo(ENERGY), scipy.sparse.csr_array(2 * ENERGY.full())]):  # fmt: skip
        system = from_qutip(batch, [DECAY])
        assert system.batch_shape == (2,)
        np.testing.assert_array_equal(system.hamiltonian[1], 2 * ENERGY.full())
    rates = ts.LindbladSystem(ENERGY, (np.array([0.5, 1.0]), DECAY))
    assert rates.batch_shape == (2,)
    assert rates[0] == PLAIN


def test_two_pairs_are_no_pair():
    """A sequence of two channels may be a tuple, and one of them an array."""
    two = ts.LindbladSystem(np.eye(2), ((0.1, np.eye(2)), (0.2, np.eye(2))))
    assert [float(rate) for rate, _ in two.channels] == [0.1, 0.2]
    refused(lambda: ts.LindbladSystem(np.eye(2), (np.eye(2), np.eye(2))), "channels[0]", "`from_qutip` takes those")


class Brought(Model, name="brought"):
    """A Hamiltonian of the user's own, which decays."""

    PARAMETERS = (Parameter("energies", "H", Kind.FREQUENCY, "Hamiltonian", axes=2, complex=True),)
    dimension = 6

    def generator(self):
        return from_qutip(self.energies, DECAY).generator()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_matrix_among_the_parameters_of_a_model_may_be_any_of_these(form):
    assert Brought(energies=form(ENERGY)) == Brought(energies=ENERGY.full())
    assert Brought(energies=[form(ENERGY)] * 2).batch_shape == (2,)


TIMED = qutip.sigmax()


@pytest.mark.parametrize(
    "coefficient",
    ["cos(w*t)", "exp(1j*w*t) + exp(-1j*w*t)", "np.sin(2*pi*t/T + phi)", "cos(w*t)**2 + sin(-t*w)", np.cos, cmath.sin,
     "2*sin(t)"],
)  # fmt: skip
def test_what_is_periodic_by_its_own_account_is_called_so(coefficient):
    words = ("must not depend on time", "time-periodic", "frame", "one time")
    refused(lambda: from_qutip([TIMED, [TIMED, coefficient]], []), "`hamiltonian`", *words)
    if not isinstance(coefficient, str):  # QuTiP compiles texts
        refused(lambda: from_qutip(qutip.QobjEvo([TIMED, [TIMED, coefficient]]), []), "`hamiltonian`", *words)
        refused(lambda: from_qutip(TIMED, [[TIMED, coefficient]]), "channels[0] operator", *words)


@pytest.mark.filterwarnings("ignore:.*compilation of string:UserWarning")
def test_so_is_what_qutip_made_of_a_text():
    drives = [[TIMED, "cos(w*t)"], [qutip.sigmay(), "sin(w*t)"]]
    evolving = qutip.QobjEvo([qutip.sigmaz(), *drives], args={"w": 2.0})
    refused(lambda: from_qutip(evolving, []), "time-periodic", "QobjEvo")
    basis = qutip.FloquetBasis(qutip.QobjEvo([TIMED, [TIMED, np.cos]]), 2 * np.pi)
    refused(lambda: from_qutip(basis, []), "time-periodic", "FloquetBasis")


@pytest.mark.parametrize(
    "coefficient",
    ["exp(-w*t)", "t", "cos(w*t) * t", "cos(t**2)", "cos(w*t) + cos(2*w*t + t*t)", "sin(w1*t) + sin(w2*t)", "cos(",
     "1/t", "sin(1/t)", "tan(t)", np.exp, np.ones(5), np.tanh],
)  # fmt: skip
def test_what_may_be_anything_else_is_not_called_periodic(coefficient):
    with pytest.raises(ts.ArgumentError, match="must not depend on time") as caught:
        from_qutip([TIMED, [TIMED, coefficient]], [])
    assert "periodic" not in str(caught.value)


def test_a_function_of_ones_own_may_do_anything():
    with pytest.raises(ts.ArgumentError, match="must not depend on time, but it is a function") as caught:
        from_qutip(lambda _: TIMED, [])
    assert "periodic" not in str(caught.value)


def test_frequencies_of_several_coefficients_have_to_agree():
    with pytest.raises(ts.ArgumentError, match="must not depend on time") as caught:
        from_qutip([TIMED, [TIMED, "cos(w*t)"], [TIMED, "cos(v*t)"]], [])
    assert "periodic" not in str(caught.value)


def test_a_number_beside_an_operator_has_to_be_the_rate():
    refused(lambda: ts.LindbladSystem(ENERGY, (DECAY, 0.1)), "channels[0]", "pair")
    refused(lambda: ts.LindbladSystem(ENERGY, [(-0.1, DECAY)]), "channels[0] rate", "at least 0", "-0.1")
    refused(lambda: ts.LindbladSystem(DECAY, []), "`hamiltonian`", "Hermitian", "differs from its adjoint by 1")


def test_what_does_not_fit_is_refused_with_the_number_before_it_is_made(monkeypatch):
    monkeypatch.setattr("torusync._memory.available", lambda: 6e8)
    large, huge, some = (scipy.sparse.eye_array(size, format="csr") for size in (5000, 20_000, 2000))
    tracemalloc.start()
    refused(lambda: from_qutip(huge, []), "`hamiltonian`", "fit in 2 GiB", "(20000, 20000)", "5.96 GiB")
    refused(lambda: ts.synchronization(qutip.qeye(20_000)), "`state`", "fit in 2 GiB", "5.96 GiB")
    refused(lambda: from_qutip(large, []), "`hamiltonian`", "0.6 GiB of memory", "takes about 1.5 GiB")
    refused(lambda: from_qutip(some, [some] * 10), "`channels`", "11 full matrices of 0.0596 GiB", "about 0.9 GiB")
    refused(lambda: from_qutip([some] * 10, []), "`channels`", "about 3.0 GiB")
    refused(lambda: ts.synchronization(qutip.basis(20_000, 0)), "`state`", "projector of a ket", "5.96 GiB")
    refused(lambda: ts.LindbladSystem.from_liouvillian(huge), "`liouvillian`", "5.96 GiB")
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()
