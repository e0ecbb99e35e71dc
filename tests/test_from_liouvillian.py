"""Is a generator that is known as a matrix taken apart into the Hamiltonian and jumps it has, or refused as none?

Equations of motion are compared as QuTiP builds them from what came out, which shares no code with what went in.
"""

import numpy as np
import pytest
import qutip
import scipy.linalg
import scipy.sparse

import torusync as ts
from problems import ENGINE_BATHS, refused
from torusync._precision import DOUBLE

EPS = np.finfo(float).eps
LOWER = np.diag([1.0], 1)
recovered = ts.LindbladSystem.from_liouvillian


def by_rows(theirs):
    """The numbers of a superoperator of QuTiP, which stacks columns, for ρ read row by row: entry by entry."""
    size = round(theirs.shape[0] ** 0.5)
    index = [i + size * j for i in range(size) for j in range(size)]
    return theirs.full()[np.ix_(index, index)]


def random(rng, size, count):
    """A Liouvillian of QuTiP with so many jump operators, none of them without trace."""
    energy, *jumps = rng.normal(size=(count + 1, size, size)) + 1j * rng.normal(size=(count + 1, size, size))
    return qutip.liouvillian(qutip.Qobj(energy + energy.conj().T), [qutip.Qobj(one) for one in jumps])


@pytest.mark.parametrize("size", range(2, 7))
def test_what_comes_back_is_the_same_equation_to_rounding(size):
    rng = np.random.default_rng(size)
    for count in {0, 1, 2, size, size**2 - 1, size**2 + 2}:
        theirs = random(rng, size, count)
        system = recovered(theirs)
        again = qutip.liouvillian(*system.to_qutip())
        largest = abs(theirs.full()).max()
        assert abs((again - theirs).full()).max() <= 4 * size * EPS * largest  # measured: at most 1.8
        assert len(system.channels) == min(count, size**2 - 1)
        assert recovered(by_rows(theirs)) == system
        assert recovered(scipy.sparse.csr_array(by_rows(theirs))) == system
        assert system.precision == DOUBLE


