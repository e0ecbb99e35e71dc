"""Are currents with the energies of H_0 + V(t) those of their definition and their closed forms, to the last digits?

The reference is built here from matrices and the formulas of the companion paper: Q_a = Tr[(H_0 + V) D_a ρ], with
QuTiP's steady state.  It shares no code with the currents.
"""

import mpmath
import numpy as np
import pytest
import qthermo

import torusync as ts
from problems import ENGINE_BATHS, driven, qutip_liouvillian, qutip_state, random_maser
from torusync.steady import Block, Cauchy, Dense, LowRank
from torusync.thermo import Bookkeeping

BARE, DRIVEN = Bookkeeping.BARE, Bookkeeping.DRIVEN


def unit(size, row, column):
    """|row><column|."""
    out = np.zeros((size, size), dtype=complex)
    out[row, column] = 1.0
    return out


def dissipated(maser, rho):
    """Return (D_h ρ, D_c ρ), written out term by term (physics reference, sections 1 and 5)."""
    size, count = maser.dimension, maser.manifold_levels
    n = np.broadcast_to(maser.n_hot, count)
    p = np.eye(count) if maser.dipoles is None else maser.dipoles
    s = [unit(size, 0, j + 2) for j in range(count)]
    hot = np.zeros_like(rho)
    for i, a in enumerate(s):
        for j, b in enumerate(s):
            x, y = a.conj().T, b.conj().T
            fall = a @ rho @ y + b @ rho @ x - y @ a @ rho - rho @ x @ b
            rise = x @ rho @ b + y @ rho @ a - b @ x @ rho - rho @ a @ y
            hot += maser.gamma_hot * p[i, j] * ((1 + n[i]) * fall + n[i] * rise)
    c, n_c, cold = unit(size, 0, 1), maser.n_cold, np.zeros_like(rho)
    for rate, x in ((maser.gamma_cold * (1 + n_c), c), (maser.gamma_cold * n_c, c.T)):
        cold += rate * (2 * x @ rho @ x.conj().T - x.conj().T @ x @ rho - rho @ x.conj().T @ x)
    return hot, cold


def energies(maser):
    """H_0, and of each manifold level its share of H_0 and its term of V."""
    size, count = maser.dimension, maser.manifold_levels
    levels = [e * unit(size, j + 2, j + 2) for j, e in enumerate(np.broadcast_to(maser.level_energies, count))]
    terms = [maser.drive[j] * unit(size, 1, j + 2) for j in range(count)]
    return maser.omega_cold * unit(size, 1, 1), levels, [term + term.conj().T for term in terms]


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("per_level", [False, True])
def test_driven_heats_are_those_of_the_full_hamiltonian(levels, correlated, per_level, rng):
    for _ in range(4):
        maser = random_maser(rng, correlated=correlated, per_level=per_level, levels=levels)
        rho = qutip_state(maser)
        hot, cold = dissipated(maser, rho)
        first, own, terms = energies(maser)
        h0, v = first + sum(own), sum(terms)
        # the drift in the rotating frame closes the balance, so that both baths are the generator's
        moving = h0 - 0.5 * maser.drive_frequency * (np.eye(len(rho)) - unit(len(rho), 0, 0) - 2 * unit(len(rho), 1, 1))
        change = -1j * ((moving + v) @ rho - rho @ (moving + v)) + hot + cold
        image = (qutip_liouvillian(maser).full() @ rho.reshape(-1, order="F")).reshape(rho.shape, order="F")
        np.testing.assert_allclose(change, image, atol=1e-15)
        flows = driven(maser)
        scale = float(flows.gross)

        def close(found, wanted, scale=scale):
            assert found == pytest.approx(wanted, rel=1e-11, abs=1e-13 * scale)

        close(flows.heat_hot, np.trace((h0 + v) @ hot).real)
        close(flows.heat_cold, np.trace((h0 + v) @ cold).real)
        close(flows.interaction_hot, np.trace(v @ hot).real)
        close(flows.interaction_cold, np.trace(v @ cold).real)
        close(flows.heat_hot_incoherent + flows.heat_hot_coherent, np.trace(h0 @ hot).real)
        temperature = np.broadcast_to(maser.level_energies, levels) / np.log1p(1 / np.broadcast_to(maser.n_hot, levels))
        produced = [-np.trace((a + b) @ hot).real / t for a, b, t in zip(own, terms, temperature, strict=True)]
        produced.append(-np.trace((h0 + v) @ cold).real * np.log1p(1 / maser.n_cold) / maser.omega_cold)
        close(flows.entropy_production, sum(produced), scale * 10)
        close(flows.power, work(maser, rho, time=1.7))


