"""Does every term of a state's error bound do what it is there for?

What was found is set against a truth that is made beside it, in fractions or in fifty digits, with everything that may
be off set as far off as it may be and in the worst direction: a bound that loses one of its terms falls below.
"""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from torusync.steady.accuracy import frobenius, gain, state_errors
from torusync.steady.refinement import refined, response

EPS = np.finfo(float).eps


def found_and_true(rng, *, levels, sizes, terms, shifted):
    """Return response, ‖X̂‖_1 and the true errors of state and coherences, all as exact numbers.

    Diagonal matrices, whose trace norm is a sum.  ``sizes`` are those of X̂ and V; ``shifted`` is by how many roundings
    the trace of what was found is off.
    """
    driven, off = sizes
    D = [Fraction(int(x), 1000) for x in rng.integers(0, 1000, levels)]
    shape = [Fraction(int(x), 1000) for x in rng.integers(-1000, 1001, levels)]
    length = sum(abs(x) for x in shape) or Fraction(1)
    X = [driven * x / length for x in shape]
    V = [Fraction(0)] * levels
    V[int(rng.integers(levels))] = off * int(rng.choice([-1, 1]))
    t = shifted * (terms + 8) * Fraction(EPS) * (1 + 2 * driven)
    ground = (1 + t - sum(X)) / (1 + sum(D))
    if ground <= 0:
        return None
    true_x = [(x + v) / ground for x, v in zip(X, V, strict=True)]
    whole = 1 + sum(D) + sum(true_x)
    if whole <= 0:
        return None
    true_ground = 1 / whole
    beside = sum(abs(x - true_ground * y) for x, y in zip(X, true_x, strict=True))
    blocks = zip(D, X, true_x, strict=True)
    state = abs(ground - true_ground) + sum(abs(ground * d + x - true_ground * (d + y)) for d, x, y in blocks)
    return sum(abs(x) for x in X), state, beside


@pytest.mark.parametrize("driven", [Fraction(0), Fraction(1, 10**12), Fraction(1, 4), Fraction(1), Fraction(4)])
@pytest.mark.parametrize("off", [Fraction(1, 10**18), Fraction(1, 10**14), Fraction(1, 10**6), Fraction(1, 50)])
def test_no_state_is_further_off_than_its_residual_and_its_trace_allow(driven, off, rng):
    nearest = near_coherence = np.inf
    for _ in range(150):
        levels, terms = int(rng.integers(1, 5)), int(rng.integers(1, 40))
        sample = found_and_true(rng, levels=levels, sizes=(driven, off), terms=terms, shifted=int(rng.choice([-1, 1])))
        if sample is None:
            continue
        size, state, beside = sample
        error, coherence = (float(x[0]) for x in state_errors(np.array([float(off)]), terms, np.array([float(size)])))
        assert state <= Fraction(error)
        assert beside <= Fraction(coherence) * (1 + Fraction(4 * EPS))
        nearest = min(nearest, error / float(state)) if state else nearest
        if beside:
            near_coherence = min(near_coherence, coherence / float(beside))
    # as near as the worst case lies, and never so far that nothing could be said
    assert nearest < 12 * float(1 + driven)
    assert near_coherence < 4 * float(1 + driven)


def test_rounding_alone_is_counted_in_roundings():
    """Without residual or drive: the trace is off by its sum, and the ratios as stored by their own."""
    for terms in (1, 10, 1000):
        error, coherence = state_errors(np.zeros(1), terms, np.zeros(1))
        # |t| (1 + tr D) ρ_00, what t is off by, and as much again for the ratios
        assert (terms + 8) * EPS < error[0] < 10 * (terms + 10) * EPS
        assert error[0] >= (terms + 8) * EPS + 4 * EPS
        assert coherence[0] == 1e-300


def test_what_may_be_half_of_the_state_is_not_bounded():
    responses = np.array([0.0, 0.49, 0.5, 3.0, np.inf, np.nan])
    error, coherence = state_errors(responses, 1, np.zeros(6))
    np.testing.assert_array_equal(np.isfinite(error), [True, True, False, False, False, False])
    np.testing.assert_array_equal(np.isfinite(coherence), np.isfinite(error))
    assert not np.isnan(error).any()
    # a drive so strong that rounding of its trace is half of it
    error, coherence = state_errors(np.zeros(2), 1, np.array([1e10, 1e15]))
    assert np.isfinite(error[0])
    assert error[1] == coherence[1] == np.inf


def stable(rng, size, skew):
    """Return A with slow and fast levels, far from normal where ``skew`` is large."""
    A = np.triu(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)), 1) * skew
    return A + np.diag(-(10.0 ** rng.uniform(-2, 0.5, size)) + 1j * rng.normal(size=size))


