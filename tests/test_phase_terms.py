"""Do the six terms of a phase's velocity say what each of them is, and do they add up to all of it?"""

import itertools

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, LOWERING, letter_maser, random_maser, random_state, refused
from torusync.dynamics import TERMS, phase_model

DETUNING, SHIFT, DRIVE, COHERENT, DISSIPATIVE, PULL = TERMS


def random_system(rng, size, channels):
    def draw():
        return rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))

    energies = draw()
    return energies + energies.conj().T, [(rng.uniform(0.1, 1.0), draw()) for _ in range(channels)]


def by_element(energies, jumps, rho):
    """8.1 level by level: jumps C in the usual convention, traceless."""
    size = len(rho)
    decay = sum((0.5 * jump.conj().T @ jump for jump in jumps), np.zeros((size, size)))
    out = np.zeros((6, size, size), dtype=complex)
    for n, m in itertools.permutations(range(size), 2):
        others = [k for k in range(size) if k not in {n, m}]

        def channel(k, p, n=n, m=m):
            return (
                sum(jump[n, k] * jump[m, p].conj() for jump in jumps) - decay[n, k] * (p == m) - (n == k) * decay[p, m]
            )

        fed = sum(channel(k, p) * rho[k, p] for k, p in itertools.permutations(range(size), 2) if (k, p) != (n, m))
        pull = sum(channel(k, k) * rho[k, k] for k in range(size))
        mixed = sum(energies[n, k] * rho[k, m] - rho[n, k] * energies[k, m] for k in others)
        own = channel(n, m)
        drive = -1j * energies[n, m] * (rho[m, m] - rho[n, n])
        out[:, n, m] = (
            -1j * (energies[n, n] - energies[m, m]),
            own,
            drive / rho[n, m],
            -1j * mixed / rho[n, m],
            fed / rho[n, m],
            pull / rho[n, m],
        )
    return out


def off_diagonal(values):
    return values[..., ~np.eye(values.shape[-1], dtype=bool)]


@pytest.mark.parametrize("seed", range(12))
def test_each_term_is_its_formula_and_their_sum_is_all(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 6))
    energies, channels = random_system(rng, size, int(rng.integers(0, 4)))
    rho = random_state(rng, size, size)
    system = ts.LindbladSystem(energies, channels)
    found = phase_model(system).terms(rho)
    shifted, jumps = energies.copy(), []
    for rate, operator in channels:
        jump = np.sqrt(2.0 * rate) * operator
        c = -np.trace(jump) / size
        shifted = shifted - 0.5j * (np.conj(c) * jump - c * jump.conj().T)
        jumps.append(jump + c * np.eye(size))
    expected = by_element(shifted, jumps, rho)
    np.testing.assert_allclose(off_diagonal(found.phase_velocity.values), off_diagonal(expected.imag), atol=2e-11)
    np.testing.assert_allclose(off_diagonal(found.modulus_rate.values), off_diagonal(expected.real), atol=2e-11)
    rate = (system.generator().liouvillian() @ rho.reshape(-1)).reshape(size, size) / rho
    np.testing.assert_allclose(
        off_diagonal(found.phase_velocity.sum("term").values), off_diagonal(rate.imag), atol=2e-11
    )
    np.testing.assert_allclose(off_diagonal(found.modulus_rate.sum("term").values), off_diagonal(rate.real), atol=2e-11)
    # the drive on populations as the letter has it: |H|/R (ρ_nn − ρ_mm) cos(arg H − Φ)
    n, m = 0, 1
    pushed = abs(shifted[n, m]) / abs(rho[n, m]) * (rho[n, n] - rho[m, m]).real
    pushed *= np.cos(np.angle(shifted[n, m]) - np.angle(rho[n, m]))
    assert found.phase_velocity.sel(term=DRIVE, level_i=n, level_j=m) == pytest.approx(pushed, abs=1e-12)


