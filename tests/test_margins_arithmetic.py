"""Does every step of arithmetic in two parts keep the digits that residuals are divided by slow rates for?

The reference is `fractions.Fraction`: doubles are exact there, so that what a sum or product loses is a number.
"""

from fractions import Fraction

import numpy as np
import pytest

from torusync._twofold import Twofold, product, two_product, two_sum
from torusync.generators import PumpedManifold

TINY = Fraction(1, 2**100)
"""What two parts may lose of the larger operand or of a product: 2⁻¹⁰⁴ in a good case, some bits more in a bad one."""


def exact(number, k=None):
    parts = (number.high, number.low) if k is None else (number.high[k], number.low[k])
    return Fraction(float(parts[0])) + Fraction(float(parts[1]))


def doubles(rng, count):
    """Return numbers of both signs over forty binary orders, each with all of its bits."""
    return rng.choice([-1.0, 1.0], count) * (1.0 + rng.random(count)) * 2.0 ** rng.integers(-40, 40, count)


def twofold(rng, count):
    """Return numbers whose second part is what a double cannot hold beside the first."""
    high = doubles(rng, count)
    return Twofold(high, high * rng.uniform(-1, 1, count) * 2.0**-54)


def test_sums_and_products_of_doubles_are_exact(rng):
    one, other = doubles(rng, 400), doubles(rng, 400)
    sums, products = two_sum(one, other), two_product(one, other)
    lost = 0
    for k in range(400):
        assert exact(sums, k) == Fraction(one[k]) + Fraction(other[k])
        assert exact(products, k) == Fraction(one[k]) * Fraction(other[k])
        lost += int(sums.low[k] != 0) + int(products.low[k] != 0)
    assert lost > 600
    np.testing.assert_array_equal(sums.high, one + other)
    np.testing.assert_array_equal(products.high, one * other)


