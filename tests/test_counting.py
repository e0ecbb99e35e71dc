"""Counting statistics: against tilted generators built here from the companion's formulas, qthermo, QuTiP and mpmath.

The reference spells every term of the generator out with Kronecker products, in floats or in mpmath's numbers, and
shares no code with the package.  Counting fields are those of quanta into the machine.
"""

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import qthermo
import qutip
from hypothesis import given
from hypothesis import strategies as st

import torusync as ts
from problems import qutip_liouvillian, random_maser, refused
from torusync import _memory
from torusync.generators.lyapunov import triangular
from torusync.thermo import counting
from torusync.thermo.counting import CountingStatistics, Cumulants, counting_statistics, scaled_generating_function
from torusync.thermo.renewal import BlockCycle

JUNCTIONS = ("hot", "cold", "drive")
KINDS = [(levels, correlated, per_level) for levels in (1, 2, 3) for correlated in (0, 1) for per_level in (0, 1)]


@dataclass(frozen=True)
class Tilted:
    """The generator of one maser on row-major vec(ρ), its terms kept apart by the quanta they exchange."""

    maser: Any
    number: Any = complex

    def operator(self, i: int, j: int) -> np.ndarray:
        out = np.zeros((self.maser.dimension,) * 2, dtype=complex if self.number is complex else object)
        if self.number is not complex:
            out[:] = mp.mpf(0)
        out[i, j] = self.number(1)
        return out

    @staticmethod
    def both(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return np.kron(left, right.T)

    @cached_property
    def one(self) -> np.ndarray:
        return sum(self.operator(k, k) for k in range(self.maser.dimension))

    def value(self, parameter: Any) -> Any:
        return self.number(parameter.item() if isinstance(parameter, np.ndarray | np.generic) else parameter)

    @cached_property
    def couplings(self) -> tuple[np.ndarray, np.ndarray]:
        """Σ λ_j |1><j| and its adjoint."""
        drive = [self.value(x) for x in np.broadcast_to(self.maser.drive, self.maser.manifold_levels)]
        down = sum(x * self.operator(1, j + 2) for j, x in enumerate(drive))
        return down, sum((x * 0 + x.conjugate()) * self.operator(j + 2, 1) for j, x in enumerate(drive))

    @cached_property
    def rest(self) -> np.ndarray:
        """Bare energies: those of section 1, less Ω/2, which only coherences with |0> see."""
        m = self.maser
        energies = np.broadcast_to(m.splittings, m.manifold_levels)
        mean = sum(self.value(x) for x in energies) / m.manifold_levels
        h = sum(
            (self.value(x) - mean - self.value(m.detuning)) * self.operator(j + 2, j + 2)
            for j, x in enumerate(energies)
        )
        return -1j * (self.both(h, self.one) - self.both(self.one, h))

    @cached_property
    def baths(self) -> dict[str, np.ndarray]:
        """Terms that bring a quantum from a bath (up) or to it (down), and those that move none."""
        m = self.maser
        n_hot = [self.value(x) for x in np.broadcast_to(m.n_hot, m.manifold_levels)]
        dipoles = np.eye(m.manifold_levels) if m.dipoles is None else m.dipoles
        s = [self.operator(0, j + 2) for j in range(m.manifold_levels)]
        pairs = [
            (s[i], s[j], self.value(m.gamma_hot) * self.value(dipoles[i, j]), n_hot[i], "hot")
            for i in range(m.manifold_levels)
            for j in range(m.manifold_levels)
        ]
        cold = self.operator(0, 1)
        pairs.append((cold, cold, self.value(m.gamma_cold), self.value(m.n_cold), "cold"))
        out: dict[str, Any] = dict.fromkeys(("hot up", "hot down", "cold up", "cold down", "loss"), 0)
        for a, b, rate, n, bath in pairs:
            both, A, B, one = self.both, a.T, b.T, self.one
            out[f"{bath} down"] = out[f"{bath} down"] + rate * (1 + n) * (both(a, B) + both(b, A))
            out[f"{bath} up"] = out[f"{bath} up"] + rate * n * (both(A, b) + both(B, a))
            out["loss"] = out["loss"] - rate * (1 + n) * (both(B @ a, one) + both(one, A @ b))
            out["loss"] = out["loss"] - rate * n * (both(b @ A, one) + both(one, a @ B))
        return out

    def driven(self, fall: Any, rise: Any) -> np.ndarray:
        """The drive with its couplings |1><j| times ``fall``, |j><1| times ``rise``; swapped to the right of ρ."""
        down, up = self.couplings
        left, right = fall * down + rise * up, rise * down + fall * up
        return -1j * (self.both(left, self.one) - self.both(self.one, right))

    def generator(self, *, hot: float = 0.0, cold: float = 0.0, drive: float = 0.0) -> np.ndarray:
        """L with e^ξ on every quantum into the machine."""
        b = self.baths
        total = self.rest + self.driven(np.exp(-0.5 * drive), np.exp(0.5 * drive)) + b["loss"]
        total = total + np.exp(hot) * b["hot up"] + np.exp(-hot) * b["hot down"]
        return total + np.exp(cold) * b["cold up"] + np.exp(-cold) * b["cold down"]

    def derivatives(self, junction: str) -> list[np.ndarray]:
        """L and its first three derivatives by a counting field."""
        half = mp.mpf(1) / 2 if self.number is not complex else 0.5
        whole = self.rest + self.driven(1, 1) + sum(self.baths.values())
        if junction == "drive":
            return [whole, *(self.driven((-half) ** k, half**k) for k in (1, 2, 3))]
        up, down = self.baths[f"{junction} up"], self.baths[f"{junction} down"]
        return [whole, *(up + (-1) ** k * down for k in (1, 2, 3))]

    def cumulants(self, junction: str = "hot") -> np.ndarray:
        """Perturbation theory of the eigenvalue 0, order by order: L ρ_n = Σ t_k ρ_{n−k} − Σ L_k ρ_{n−k}/k!."""
        generator, *changes = self.derivatives(junction)
        size = len(generator)
        bordered = np.block([[generator, self.one.reshape(-1, 1)], [self.one.reshape(1, -1), np.zeros((1, 1))]])
        if self.number is complex:
            inverse = np.linalg.inv(bordered)
        else:
            inverse = np.array((mp.matrix(bordered.tolist()) ** -1).tolist(), dtype=object)
        changes = [change / math.factorial(k) for k, change in enumerate(changes, 1)]
        states, found = [inverse[:size, size]], []
        for order in (1, 2, 3):
            moved = sum(changes[k - 1] @ states[order - k] for k in range(1, order + 1))
            found.append(self.one.reshape(-1) @ moved)
            right = sum(found[k - 1] * states[order - k] for k in range(1, order + 1)) - moved
            states.append(inverse[:size, :size] @ right)
        return np.array([float(t.real) * math.factorial(k) for k, t in enumerate(found, 1)])


def exactly(maser: ts.ThermalMaser, junction: str = "hot") -> np.ndarray:
    with mp.workdps(40):
        return Tilted(maser, mp.mpmathify).cumulants(junction)


def row(cumulants: Cumulants) -> np.ndarray:
    return np.stack([cumulants.mean, cumulants.noise, cumulants.third], axis=-1)


def statistics(maser: ts.ThermalMaser, **options: Any) -> CountingStatistics:
    return counting_statistics(ts.steady_state(maser, **options))


def degenerate(rng: np.random.Generator, levels: int, **changes: Any) -> ts.ThermalMaser:
    drive = 0.1 * (rng.normal(size=levels) + 1j * rng.normal(size=levels))
    known = {"n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2, "detuning": 0.07}
    return ts.ThermalMaser(**{"drive": drive, **known, **changes})


def changed(maser: ts.ThermalMaser, **changes: Any) -> ts.ThermalMaser:
    parts = {field.name: getattr(maser, field.name) for field in fields(maser)}
    return ts.ThermalMaser(**{**parts, **changes})


def by_blocks(maser: ts.ThermalMaser) -> np.ndarray:
    """The Schur form, also where there is a closed form: a matrix of independent dipoles is one of dipoles."""
    block = replace(maser.generator(), dipoles=np.eye(maser.manifold_levels))
    return counting._cumulants(block, np.ones(1, dtype=bool))[:, 0]


# --- the numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("levels", "correlated", "per_level"), KINDS)
def test_cumulants_agree_with_the_tilted_generator(levels: int, correlated: int, per_level: int) -> None:
    rng = np.random.default_rng([levels, correlated, per_level])
    for _ in range(6):
        maser = random_maser(rng, correlated=bool(correlated), per_level=bool(per_level), levels=levels)
        found, expected = statistics(maser), Tilted(maser).cumulants()
        assert np.abs(row(found.hot) - expected).max() <= 1e-12 * expected[1]
        assert found.mean_error <= 1e-14 * expected[1]
        assert found.residual <= 1e-14


@pytest.mark.parametrize(("levels", "correlated", "per_level"), KINDS[:8])
def test_cumulants_keep_their_digits_where_the_flux_is_a_small_part_of_the_noise(
    levels: int, correlated: int, per_level: int
) -> None:
    rng = np.random.default_rng([levels, correlated, per_level, 7])
    maser = random_maser(rng, correlated=bool(correlated), per_level=False, levels=levels)
    options = {name: getattr(maser, name) for name in ("gamma_hot", "gamma_cold", "splittings", "detuning")}
    tilt = 1e-10 * (1.0 + 0.1 * np.arange(levels) * per_level)
    near = ts.ThermalMaser(
        1e-3 * maser.drive, n_hot=maser.n_cold + tilt, n_cold=maser.n_cold, dipole_matrix=maser.dipoles, **options
    )
    found, expected = row(statistics(near).hot), exactly(near)
    assert abs(expected[0]) < 1e-9 * expected[1]
    assert np.abs(found[:2] / expected[:2] - 1.0).max() <= 1e-11
    assert abs(found[2] - expected[2]) <= 1e-13 * expected[1]


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_hot_cold_and_drive_count_the_same_up_to_sign(levels: int) -> None:
    rng = np.random.default_rng(levels)
    maser = random_maser(rng, correlated=True, per_level=True, levels=levels)
    found = statistics(maser)
    for junction in JUNCTIONS:
        expected = exactly(maser, junction)
        np.testing.assert_allclose(row(getattr(found, junction)), expected, rtol=1e-11)
        assert math.copysign(1.0, expected[0]) == math.copysign(1.0, found.hot.mean) * (1 if junction == "hot" else -1)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_gauge_maps_carry_a_counting_field_from_one_junction_to_another(levels: int) -> None:
    """The proof of `counting`'s docstring, entry by entry, with correlated dipoles, unequal n_j and complex λ_j."""
    maser = random_maser(np.random.default_rng(levels), correlated=True, per_level=True, levels=levels)
    tilted, xi, zeta = Tilted(maser), 0.7, -0.4
    size = maser.dimension
    # ρ ↦ W ρ W: entry (i, j) times w_i w_j.  Coherences with |0> belong to no sector that is counted
    excited = np.r_[1.0, np.full(size - 1, math.exp(0.5 * xi))]
    manifold = np.r_[1.0, 1.0, np.full(size - 2, math.exp(0.5 * xi))]
    inside = np.zeros((size, size), dtype=bool)
    inside[0, 0], inside[1:, 1:] = True, True
    keep = inside.reshape(-1)
    for w, tilts in ((excited, {"hot": zeta, "cold": -xi}), (manifold, {"hot": zeta, "drive": -xi})):
        scale = np.outer(w, w).reshape(-1)
        moved = scale[:, np.newaxis] * tilted.generator(**tilts) / scale
        plain = tilted.generator(hot=zeta + xi)
        np.testing.assert_allclose(moved[keep][:, keep], plain[keep][:, keep], atol=1e-14)
        assert np.abs(plain[keep][:, ~keep]).max() == 0.0


def test_generating_function_is_the_largest_eigenvalue() -> None:
    rng = np.random.default_rng(11)
    xis = np.array([[-3.0, -0.8, -1e-3], [1e-3, 0.8, 3.0]])
    for levels, correlated, per_level in KINDS:
        maser = random_maser(rng, correlated=bool(correlated), per_level=bool(per_level), levels=levels)
        tilted = Tilted(maser)
        for junction, sign in zip(JUNCTIONS, (1, -1, -1), strict=True):
            expected = [np.linalg.eigvals(tilted.generator(**{junction: sign * xi})).real.max() for xi in xis.flat]
            found = scaled_generating_function(maser, xis)
            assert found.shape == xis.shape
            np.testing.assert_allclose(found.ravel(), expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_generating_function_in_closed_form_meets_the_one_of_the_blocks(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for n_hot, n_cold, strength in ((2.0, 0.5, 1.0), (0.1, 3.0, 1e-3), (0.0, 0.4, 10.0), (0.3, 0.0, 1.0)):
        maser = degenerate(rng, levels, n_hot=n_hot, n_cold=n_cold)
        maser = degenerate(rng, levels, n_hot=n_hot, n_cold=n_cold, drive=strength * maser.drive)
        blocks = BlockCycle.of(maser.generator().flat())
        for xi in (-10.0, -3.0, -0.1, 1e-6, 0.3, 2.0, 10.0):
            expected = blocks.unit[0] * counting._largest_root(blocks.equation(xi), blocks.pole)
            np.testing.assert_allclose(scaled_generating_function(maser, xi), expected, rtol=1e-10)


def section_8b(maser: ts.ThermalMaser) -> Any:
    """Left minus right side of the last formula of section 8b, as printed, with e^ξ on quanta into the hot bath."""
    levels = maser.manifold_levels
    g_h, g_c, n_h, n_c = (mp.mpf(float(getattr(maser, x))) for x in ("gamma_hot", "gamma_cold", "n_hot", "n_cold"))
    # a sum rounded once, of squares of real and imaginary parts
    strength = mp.mpf(math.fsum(np.ravel(np.square([maser.drive.real, maser.drive.imag]))))
    a_h, a_c, delta = g_h * (1 + n_h), g_c * (1 + n_c), mp.mpf(float(maser.detuning))

    def equation(theta: Any, xi: Any) -> Any:
        a, c, G = a_h + theta / 2, a_c + theta / 2, a_h + a_c + theta
        w = strength * G / (G**2 + delta**2)
        E = a * c + w * (a + c)
        right = 2 * a_c * g_c * n_c * (a + w) / E + 2 * a_h * g_h * n_h * ((levels - 1) / a + (c + w) / E)
        right += 2 * w / E * (mp.exp(xi) * a_h * g_c * n_c + mp.exp(-xi) * a_c * g_h * n_h)
        return theta + 2 * levels * g_h * n_h + 2 * g_c * n_c - right

    return equation


def of_section_8b(maser: ts.ThermalMaser) -> np.ndarray:
    """Cumulants of quanta from the hot bath by mpmath: roots on a circle of counting fields, and Cauchy's formula."""
    with mp.workdps(60):
        equation, radius, count = section_8b(maser), mp.mpf("1e-8"), 8
        points = [radius * mp.expjpi(mp.mpf(2 * k) / count) for k in range(count)]
        thetas = [
            mp.findroot(lambda t, xi=-xi: equation(t, xi), (mp.mpf(0), radius * 1e-3), tol=1e-90) for xi in points
        ]
        moments = [
            mp.fsum(t * mp.expjpi(-mp.mpf(2 * k * n) / count) for k, t in enumerate(thetas)) / count / radius**n
            for n in (1, 2, 3)
        ]
        return np.array([float((mp.factorial(n) * x).real) for n, x in enumerate(moments, 1)])


@pytest.mark.parametrize("levels", [1, 2, 7, 1000])
@pytest.mark.parametrize("ratio", [0.2, 4.0])
def test_closed_form_is_the_root_of_section_8b(levels: int, ratio: float) -> None:
    maser = degenerate(np.random.default_rng(levels), levels, n_hot=0.5 * ratio)
    np.testing.assert_allclose(row(statistics(maser).hot), of_section_8b(maser), rtol=2e-12)


def test_closed_form_of_a_million_levels() -> None:
    maser = degenerate(np.random.default_rng(0), 10**6)
    found = statistics(maser)
    # only Λ and N enter: one driven level and dark ones are the same machine
    expected = of_section_8b(maser)
    np.testing.assert_allclose(row(found.hot), expected, rtol=1e-11)
    assert found.mean_error <= 1e-13 * abs(found.hot.mean)
    assert found.residual <= 1e-14


@pytest.mark.parametrize("levels", range(1, 7))
def test_closed_form_meets_the_blocks(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for strength, n_hot, delta in ((1.0, 2.0, 0.07), (1e-4, 0.1, -0.5), (30.0, 0.5 + 1e-7, 0.0), (3.0, 0.0, 1.0)):
        maser = degenerate(rng, levels, n_hot=n_hot, detuning=delta)
        maser = degenerate(rng, levels, n_hot=n_hot, detuning=delta, drive=strength * maser.drive)
        closed, blocks = statistics(maser), by_blocks(maser)
        np.testing.assert_allclose(row(closed.hot)[:2], blocks[:2], rtol=1e-11)
        assert abs(closed.hot.third - blocks[2]) <= 1e-12 * closed.hot.noise
        np.testing.assert_allclose(closed.fano_factor, blocks[1] / abs(blocks[0]), rtol=1e-11)
        assert max(closed.residual, blocks[3]) <= 1e-14


# --- laws ------------------------------------------------------------------------------------------------------------


def test_nothing_moves_without_a_drive() -> None:
    for correlated in (0.0, 0.3):
        found = statistics(degenerate(np.random.default_rng(0), 3, drive=np.zeros(3), dipole_correlation=correlated))
        assert row(found.hot).tolist() == row(found.drive).tolist() == [0.0, 0.0, 0.0]
        assert not np.signbit([row(found.hot), row(found.cold)]).any()
        assert np.isnan([found.fano_factor, found.skewness, found.uncertainty_ratio]).all()
        assert (
            scaled_generating_function(ts.ThermalMaser([0.0], n_hot=1, n_cold=2, gamma_hot=1, gamma_cold=1), 0.7) == 0.0
        )


@pytest.mark.parametrize("correlation", [0.0, 0.3])
def test_balanced_baths_have_no_mean_but_noise(correlation: float) -> None:
    rng = np.random.default_rng(1)
    for splittings in (0.0, np.array([0.0, 0.1, 0.3])):
        maser = degenerate(rng, 3, n_hot=0.5, splittings=splittings, dipole_correlation=correlation)
        found = statistics(maser)
        assert found.hot.mean == found.cold.mean == found.entropy_production == 0.0
        assert found.hot.noise > 1e-3
        np.testing.assert_allclose(found.hot.noise, exactly(maser)[1], rtol=1e-12)
        assert np.isnan(found.fano_factor)
        assert np.isnan(found.uncertainty_ratio)
        if correlation == 0.0:
            assert abs(found.hot.third) <= 1e-14 * found.hot.noise
    assert statistics(degenerate(rng, 3, n_hot=0.5)).hot.third == 0.0


def test_balanced_baths_of_correlated_dipoles_have_a_third_cumulant() -> None:
    """Complex λ_j beside correlated dipoles break the symmetry that would forbid it, with no flux at all."""
    random = random_maser(np.random.default_rng(1), correlated=True, per_level=False, levels=3)
    maser = changed(random, n_hot=0.5, n_cold=0.5)
    found = statistics(maser)
    assert found.hot.mean == 0.0
    assert abs(found.hot.third) > 1e-4 * found.hot.noise
    assert abs(statistics(changed(maser, drive=np.abs(maser.drive))).hot.third) < 1e-14 * found.hot.noise
    np.testing.assert_allclose(found.hot.third, exactly(maser)[2], rtol=1e-10)


def test_noise_in_balance_is_twice_the_response_to_the_affinity() -> None:
    tilt = 1e-7
    for splittings in (0.0, np.array([0.0, 0.2])):
        maser = degenerate(np.random.default_rng(2), 2, n_hot=0.5 * (1.0 + tilt), splittings=splittings)
        found = statistics(maser)
        affinity = math.log1p(tilt * 0.5 / (0.5 * 1.5 * (1.0 + tilt) + tilt * 0.25))
        np.testing.assert_allclose(found.hot.noise, 2.0 * found.hot.mean / affinity, rtol=1e-6)
        np.testing.assert_allclose(found.uncertainty_ratio, 2.0, rtol=1e-6)


@pytest.mark.parametrize("n_hot", [0.0, 0.1, 5.0])
def test_rare_quanta_of_a_weak_drive_are_independent(n_hot: float) -> None:
    """With λ → 0 hops both ways are Poisson processes at rates in the ratio e^A: the classical limit.

    Noise over mean is coth(|A|/2), the third cumulant is the mean, and the uncertainty ratio |A| coth(|A|/2) ≥ 2.
    """
    for splittings in (0.0, np.array([0.0, 0.1])):
        maser = degenerate(np.random.default_rng(3), 2, drive=[1e-7, 2e-7j], n_hot=n_hot, splittings=splittings)
        found, r_h, r_c = statistics(maser), n_hot / (1.0 + n_hot), 1.0 / 3.0
        np.testing.assert_allclose(found.fano_factor, (r_h + r_c) / abs(r_h - r_c), rtol=1e-10)
        np.testing.assert_allclose(found.hot.third, found.hot.mean, rtol=1e-10)
        if n_hot == 0.0:
            assert found.uncertainty_ratio == np.inf
        else:
            affinity = abs(math.log(r_h / r_c))
            np.testing.assert_allclose(found.uncertainty_ratio, affinity / math.tanh(0.5 * affinity), rtol=1e-10)


def test_coherence_beats_the_classical_uncertainty_relation() -> None:
    """Kalaee, Wacker and Potts (PRE 104, L012103) for N = 1; a classical three-level cycle never does."""
    maser = ts.ThermalMaser([0.7], n_hot=0.3, n_cold=32.0, gamma_hot=0.5, gamma_cold=0.01)
    found = statistics(maser)
    assert 1.9 < found.uncertainty_ratio < 1.96
    mean, noise, _ = exactly(maser)
    sigma = mean * math.log((1 + 1 / 32.0) / (1 + 1 / 0.3))
    np.testing.assert_allclose(found.uncertainty_ratio, noise * sigma / mean**2, rtol=1e-11)


@given(st.floats(1e-6, 1e6), st.integers(1, 4), st.booleans(), st.booleans(), st.integers(0, 10**6))
def test_only_the_units_change_with_all_rates(
    factor: float, levels: int, correlated: bool, per_level: bool, seed: int
) -> None:
    maser = random_maser(np.random.default_rng(seed), correlated=correlated, per_level=per_level, levels=levels)
    scaled = ("drive", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "splittings", "detuning")
    other = changed(maser, **{name: factor * getattr(maser, name) for name in scaled})
    one, two = statistics(maser), statistics(other)
    scale = factor * one.hot.noise
    assert np.abs(row(two.hot) - factor * row(one.hot)).max() <= 1e-12 * scale
    np.testing.assert_allclose(two.uncertainty_ratio, one.uncertainty_ratio, rtol=1e-9)
    assert abs(two.skewness * math.sqrt(factor) - one.skewness) <= 1e-12 / math.sqrt(one.hot.noise)


@given(st.integers(1, 4), st.booleans(), st.booleans(), st.integers(0, 10**6))
def test_laws_of_the_cumulants(levels: int, correlated: bool, per_level: bool, seed: int) -> None:
    maser = random_maser(np.random.default_rng(seed), correlated=correlated, per_level=per_level, levels=levels)
    state = ts.steady_state(maser)
    found, flows = counting_statistics(state), ts.thermodynamics(state)
    assert abs(found.hot.mean - flows.flux) < found.mean_error <= 1e-13 * found.hot.noise
    assert found.hot.noise > 0.0
    assert found.entropy_production == flows.entropy_production
    assert found.cold.mean == found.drive.mean == -found.hot.mean
    assert found.cold.noise == found.drive.noise == found.hot.noise
    assert found.cold.third == found.drive.third == -found.hot.third
    assert found.cold.fano_factor == found.drive.fano_factor == found.fano_factor
    assert found.cold.skewness == -found.skewness
    ratio = found.hot.noise * found.entropy_production / found.hot.mean**2
    np.testing.assert_allclose(found.uncertainty_ratio, ratio, rtol=1e-12)
    # a generating function is convex and vanishes without a counting field
    below, zero, above = scaled_generating_function(maser, [-0.1, 0.0, 0.1])
    assert zero == 0.0
    assert below + above > 0.0


def test_cumulants_are_derivatives_of_the_generating_function() -> None:
    rng = np.random.default_rng(8)
    for maser in (degenerate(rng, 4), random_maser(rng, correlated=True, per_level=True, levels=3)):
        h = 0.02 * np.arange(-3, 4)
        coefficients = np.polynomial.polynomial.polyfit(h, scaled_generating_function(maser, h), 6)
        found = row(statistics(maser).hot)
        np.testing.assert_allclose(coefficients[1:4] * [1.0, 2.0, 6.0], found, rtol=1e-5, atol=1e-6 * found[1])


# --- Gallavotti and Cohen --------------------------------------------------------------------------------------------


def affinity(maser: ts.ThermalMaser) -> float:
    return math.log((1.0 + 1.0 / float(np.ravel(maser.n_hot)[0])) / (1.0 + 1.0 / float(maser.n_cold)))


FIELDS = np.array([-1.5, -0.4, 0.25, 0.9])


@pytest.mark.parametrize("levels", [1, 2, 3, 30])
def test_fluctuation_symmetry_with_one_occupation(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for maser in (degenerate(rng, levels), random_maser(rng, correlated=False, per_level=False, levels=levels)):
        mirrored = scaled_generating_function(maser, affinity(maser) - FIELDS)
        np.testing.assert_allclose(mirrored, scaled_generating_function(maser, FIELDS), rtol=1e-11)
        assert abs(scaled_generating_function(maser, affinity(maser))) <= 1e-14


def test_fluctuation_symmetry_of_correlated_dipoles_needs_phases_in_line() -> None:
    """A diagonal unitary makes λ_j real and P_ij complex: the drift is then no longer symmetric."""
    random = random_maser(np.random.default_rng(4), correlated=True, per_level=False, levels=3)

    moduli = np.abs(random.drive)
    aligned = changed(random, drive=moduli * np.array([1.0, -1.0, 1.0]) * np.exp(0.6j))
    complex_ = changed(random, drive=moduli * np.exp(1j * np.array([0.0, 1.0, -2.0])))
    conjugate = changed(random, drive=np.conj(complex_.drive))
    mirror = affinity(random) - FIELDS
    plain = scaled_generating_function(aligned, FIELDS)
    np.testing.assert_allclose(scaled_generating_function(aligned, mirror), plain, rtol=1e-11)
    plain = scaled_generating_function(complex_, FIELDS)
    assert np.abs(scaled_generating_function(complex_, mirror) / plain - 1.0).min() > 1e-6
    np.testing.assert_allclose(scaled_generating_function(conjugate, mirror), plain, rtol=1e-11)


def test_fluctuation_symmetry_is_broken_by_unequal_occupations() -> None:
    maser = degenerate(np.random.default_rng(5), 2, n_hot=[1.0, 2.0], detuning=0.0)
    found = scaled_generating_function(maser, [*np.linspace(-1.5, 1.5, 7)])
    for guess in np.linspace(-2.0, 0.0, 41):
        mirrored = scaled_generating_function(maser, guess - np.linspace(-1.5, 1.5, 7))
        assert np.abs(mirrored - found).max() > 1e-6


# --- peers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_hot", "n_cold"), [(1.7, 0.3), (0.2, 0.9)])
def test_agrees_with_qthermo_on_the_three_level_maser(n_hot: float, n_cold: float) -> None:
    maser = ts.ThermalMaser([0.13], n_hot=n_hot, n_cold=n_cold, gamma_hot=0.05, gamma_cold=0.2)
    found = statistics(maser)
    # a rate of qthermo is that of a population: twice the letter's
    model = qthermo.models.three_level_maser(
        omega_c=1.0,
        omega_h=3.0,
        T_c=1.0 / math.log1p(1.0 / n_cold),
        T_h=3.0 / math.log1p(1.0 / n_hot),
        drive=0.13,
        gamma_c=0.4,
        gamma_h=0.1,
    )
    for junction in ("hot", "cold"):
        theirs = qthermo.fluctuations.current_statistics(model, {junction: "quanta"})
        ours: Cumulants = getattr(found, junction)
        np.testing.assert_allclose([ours.mean, ours.noise], [theirs.mean, theirs.noise], rtol=1e-11)
        np.testing.assert_allclose(found.entropy_production, theirs.entropy_production_rate, rtol=1e-11)
        np.testing.assert_allclose(found.uncertainty_ratio, theirs.tur_ratio, rtol=1e-11)
        np.testing.assert_allclose(found.fano_factor, theirs.fano_factor, rtol=1e-11)
    theirs = qthermo.fluctuations.scaled_cgf(model, {"hot": "quanta"}, FIELDS)
    np.testing.assert_allclose(scaled_generating_function(maser, FIELDS), theirs, rtol=1e-9)


@pytest.mark.parametrize(("levels", "correlated"), [(1, 0), (2, 0), (2, 1), (3, 1)])
def test_agrees_with_qutip(levels: int, correlated: int) -> None:
    rng = np.random.default_rng([levels, correlated])
    maser = random_maser(rng, correlated=bool(correlated), per_level=True, levels=levels)
    generator, size = qutip_liouvillian(maser), maser.dimension
    ket = [qutip.basis(size, k) for k in range(size)]
    dipoles = np.eye(levels) if maser.dipoles is None else maser.dipoles
    up: Any = 0
    down: Any = 0
    for i in range(levels):
        for j in range(levels):
            a, b = (ket[0] * ket[k + 2].dag() for k in (i, j))
            rate, n = float(maser.gamma_hot) * dipoles[i, j], float(maser.level_occupations[i])
            down += rate * (1 + n) * (qutip.sprepost(a, b.dag()) + qutip.sprepost(b, a.dag()))
            up += rate * n * (qutip.sprepost(a.dag(), b) + qutip.sprepost(b.dag(), a))
    mean, noise, third = qutip.countstat_current_noise(
        generator, None, rhoss=qutip.steadystate(generator), J_ops=[up + down], I_ops=[up - down]
    )
    found = statistics(maser).hot
    expected = np.array([np.ravel(value)[0] for value in (mean, noise, third)])
    assert np.abs(row(found) - expected).max() <= 1e-10 * expected[1]


# --- batches, sizes, refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("correlated", [False, True])
def test_batch_equals_loop(correlated: bool) -> None:
    rng = np.random.default_rng(6)
    common = {"gamma_hot": 0.05, "n_cold": np.array([[0.5], [1.5]]), "splittings": [0.0, 0.1]}
    correlations = np.array([0.5, -0.2, 0.3]) if correlated else np.zeros(3)
    drive, rates = 0.1 * (rng.normal(size=(2, 3, 2)) + 1j * rng.normal(size=(2, 3, 2))), np.array([0.1, 0.2, 0.3])
    n_hot = rng.uniform(0.5, 2.0, (3, 2))
    found = statistics(ts.ThermalMaser(drive, n_hot=n_hot, gamma_cold=rates, dipole_correlation=correlations, **common))
    assert found.hot.mean.shape == found.uncertainty_ratio.shape == found.residual.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            options = {**common, "n_cold": common["n_cold"][i, 0], "dipole_correlation": correlations[j]}
            one = statistics(ts.ThermalMaser(drive[i, j], n_hot=n_hot[j], gamma_cold=rates[j], **options))
            np.testing.assert_allclose(row(found.hot)[i, j], row(one.hot), rtol=1e-11, atol=1e-16)
            np.testing.assert_allclose(found.uncertainty_ratio[i, j], one.uncertainty_ratio, rtol=1e-11)


def test_batch_in_closed_form_equals_loop() -> None:
    detuning, drive = np.linspace(-0.3, 0.3, 5)[:, np.newaxis], np.linspace(0.01, 0.2, 8).reshape(4, 2)
    options = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    found = statistics(ts.ThermalMaser(drive, detuning=detuning, **options))
    assert found.fano_factor.shape == (5, 4)
    for i in range(5):
        for j in range(4):
            one = statistics(ts.ThermalMaser(drive[j], detuning=detuning[i, 0], **options))
            np.testing.assert_allclose(row(found.hot)[i, j], row(one.hot), rtol=1e-14)


@pytest.mark.parametrize("levels", [2, 6])
def test_large_batches_take_the_stacked_way(levels: int) -> None:
    rng = np.random.default_rng(levels)
    drive = 0.1 * rng.normal(size=(300, levels))
    options = {"n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    maser = ts.ThermalMaser(drive, splittings=np.linspace(0.0, 0.1, levels), **options)
    found = statistics(maser)
    assert found.residual.max() <= 1e-14
    for point in (0, 17, 299):
        one = statistics(ts.ThermalMaser(drive[point], splittings=np.linspace(0.0, 0.1, levels), **options))
        np.testing.assert_allclose(row(found.hot)[point], row(one.hot), rtol=1e-11)


@pytest.mark.parametrize("leaf", [1, 4, 64])
def test_triangular_equations_are_solved_at_any_size_of_block(leaf: int) -> None:
    rng = np.random.default_rng(leaf)
    for size in (1, 2, 5, 23):
        triangle = np.triu(rng.normal(size=(3, size, size)) + 1j * rng.normal(size=(3, size, size)))
        triangle -= 5.0 * np.eye(size)
        right = rng.normal(size=(3, size, size)) + 1j * rng.normal(size=(3, size, size))
        right = right + np.conj(np.swapaxes(right, -1, -2))
        found = triangular(triangle, -right, leaf)
        image = triangle @ found
        np.testing.assert_allclose(image + np.conj(np.swapaxes(image, -1, -2)), right, atol=1e-12)


@pytest.mark.parametrize("correlated", [False, True])
def test_two_hundred_levels(correlated: bool) -> None:
    rng = np.random.default_rng(200)
    maser = random_maser(rng, correlated=correlated, per_level=False, levels=200)
    found = statistics(maser)
    assert found.residual <= 1e-13
    assert found.mean_error <= 1e-12 * abs(found.hot.mean)
    # and as a machine of 200 levels with a closed form
    maser = degenerate(rng, 200)
    np.testing.assert_allclose(row(statistics(maser).hot), by_blocks(maser)[:3], rtol=1e-10)


def test_every_solver_gives_the_same() -> None:
    maser = degenerate(np.random.default_rng(9), 3)
    expected = statistics(maser)
    for solver in (ts.Cauchy(), ts.LowRank(), ts.Block(), ts.Dense()):
        found = statistics(maser, solver=solver)
        np.testing.assert_allclose(row(found.hot), row(expected.hot), rtol=1e-12)
        assert found.mean_error <= 1e-14


def test_a_spoiled_state_shows() -> None:
    state = ts.steady_state(degenerate(np.random.default_rng(9), 3))
    spoiled = replace(state, density=replace(state.density, first=1.01 * state.density.first))
    assert counting_statistics(spoiled).mean_error > 5e-3 * abs(counting_statistics(state).hot.mean)


def test_refused_states_stay_nan() -> None:
    aligned = {"n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    maser = ts.ThermalMaser([0.1, 0.1], dipole_correlation=np.array([0.2, 1.0, 0.4]), **aligned)
    found = statistics(maser, throw=False)
    refusal = np.array([False, True, False])
    for values in (found.hot.mean, found.cold.noise, found.hot.third, found.residual, found.mean_error):
        assert (np.isnan(values) == refusal).all()
    for values in (found.fano_factor, found.skewness, found.uncertainty_ratio):
        assert (np.isnan(values) == refusal).all()


def test_uncoupled_baths_exchange_nothing() -> None:
    for idle in ("gamma_hot", "gamma_cold"):
        rates = {"gamma_hot": 0.05, "gamma_cold": 0.2, idle: 0.0}
        found = statistics(ts.ThermalMaser([0.1], n_hot=2.0, n_cold=0.5, **rates))
        assert np.abs(row(found.hot)).max() <= 1e-16


def test_rates_of_any_size() -> None:
    for scale in (1e-90, 1e-30, 1e30, 1e90):
        rates = {"gamma_hot": 0.05 * scale, "gamma_cold": 0.2 * scale, "n_hot": 2.0, "n_cold": 0.5}
        for splittings in (0.0, [0.0, 0.1 * scale]):
            options = {"omega_cold": scale, "omega_hot": 3.0 * scale, "splittings": np.asarray(splittings)}
            found = statistics(ts.ThermalMaser([0.1 * scale, 0.2 * scale], **rates, **options))
            assert 0.0 < found.hot.mean < found.hot.noise
            assert found.residual <= 1e-14


def test_texts() -> None:
    rng = np.random.default_rng(10)
    assert repr(statistics(degenerate(rng, 2))).startswith("<CountingStatistics: flux ")
    assert repr(statistics(degenerate(rng, 2, detuning=np.zeros(3)))).startswith("<CountingStatistics: batch (3,),")


def test_batches_beyond_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    maser = degenerate(np.random.default_rng(14), 900, splittings=np.linspace(0.0, 0.1, 900), detuning=np.zeros(2))
    state = ts.steady_state(maser)
    monkeypatch.setattr(_memory, "available", lambda: 1e6)
    monkeypatch.setattr(counting, "cores", lambda: 2)
    refused(lambda: counting_statistics(state), "`state`", "2 machines of 900 levels", "split the batch")


def test_bad_input() -> None:
    rng = np.random.default_rng(12)
    maser = degenerate(rng, 2)
    qubit = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, np.array([[0.0, 1.0], [0.0, 0.0]]))])
    refused(lambda: counting_statistics(ts.steady_state(qubit)), "`state`", "ThermalMaser", "LindbladSystem")
    refused(lambda: counting_statistics(None), "`state`", "NoneType")
    refused(lambda: counting_statistics(maser), "`state`", "ThermalMaser")
    many = degenerate(rng, 1001, splittings=np.linspace(0.0, 0.1, 1001))
    refused(lambda: statistics(many), "`state`", "1000", "1001 levels")
    refused(lambda: scaled_generating_function(many, 0.1), "`maser`", "1000", "1001 levels")
    refused(lambda: scaled_generating_function(ts.steady_state(maser), 0.1), "`maser`", "SteadyState")
    refused(lambda: scaled_generating_function(None, 0.1), "`maser`", "NoneType")
    batch = degenerate(rng, 2, detuning=np.zeros(3))
    refused(lambda: scaled_generating_function(batch, 0.1), "`maser`", "one machine", "(3,)")
    for field, word in ((np.inf, "finite"), (np.nan, "finite"), (None, "numbers"), ("x", "numbers"), (1j, "real")):
        refused(lambda field=field: scaled_generating_function(maser, field), "`counting_field`", word)
    refused(lambda: scaled_generating_function(maser, [0.0, 101.0]), "`counting_field`", "100")
    refused(lambda: scaled_generating_function(degenerate(rng, 2, splittings=[0.0, 0.1]), -20.5), "-20")
    with pytest.raises(ts.SteadyStateError, match="dark states"):
        scaled_generating_function(degenerate(rng, 2, drive=[0.1, 0.1], dipole_correlation=1.0), 0.1)


def test_levels_that_never_fill_cannot_hide_the_root() -> None:
    """|3> decays slowest, is not driven and never pumped: θ may lie below its decay, where no mode of it matters."""
    options = {"n_cold": 0.0, "gamma_hot": 0.01, "gamma_cold": 1.0}
    maser = ts.ThermalMaser([1.0, 0.0], n_hot=[10.0, 0.0], **options)
    refused(lambda: scaled_generating_function(maser, [0.1, -20.0]), "`counting_field`", "-20")
    # in closed form they are known
    assert (
        scaled_generating_function(
            ts.ThermalMaser([1.0, 0.0], n_hot=0.0, n_cold=2.0, gamma_hot=0.01, gamma_cold=1.0), 20.0
        )
        < 0.0
    )


def test_extreme_counting_fields() -> None:
    maser = degenerate(np.random.default_rng(13), 2)
    with mp.workdps(60):
        equation = section_8b(maser)
        for xi in (-100.0, -30.0, 30.0, 100.0):
            found = float(scaled_generating_function(maser, xi))
            expected = mp.findroot(lambda t, xi=xi: equation(t, mp.mpf(-xi)), mp.mpf(found), tol=1e-60)
            np.testing.assert_allclose(found, float(expected), rtol=1e-12)
