"""Are objects of other libraries taken as what they are, and refused by their name where they are something else?"""

import numpy as np
import pytest
import qutip
import scipy.sparse

import torusync as ts
from problems import refused
from torusync.densities import density_of

RHO = np.array([[0.5, 0.1 + 0.2j], [0.1 - 0.2j, 0.5]])
DECAY, ENERGY = qutip.destroy(2), qutip.num(2)
from_qutip = ts.LindbladSystem.from_qutip


def test_a_superoperator_is_no_state_though_its_numbers_are_those_of_one():
    twice = qutip.to_super(qutip.Qobj(RHO))
    assert np.trace(twice.full()) == pytest.approx(1.0)
    refused(lambda: ts.synchronization(twice), "`state`", "superoperator", "give the density matrix")


def test_a_liouvillian_is_no_hamiltonian():
    refused(lambda: from_qutip(qutip.liouvillian(None, [qutip.sigmaz()]), []), "`hamiltonian`", "superoperator")
    refused(lambda: from_qutip(ENERGY, [qutip.spre(DECAY)]), "channels[0] operator", "superoperator")
    refused(lambda: ts.maxima.maximum(qutip.spre(DECAY)), "`coherences`", "superoperator")


def test_a_matrix_as_a_column_is_refused_and_the_way_back_is_named():
    refused(lambda: ts.synchronization(qutip.operator_to_vector(qutip.Qobj(RHO))), "vector_to_operator")


def test_kets_and_bras_are_taken_for_their_projectors():
    ket = qutip.rand_ket(3, seed=1)
    expected = ket.proj().full()
    for one in (ket, ket.dag(), ket.full(), ket.full()[:, 0]):
        np.testing.assert_allclose(density_of(one).to_array(), expected, atol=1e-15)
    np.testing.assert_allclose(density_of([ket, ket]).to_array(), [expected, expected], atol=1e-15)
    refused(lambda: density_of(2.0 * ket), "`state`", "trace")
    refused(lambda: density_of(np.array([0.5, 0.5])), "`state`", "shape is (2,)", "norm 0.707107")
    refused(lambda: density_of(np.array([[0.6, 0.8]])), "`state`", "shape is (1, 2)")
    refused(lambda: from_qutip(ket, []), "`hamiltonian`", "it is a ket")


def test_a_column_that_is_a_ket_and_a_matrix_alike_is_refused_with_both_named():
    pure = qutip.rand_ket(2, seed=3).proj().full()
    assert np.linalg.norm(pure) == pytest.approx(1.0)
    refused(lambda: ts.synchronization(pure.reshape(-1)), "pure state of 4 levels", "density matrix of 2")


def test_lists_and_sparse_matrices_are_taken_as_what_they_hold():
    states = [qutip.rand_dm(3, seed=k) for k in range(3)]
    expected = [ts.synchronization(one.full()).s_max for one in states]
    np.testing.assert_array_equal(ts.synchronization(states).s_max, expected)
    sparse = [scipy.sparse.csr_matrix(one.full()) for one in states]
    np.testing.assert_array_equal(ts.synchronization(sparse).s_max, expected)
    np.testing.assert_array_equal(ts.synchronization(scipy.sparse.coo_array(states[0].full())).s_max, expected[0])
    refused(lambda: ts.synchronization([states[0], qutip.rand_dm(2)]), "matrices of one shape", "(2, 2)", "(3, 3)")
    single = scipy.sparse.csr_matrix(states[0].full().astype(np.complex64))
    assert ts.synchronization(single).precision.words == "single precision"
    huge = scipy.sparse.csr_matrix((2**20, 2**20))
    refused(lambda: ts.synchronization(huge), "`state`", "GiB", "sparse")


@pytest.mark.parametrize(
    "one", [DECAY, DECAY.full(), scipy.sparse.csr_matrix(DECAY.full()), DECAY.full().tolist()], ids=type
)
def test_one_collapse_operator_needs_no_list(one):
    system = from_qutip(ENERGY, one)
    assert system == from_qutip(ENERGY, [DECAY])
    assert from_qutip(ENERGY, np.stack([DECAY.full()])) == system
    assert len(from_qutip(ENERGY, []).channels) == 0


@pytest.mark.parametrize(
    ("hamiltonian", "collapse", "name"),
    [
        (qutip.QobjEvo([ENERGY, [DECAY + DECAY.dag(), np.cos]]), DECAY, "`hamiltonian`"),
        ([ENERGY, [DECAY + DECAY.dag(), np.cos]], DECAY, "`hamiltonian`"),
        (lambda _: ENERGY, DECAY, "`hamiltonian`"),
        (ENERGY, qutip.QobjEvo([DECAY, np.cos]), "`channels[0] operator`"),
        (ENERGY, [DECAY, qutip.QobjEvo([DECAY, np.cos])], "`channels[1] operator`"),
        (ENERGY, [[DECAY, np.cos]], "`channels[0] operator`"),
    ],
)
def test_what_depends_on_time_is_refused_by_name(hamiltonian, collapse, name):
    refused(lambda: from_qutip(hamiltonian, collapse), name, "must not depend on time", "one time")


def test_the_result_of_a_solver_is_refused_and_its_states_are_taken():
    result = qutip.mesolve(ENERGY, qutip.basis(2, 1), [0.0, 1.0], [DECAY])
    refused(lambda: ts.synchronization(result), "`state`", "Result", "`states`")
    states = qutip.mesolve(ENERGY, qutip.basis(2, 1), [0.0, 1.0], [DECAY], options={"store_states": True}).states
    assert ts.synchronization(states).batch_shape == (2,)


def test_a_channel_of_another_library_is_refused_by_the_name_of_its_class():
    class SuperOp:
        def __array__(self, dtype=None, copy=None):
            return np.eye(4) / 4

    refused(lambda: ts.synchronization(SuperOp()), "`state`", "SuperOp", "a channel")


def test_states_of_mesolve_are_taken_at_its_own_precision():
    a = qutip.destroy(12)
    found = qutip.mesolve(a + a.dag(), qutip.basis(12, 0), np.linspace(0.0, 10.0, 5), [np.sqrt(0.1) * a]).states
    sync = ts.synchronization(found, precision=1e-6)
    assert sync.s_max.shape == (5,)
    assert (sync.s_max_error > 0.0).all()


def test_a_system_that_is_not_solved_is_sent_to_be_solved():
    maser = ts.ThermalMaser([0.1], n_hot=3.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
    with pytest.raises(ts.ArgumentError, match="`state` must be solved first, with steady_state"):
        ts.synchronization(maser)


@pytest.mark.parametrize("channels", [[qutip.sigmam()], [np.array([[0.0, 1.0], [0.0, 0.0]])]])
def test_collapse_operators_alone_are_sent_to_from_qutip(channels):
    with pytest.raises(ts.ArgumentError, match="it is an operator; `from_qutip` takes those alone"):
        ts.LindbladSystem(qutip.sigmax(), channels)
