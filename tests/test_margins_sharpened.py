"""Is a state in two parts as far from the true one as it says, and no farther?

Residuals are those of dense algebra, of fractions, or of sixty digits; norms of inverses are given by the test.
"""

from fractions import Fraction

import flint
import numpy as np
import pytest
from tests.evolving import BITS
from tests.evolving import lindblad as exact_lindblad
from tests.lattices import lindblad, liouvillian

import torusync as ts
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady import Sparse
from torusync.steady.probing import Bordered, Factored
from torusync.steady.sharpened import _left, _sum, sharpened


def exact_change(system, rho):
    return (liouvillian(system) @ rho.reshape(-1)).reshape(rho.shape)


def sharpening(system, rho, *, strength, solve=None, root=0):
    """Return what `sharpened` says of a state with factors that correct nothing."""
    generator = system.generator()
    pairs = Pairs(np.zeros(system.dimension, dtype=np.int64))
    matrix = Bordered(generator.sparse().real_form(pairs), system.dimension, 1.0, root)
    factored = Factored(matrix, solve or np.zeros_like, np.zeros_like)
    return sharpened(generator, generator.sparse(), pairs=pairs, factored=factored, strength=strength, rho=rho)


def mixed(levels):
    """Return a system, and a matrix that is not its state."""
    rng = np.random.default_rng(levels)
    half, jump, state = rng.normal(size=(3, levels, 2 * levels)).view(np.complex128)
    state = state @ state.conj().T
    return lindblad(half + half.conj().T, [jump, 0.5 * jump.T]), state / np.trace(state).real


def test_the_error_of_a_state_in_two_parts_is_what_its_residual_may_be_of():
    """√D ‖M⁻¹‖ ‖L ρ‖_F, with the border's part of a trace that is off."""
    system, rho = mixed(4)
    for state, root in ((rho, 0), (1.25 * rho, 0), (1.25 * rho, 2)):
        rest = exact_change(system, state)
        rest[root, root] += np.trace(state).real - 1.0
        found, error = sharpening(system, state, strength=3.0, root=root)
        np.testing.assert_array_equal(found, state)
        assert abs(error - 2.0 * 3.0 * np.linalg.norm(rest)) < 1e-11 * error


@pytest.mark.parametrize("seed", range(3))
def test_what_a_state_leaves_is_known_to_its_own_digits(seed):
    """Of a state as double precision finds it, of which nothing but rounding is left, against sixty digits."""
    system, _ = mixed(3 + seed)
    rho, rng = ts.steady_state(system, solver=Sparse()).rho, np.random.default_rng(seed)
    for size in (0.0, 1e-16, 1e-9):
        low = size * rng.normal(size=(len(rho), 2 * len(rho))).view(np.complex128)
        low = low + low.conj().T
        found, unsure = _left(system.generator(), system.generator().sparse(), rho, low)
        with flint.ctx.workprec(BITS):
            parts = [
                flint.acb_mat([[flint.acb(x.real, x.imag)] for x in one.reshape(-1).tolist()]) for one in (rho, low)
            ]
            exact = np.reshape(
                [complex(x) for x in (exact_lindblad(system) * (parts[0] + parts[1])).entries()], rho.shape
            )
        off = np.linalg.norm(found - exact)
        assert off <= unsure < 1e-9 * size + 1e-20
        assert off < 1e-6 * np.linalg.norm(exact) < 1e-8


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.49, 0.51, 0.99, 2.0])
def test_the_rounding_of_l_makes_its_inverse_larger(share, monkeypatch):
    """By 1/(1 − r), as long as that is less than twice as much."""
    system, rho = mixed(3)
    plain = sharpening(system, rho, strength=3.0)[1]
    monkeypatch.setattr(SparseLindblad, "rounding", lambda _: share / 3.0)
    found = sharpening(system, rho, strength=3.0)[1]
    assert abs(found * (1.0 - share) - plain) < 1e-10 * plain if share < 0.5 else found == np.inf


def test_a_state_that_leaves_nothing_is_known_to_what_its_products_lose():
    """Whole numbers: what is left is exactly zero, and yet not known to more than 2⁻⁸⁰ of what it is made of."""
    flip = np.array([[0.0, 1.0], [1.0, 0.0]])
    system = ts.LindbladSystem(flip, [(0.5, flip), (0.25, np.diag([1.0, -1.0]))])
    rho = np.eye(2) / 2.0
    _, error = sharpening(system, rho, strength=1.0)
    scale = system.generator().sparse().scale()
    assert abs(error - 2.0**0.5 * scale * 2.0**-80 * 2.0 * 0.5**0.5) < 1e-9 * error
    # nor is an error said to be nothing
    idle = ts.LindbladSystem(np.zeros((2, 2)), [])
    assert 0.0 < sharpening(idle, rho, strength=1.0)[1] < 1e-290


def test_what_a_rounded_state_lacks_is_its_error():
    """A ring of three levels: 1/3 each, which no double is; all three are off alike, and √3 ‖δ‖_F is ‖δ‖_1."""
    jumps = [np.roll(np.diag([float(k == level) for k in range(3)]), 1, axis=0) for level in range(3)]
    system = ts.LindbladSystem(np.zeros((3, 3)), [(0.5, one) for one in jumps])
    pairs = Pairs(np.zeros(3, dtype=np.int64))
    whole = Bordered(system.generator().sparse().real_form(pairs), 3, 1.0).matrix().toarray()
    strength = 1.0 / np.linalg.svd(whole, compute_uv=False)[-1]
    start = np.diag([1.0 / 3.0 + 1e-7, 1.0 / 3.0, 1.0 / 3.0 - 2e-7]).astype(np.complex128)
    rho, error = sharpening(system, start, strength=strength, solve=lambda right: np.linalg.solve(whole, right))
    truth = sum(abs(Fraction(float(one)) - Fraction(1, 3)) for one in np.diagonal(rho).real)
    assert 0.0 < float(truth) <= error * (1.0 + 1e-6)
    assert error <= 1.01 * float(truth)


def test_a_state_and_what_it_lacks_are_added_to_without_rounding():
    rho, low, step = (np.array([[one]]) for one in (1.0 / 3.0 + 0.1j, (3.0 - 1.0j) * 2.0**-60, (1.0 + 5.0j) * 2.0**-58))
    found = _sum(rho, low, step)
    assert found[0] == rho + (low + step)
    for part in ("real", "imag"):
        numbers = [[Fraction(float(getattr(one[0, 0], part))) for one in some] for some in (found, (rho, low, step))]
        assert sum(numbers[0]) == sum(numbers[1])


def test_a_step_that_makes_a_state_worse_is_not_taken():
    system, rho = mixed(3)
    plain = sharpening(system, rho, strength=3.0)
    found, error = sharpening(system, rho, strength=3.0, solve=lambda right: 1e3 * np.ones_like(right))
    np.testing.assert_array_equal(found, plain[0])
    assert error == plain[1]
