"""Do currents with the energies of H_0 + V(t) obey their definition, their closed forms and the first law?

The reference is built here from matrices and the formulas of the companion paper: Q_a = Tr[(H_0 + V) D_a ρ], with
QuTiP's steady state.  It shares no code with the currents.
"""

import mpmath
import numpy as np
import pytest
import qthermo
from hypothesis import given

import torusync as ts
from problems import qutip_liouvillian, qutip_state, random_maser, refused
from test_laws import masers
from torusync.thermo import Bookkeeping

BARE, DRIVEN = Bookkeeping.BARE, Bookkeeping.DRIVEN
BATHS = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def driven(maser, **options):
    """The driven currents of one machine or batch."""
    return ts.thermodynamics(ts.steady_state(maser, **options), bookkeeping=DRIVEN)


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


@pytest.mark.parametrize("n_hot", [0.2, 5.0])
@pytest.mark.parametrize("detuning", [-0.4, -0.1, 0.0, 0.15, 1.0])
@pytest.mark.parametrize("levels", [1, 2, 5])
def test_closed_forms_at_exact_degeneracy(n_hot, detuning, levels):
    """P = ΩJ, Q_h = J(ω_2 − δ a_h/Γ), Q_c = −J(ω_1 + δ a_c/Γ), with δ = −detuning."""
    drive = 0.1 * np.exp(1j * np.arange(levels)) * np.linspace(0.5, 1.0, levels)
    maser = ts.ThermalMaser(drive, detuning=detuning, **(BATHS | {"n_hot": n_hot}))
    a_h, a_c, delta = 0.05 * (1 + n_hot), 0.3, -detuning
    big, strength = a_h + a_c, np.sum(np.abs(drive) ** 2)
    w = strength * big / (big**2 + delta**2)
    state = ts.steady_state(maser)
    d = (0.5 / 1.5 - n_hot / (1 + n_hot)) / (1 + w * (1 / a_h + 1 / a_c)) * state.populations[0]
    flux = -2 * w * d
    hot, cold = 3.0 - delta * a_h / big, 1.0 + delta * a_c / big
    for one in (state, ts.steady_state(maser, solver=ts.Block()), ts.steady_state(maser, solver=ts.LowRank())):
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
    flows = driven(maser, solver=ts.Block())
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
    for solver in (ts.Block(), ts.Cauchy()):
        flows = driven(maser, solver=solver)
        for name, damping in (("interaction_hot", a_h), ("interaction_cold", a_c)):
            wanted = -2.9 * damping / (a_h + a_c) * float(exact.flux)
            assert getattr(exact, name) == pytest.approx(wanted, rel=1e-13)
            # relative to the quanta that it knows to ten digits
            assert getattr(flows, name) / flows.heat_hot_incoherent == pytest.approx(
                wanted / float(exact.heat_hot_incoherent), rel=1e-13
            )
        assert flows.entropy_production == pytest.approx(-flows.heat_hot / 2.0 - flows.heat_cold / 0.3, rel=1e-13)


@given(masers())
def test_first_law_and_the_power_of_quanta_that_carry_omega(maser):
    state = ts.steady_state(maser)
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert flows.first_law_holds
    assert abs(flows.first_law_residual) <= 1e-12 * flows.gross + 1e-300
    assert flows.power == maser.drive_frequency * flows.flux
    for name in ("flux", "regime_codes", "heat_hot_incoherent", "heat_hot_coherent"):
        assert getattr(flows, name) == getattr(bare, name)
    assert flows.heat_cold - flows.interaction_cold == pytest.approx(float(bare.heat_cold), abs=1e-15 * flows.gross)
    # together the baths leave to the interaction what the drive takes from it
    differs = float(flows.power - bare.power)
    assert flows.interaction_hot + flows.interaction_cold == pytest.approx(differs, abs=1e-12 * flows.gross + 1e-300)


