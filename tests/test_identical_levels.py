"""Machines of many identical levels in time, their gap and their light, against the three levels they come down to.

Level |1>, the bright state and |0> obey six equations, with what all dark states hold together; every other coherence
decays by itself.  The references solve these, and never see N levels.
"""

import numpy as np
import pytest
from scipy.linalg import expm

import evolving
import torusync as ts
from problems import BATHS
from torusync._lapack import modes
from torusync.dynamics import Method, bright, emission_spectrum, evolution, liouvillian_gap, liouvillian_spectrum
from torusync.dynamics.panels import conditions

GAMMA_HOT, GAMMA_COLD, N_COLD = 0.05, 0.2, 0.5
FAST = {"n_hot": 9.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.02}
"""a_c far below a_h: with a strong drive the bright state decays more slowly than dark ones."""


def identical(levels, drive=0.1, **changes):
    return ts.ThermalMaser(np.full(levels, drive), **{"n_hot": 2.0, **BATHS, **changes})


def damping(n_hot=2.0, gamma_hot=GAMMA_HOT, gamma_cold=GAMMA_COLD, n_cold=N_COLD):
    return gamma_cold * (1.0 + n_cold), gamma_hot * (1.0 + n_hot)


def pumps(n_hot=2.0, gamma_hot=GAMMA_HOT, gamma_cold=GAMMA_COLD, n_cold=N_COLD):
    return 2.0 * gamma_cold * n_cold, 2.0 * gamma_hot * n_hot


def bright_drift(levels, drive, **baths):
    """A of |1> and the bright state, on resonance."""
    a_c, a_h = damping(**baths)
    strength = np.sqrt(levels) * drive
    return np.array([[-a_c, -1j * strength], [-1j * strength, -a_h]])


def six(levels, drive, **baths):
    """The generator on (ρ_00, ρ_11, ρ_1J, ρ_J1, ρ_JJ, all dark states)."""
    one, hot = pumps(**baths)
    a, a_h = bright_drift(levels, drive, **baths), damping(**baths)[1]
    out = np.zeros((6, 6), dtype=complex)
    out[1:5, 1:5] = np.kron(a, np.eye(2)) + np.kron(np.eye(2), a.conj())
    out[1, 0], out[4, 0], out[5, 0] = one, hot, (levels - 1) * hot
    out[5, 5] = -2.0 * a_h
    out[0] = -(out[1] + out[4] + out[5])
    return out


def slowest(levels, drive, **baths):
    """The largest real part but 0, of all that block and |0> can do."""
    values = np.linalg.eigvals(six(levels, drive, **baths))
    values = np.delete(values, np.abs(values).argmin())
    own, a_h = np.linalg.eigvals(bright_drift(levels, drive, **baths)), damping(**baths)[1]
    pumped = pumps(**baths)[0] + levels * pumps(**baths)[1]
    return max(
        values.real.max(), (own - a_h).real.max(), -2.0 * a_h, own.real.max() - 0.5 * pumped, -a_h - 0.5 * pumped
    )


def state(levels, drive, elapsed, start):
    """ρ(t) from |0> or from one of the levels: what is pumped is the same for all levels, what was there decays."""
    a_h, rho = damping()[1], np.zeros((levels + 2, levels + 2), dtype=complex)
    unit, root = np.ones(levels), np.sqrt(levels)
    begin = np.zeros(6)
    if start == "ground":
        begin[0] = 1.0
    else:
        begin[4], begin[5] = 1.0 / levels, 1.0 - 1.0 / levels
    now = expm(six(levels, drive) * elapsed) @ begin
    projector = np.outer(unit, unit) / levels
    small, decay = expm(bright_drift(levels, drive) * elapsed), np.exp(-a_h * elapsed)
    if start != "ground":
        level = np.zeros(levels)
        level[start - 2] = 1.0
        column = np.concatenate(
            [[small[0, 1] / root], small[1, 1] * projector @ level + decay * (level - projector @ level)]
        )
        rho[1:, 1:] = np.outer(column, column.conj())
        own = small[:, 1] / root
        now = now - np.concatenate([[0.0], np.outer(own, own.conj()).ravel(), [decay**2 * begin[5]]])
    rho[0, 0] = now[0]
    rho[1, 1] += now[1]
    rho[1, 2:] += now[2] * unit / root
    rho[2:, 1] += now[3] * unit / root
    rho[2:, 2:] += now[4] * projector + now[5] / (levels - 1) * (np.eye(levels) - projector)
    return rho