def exact_w(A, right=None):
    """Return W of A†W + W A = −1, or V of A V + V A† = −R, in fifty digits."""
    size = len(A)
    with mp.workdps(50):
        a = mp.matrix(A.tolist())
        left, other = (a.H, a) if right is None else (a, a.H)
        rows, column = mp.zeros(size**2), mp.zeros(size**2, 1)
        for i in range(size):
            for j in range(size):
                here = i * size + j
                column[here] = -mp.mpc(int(i == j)) if right is None else -mp.mpmathify(complex(right[i, j]))
                for k in range(size):
                    rows[here, k * size + j] += left[i, k]
                    rows[here, i * size + k] += other[k, j]
        solved = mp.lu_solve(rows, column)
        return mp.matrix([[solved[i * size + j] for j in range(size)] for i in range(size)])


def missed_by(A, w):
    """Return A†w + w A + 1, rounded once."""
    with mp.workdps(50):
        a, candidate = mp.matrix(A.tolist()), mp.matrix(w.tolist())
        return np.array((a.H * candidate + candidate * a + mp.eye(len(A))).tolist(), dtype=complex)


def norms(matrix):
    """Return the largest modulus of an eigenvalue, and the sum of all, of a Hermitian matrix in fifty digits."""
    with mp.workdps(50):
        values = [abs(x) for x in mp.eigh(0.5 * (matrix + matrix.H), eigvals_only=True)]
        return float(max(values)), float(sum(values))


def doubles(matrix):
    return np.array(matrix.tolist(), dtype=complex)