def work(maser, rho, *, time):
    """−Tr[∂V/∂t ρ(t)] in the laboratory, where ρ_1j turns with e^{iΩt}."""
    omega = float(maser.drive_frequency)
    frame = np.ones(len(rho), dtype=complex)
    frame[2:] = np.exp(-1j * omega * time)
    moving = frame[:, np.newaxis] * rho * frame.conj()
    rate = np.zeros_like(rho)
    rate[1, 2:] = 1j * omega * maser.drive * np.exp(1j * omega * time)
    return -np.trace((rate + rate.conj().T) @ moving).real


@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0])
@pytest.mark.parametrize("detuning", [-0.4, -0.1, 0.0, 0.15, 1.0])
@pytest.mark.parametrize("levels", [1, 2, 5])
def test_closed_forms_at_exact_degeneracy(n_hot, detuning, levels):
    """P = ΩJ, Q_h = J(ω_2 − δ a_h/Γ), Q_c = −J(ω_1 + δ a_c/Γ), with δ = −detuning."""
    drive = 0.1 * np.exp(1j * np.arange(levels)) * np.linspace(0.5, 1.0, levels)
    maser = ts.ThermalMaser(drive, detuning=detuning, **(ENGINE_BATHS | {"n_hot": n_hot}))
    a_h, a_c, delta = 0.05 * (1 + n_hot), 0.3, -detuning
    big, strength = a_h + a_c, np.sum(np.abs(drive) ** 2)
    w = strength * big / (big**2 + delta**2)
    state = ts.steady_state(maser)
    d = (0.5 / 1.5 - n_hot / (1 + n_hot)) / (1 + w * (1 / a_h + 1 / a_c)) * state.populations[0]
    flux = -2 * w * d
    hot, cold = 3.0 - delta * a_h / big, 1.0 + delta * a_c / big
    for one in (
        state,
        ts.steady_state(maser, solver=Block()),
        ts.steady_state(maser, solver=LowRank()),
    ):
        flows = ts.thermodynamics(one, bookkeeping=DRIVEN)
        assert flows.flux == pytest.approx(flux, rel=1e-12)
        assert flows.power == pytest.approx((2.0 - delta) * flux, rel=1e-12)
        assert flows.heat_hot == pytest.approx(hot * flux, rel=1e-12)
        assert flows.heat_cold == pytest.approx(-cold * flux, rel=1e-12)
        assert flows.interaction_hot + flows.interaction_cold == pytest.approx(-delta * flux, rel=1e-11, abs=1e-16)
        entropy = flux * (cold * np.log(3.0) - hot * np.log(1 + 1 / n_hot) / 3.0)
        assert flows.entropy_production == pytest.approx(entropy, rel=1e-11)
        expected = (2.0 - delta) / hot if n_hot > 0.5 else cold / (2.0 - delta)
        assert (flows.efficiency if n_hot > 0.5 else flows.cop) == pytest.approx(expected, rel=1e-12)