@pytest.mark.parametrize("name", ["+", "-", "*", "/"])
def test_two_parts_keep_a_hundred_bits(name, rng):
    one, other = twofold(rng, 400), twofold(rng, 400)
    found = {"+": one + other, "-": one - other, "*": one * other, "/": one / other}[name]
    for k in range(400):
        a, b = exact(one, k), exact(other, k)
        true = {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[name]
        scale = abs(a) + abs(b) if name in "+-" else abs(true)
        assert abs(exact(found, k) - true) <= TINY * scale
        # the second part is below rounding of the first, or a later sum of high parts loses it
        assert abs(found.low[k]) <= 2.0**-52 * abs(found.high[k])


def test_a_difference_of_equal_doubles_is_what_is_left_of_their_second_parts():
    high = np.array([1.0, 3.0])
    found = Twofold(high, np.array([2.0**-60, -(2.0**-70)])) - Twofold.of(high)
    np.testing.assert_array_equal(found.high + found.low, [2.0**-60, -(2.0**-70)])
    np.testing.assert_array_equal((-found).low, -found.low)
    third = Twofold.of(np.array([1.0])) / Twofold.of(np.array([3.0]))
    # what the stored quotient lacks of a third, to sixteen digits
    true = Fraction(1, 3) - Fraction(1 / 3)
    assert third.beyond(np.array([1 / 3]))[0] == pytest.approx(float(true), rel=1e-15)


def matrices(rng, size, spread):
    """Return stacks of complex matrices whose entries lie ``spread`` binary orders apart, a row of zeros among them."""
    parts = rng.normal(size=(2, 3, size, size)) * 2.0 ** rng.integers(-spread, 1, (2, 3, size, size))
    whole = parts[0] + 1j * parts[1]
    whole[1, 0] = 0.0
    return whole


def true_product(left, right):
    """Return Fractions of the real and imaginary parts of left @ right."""
    size = len(left)

    def part(one, other):
        rows = [[Fraction(float(x)) for x in row] for row in one], [[Fraction(float(x)) for x in row] for row in other]
        return [
            [sum((rows[0][i][k] * rows[1][k][j] for k in range(size)), Fraction(0)) for j in range(size)]
            for i in range(size)
        ]

    pairs = [(left.real, right.real), (left.imag, right.imag), (left.real, right.imag), (left.imag, right.real)]
    rr, ii, ri, ir = (part(*pair) for pair in pairs)
    every = range(size)
    return [[rr[i][j] - ii[i][j] for j in every] for i in every], [[ri[i][j] + ir[i][j] for j in every] for i in every]


@pytest.mark.parametrize("spread", [0, 20, 40])
@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_products_of_matrices_lose_what_their_docstring_says(size, spread, rng):
    """2⁻⁹⁰ of the largest entry of the row times that of the column, though single entries are 2⁻⁴⁰ of them."""
    left, right = matrices(rng, size, spread), matrices(rng, size, spread)
    right[2, :, 0] = 0.0
    real, imag = product(left, right)
    worst = 0.0
    for k in range(3):
        true = true_product(left[k], right[k])
        rows = np.abs(np.concatenate([left[k].real, left[k].imag], axis=-1)).max(axis=-1)
        columns = np.abs(np.concatenate([right[k].real, right[k].imag], axis=0)).max(axis=0)
        for i in range(size):
            for j in range(size):
                scale = Fraction(float(rows[i])) * Fraction(float(columns[j]))
                for found, expected in ((real, true[0][i][j]), (imag, true[1][i][j])):
                    off = abs(exact(Twofold(found.high[k, i, j], found.low[k, i, j])) - expected)
                    assert off <= scale * Fraction(size, 2**90)
                    worst = max(worst, float(off / scale) if scale else 0.0)
    if size == 5 and spread == 40:
        assert worst > 0.0  # the bound is not looked at where nothing is lost


def test_long_rows_of_one_sign_add_up_without_rounding(rng):
    """The slices are the shorter the longer the row: forty levels fill six more bits than one."""
    size = 40
    left, right = (1.0 + rng.random((1, size, size)) + 1j * (1.0 + rng.random((1, size, size))) for _ in range(2))
    real, imag = product(left, right.conj())
    for i in range(3):
        for j in range(3):
            a, b = left[0, i], right[0, :, j].conj()
            parts = [[Fraction(float(x)) for x in one] for one in (a.real, a.imag, b.real, b.imag)]
            true = [sum((x[0] * x[2] - x[1] * x[3] for x in zip(*parts, strict=True)), Fraction(0)),
                    sum((x[0] * x[3] + x[1] * x[2] for x in zip(*parts, strict=True)), Fraction(0))]  # fmt: skip
            for found, expected in zip((real, imag), true, strict=True):
                off = abs(exact(Twofold(found.high[0, i, j], found.low[0, i, j])) - expected)
                assert off <= Fraction(4 * size, 2**90)


def test_entries_far_below_the_largest_of_their_row_keep_their_bits():
    """1 in one column hides nothing of 2⁻⁴⁰(1 + ε) beside it, because it meets a zero of the other matrix."""
    left, right = np.array([[[1.0, 2.0**-40 * (1 + 2.0**-52)]]] * 1), np.array([[[0.0], [1 + 2.0**-52]]])
    left, right = (np.pad(one, [(0, 0), (0, 2 - one.shape[1]), (0, 2 - one.shape[2])]) + 0j for one in (left, right))
    found, _ = product(left, right)
    true = Fraction(1, 2**40) * Fraction(1 + 2.0**-52) ** 2
    assert exact(Twofold(found.high[0, 0, 0], found.low[0, 0, 0])) == true


def manifold(rng, *, levels, dipoles, split=1.0, batch=()):
    """Return a block with drives, splittings and occupations of full mantissas."""
    matrix = None
    if dipoles:
        matrix = np.full((levels, levels), 0.3 + 2.0**-40)
        np.fill_diagonal(matrix, 1.0)
    return PumpedManifold(
        drive=rng.normal(size=(*batch, levels)) + 1j * rng.normal(size=(*batch, levels)),
        splittings=split * rng.normal(size=(*batch, levels)),
        detuning=np.asarray(rng.normal(size=batch)),
        n_hot=rng.random((*batch, levels)) * 3.0,
        n_cold=np.asarray(rng.random(batch)),
        gamma_hot=np.asarray(rng.random(batch)),
        gamma_cold=np.asarray(rng.random(batch)),
        omega_cold=np.ones(batch),
        omega_hot=np.full(batch, 3.0),
        dipoles=matrix,
    )


def rational(block):
    """Return A and −i[H, D] as Fractions, ``{(i, j): (real, imaginary)}``, from the doubles of the machine."""
    levels = block.manifold_levels
    n, n_c = [Fraction(float(x)) for x in block.n_hot], Fraction(float(block.n_cold))
    split = [Fraction(float(x)) for x in np.broadcast_to(block.splittings, levels)]
    g_h, g_c = Fraction(float(block.gamma_hot)), Fraction(float(block.gamma_cold))
    mean = sum(split) / levels
    drive = [(Fraction(float(x.real)), Fraction(float(x.imag))) for x in block.drive]
    A, Q = {(0, 0): (-g_c * (1 + n_c), Fraction(0))}, {}
    for j in range(levels):
        re, im = drive[j]
        A[0, j + 1], A[j + 1, 0] = (im, -re), (-im, -re)
        for i in range(levels):
            p = Fraction(i == j) if block.dipoles is None else Fraction(float(block.dipoles[i, j]))
            energy = split[j] - mean - Fraction(float(block.detuning)) if i == j else Fraction(0)
            A[i + 1, j + 1] = (-g_h * p * (1 + n[j]), -energy)
        contrast = n[j] / (1 + n[j]) - n_c / (1 + n_c)
        Q[0, j + 1], Q[j + 1, 0] = (im * contrast, -re * contrast), (im * contrast, re * contrast)
    return A, Q


@pytest.mark.parametrize("dipoles", [False, True])
@pytest.mark.parametrize("levels", [1, 2, 3, 5])
def test_remainders_are_what_the_stored_matrices_lack(levels, dipoles, rng):
    """Stored plus remainder is the rational number to some 100 bits, and the remainder is rounding."""
    for _ in range(10):
        block = manifold(rng, levels=levels, dipoles=dipoles, split=2.0 ** rng.integers(-30, 1))
        for stored, rest, true in zip(
            (block.drift(), block.source()), block.remainders(), rational(block), strict=True
        ):
            scale = max(abs(float(x)) for pair in true.values() for x in pair)
            for i in range(levels + 1):
                for j in range(levels + 1):
                    pair = true.get((i, j), (Fraction(0), Fraction(0)))
                    for part, exactly in zip(("real", "imag"), pair, strict=True):
                        kept = Fraction(float(getattr(stored[i, j], part)))
                        lacks = Fraction(float(getattr(rest[i, j], part)))
                        assert abs(kept + lacks - exactly) <= Fraction(2.0**-98 * scale)
                        assert abs(lacks) <= Fraction(16 * 2.0**-53 * scale)


def test_remainders_of_a_batch_are_those_of_its_points(rng):
    block = manifold(rng, levels=3, dipoles=True, batch=(4,))
    whole = block.remainders()
    for k in range(4):
        part = {name: value[k] for name, value in vars(block).items() if name in PumpedManifold.__dataclass_fields__
                and name != "dipoles"}  # fmt: skip
        alone = PumpedManifold(**part, dipoles=block.dipoles).remainders()
        for one, other in zip(whole, alone, strict=True):
            np.testing.assert_array_equal(one[k], other)