@given(masers(correlated=True))
def test_first_law_with_correlated_dipoles_and_occupations_of_their_own(maser):
    state = ts.steady_state(maser, throw=False)
    flows = ts.thermodynamics(state, bookkeeping=DRIVEN)
    if state.status is ts.Status.SUCCESS:
        assert flows.first_law_holds
    else:
        assert np.isnan(flows.heat_hot)
        assert np.isnan(flows.interaction_cold)


@pytest.mark.parametrize("n_hot", [0.2, 5.0])
def test_both_agree_at_resonance_and_degeneracy(n_hot):
    maser = ts.ThermalMaser([0.1, 0.2j, -0.3], **(BATHS | {"n_hot": n_hot}))
    state = ts.steady_state(maser)
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert flows.interaction_hot == flows.interaction_cold == bare.interaction_hot == bare.interaction_cold == 0.0
    for name in ("power", "heat_hot", "heat_cold", "entropy_production"):
        assert getattr(flows, name) == pytest.approx(float(getattr(bare, name)), rel=1e-14)
    for name in ("efficiency", "cop"):
        assert getattr(flows, name) == pytest.approx(float(getattr(bare, name)), rel=1e-14, nan_ok=True)


def test_every_result_says_its_bookkeeping():
    state = ts.steady_state(ts.ThermalMaser([0.1], detuning=0.1, **BATHS))
    batch = ts.steady_state(ts.ThermalMaser([[0.1]], detuning=0.1, **BATHS))
    for one in (state, batch):
        for kind, word in ((BARE, "bare energies"), (DRIVEN, "driven energies")):
            flows = ts.thermodynamics(one, bookkeeping=kind)
            assert flows.bookkeeping is kind
            assert word in repr(flows)
    assert ts.thermodynamics(state).bookkeeping is BARE


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


def test_entropy_production_turns_negative_off_resonance_and_says_so():
    """Near balance J is small and positive, but the quanta carry other energies than the occupations were taken at."""
    options = {"manifold_levels": 1, "cold_temperature": 1.0, "drive": 0.15}
    detuning = np.linspace(-0.3, 0.3, 61)
    maser = ts.ThermalMaser.near_degenerate(hot_temperature=3.05, detuning=detuning, **options)
    state = ts.steady_state(maser)
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert bare.second_law_holds.all()
    assert (flows.regime_codes == ts.Regime.ENGINE).all()
    assert not flows.second_law_holds.all()
    assert flows.second_law_holds[30]
    np.testing.assert_array_equal(flows.second_law_holds, flows.entropy_production >= 0.0)
    # it is the sign of β_c(ω_1 + δ a_c/Γ) − β_h(ω_2 − δ a_h/Γ), β from the bare energies
    a_h, a_c = 0.05 * (1 + maser.n_hot[0]), 0.2 * (1 + maser.n_cold)
    delta = -detuning
    force = (1.0 + delta * a_c / (a_h + a_c)) / 1.0 - (3.0 - delta * a_h / (a_h + a_c)) / 3.05
    np.testing.assert_array_equal(flows.second_law_holds, force >= 0.0)
    # an efficiency above Carnot's is the same finding
    np.testing.assert_array_equal(flows.efficiency > 1.0 - 1.0 / 3.05, force < 0.0)


@pytest.mark.parametrize("hot_temperature", [2.0, 3.05, 8.0])
@pytest.mark.parametrize("detuning", [-0.5, -0.1, 0.1, 0.5, 0.9])
def test_entropy_production_is_never_negative_with_occupations_at_the_effective_energies(hot_temperature, detuning):
    """Kalaee and Wacker's way: n_h, n_c at ω_2 − δ a_h/Γ and ω_1 + δ a_c/Γ, found together with the damping."""
    delta, hot, cold = -detuning, 3.0, 1.0
    for _ in range(400):
        n_hot, n_cold = 1 / np.expm1(hot / hot_temperature), 1 / np.expm1(cold / 1.0)
        a_h, a_c = 0.05 * (1 + n_hot), 0.2 * (1 + n_cold)
        hot, cold = 3.0 - delta * a_h / (a_h + a_c), 1.0 + delta * a_c / (a_h + a_c)
    flows = driven(
        ts.ThermalMaser([0.15], n_hot=n_hot, n_cold=n_cold, gamma_hot=0.05, gamma_cold=0.2, detuning=detuning)
    )
    assert hot - cold == pytest.approx(2.0 + detuning, rel=1e-14)
    assert flows.heat_hot == pytest.approx(hot * float(flows.flux), rel=1e-12)
    produced = -flows.heat_hot / hot_temperature - flows.heat_cold / 1.0
    assert produced >= 0.0
    assert produced == pytest.approx(float(flows.flux) * (cold / 1.0 - hot / hot_temperature), rel=1e-10, abs=1e-16)