@pytest.mark.parametrize("skew", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("wrong", [0.0, 1e-6, 0.1])
def test_no_gain_is_below_the_true_one(skew, wrong, rng):
    """Also from a candidate that is off by a tenth; and it is no more above than the candidate is off."""
    proven = 0
    for _ in range(8):
        size = int(rng.integers(1, 4))
        A = stable(rng, size, skew)
        W = exact_w(A)
        true, w = norms(W)[0], doubles(W)
        noise = rng.normal(size=w.shape) + 1j * rng.normal(size=w.shape)
        noise = noise + noise.conj().T
        lengths = np.sqrt(np.abs(np.diag(w)))
        w = w * (1 - wrong) + 0.1 * wrong * noise * np.outer(lengths, lengths)
        w = 0.5 * (w + w.conj().T)
        E = missed_by(A, w)
        bound = gain(w[np.newaxis], E[np.newaxis], np.zeros(1))[0]
        assert bound >= true
        size_of_e = np.linalg.norm(E)
        if size_of_e < 0.49:
            assert bound <= true * (1 + 1e-10) * (1 + size_of_e) / (1 - size_of_e)
            proven += 1
        elif size_of_e >= 0.5:
            assert bound == np.inf
    assert proven >= (8 if wrong < 0.1 else 1)


def test_a_gain_of_one_level_is_the_true_one_whatever_its_candidate_misses():
    """W = 1/2a; a candidate that is smaller by a share e misses e of the right side, or rounding hides that it does."""
    true = 0.5 / 0.3
    for e in (0.0, 1e-9, 0.1, 0.4):
        w, E = np.array([[[true * (1 - e) + 0j]]]), np.array([[[e + 0j]]])
        hidden = gain(w, 0 * E, np.array([e]))[0]
        told = gain(w, E, np.zeros(1))[0]
        both = gain(w, 0.5 * E, np.array([0.5 * e]))[0]
        for bound in (hidden, told, both):
            assert true < bound < true * (1 + 30 * EPS)
    for e in (0.5, 0.6, 1.0, np.nan):
        w = np.array([[[0.7 + 0j]]])
        assert gain(w, np.array([[[e + 0j]]]), np.zeros(1))[0] == np.inf
        assert gain(w, 0 * w, np.array([e]))[0] == np.inf


def test_an_unstable_machine_has_no_gain(rng):
    """Its W solves the equation and is not positive, or only rounding makes it seem so."""
    for _ in range(10):
        A = stable(rng, 3, 1.0)
        A[1, 1] = 10.0 ** rng.uniform(-6, 0)
        w = doubles(exact_w(A))
        assert gain(w[np.newaxis], missed_by(A, w)[np.newaxis], np.zeros(1))[0] == np.inf
    lowest = np.array([-1.0, 0.0, 0.5 * EPS, 4.0 * EPS, 100.0 * EPS])
    w = np.zeros((5, 2, 2), dtype=complex)
    w[:, 0, 0], w[:, 1, 1] = 1.0, lowest
    found = gain(w, np.zeros((5, 2, 2), dtype=complex), np.zeros(5))
    np.testing.assert_array_equal(np.isfinite(found), [False, False, False, False, True])


def hermitian(rng, size):
    matrix = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    return matrix + matrix.conj().T


@pytest.mark.parametrize("skew", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("wrong", [0.0, 1e-3, 1.0])
def test_no_correction_is_larger_than_its_bound(skew, wrong, rng):
    for _ in range(6):
        size = int(rng.integers(1, 4))
        A, R = stable(rng, size, skew), hermitian(rng, size)
        V = exact_w(A, R)
        strength, correction = norms(exact_w(A))[0], doubles(V) * (1 - wrong)
        given = (A[np.newaxis], R[np.newaxis], np.zeros(1))
        bound = response(*given, strength=np.array([strength]), correction=correction[np.newaxis])[0]
        assert bound >= norms(V)[1] * (1 - 8 * EPS)
        if not wrong:
            assert bound <= np.sqrt(size) * norms(V)[1] * (1 + 1e-9)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_correction_of_equal_levels_is_its_bound(size):
    """A = −a, R = r: ‖V‖_1 = M r/2a, from V itself, from what it leaves, and from what R has lost, in any mixture."""
    a, r = 0.3, 1e-9
    one = np.eye(size, dtype=complex)[np.newaxis]
    true, strength = size * r / (2 * a), np.array([0.5 / a])
    for known in (0.0, 0.25, 1.0):
        for lost in (0.0, 0.5):
            # √M r is the norm of R, of which a part is lost
            bound = response(
                -a * one,
                (1 - lost) * r * one,
                np.array([lost * r * np.sqrt(size)]),
                strength=strength,
                correction=known * (1 - lost) * r / (2 * a) * one,
            )[0]
            assert true * (1 - 4 * EPS) <= bound <= true * (1 + 4 * size * (size + 20) * EPS)


def test_the_rounding_of_rates_as_stored_is_part_of_a_correction():
    """A true rate four roundings below the stored one leaves V that much larger."""
    a, r = 0.3, 1e-9
    one = np.ones((1, 1, 1), dtype=complex)
    bound = response(-a * one, r * one, np.zeros(1), strength=np.array([0.5 / a]), correction=r / (2 * a) * one)[0]
    assert bound >= r / (2 * a) * (1 + 4 * EPS)


def test_frobenius_is_the_root_of_squares(rng):
    stack = rng.normal(size=(4, 3, 3)) + 1j * rng.normal(size=(4, 3, 3))
    np.testing.assert_allclose(frobenius(stack), [np.linalg.norm(one) for one in stack], rtol=1e-14)


def slow(rng, size, rate, points):
    """Return stacks of A, Q and what both as stored lack, with decays of ``rate`` beside energies of one."""
    H = np.array([hermitian(rng, size) for _ in range(points)])
    G = rate * (0.5 + rng.random((points, size)))
    A = -1j * H - G[..., np.newaxis] * np.eye(size)
    Q = np.array([hermitian(rng, size) for _ in range(points)])
    rests = A * rng.uniform(-0.5, 0.5, A.shape) * EPS, np.array([hermitian(rng, size) for _ in range(points)]) * EPS
    return A, Q, rests


def rational(matrix):
    return [[(Fraction(float(x.real)), Fraction(float(x.imag))) for x in row] for row in matrix]


def true_residual(A, Q, rests, x):
    """Return A X + X A† + Q as Fractions (real, imaginary), with A and Q the sums of what is stored and its rest."""
    size = len(A)
    every = range(size)
    pairs = ((rational(A), rational(rests[0])), (rational(Q), rational(rests[1])))
    (a, q), X = (
        [[[tuple(one[i][j][c] + two[i][j][c] for c in (0, 1)) for j in every] for i in every] for one, two in pairs],
        rational(x),
    )
    out = [[[q[i][j][0], q[i][j][1]] for j in every] for i in every]
    for i in every:
        for j in every:
            for k in every:
                (ar, ai), (xr, xi) = a[i][k], X[k][j]
                out[i][j][0] += ar * xr - ai * xi
                out[i][j][1] += ar * xi + ai * xr
                (ar, ai), (xr, xi) = a[j][k], X[i][k]
                out[i][j][0] += xr * ar + xi * ai
                out[i][j][1] += xi * ar - xr * ai
    return out


def difference(true, found):
    """Return ‖true − found‖_F, the difference worked out exactly."""
    every = range(len(found))
    parts = [
        (true[i][j][0] - Fraction(float(found[i, j].real)), true[i][j][1] - Fraction(float(found[i, j].imag)))
        for i in every
        for j in every
    ]
    return float(sum(x * x + y * y for x, y in parts)) ** 0.5


def exactly(A):
    """Return what inverts L(Y) = A Y + Y A† of a stack, to rounding."""
    size = A.shape[-1]
    one = np.eye(size)

    def invert(right):
        out = [
            np.linalg.solve(np.kron(a, one) + np.kron(one, a.conj()), -r.reshape(-1)).reshape(size, size)
            for a, r in zip(A, right, strict=True)
        ]
        return 0.5 * (np.array(out) + np.conj(np.swapaxes(out, -1, -2)))

    return invert


@pytest.mark.parametrize("rate", [1e-10, 1e-4, 1.0])
def test_a_refined_residual_is_the_exact_one_but_for_what_it_says_it_lost(rate, rng):
    for size in (1, 2, 4):
        A, Q, rests = slow(rng, size, rate, 3)
        spoiled = np.zeros_like(A)
        spoiled[:, 0, -1] = np.nan
        for start in (np.zeros_like(A), np.full_like(A, np.nan), spoiled):
            x, residual, lost = refined(A, Q, start, rests=rests, invert=exactly(A))
            for k in range(3):
                off = difference(true_residual(A[k], Q[k], (rests[0][k], rests[1][k]), x[k]), residual[k])
                assert off <= lost[k]
                scale = np.linalg.norm(A[k]) * np.linalg.norm(x[k])
                assert lost[k] <= 2.0**-75 * size * scale + 8 * EPS * np.linalg.norm(residual[k])
                # what is left is no more than X as stored must leave
                assert np.linalg.norm(residual[k]) <= 4 * size * EPS * scale


def test_a_residual_that_is_not_small_has_lost_its_own_rounding(rng):
    A, Q, rests = slow(rng, 3, 1e-3, 4)
    x = np.array([hermitian(rng, 3) for _ in range(4)])
    kept, residual, lost = refined(A, Q, x, rests=rests, invert=np.zeros_like)
    np.testing.assert_array_equal(kept, x)
    for k in range(4):
        off = difference(true_residual(A[k], Q[k], (rests[0][k], rests[1][k]), x[k]), residual[k])
        assert 0 < off <= lost[k]
    # half a unit in the last place: 1 + 0.99 ε/2 is stored as 1
    one = np.ones((1, 1, 1), dtype=complex)
    rest = 0 * one, 0.495 * EPS * one
    _, residual, lost = refined(-one, 3.0 * one, one, rests=rest, invert=np.zeros_like)
    assert residual[0, 0, 0] == 1.0
    assert lost[0] >= 0.495 * EPS


def test_a_point_that_cannot_be_bettered_keeps_what_it_has_and_the_others_go_on(rng):
    A, Q, rests = slow(rng, 3, 1e-8, 4)
    invert = exactly(A)
    alone = refined(A, Q, np.zeros_like(A), rests=rests, invert=invert)

    def mostly(right):
        out = invert(right)
        out[2] = 7.0 * np.eye(3)
        out[3] = np.nan
        return out

    x, residual, lost = refined(A, Q, np.zeros_like(A), rests=rests, invert=mostly)
    for found, whole in zip((x, residual, lost), alone, strict=True):
        np.testing.assert_array_equal(found[:2], whole[:2])
    assert not x[3].any()
    np.testing.assert_array_equal(residual[3], Q[3] + rests[1][3])
    assert np.linalg.norm(residual[2]) <= np.linalg.norm(Q[2])


def test_a_step_is_taken_where_it_halves_what_is_left_and_nowhere_else(rng):
    """Three tenths wrong is worth six steps; a step that overshoots, or hardly moves, is none."""
    A, Q, rests = slow(rng, 2, 1.0, 1)
    invert, start = exactly(A), np.zeros_like(A)
    for share, left in ((0.7, 0.3**6), (1.3, 0.3**6), (0.52, 0.48**6), (0.48, 1.0), (1.6, 1.0), (2.5, 1.0), (4.0, 1.0)):
        x, residual, _ = refined(A, Q, start, rests=rests, invert=lambda right, share=share: share * invert(right))
        assert frobenius(residual)[0] == pytest.approx(left * frobenius(Q)[0], rel=1e-6)
        assert x.any() == (left < 1.0)


def test_an_inverse_of_few_digits_is_made_good_by_repetition(rng):
    """One percent wrong: six steps gain some eleven digits."""
    A, Q, rests = slow(rng, 3, 1.0, 2)
    invert = exactly(A)
    _, residual, _ = refined(A, Q, np.zeros_like(A), rests=rests, invert=lambda right: 0.99 * invert(right))
    assert (frobenius(residual) <= 2e-12 * frobenius(Q)).all()
    assert (frobenius(residual) >= 1e-15 * frobenius(Q)).all()