def test_another_gauge_of_the_same_equation_has_the_same_terms():
    rng = np.random.default_rng(9)
    energies, ((rate, operator),) = random_system(rng, 4, 1)
    c = 0.7 - 0.4j
    moved = energies - 1j * rate * (np.conj(c) * operator - c * operator.conj().T)
    one, other = (
        ts.LindbladSystem(energies, [(rate, operator)]),
        ts.LindbladSystem(moved, [(rate, operator + c * np.eye(4))]),
    )
    np.testing.assert_allclose(one.generator().liouvillian(), other.generator().liouvillian(), atol=1e-13)
    rho = random_state(rng, 4, 4)
    first, second = (phase_model(system).terms(rho).phase_velocity.values for system in (one, other))
    np.testing.assert_allclose(first, second, atol=1e-11)


def lines_of_the_maser(maser, rho):
    """8.2 line by line, real arithmetic only: moduli, phases, populations."""
    levels, size = maser.manifold_levels, maser.dimension
    modulus, phase = np.abs(rho), np.angle(rho)
    lam, chi = np.abs(maser.drive), np.angle(maser.drive)
    energy = maser.level_energies * np.ones(levels) - maser.omega_cold - maser.drive_frequency
    n, p = maser.level_occupations, np.diagonal(rho).real
    dipoles = np.eye(levels) if maser.dipoles is None else maser.dipoles
    g = float(maser.gamma_hot) * dipoles
    out = {name: np.full((size, size), np.nan) for name in TERMS}
    for j in range(levels):
        J = j + 2
        rest = [x for x in range(levels) if x != j]
        out[DETUNING][1, J] = energy[j]
        out[DRIVE][1, J] = lam[j] / modulus[1, J] * (p[1] - p[J]) * np.cos(chi[j] - phase[1, J])
        out[COHERENT][1, J] = -sum(
            lam[x] * modulus[x + 2, J] / modulus[1, J] * np.cos(chi[x] + phase[x + 2, J] - phase[1, J]) for x in rest
        )
        out[DISSIPATIVE][1, J] = -sum(
            g[j, x] * (1 + n[x]) * modulus[1, x + 2] / modulus[1, J] * np.sin(phase[1, x + 2] - phase[1, J])
            for x in rest
        )
        out[PULL][1, J] = out[SHIFT][1, J] = 0.0
    for j, x in itertools.permutations(range(levels), 2):
        J, X = j + 2, x + 2
        R = modulus[J, X]
        others = [k for k in range(levels) if k not in {j, x}]
        out[DETUNING][J, X] = energy[x] - energy[j]
        out[COHERENT][J, X] = -lam[j] * modulus[1, X] / R * np.cos(phase[1, X] - chi[j] - phase[J, X]) + lam[
            x
        ] * modulus[J, 1] / R * np.cos(phase[J, 1] + chi[x] - phase[J, X])
        weight = (1 + n[j]) * p[J] + (1 + n[x]) * p[X] - (n[j] + n[x]) * p[0]
        out[PULL][J, X] = g[j, x] / R * weight * np.sin(phase[J, X])
        out[DISSIPATIVE][J, X] = -sum(
            g[j, k] * (1 + n[k]) * modulus[k + 2, X] / R * np.sin(phase[k + 2, X] - phase[J, X])
            + g[x, k] * (1 + n[k]) * modulus[J, k + 2] / R * np.sin(phase[J, k + 2] - phase[J, X])
            for k in others
        )
        out[DRIVE][J, X] = out[SHIFT][J, X] = 0.0
    return out


@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_a_machine_s_terms_are_the_letter_s_line_by_line(seed, correlated):
    rng = np.random.default_rng(100 + seed)
    maser = random_maser(rng, correlated=correlated, per_level=bool(seed % 2), levels=2 + seed % 3)
    rho = random_state(rng, maser.dimension, maser.dimension)
    found = phase_model(maser).terms(rho)
    assert found.attrs["frame"] == "rotating with the drive"
    for name, expected in lines_of_the_maser(maser, rho).items():
        values = found.phase_velocity.sel(term=name).values
        known = np.isfinite(expected)
        np.testing.assert_allclose(values[known], expected[known], atol=1e-12, rtol=1e-11)
    block = found.phase_velocity.sel(term=DISSIPATIVE, level_i=slice(1, None), level_j=slice(1, None)).values
    assert bool((off_diagonal(block) != 0.0).any()) is correlated