@pytest.mark.parametrize("detuning", [-2.0, -2.5])
@pytest.mark.parametrize("n_hot", [0.2, 5.0])
def test_a_drive_that_does_not_turn_or_turns_backwards_takes_no_work_from_an_engine(detuning, n_hot):
    """Ω = 0 and Ω < 0: the regime stays that of the bare energies, and there is no efficiency."""
    state = ts.steady_state(ts.ThermalMaser([0.3], detuning=detuning, **(BATHS | {"n_hot": n_hot})))
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert flows.regime is bare.regime
    assert flows.power == (2.0 + detuning) * flows.flux
    assert not (flows.power == 0.0 and np.signbit(flows.power))
    assert flows.power * bare.power <= 0.0
    assert np.isnan(flows.efficiency)
    assert np.isnan(flows.cop)
    assert flows.first_law_holds


@pytest.mark.parametrize(("n_hot", "n_cold"), [(2.0, 0.0), (0.0, 2.0), ([0.0, 0.0], 2.0), ([0.0, 1.0], 0.5)])
@pytest.mark.parametrize("detuning", [0.0, 0.4, -0.4])
def test_baths_at_zero_temperature(n_hot, n_cold, detuning):
    """Heat given to a bath at zero temperature produces infinite entropy; heat taken from it destroys as much."""
    maser = ts.ThermalMaser(
        np.full(np.size(n_hot), 0.1), detuning=detuning, **(BATHS | {"n_hot": n_hot, "n_cold": n_cold})
    )
    state = ts.steady_state(maser)
    flows = ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert np.isinf(flows.entropy_production)
    assert flows.second_law_holds == (flows.entropy_production > 0.0)
    rest = ts.thermodynamics(ts.steady_state(ts.ThermalMaser([0.0], **(BATHS | {"n_cold": 0.0}))), bookkeeping=DRIVEN)
    assert rest.entropy_production == 0.0
    assert rest.regime is ts.Regime.IDLE


