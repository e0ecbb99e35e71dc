"""Does every term of what tells a cumulant's error do what it is there for?  Losing one, a bound falls below the truth.

The reference is `fractions.Fraction`, in which doubles are exact, or an integral in another basis.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import torusync as ts
from tilted import exactly, statistics
from torusync._twofold import Twofold
from torusync.thermo import uncertain
from torusync.thermo.uncertain import Uncertain
from torusync.thermo.verified import _in_unit, _Refined, _Solution

LETTER = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def exact(number):
    return Fraction(float(number.high)) + Fraction(float(number.low))


def worst(operate, numbers):
    """The largest part of its error that what an operation gives is off by, where operands are off as they say."""
    most = 0.0
    for (one, true), (other, true_other) in numbers:
        found, expected = operate(one, other), operate(true, true_other)
        missing = abs(exact(found.value) - expected)
        most = max(most, float(missing / Fraction(float(found.error))) if found.error else float(missing) * np.inf)
    return most


def pairs(rng, *, size=1.0, error=0.0):
    """Numbers in two parts, and true ones that are off by as much as may be, in one direction or the other."""

    def number():
        high = rng.choice([-1.0, 1.0]) * (1.0 + rng.random()) * size
        value = Twofold(np.array(high), np.array(high * rng.uniform(-1, 1) * 2.0**-54))
        held = error * abs(high)
        true = exact(value) + int(rng.choice([-1, 1])) * Fraction(held)
        return Uncertain(value, np.array(held)), true

    return [(number(), number()) for _ in range(200)]


OPERATIONS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "1/": lambda a, b: 1 / (b * b) + a, "1-": lambda a, b: (1 - a) * -b,
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("error", [0.0, 1e-20, 0.3])
def test_operations_keep_the_truth_inside(name, error, rng):
    numbers = pairs(rng, error=error)
    assert worst(OPERATIONS[name], numbers) <= 1.0 + 1e-15


@pytest.mark.parametrize("name", ["+", "*", "/"])
def test_what_an_operation_loses_is_counted(name, rng, monkeypatch):
    numbers = pairs(rng)
    monkeypatch.setattr(uncertain, "_ROUNDED", 0.0)
    assert worst(OPERATIONS[name], numbers) > 1.0


@pytest.mark.parametrize(("name", "size"), [("*", 1e-150), ("/", 1e-300)])
def test_second_parts_too_small_for_a_double_are_counted(name, size, rng, monkeypatch):
    numbers = pairs(rng, size=size)
    assert worst(OPERATIONS[name], numbers) <= 1.0
    monkeypatch.setattr(uncertain, "_SMALLEST", 0.0)
    assert worst(OPERATIONS[name], numbers) > 1.0


def test_a_divisor_that_may_be_zero_leaves_nothing():
    some = Uncertain(Twofold.of(np.array([1.0, 1.0, 1.0])), np.array([0.5, 1.0, 2.0]))
    np.testing.assert_array_equal(np.isinf((1.0 / some).error), [False, True, True])
    nothing = Uncertain(Twofold.of(np.array(np.nan)), np.array(0.0))
    assert nothing.apart(np.array(1.0)) == np.inf


def test_a_double_is_never_nearer_than_the_truth_rounded_to_one(monkeypatch):
    """Errors are held against true numbers that are doubles in their turn."""
    masers = [ts.ThermalMaser([x, 0.2], **LETTER) for x in np.linspace(0.1, 0.3, 12)]
    rounded = [exactly(one)[1] for one in masers]

    def covered():
        pairs = zip(map(statistics, masers), rounded, strict=True)
        return [abs(found.hot.noise - expected) <= found.noise_error for found, expected in pairs]

    assert all(covered())
    monkeypatch.setattr(uncertain, "EPS", 0.0)
    assert not all(covered())


def response(drift, right):
    """The Y of A Y + Y A† = −Q by eigenvectors of the superoperator."""
    one = np.eye(len(drift))
    both = np.kron(drift, one) + np.kron(one, drift.conj())
    return np.linalg.solve(both, -right.reshape(-1)).reshape(drift.shape)


def blocks(rng, count):
    for _ in range(count):
        occupations, drive = rng.uniform(0.2, 9.0, 3), rng.normal(size=3) + 1j * rng.normal(size=3)
        yield ts.ThermalMaser(
            0.2 * drive, n_hot=occupations, n_cold=0.5, gamma_hot=0.3, gamma_cold=10.0 ** rng.uniform(-2, 0),
            dipole_correlation=rng.choice([0.0, 0.5, 0.9]), splittings=rng.normal(size=3) * 0.1,
        ).generator().flat()  # fmt: skip


def test_strengths_are_those_of_the_adjoint_equation(rng):
    """‖W‖ of A†W + W A = −1, from the V of the equation itself, and ‖U‖ of A†U + U A = −|1><1|."""
    beyond = 0
    for block in blocks(rng, 40):
        drift, refined, one = block.drift()[0], _Refined(block), np.eye(4)
        w, u = (response(drift.conj().T, right) for right in (one, np.diag([1.0, 0, 0, 0])))
        w, u, v = (np.linalg.norm(x, 2) for x in (w, u, response(drift, one)))
        assert w <= refined._strength[0] <= 16.0 * w
        assert u <= refined._cornered[0] * (1.0 + 1e-12)
        beyond += w > v * (1.0 + 1e-3)
    assert beyond


def test_dipoles_that_are_hardly_positive_are_seen_longer_from_the_first_level(monkeypatch):
    """P with the eigenvalue −1.5·10⁻¹² is taken for positive; what waits there grows until the drive takes it away."""
    beyond = {}
    for negative in (4e-12, 0.0):
        monkeypatch.setattr("torusync.thermo.verified._NEGATIVE", negative)
        maser = ts.ThermalMaser([1e-3, -1e-3], **LETTER, dipole_matrix=np.eye(2) + (1.0 + 1.5e-12) * np.eye(2)[::-1])
        block = maser.generator().flat()
        u = np.linalg.norm(response(block.drift()[0].conj().T, np.diag([1.0, 0.0, 0.0])), 2)
        beyond[negative] = u / _Refined(block)._cornered[0] - 1.0
    assert beyond[4e-12] < 0.0 < beyond[0.0]


def test_errors_of_solutions_bound_what_sources_and_residuals_leave(rng, monkeypatch):
    """A source that is off by its error, in the worst direction, and a refinement that stops too early."""
    (block,) = blocks(rng, 1)
    cycle, drift = _Refined(block), block.drift()[0]
    right = np.diag([0.3, -0.2, 0.5, 0.1]).astype(complex)[np.newaxis]
    push = np.diag([0.0, 0.0, 1e-3, 0.0])
    nothing = np.zeros(1)
    for source, shift in ((nothing, 0.0), (nothing + 1e-3, 1.0)):
        found = cycle._solve(_Solution(right, 0.0 * right, source, nothing))
        true = response(drift, right[0] + shift * push)
        for number, value, error in (
            (found.trace, np.trace(true).real, found.error), (found.corner, true[0, 0].real, found.corner_error)
        ):  # fmt: skip
            assert abs(float(number.value.high[0]) - value) <= error[0] + 1e-13 * abs(value)
    spoiled = _Refined(block)
    monkeypatch.setattr(spoiled, "_invert", lambda source: 0.9 * cycle._invert(source))
    monkeypatch.setattr("torusync.steady.refinement._STEPS", 1)
    found = spoiled._solve(_Solution(right, 0.0 * right, nothing, nothing))
    missing = abs(float(found.trace.value.high[0]) - np.trace(response(drift, right[0])).real)
    assert 1e-6 < missing <= found.error[0]


def test_units_change_no_digit(rng):
    for block in blocks(rng, 5):
        scaled, unit = _in_unit(block)
        assert np.log2(unit[0]) == np.round(np.log2(unit[0]))
        np.testing.assert_array_equal(scaled.drift() * unit[0], block.drift())
        small = replace(block, gamma_hot=block.gamma_hot * 0.125)
        np.testing.assert_array_equal(_in_unit(small)[0].gamma_hot * _in_unit(small)[1], small.gamma_hot)
