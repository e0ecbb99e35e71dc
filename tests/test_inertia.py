"""Is what the inertia of a small matrix proves true?  Against Cholesky's pivots of the whole matrix in forty digits."""

import mpmath as mp
import numpy as np
import pytest

from torusync.maxima import inertia
from torusync.maxima.fields import LowRankForm, climb
from torusync.maxima.inertia import Bordered


def border(rng, levels, rank, *, negative):
    """Return random coherences with |1>, W, and a signature with that many negative signs."""
    u = rng.normal(size=levels) + 1j * rng.normal(size=levels)
    w = (rng.normal(size=(levels, rank)) + 1j * rng.normal(size=(levels, rank))) * 10.0 ** rng.uniform(-2, 0.3, rank)
    sign = np.ones(rank)
    sign[:negative] = -1.0
    return plain(u, w, sign)


def plain(u, w, sigma):
    """Return what is tested without knowing of any phases."""
    return Bordered(u, w, sigma, np.zeros(len(sigma), dtype=complex))


def multipliers(one, z):
    """Return the multipliers of the manifold levels and of |1> at phases z."""
    y = np.conj(one.u) + one.w @ (one.sigma * (np.conj(one.w.T) @ z))
    return (np.conj(z) * y).real, float((one.u @ z).real)


def exact_matrix(one, d, corner):
    """Return diag μ − R in forty digits, of the very numbers given."""
    mp.mp.dps = 40
    size = len(d) + 1
    out = mp.matrix(size, size)
    out[0, 0] = mp.mpf(corner)
    for i in range(1, size):
        u = mp.mpc(complex(one.u[i - 1]))
        out[0, i], out[i, 0] = -u, -mp.conj(u)
        for j in range(1, size):
            terms = (
                mp.mpf(float(s)) * mp.mpc(complex(a)) * mp.conj(mp.mpc(complex(b)))
                for s, a, b in zip(one.sigma, one.w[i - 1], one.w[j - 1], strict=True)
            )
            out[i, j] = (mp.mpf(float(d[i - 1])) if i == j else 0) - mp.fsum(terms)
    return out


def positive_definite(matrix):
    """Return whether all pivots of a Hermitian matrix are positive."""
    size = matrix.rows
    for step in range(size):
        pivot = mp.re(matrix[step, step])
        if pivot <= 0:
            return False
        for i in range(step + 1, size):
            factor = matrix[i, step] / pivot
            for j in range(step + 1, size):
                matrix[i, j] -= factor * matrix[step, j]
    return True