def to_fifty_digits(maser):
    """Tr[V D_h ρ] and Tr[V D_c ρ] of a machine with independent dipoles, from A X + X A† = −S of section 6."""
    count, size = maser.manifold_levels, maser.manifold_levels + 1
    n, e = np.broadcast_to(maser.n_hot, count).tolist(), maser.generator().energies.tolist()
    e, lam = e * (count // len(e)), [mpmath.mpc(z) for z in maser.drive.tolist()]
    damping = [mpmath.mpf(float(maser.gamma_cold)) * (1 + mpmath.mpf(float(maser.n_cold)))]
    damping += [mpmath.mpf(float(maser.gamma_hot)) * (1 + mpmath.mpf(one)) for one in n]
    filling = [mpmath.mpf(one) / (1 + mpmath.mpf(one)) for one in [float(maser.n_cold), *n]]
    a = -mpmath.diag(damping)
    for j in range(count):
        a[0, j + 1], a[j + 1, 0] = -1j * lam[j], -1j * mpmath.conj(lam[j])
        a[j + 1, j + 1] -= 1j * mpmath.mpf(e[j])
    both, pump = mpmath.matrix(size**2, size**2), mpmath.matrix(size**2, 1)
    for i in range(size):
        pump[i * size + i] = -2 * damping[i] * filling[i]
        for j in range(size):
            for k in range(size):
                both[i * size + j, k * size + j] += a[i, k]
                both[i * size + j, i * size + k] += mpmath.conj(a[j, k])
    x = mpmath.lu_solve(both, pump)
    ground = 1 / (1 + sum(mpmath.re(x[i * size + i]) for i in range(size)))
    overlaps = [2 * mpmath.re(mpmath.conj(lam[j]) * x[j + 1]) * ground for j in range(count)]
    hot = -sum(rate * one for rate, one in zip(damping[1:], overlaps, strict=True))
    return float(hot), float(-damping[0] * sum(overlaps))


@pytest.mark.parametrize("gamma", [0.1, 1e-3, 1e-5])
@pytest.mark.parametrize("n_hot", [2.0, [2.0, 2.1]])
@pytest.mark.parametrize("split", [0.0, 0.05])
def test_weak_damping_costs_no_digits(gamma, n_hot, split):
    """A drive of 10⁴ times the damping: −2 a_c Re Σ λ_j^* ρ_1j itself keeps three to six digits less.

    `Cauchy` finds the state to 1e-10 here, `Block` to rounding.
    """
    maser = ts.ThermalMaser(
        [0.1, 0.07j], n_hot=n_hot, n_cold=0.5, gamma_hot=gamma, gamma_cold=2 * gamma, splittings=[0.0, split],
        detuning=0.07,
    )  # fmt: skip
    with mpmath.workdps(50):
        hot, cold = to_fifty_digits(maser)
    flows = driven(maser, solver=Block())
    # the condition of the state is the drive over the damping
    assert flows.interaction_hot == pytest.approx(hot, rel=1e-14 * max(1.0, 0.1 / gamma))
    assert flows.interaction_cold == pytest.approx(cold, rel=1e-14 * max(1.0, 0.1 / gamma))
    assert flows.first_law_holds


@pytest.mark.parametrize("drive", [1.0, 100.0])
def test_strong_drives_cost_no_digits(drive):
    """λ up to 10⁵ times the damping, with detuning: closed form at exact degeneracy, without its own solver."""
    maser = ts.ThermalMaser.near_degenerate(
        manifold_levels=2, spread=0.0, hot_temperature=2.0, cold_temperature=0.3, drive=[drive, 0.8j * drive],
        gamma_hot=1e-3,
        gamma_cold=2e-3, detuning=-2.9,
    )  # fmt: skip
    a_h, a_c = float(maser.generator().hot_damping[0]), float(maser.generator().cold_damping)
    exact = driven(maser)
    for solver in (Block(), Cauchy()):
        flows = driven(maser, solver=solver)
        for name, damping in (("interaction_hot", a_h), ("interaction_cold", a_c)):
            wanted = -2.9 * damping / (a_h + a_c) * float(exact.flux)
            assert getattr(exact, name) == pytest.approx(wanted, rel=1e-13)
            # relative to the quanta that it knows to ten digits
            assert getattr(flows, name) / flows.heat_hot_incoherent == pytest.approx(
                wanted / float(exact.heat_hot_incoherent), rel=1e-13
            )
        assert flows.entropy_production == pytest.approx(-flows.heat_hot / 2.0 - flows.heat_cold / 0.3, rel=1e-13)


@pytest.mark.parametrize("detuning", [0.0, 0.05, -0.3])
@pytest.mark.parametrize("hot_temperature", [0.5, 10.0])
def test_the_three_level_maser_agrees_with_qthermo(detuning, hot_temperature):
    """Its rates are those of populations, γ_qthermo = 2γ; off resonance its `analyze` takes H_0 + V as the energy."""
    maser = ts.ThermalMaser.near_degenerate(
        manifold_levels=1, hot_temperature=hot_temperature, cold_temperature=1.0, drive=0.15, gamma_hot=0.05,
        gamma_cold=0.2, detuning=detuning,
    )  # fmt: skip
    model = qthermo.models.three_level_maser(
        omega_c=1.0, omega_h=3.0, T_c=1.0, T_h=hot_temperature, drive=0.15, gamma_c=0.4, gamma_h=0.1
    )
    v = model.H
    turning = v + np.diag([0.0, 0.0, -detuning])
    state = ts.steady_state(maser)
    for kind, energy in ((BARE, model.H0), (DRIVEN, model.H0 + v)):
        theirs = qthermo.analyze(turning, model.baths, energy=energy)
        np.testing.assert_allclose(theirs.rho, state.rho, atol=1e-14)
        flows = ts.thermodynamics(state, bookkeeping=kind)
        scale = 1e-13 * float(flows.gross)
        assert flows.heat_hot == pytest.approx(theirs.currents["hot"], rel=1e-11, abs=scale)
        assert flows.heat_cold == pytest.approx(theirs.currents["cold"], rel=1e-11, abs=scale)
        assert flows.power == pytest.approx(theirs.power_output, rel=1e-11, abs=scale)
        assert flows.entropy_production == pytest.approx(theirs.entropy_production_rate, rel=1e-10, abs=scale)
    if detuning == 0.0:
        ready = model.analyze()
        flows = driven(maser)
        assert flows.entropy_production == pytest.approx(ready.entropy_production_rate, rel=1e-10)


def test_many_levels_keep_their_digits():
    """N = 10⁵: populations are of order 1/N, their deviations of order 1/N², and currents agree with closed forms."""
    count = 10**5
    drive = np.full(count, 1e-4) * np.exp(1j * np.arange(count))
    flows = driven(ts.ThermalMaser(drive, detuning=0.15, **ENGINE_BATHS))
    a_h, a_c, delta = 0.3, 0.3, -0.15
    assert flows.power == pytest.approx(2.15 * float(flows.flux), rel=1e-13)
    assert flows.heat_hot == pytest.approx((3.0 - delta * a_h / (a_h + a_c)) * float(flows.flux), rel=1e-12)
    assert flows.heat_cold == pytest.approx(-(1.0 + delta * a_c / (a_h + a_c)) * float(flows.flux), rel=1e-12)
    assert flows.first_law_holds
    split = ts.ThermalMaser(drive, splittings=np.linspace(0.0, 0.2, count), detuning=0.15, **ENGINE_BATHS)
    state = ts.steady_state(split)
    assert state.solver == LowRank()
    flows = ts.thermodynamics(state, bookkeeping=DRIVEN)
    overlap = 2.0 * (np.conj(drive) * state.density.row(1)[2:]).real.sum()
    assert flows.interaction_hot == pytest.approx(-a_h * overlap, rel=1e-12)
    assert flows.interaction_cold == pytest.approx(-a_c * overlap, rel=1e-12)
    assert flows.heat_hot + flows.heat_cold == pytest.approx(float(flows.power), rel=1e-9)
    assert flows.first_law_holds


@pytest.mark.parametrize("spread", [0.01, 0.5])
def test_solvers_agree(spread, rng):
    drive = 0.1 * rng.random(20) * np.exp(2j * np.pi * rng.random(20))
    maser = ts.ThermalMaser(
        drive, splittings=spread * rng.random(20), detuning=0.1, **(ENGINE_BATHS | {"n_hot": 2 + rng.random(20)})
    )
    one, *others = (driven(maser, solver=solver) for solver in (Cauchy(), LowRank(), Block(), Dense()))
    for other in others:
        for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "interaction_cold", "entropy_production"):
            assert getattr(other, name) == pytest.approx(float(getattr(one, name)), rel=1e-9)


@pytest.mark.parametrize("strength", [1e-3, 1e-8, 1e-20, 1e-100])
def test_a_machine_that_barely_runs_keeps_relative_accuracy(strength):
    """At exact degeneracy the ratios of all currents stay what they are, however weak the drive."""
    flows = driven(ts.ThermalMaser([strength], detuning=0.15, **ENGINE_BATHS))
    hot = 3.0 + 0.15 * 0.3 / 0.6
    assert flows.efficiency == pytest.approx(2.15 / hot, rel=1e-12)
    assert flows.heat_hot / flows.flux == pytest.approx(hot, rel=1e-12)