@pytest.mark.parametrize("levels", [50, 100, 200])
@pytest.mark.parametrize("start", ["ground", 3])
def test_identical_levels_are_followed_mode_by_mode(levels, start):
    times = np.array([0.0, 0.3, 20.0])
    path = ts.evolve(identical(levels), start, times)
    assert (path.method_codes == Method.PANELS).all()
    astray = [
        np.linalg.norm(rho - state(levels, 0.1, time, start), "nuc") for rho, time in zip(path.rho, times, strict=True)
    ]
    # the reference is rounded as well
    assert (np.array(astray) <= path.error + 1e-13).all()
    assert path.error.max() < 1e-9
    assert max(astray) < 1e-12


def random(rng, levels, **changes):
    drive = rng.normal(size=levels) + 1j * rng.normal(size=levels)
    return ts.ThermalMaser(0.3 * drive / np.sqrt(levels), **{"n_hot": 2.0, **BATHS, **changes})


def grouped():
    rng = np.random.default_rng(17)
    pairs, three = [0.0, 0.0, 0.7, 0.7], [0.4, 0.0, 0.4, 0.4]
    yield random(rng, 4)
    yield random(rng, 4, splittings=pairs, detuning=0.2)
    yield random(rng, 4, splittings=three, n_hot=[0.2, 2.0, 0.2, 5.0])
    yield random(rng, 4, dipole_correlation=0.4)
    yield random(rng, 4, splittings=pairs, dipole_correlation=0.7)
    yield random(rng, 4, splittings=three, dipole_correlation=1.0)
    yield identical(4, dipole_correlation=0.4)
    yield identical(4, drive=0.0)


@pytest.mark.parametrize("number", range(8))
def test_groups_of_identical_levels_are_followed_right(number, monkeypatch):
    """Against e^{Lt} in sixty digits, which knows of no groups."""
    monkeypatch.setattr(evolution, "_GOOD", np.inf)
    monkeypatch.setattr(evolution, "STRIDE_LEVELS", 0)
    maser = list(grouped())[number]
    path = ts.evolve(maser, 3, [0.0, 1.0, 15.0])
    assert (path.method_codes == Method.PANELS).all()
    astray = evolving.astray(path, evolving.maser(maser))
    assert (astray <= path.error).all()
    assert astray.max() < 1e-13


@pytest.mark.parametrize("levels", [80, 200, 400])
def test_the_gap_of_identical_levels_is_that_of_dark_states(levels):
    found, a_h = liouvillian_gap(identical(levels)), damping()[1]
    assert slowest(levels, 0.1) == pytest.approx(-2.0 * a_h, abs=1e-12)
    assert abs(found.gap - 2.0 * a_h) <= found.error < 1e-6
    assert complex(found.eigenvalue) == pytest.approx(-2.0 * a_h, abs=1e-12)


@pytest.mark.parametrize("levels", [80, 200])
def test_the_gap_of_a_slow_bright_state_is_found_as_well(levels):
    a_c, a_h = damping(**FAST)
    found, true = liouvillian_gap(identical(levels, 0.5, **FAST)), -slowest(levels, 0.5, **FAST)
    assert true < 0.9 * 2.0 * a_h
    assert true == pytest.approx(a_c + a_h, rel=0.05)
    assert abs(found.gap - true) <= found.error < 1e-5