@pytest.mark.parametrize("kind", Bookkeeping)
@pytest.mark.parametrize("drive", [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
def test_correlated_dipoles_at_zero_temperature(kind, drive):
    """One level may take what another gives: together they only give, Σ_ij P_ij ρ_ij ≥ 0."""
    maser = ts.ThermalMaser(drive, dipole_correlation=0.5, **(BATHS | {"n_hot": 0.0}))
    flows = ts.thermodynamics(ts.steady_state(maser), bookkeeping=kind)
    assert flows.entropy_production == np.inf
    assert flows.second_law_holds


@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("split", [0.0, 0.03])
def test_a_batch_equals_its_points(correlated, split, rng):
    drive = 0.1 * (rng.normal(size=(3, 1, 2)) + 1j * rng.normal(size=(3, 1, 2)))
    options = {
        "n_hot": rng.uniform(0.2, 3.0, (4, 1)) if not split else rng.uniform(1.0, 1.1, (4, 2)),
        "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": rng.uniform(0.1, 0.3, (3, 1)),
        "splittings": split * np.arange(2.0), "detuning": rng.normal(size=4) * 0.2,
        "omega_hot": rng.uniform(2.5, 3.5, (3, 1)), "dipole_correlation": 0.4 * correlated,
    }  # fmt: skip
    together = driven(ts.ThermalMaser(drive, **options))
    assert together.heat_hot.shape == (3, 4)
    for i, j in np.ndindex(3, 4):
        picked = options | {
            "n_hot": options["n_hot"][j], "gamma_cold": options["gamma_cold"][i, 0],
            "detuning": options["detuning"][j], "omega_hot": options["omega_hot"][i, 0],
        }  # fmt: skip
        alone = driven(ts.ThermalMaser(drive[i, 0], **picked))
        for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "interaction_cold", "entropy_production"):
            assert getattr(together, name)[i, j] == pytest.approx(
                float(getattr(alone, name)), rel=1e-11, abs=1e-14 * float(alone.gross)
            )


def test_many_levels_keep_their_digits():
    """N = 10⁵: populations are of order 1/N, their deviations of order 1/N², and currents agree with closed forms."""
    count = 10**5
    drive = np.full(count, 1e-4) * np.exp(1j * np.arange(count))
    flows = driven(ts.ThermalMaser(drive, detuning=0.15, **BATHS))
    a_h, a_c, delta = 0.3, 0.3, -0.15
    assert flows.power == pytest.approx(2.15 * float(flows.flux), rel=1e-13)
    assert flows.heat_hot == pytest.approx((3.0 - delta * a_h / (a_h + a_c)) * float(flows.flux), rel=1e-12)
    assert flows.heat_cold == pytest.approx(-(1.0 + delta * a_c / (a_h + a_c)) * float(flows.flux), rel=1e-12)
    assert flows.first_law_holds
    split = ts.ThermalMaser(drive, splittings=np.linspace(0.0, 0.2, count), detuning=0.15, **BATHS)
    state = ts.steady_state(split)
    assert state.solver == ts.LowRank()
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
        drive, splittings=spread * rng.random(20), detuning=0.1, **(BATHS | {"n_hot": 2 + rng.random(20)})
    )
    one, *others = (driven(maser, solver=solver) for solver in (ts.Cauchy(), ts.LowRank(), ts.Block(), ts.Dense()))
    for other in others:
        for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "interaction_cold", "entropy_production"):
            assert getattr(other, name) == pytest.approx(float(getattr(one, name)), rel=1e-9)


@pytest.mark.parametrize("strength", [1e-3, 1e-8, 1e-20, 1e-100])
def test_a_machine_that_barely_runs_keeps_relative_accuracy(strength):
    """At exact degeneracy the ratios of all currents stay what they are, however weak the drive."""
    flows = driven(ts.ThermalMaser([strength], detuning=0.15, **BATHS))
    hot = 3.0 + 0.15 * 0.3 / 0.6
    assert flows.efficiency == pytest.approx(2.15 / hot, rel=1e-12)
    assert flows.heat_hot / flows.flux == pytest.approx(hot, rel=1e-12)


def test_saved_states_give_the_same_currents(tmp_path):
    maser = ts.ThermalMaser([[0.1, 0.2j]], splittings=[0.0, 0.1], detuning=[0.1, 0.2], **BATHS)
    state = ts.steady_state(maser)
    state.save(tmp_path / "state.npz")
    one, two = (ts.thermodynamics(s, bookkeeping=DRIVEN) for s in (state, ts.load_state(tmp_path / "state.npz")))
    for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "entropy_production"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_points_without_a_state_are_nan_and_undefined():
    dark = ts.ThermalMaser([0.1, 0.1], dipole_correlation=[1.0, 0.5], detuning=0.1, **BATHS)
    flows = driven(dark, throw=False)
    assert flows.regime.tolist() == [ts.Regime.UNDEFINED, ts.Regime.ENGINE]
    for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "interaction_cold", "entropy_production"):
        np.testing.assert_array_equal(np.isnan(getattr(flows, name)), [True, False])


@pytest.mark.parametrize("value", ["bare", "DRIVEN", 0, 1, None, ts.Regime.ENGINE], ids=repr)
def test_other_bookkeepings_are_refused(value):
    state = ts.steady_state(ts.ThermalMaser([0.1], **BATHS))
    refused(lambda: ts.thermodynamics(state, bookkeeping=value), "`bookkeeping`", "Bookkeeping.DRIVEN", repr(value))