def test_the_form_is_the_one_without_traces_strongest_first():
    system = recovered(random(np.random.default_rng(1), 4, 3))
    jumps = np.array([one.reshape(-1) for _, one in system.channels])
    rates = [float(rate) for rate, _ in system.channels]
    assert abs(np.trace(system.hamiltonian)) < 1e-14
    assert rates == sorted(rates, reverse=True)
    np.testing.assert_allclose(jumps.conj() @ jumps.T, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(jumps @ np.eye(4).reshape(-1), 0.0, atol=1e-14)
    largest = jumps[[0, 1, 2], abs(jumps).argmax(axis=1)]
    np.testing.assert_allclose(largest.imag, 0.0, atol=1e-15)
    assert (largest.real > 0.0).all()


def test_a_form_without_traces_comes_back_itself():
    energy = np.array([[0.2, 0.1j, 0.0], [-0.1j, 0.3, 0.4], [0.0, 0.4, -0.5]])
    weak, strong = np.diag([1.0, 0.0], 1), np.diag([0.0, 1.0], 1)
    system = recovered(ts.LindbladSystem(energy, [(0.1, weak), (0.4, strong)]).generator().liouvillian())
    np.testing.assert_allclose(system.hamiltonian, energy, atol=1e-15)
    for (rate, jump), (expected, operator) in zip(system.channels, [(0.4, strong), (0.1, weak)], strict=True):
        assert rate == pytest.approx(expected, rel=1e-14)
        np.testing.assert_allclose(jump, operator, atol=1e-14)


def test_a_multiple_of_the_identity_in_a_jump_is_moved_into_the_hamiltonian():
    """X → X + c, H → H − iΓ(c* X − c X†) leaves the equation as it is."""
    rng = np.random.default_rng(3)
    jump, c, energy = rng.normal(size=(3, 3)), 0.7 - 0.4j, np.diag([0.0, 0.3, 1.0])
    jump = jump - np.eye(3) * np.trace(jump) / 3
    shifted = energy - 0.2j * (np.conj(c) * jump - c * jump.T)
    one, other = (
        recovered(ts.LindbladSystem(h, [(0.2, x)]).generator().liouvillian())
        for h, x in ((energy, jump), (shifted, jump + c * np.eye(3)))
    )
    np.testing.assert_allclose(one.hamiltonian, other.hamiltonian, atol=1e-14)
    np.testing.assert_allclose(one.channels[0][1], other.channels[0][1], atol=1e-14)


def test_equal_rates_may_mix_their_jumps_and_leave_the_equation():
    paulis = [qutip.sigmax(), qutip.sigmay(), qutip.sigmaz()]
    theirs = qutip.liouvillian(qutip.sigmaz(), [0.5 * one for one in paulis])
    system = recovered(theirs)
    np.testing.assert_allclose([float(rate) for rate, _ in system.channels], [0.25] * 3, rtol=1e-14)
    np.testing.assert_allclose(qutip.liouvillian(*system.to_qutip()).full(), theirs.full(), atol=1e-15)


def test_a_batch_has_the_channels_of_its_points_and_rates_of_zero():
    rng = np.random.default_rng(5)
    theirs = [random(rng, 3, count) for count in (3, 0, 1)]
    batch = recovered(theirs)
    assert batch.batch_shape == (3,)
    assert len(batch.channels) == 3
    assert [int(sum(rate[point] > 0.0 for rate, _ in batch.channels)) for point in range(3)] == [3, 0, 1]
    for point, one in enumerate(theirs):
        again = qutip.liouvillian(*batch[point].to_qutip()).full()
        assert abs(again - one.full()).max() <= 12 * EPS * abs(one.full()).max()
    np.testing.assert_array_equal(recovered(np.stack([by_rows(one) for one in theirs])).hamiltonian, batch.hamiltonian)


def test_the_parts_come_along():
    energy = qutip.tensor(qutip.num(2), qutip.qeye(3))
    theirs = qutip.liouvillian(energy, [qutip.tensor(qutip.destroy(2), qutip.qeye(3))])
    assert recovered(theirs).dims == (2, 3)
    assert recovered(qutip.QobjEvo(theirs)).dims == (2, 3)
    assert recovered(by_rows(theirs)).dims == (6,)
    assert recovered(by_rows(theirs), dims=(3, 2)).dims == (3, 2)
    refused(lambda: recovered(theirs, dims=(3, 2)), "`liouvillian`", "(3, 2), as stated", "(2, 3)")


def test_the_steady_state_is_that_of_the_superoperator():
    theirs = random(np.random.default_rng(8), 4, 2)
    expected = qutip.steadystate(theirs, method="direct").full()
    np.testing.assert_allclose(ts.steady_state(recovered(theirs)).rho, expected, atol=1e-12)


def test_columns_taken_for_rows_give_the_complex_conjugate_and_nothing_can_tell():
    """As the documentation says: what is stacked by columns must say so, as objects of QuTiP do."""
    theirs = random(np.random.default_rng(9), 3, 2)
    right, wrong = ts.steady_state(recovered(theirs)).rho, ts.steady_state(recovered(theirs.full())).rho
    np.testing.assert_allclose(wrong, right.conj(), atol=1e-12)
    assert abs(wrong - right).max() > 1e-2


# What is no generator

GENERATOR = by_rows(random(np.random.default_rng(2), 3, 2))
TURNED = np.arange(9).reshape(3, 3).T.reshape(-1)
ENERGY = qutip.num(3)
REFUSED = {
    "rows of columns": (GENERATOR[TURNED], "have no negative rate", "stacked by columns"),
    "columns of rows": (GENERATOR[:, TURNED], "have no negative rate", "stacked by columns"),
    "Heisenberg": (GENERATOR.conj().T, "take every trace to 0", "conjugate transpose"),
    "a channel": (scipy.linalg.expm(GENERATOR), "take every trace to 0", "by 1,", "exponential"),
    "backward": (-GENERATOR, "have no negative rate", "precision="),
    "a leak": (GENERATOR - 0.1 * np.eye(9), "take every trace to 0", "changes one by 0.1,"),
    "not Hermitian": (GENERATOR + 0.1j * np.diag(1 - np.eye(3).reshape(-1)), "keep Hermitian", "by 0.2,"),
    "one of two": (np.stack([GENERATOR, -GENERATOR]), "have no negative rate", "at point [1]"),
    "a matrix of ρ": (np.eye(3) / 3, "(..., D², D²)", "(3, 3)"),
    "a Hamiltonian": (ENERGY, "be a superoperator", "from_qutip"),
    "a ket": (qutip.basis(9, 0), "be a superoperator", "'ket'"),
    "Choi": (qutip.to_choi(qutip.liouvillian(ENERGY, [])), "'choi'", "qutip.to_super"),
    "periodic": (qutip.QobjEvo([[qutip.liouvillian(ENERGY, []), np.cos]]), "not depend on time", "time-periodic"),
    "text": ("L", "hold numbers"),
    "nan": (np.full((4, 4), np.nan), "finite"),
    "nothing": (None, "hold numbers"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_no_generator_is_refused_with_the_law_that_it_breaks(case):
    matrix, *words = case
    refused(lambda: recovered(matrix), "`liouvillian`", *words)


def test_each_point_of_a_batch_is_held_to_its_own_entries():
    slip = GENERATOR + 1e-9 * np.eye(9)
    refused(lambda: recovered(np.stack([1e6 * GENERATOR, slip])), "take every trace to 0", "at point [1]")


def test_nothing_is_the_generator_of_nothing():
    still = recovered(np.zeros((4, 4)))
    assert not still.hamiltonian.any()
    assert still.channels == ()
    assert recovered(np.zeros((0, 9, 9))).batch_shape == (0,)
    assert recovered(np.zeros((1, 1))).dimension == 1


def test_a_liouvillian_in_place_of_a_hamiltonian_is_sent_here():
    theirs = qutip.liouvillian(ENERGY, [])
    refused(lambda: ts.LindbladSystem.from_qutip(theirs, []), "superoperator", "LindbladSystem.from_liouvillian")


def decaying(more):
    """|1><1| decays at 1 and the coherence at 1/2, and four entries beside that; the largest entry is 1."""
    matrix = np.diag([0.0, -0.5, -0.5, -1.0]).astype(complex)
    matrix[0, 3] = 1.0
    return matrix + more


def dephasing(kappa):
    """A jump Z/√2 at the rate κ."""
    return np.diag([0.0, -kappa, -kappa, 0.0])


LEVELS = 2
OFF = 8 * LEVELS * EPS


@pytest.mark.parametrize(
    ("law", "slip", "allowed"),
    [
        ("have no negative rate", lambda x: dephasing(-x), LEVELS**2 * OFF),
        ("take every trace to 0", lambda x: np.diag([x], 3), LEVELS * OFF),
        ("keep Hermitian", lambda x: np.diag([0.0, 0.5j * x, 0.5j * x, 0.0]), 2 * OFF),
    ],
)
def test_each_law_is_held_to_the_rounding_of_the_entries(law, slip, allowed):
    system = recovered(decaying(slip(0.5 * allowed)))
    assert len(system.channels) == 1
    assert abs(system.generator().liouvillian() - decaying(0.0)).max() <= allowed
    refused(lambda: recovered(decaying(slip(2.0 * allowed))), law, f"may by {allowed:.2g}")
    # a number for what the entries are good for
    assert len(recovered(decaying(slip(1e-6)), precision=1e-6).channels) == 1
    assert recovered(decaying(slip(1e-6)), precision=1e-6).precision.entry == 1e-6


def test_a_rate_below_rounding_is_none():
    allowed = LEVELS**2 * OFF
    assert len(recovered(decaying(dephasing(0.5 * allowed))).channels) == 1
    assert len(recovered(decaying(dephasing(2.0 * allowed))).channels) == 2


def test_single_precision_is_known_by_its_type_or_stated():
    single = GENERATOR.astype(np.complex64)
    system = recovered(single)
    assert system.precision.words == "single precision"
    assert len(system.channels) == 2
    assert abs(system.generator().liouvillian() - GENERATOR).max() <= 1e-6 * abs(GENERATOR).max()
    refused(lambda: recovered(single.astype(complex)), "double precision", "precision=")
    assert recovered(single.astype(complex), precision=np.float32) == system


def test_a_maser_is_taken_apart_and_a_redfield_equation_is_none():
    maser = ts.ThermalMaser([0.1, 0.2j], detuning=0.1, dipole_correlation=0.4, **ENGINE_BATHS)
    system = recovered(maser.generator().liouvillian())
    np.testing.assert_allclose(ts.steady_state(system).rho, ts.steady_state(maser).rho, atol=1e-12)
    uneven = ts.ThermalMaser([0.1, 0.2], dipole_correlation=0.9, **ENGINE_BATHS | {"n_hot": [5.0, 0.5]})
    refused(lambda: recovered(uneven.generator().liouvillian()), "have no negative rate")