def test_the_gap_of_equally_correlated_dipoles_is_counted():
    """Fourteen against all eigenvalues; in a hundred dark states decay at 2a_h(1 − c), and nothing more slowly."""
    few = identical(14, dipole_correlation=0.4)
    found, true = liouvillian_gap(few), liouvillian_spectrum(few)
    assert abs(found.gap - true.gap) <= found.error + true.error
    many = liouvillian_gap(identical(100, dipole_correlation=0.4))
    assert abs(many.gap - 2.0 * damping()[1] * 0.6) <= many.error < 1e-6


def test_two_hundred_identical_levels_shine_as_their_bright_state():
    """Σ|1><j| = √N |1><J|: the regression of six equations."""
    levels, lines = 200, np.linspace(-4.0, 4.0, 41)
    generator = six(levels, 0.1)
    values, vectors = np.linalg.eig(generator)
    steady = vectors[:, np.abs(values).argmin()]
    steady = steady / (steady[0] + steady[1] + steady[4] + steady[5])
    mean = np.sqrt(levels) * steady[3]
    # dρ: the row of the bright state becomes that of |1>, and the rest is lost
    emitted = np.zeros(6, dtype=complex)
    emitted[1], emitted[2] = np.sqrt(levels) * steady[3], np.sqrt(levels) * steady[4]
    emitted -= mean * steady
    # what has no trace stays so: that with the steady state in place of 0 is regular, and makes nothing else of it
    regular = generator - np.outer(steady, [1.0, 1.0, 0.0, 0.0, 1.0, 1.0])
    density = [
        2.0 * np.sqrt(levels) * np.linalg.solve(1j * line * np.eye(6) - regular, emitted)[2].real for line in lines
    ]
    found = emission_spectrum(identical(levels), lines)
    np.testing.assert_allclose(found.density, density, rtol=1e-9, atol=1e-12 * max(density))
    assert found.coherent_weight == pytest.approx(abs(mean) ** 2, rel=1e-9)
    assert found.residual < 1e-12


@pytest.mark.parametrize("more", [{}, {"dipole_correlation": 0.4}, {"dipole_correlation": 1.0}])
def test_eigenvectors_of_identical_levels_are_a_basis(more):
    """Those that LAPACK finds of the whole drift are none."""
    drift, rates, vectors, condition = conditions(identical(120, **more).generator().flat())
    assert condition[0] < 10.0
    miss = np.linalg.norm(drift[0] @ vectors[0] - vectors[0] * rates[0])
    assert miss < 1e-14 * np.linalg.norm(drift[0]) * 120.0
    assert np.linalg.cond(modes(drift)[1][0]) > 1e2


def test_levels_that_differ_by_rounding_are_identical(monkeypatch):
    """Without the margin their eigenvectors are no basis, though none is quite equal to another."""
    apart = np.linspace(0.0, 3e-16, 120)
    block = identical(120, splittings=apart).generator().flat()
    drift, rates, vectors, condition = conditions(block)
    assert condition[0] < 10.0
    assert np.abs(drift @ vectors - vectors * rates[:, np.newaxis]).max() < 1e-14
    assert len(set(np.diagonal(drift[0]))) > 100
    monkeypatch.setattr(bright, "_EQUAL", 0.0)
    assert conditions(block)[-1][0] > 1e2


def test_identical_and_other_machines_are_resolved_together():
    batch = identical(6, splittings=np.array([[0.0] * 6, np.arange(6) * 0.3, [0.0, 0.0, 1.0, 1.0, 2.0, 2.5]]))
    drift, rates, vectors, _ = conditions(batch.generator().flat())
    assert np.abs(drift @ vectors - vectors * rates[:, np.newaxis]).max() < 1e-14
    np.testing.assert_array_equal(rates[1], modes(drift[1:2])[0][0])
    np.testing.assert_array_equal(vectors[1], modes(drift[1:2])[1][0])
    # four dark states of one eigenvalue, exactly, and none
    assert [len(set(one)) for one in rates] == [3, 7, 7]
    assert bright.drift_modes(batch[1].generator().flat(), drift[1:2])[0].shape == (1, 7)