def test_the_letter_s_words_stand_beside_the_terms():
    found = phase_model(letter_maser()).terms(ts.steady_state(letter_maser()))
    words = dict(zip(found.term.values.tolist(), found.in_the_letter.values.tolist(), strict=True))
    assert words[DRIVE] == "entrainment"
    assert words[COHERENT] == "mutual coupling, coherent"
    assert words[DISSIPATIVE] == "mutual coupling, dissipative"
    assert "in_the_letter" not in phase_model(ts.LindbladSystem(np.eye(2), [])).terms(np.full((2, 2), 0.5)).coords


def test_in_a_steady_state_all_phases_rest():
    for ratio in (0.4, 4.0, 10.0):
        maser = letter_maser(n_hot=0.5 * ratio, splittings=[0.0, 0.1], detuning=0.05)
        found = phase_model(maser).terms(ts.steady_state(maser))
        for one in (found.phase_velocity, found.modulus_rate):
            whole = one.sum("term", skipna=False).values
            assert np.nanmax(np.abs(whole)) < 1e-12
            np.testing.assert_array_equal(np.isfinite(whole), np.pad(~np.eye(3, dtype=bool), ((1, 0), (1, 0))))


def test_what_has_no_phase_has_no_velocity():
    maser = letter_maser(drive=[0.1, 0.0])
    values = phase_model(maser).terms(ts.steady_state(maser)).phase_velocity
    assert np.isnan(values.sel(level_i=1, level_j=3)).all()
    assert np.isfinite(values.sel(level_i=1, level_j=2)).all()
    assert np.isnan(values.sel(level_i=2, level_j=2)).all()


def test_a_coherence_below_its_error_has_none():
    maser = letter_maser(splittings=[0.0, 0.1])
    near = ts.evolve(maser, "thermal", [0.0, 1e-9, 1.0])
    values = phase_model(maser).terms(near).phase_velocity.sel(level_i=2, level_j=3)
    assert abs(near.rho[1, 2, 3]) > 0.0
    assert np.isnan(values.isel(time=1)).all()
    assert np.isfinite(values.isel(time=2)).all()


def test_a_trajectory_has_an_axis_of_time_and_its_phases_turn_as_the_terms_say():
    maser = letter_maser(splittings=[0.0, 0.3])
    times = np.linspace(3.0, 3.2, 41)
    path = ts.evolve(maser, "ground", np.concatenate([[0.0], times]))[1:]
    found = phase_model(maser).terms(path)
    assert found.phase_velocity.dims == ("time", "term", "level_i", "level_j")
    np.testing.assert_array_equal(found.time.values, times)
    turned = np.unwrap(np.angle(path.rho[:, 1, 2]))
    velocity = found.phase_velocity.sum("term").sel(level_i=1, level_j=2).values
    assert (turned[21] - turned[19]) / (times[21] - times[19]) == pytest.approx(velocity[20], abs=1e-4)


def test_a_batch_of_systems_is_its_points():
    batch = ts.ThermalMaser([[0.1, 0.2], [0.3, 0.1j]], n_hot=2.0, splittings=[0.0, 0.1], **BATHS)
    path = ts.evolve(batch, "ground", [0.0, 1.0, 4.0])
    found = phase_model(batch).terms(path).phase_velocity
    assert found.dims == ("axis_0", "time", "term", "level_i", "level_j")
    one = phase_model(batch[1]).terms(path[1]).phase_velocity
    np.testing.assert_allclose(found.values[1], one.values, atol=1e-14)
    states = phase_model(batch).terms(ts.steady_state(batch))
    assert states.phase_velocity.dims == ("axis_0", "term", "level_i", "level_j")


def test_what_is_no_system_or_no_state_of_it_is_refused():
    refused(lambda: phase_model(np.eye(2)), "`system`")
    refused(lambda: phase_model(ts.ThermalMaser), "`system`")
    model = phase_model(letter_maser())
    refused(lambda: model.terms(np.eye(3) / 3), "have the 4 levels", "it has 3")
    refused(lambda: model.terms("ground"), "state")
    refused(lambda: model.frozen(np.eye(3) / 3), "have the 4 levels")
    qubit = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, LOWERING)])
    refused(lambda: phase_model(qubit).frozen(), "have coherences")
    batch = ts.ThermalMaser([[0.1, 0.2]] * 2, n_hot=2.0, **BATHS)
    refused(lambda: phase_model(batch).frozen(), "be one system")
