"""Units, signs, the three normalisations of S, and the tolerances that more than one layer reads.

Units: ħ = k_B = 1; every frequency and rate in units of ω_1.  Heat is positive into the machine, power positive
out of it.  The dissipator of a rate Γ and an operator X is Γ (2 X ρ X† − {X†X, ρ}), Eq. (7) of the letter: with
its factor 2, a collapse operator in the usual convention is sqrt(2 Γ) X.
"""

import math
from typing import Final

import numpy as np

from torusync._checks import Complex, Real, as_real, scalar

CERTIFIED_GAP: Final = 1e-9
"""S_max is called certified when gap ≤ 1e-9 × upper bound: three digits below any plot, three above rounding."""

EPS: Final = float(np.finfo(np.float64).eps)

_NORMAL: Final = float(np.finfo(np.float64).tiny)
"""The smallest float with all its digits."""


def s_prefactor(dimension: int) -> float:
    """Return 1/(2^(D+1) π^(D−2)), the factor of Eq. (3), to 2 ε; it underflows to 0 from D = 406 on."""
    return math.ldexp(inverse_power_of_pi(dimension - 2), -(dimension + 1))


def inverse_power_of_pi(power: int) -> float:
    """Return π^−power to 2 ε; it underflows to 0."""
    # the double nearest to π is smaller than π by 3.898e-17 of it, which so many factors would add up
    return float(math.pi**-power * (1.0 - power * 3.8981718325193755e-17))


def pair_to_s(dimension: int) -> float:
    """Return S_max/ΣS = 2/(2^(D+1) π^(D−2)), where ΣS = max Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}]."""
    return 2.0 * s_prefactor(dimension)


def s_of_pairs(dimension: int, pairs: Real, *, upwards: bool = False) -> Real:
    """Return pair sums ``(...)`` in units of S, with ``upwards`` never below their true value there.

    From D = 387 on the factor itself is subnormal, and loses digits that the product need not lose; where the product
    is subnormal, too, it is rounded to a multiple of 5e-324, and from D = 406 on it underflows to 0.
    """
    return in_units(inverse_power_of_pi(dimension - 2), -dimension, pairs, upwards=upwards)


def in_units(mantissa: float, exponent: int, sums: Real, *, upwards: bool = False) -> Real:
    """Return mantissa · 2^exponent · sums, with ``upwards`` never below its true value, also where it is subnormal."""
    margin = 1.0 + 4.0 * EPS if upwards else 1.0
    if math.ldexp(mantissa, exponent) < _NORMAL:
        value = np.ldexp(margin * mantissa * sums, exponent)
    else:
        value = np.asarray(margin * math.ldexp(mantissa, exponent) * sums)
    if upwards:
        value = np.where((sums > 0.0) & (value < _NORMAL), np.nextafter(value, np.inf), value)
    return scalar(np.asarray(value, dtype=np.float64))


PAIR_TO_SCALED: Final = 0.25
"""(2π)^N S_max = ΣS/4 with N = D − 2: the scaled measure of Figs. 3a and 3b."""


def bose(omega: object, temperature: object) -> Real:
    """Return the Bose occupation 1/(e^{ω/T} − 1) of modes ``omega`` at ``temperature`` (both in units of ω_1).

    Raises
    ------
    ArgumentError
        If a frequency or a temperature is not positive and finite.
    """
    frequency = as_real("omega", omega, above=0.0)
    heat = as_real("temperature", temperature, above=0.0)
    # a mode far above the temperature is empty; one far below it overflows, and is refused where it is used
    with np.errstate(over="ignore", divide="ignore"):
        return np.asarray(1.0 / np.expm1(frequency / heat), dtype=np.float64)


def divide(values: Complex, positive: Real) -> Complex:
    """Return values/positive, part by part: complex division overflows where the divisor is subnormal."""
    return np.asarray(values.real / positive + 1j * (values.imag / positive), dtype=np.complex128)


def unit(values: Complex, fallback: Complex | complex) -> Complex:
    """Return values/|values|, and ``fallback`` where a value vanishes."""
    modulus = np.abs(values)
    return np.where(modulus > 0.0, divide(values, np.where(modulus > 0.0, modulus, 1.0)), fallback)