def cases(count, seed):
    """Yield borders of every signature with phases: random, climbed, and climbed and then disturbed."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        rank = int(rng.integers(1, 4))
        one = border(rng, int(rng.integers(2, 8)), rank, negative=int(rng.integers(0, rank + 1)))
        z = np.exp(2j * np.pi * rng.random(len(one.u)))
        if index % 3:
            z, _ = climb(LowRankForm(one.u, one.w, one.sigma), z)
        if index % 3 == 2:
            z = z * np.exp(10.0 ** rng.uniform(-9, -1) * 1j * rng.normal(size=len(z)))
        yield one, z


def test_a_finite_shift_makes_the_matrix_positive_definite():
    """Whatever the signature, and however bad the phases are; and for good ones the shift is small."""
    finite, small = 0, 0
    for one, z in cases(300, 0):
        d, corner = multipliers(one, z)
        for test in (one, Bordered.at(one.u, one.w, one.sigma, z)):
            tau, weight = test.smallest_shift(d, corner)
            if not np.isfinite(tau):
                continue
            finite += 1
            small += tau <= 1e-9
            assert positive_definite(exact_matrix(one, d + tau * weight[1:], corner + tau * weight[0]))
    assert finite > 200
    assert small > 120


def test_without_the_inertia_most_shifts_would_be_wrong(monkeypatch):
    """The test above can fail: what it rests on decides for most inputs."""
    monkeypatch.setattr(Bordered, "_definite", lambda _, d, corner, *__: bool(corner > 0.0 and (d > 0.0).all()))
    wrong = 0
    for one, z in cases(60, 0):
        d, corner = multipliers(one, z)
        tau, weight = one.smallest_shift(d, corner)
        if np.isfinite(tau):
            wrong += not positive_definite(exact_matrix(one, d + tau * weight[1:], corner + tau * weight[0]))
    assert wrong > 5


def test_a_wrong_signed_part_is_not_forgotten():
    """u = (1, 1), R̂ = 4 v v† with v = (1, −1)/√2 pulling: at z = (1, 1) no small shift will do."""
    w = np.array([[1.0], [-1.0]]) * np.sqrt(2.0) + 0j
    pulled = plain(np.ones(2, dtype=complex), w, np.ones(1))
    d, corner = multipliers(pulled, np.ones(2, dtype=complex))
    np.testing.assert_allclose([*d, corner], [1.0, 1.0, 2.0])
    assert pulled.smallest_shift(d, corner).tau >= 1.0
    pushed = plain(pulled.u, w, -np.ones(1))
    assert pushed.smallest_shift(*multipliers(pushed, np.ones(2, dtype=complex))).tau <= 1e-9


def test_the_margin_covers_the_rounding_of_the_small_matrix(monkeypatch):
    """Matrices that are indefinite by some roundings are never called definite; without the margin some would be."""
    rng = np.random.default_rng(0)
    tried, blind = 0, [0, 0]
    for index in range(90):
        one = border(rng, 100, 3, negative=(0, 1, 3)[index % 3])
        if index % 3:
            one = plain(one.u, 0.03 * one.w, one.sigma)
        z, _ = climb(LowRankForm(one.u, one.w, one.sigma), np.conj(one.u) / np.abs(one.u))
        d, corner = multipliers(one, z)
        if not one.smallest_shift(d, corner).tau < 1e-9:
            continue
        for lower in (0.0, 3e-16, 1e-15, 3e-15):
            less, short = d * (1.0 - lower), corner * (1.0 - lower)
            # at the exact multipliers (1, z) is a null vector, and a little below them it has a negative form
            if form_at(one, less, short, z) >= 0:
                continue
            tried += 1
            for number, test in enumerate((one, Bordered.at(one.u, one.w, one.sigma, z))):
                assert not test._definite(less, short, inertia._kept(less))
                with monkeypatch.context() as patch:
                    patch.setattr(inertia, "EPS", 0.0)
                    again = Bordered(test.u, test.w, test.sigma, test.x)
                    blind[number] += again._definite(less, short, inertia._kept(less))
    assert tried > 100
    assert min(blind) > 0


def form_at(one, d, corner, z):
    """Return x†(diag μ − R)x at x = (1, z) in forty digits."""
    mp.mp.dps = 40
    phases = [mp.mpc(complex(v)) for v in z]
    total = mp.mpf(corner) - 2 * mp.re(mp.fsum(mp.mpc(complex(u)) * v for u, v in zip(one.u, phases, strict=True)))
    total += mp.fsum(mp.mpf(float(x)) * abs(v) ** 2 for x, v in zip(d, phases, strict=True))
    for sign, column in zip(one.sigma, one.w.T, strict=True):
        overlap = mp.fsum(mp.conj(mp.mpc(complex(a))) * v for a, v in zip(column, phases, strict=True))
        total -= mp.mpf(float(sign)) * abs(overlap) ** 2
    return total


@pytest.mark.parametrize("levels", [63, 64, 65, 200, 17_000])
def test_sums_in_blocks_are_the_sums(levels):
    rng = np.random.default_rng(levels)
    one = border(rng, levels, 2, negative=1)
    d = rng.uniform(0.5, 1.5, levels)
    free = np.ones(levels, dtype=bool)
    free[:3] = False
    test = Bordered(one.u, one.w, one.sigma, rng.normal(size=2) + 1j * rng.normal(size=2))
    columns = np.concatenate([(one.w @ test.x - np.conj(one.u))[:, np.newaxis], one.w], axis=1)
    gram = np.conj(columns[3:].T) @ (columns[3:] / d[3:, np.newaxis])
    basis = np.eye(3, dtype=complex)
    basis[1:, 0] = test.x
    natural = basis.conj().T @ np.diag([2.0, *one.sigma]) @ basis
    balance = 1.0 / np.sqrt(np.abs(np.append(natural[0, 0].real, one.sigma)) + np.diagonal(gram).real)
    expected = balance[:, np.newaxis] * (natural - gram) * balance
    scaled, rounding = test._reduced(d, 2.0, free, np.arange(3))
    np.testing.assert_allclose(scaled[:3, :3], expected, rtol=1e-12, atol=1e-13)
    assert np.abs(scaled[:3, :3] - expected).max() <= max(rounding, levels * 1e-16)
    assert 1e-15 < rounding < 1e-11


def test_a_near_continuum_is_proven_at_its_phases_and_not_without():
    """Fields of 1e-6 of |u|: the test at the phases has nothing large to cancel, the plain one resolves 1e-9 of it."""
    levels = 500
    u = np.ones(levels, dtype=complex)
    w = np.sqrt((1.0 - 1e-6) / levels) * np.ones((levels, 1), dtype=complex)
    one = plain(u, w, -np.ones(1))
    z = np.ones(levels, dtype=complex)
    d, corner = multipliers(one, z)
    np.testing.assert_allclose(d, 1e-6, rtol=1e-6)
    sharp = Bordered.at(u, w, one.sigma, z).smallest_shift(d, corner)
    assert sharp.tau * sharp.weight.sum() < 1e-9 * corner
    assert one.smallest_shift(d, corner).tau > 100 * sharp.tau


def test_a_negative_multiplier_beside_what_holds_it_is_definite(monkeypatch):
    """A pushing field adds |w|² to a level's own multiplier: −0.1 + 1 holds it, and (1 − 1/4 − 0.01/0.9) the first."""
    one = plain(np.array([0.1 + 0j, 1.0]), np.array([[1.0 + 0j], [0.0]]), -np.ones(1))
    d = np.array([-0.1, 4.0])
    for corner in (1.0, 0.2612, 0.2610, 0.1):
        expected = corner > 0.25 + 0.01 / 0.9
        assert positive_definite(exact_matrix(one, d, corner)) == expected
        assert one._definite(d, corner, inertia._kept(d)) == expected
    monkeypatch.setattr(inertia, "_EXPLICIT", 0)
    assert not one._definite(d, 1.0, inertia._kept(d)), "only a level that is kept apart may have a negative one"


def test_the_rounding_of_the_fields_is_in_the_margin(monkeypatch):
    """Fields of 1e-9 of |u|, known to seven digits: matrices indefinite by less than that are never called definite."""
    rng = np.random.default_rng(5)
    tried, blind = 0, 0
    for _ in range(40):
        z = np.exp(2j * np.pi * rng.random(60))
        moduli = rng.uniform(0.5, 1.5, 60)
        u = np.conj(z) * moduli
        w = (np.sqrt((1.0 - 1e-9) / moduli.sum()) * moduli * z)[:, np.newaxis]
        one = Bordered.at(u, w, -np.ones(1), z)
        d, corner = multipliers(one, z)
        d = np.abs(d)
        short = corner - float(form_at(one, d, corner, z))
        while form_at(one, d, short, z) >= 0:
            short = float(np.nextafter(short, -np.inf))
        tried += 1
        assert not one._definite(d, short, inertia._kept(d))
        with monkeypatch.context() as patch:
            patch.setattr(inertia, "EPS", 0.0)
            again = Bordered(one.u, one.w, one.sigma, one.x)
            blind += again._definite(d, short, inertia._kept(d))
    assert tried > 20
    assert blind > 0
