"""Is a maser written out as a Lindblad system the same machine, and does what is added to it do what it says?"""

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS, refused
from torusync.analysis import Finding

DOWN = np.diag([1.0], 3)
MACHINES = {
    "apart": lambda: ts.ThermalMaser([0.1, 0.2j], splittings=[0.0, 0.1], detuning=[0.1, 0.3], **ENGINE_BATHS),
    "correlated": lambda: ts.ThermalMaser([0.1, 0.2], dipole_correlation=[0.4, -0.3, 1.0], **ENGINE_BATHS),
    "matrix": lambda: ts.ThermalMaser(
        [0.1, 0.2], dipole_matrix=[[1.0, 0.5], [0.5, 1.0]], omega_hot=5.0, **ENGINE_BATHS
    ),
    "dark": lambda: ts.ThermalMaser([0.1, 0.2, 0.3], dipole_correlation=1.0, **ENGINE_BATHS),
    "unequal": lambda: ts.ThermalMaser(
        [0.1, 0.2, 0.3], n_hot=[5.0, 4.0, 3.0], n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2
    ),
}


@pytest.mark.parametrize("name", MACHINES)
def test_it_is_the_same_equation(name):
    maser = MACHINES[name]()
    written = maser.lindblad()
    theirs = maser.generator().liouvillian()
    np.testing.assert_allclose(written.generator().liouvillian(), theirs, atol=4e-15 * np.abs(theirs).max())
    assert written.batch_shape == maser.batch_shape
    assert written.baths.names == ("hot", "cold")


@pytest.mark.parametrize("name", ["apart", "matrix", "unequal"])
def test_its_baths_give_the_same_heat(name):
    maser = MACHINES[name]()
    theirs, ours = ts.thermodynamics(ts.steady_state(maser)), ts.thermodynamics(ts.steady_state(maser.lindblad()))
    np.testing.assert_allclose(ours.power, theirs.power, rtol=1e-11)
    np.testing.assert_allclose(ours.heats["hot"], theirs.heat_hot, rtol=1e-11)
    np.testing.assert_allclose(ours.heats["cold"], theirs.heat_cold, rtol=1e-11)
    if maser.dipoles is None:
        np.testing.assert_allclose(ours.entropy_production, theirs.entropy_production, rtol=1e-10)


def test_dephasing_damps_every_coherence_by_as_much():
    maser = MACHINES["apart"]()[0]
    rho = np.outer([0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]).reshape(-1)
    with_it, without = maser.lindblad(dephasing=0.7), maser.lindblad()
    change = (with_it.generator().liouvillian() - without.generator().liouvillian()) @ rho
    beside = rho * (1.0 - np.eye(4).reshape(-1))
    np.testing.assert_allclose(change, -0.7 * beside, atol=1e-16)
    heights = ts.solve(maser.lindblad(dephasing=[0.0, 0.1, 1.0]))["s_max"]
    assert heights[0] == pytest.approx(float(ts.solve(maser)["s_max"]), rel=1e-11)
    assert (np.diff(heights) < 0.0).all()


def test_further_channels_come_to_those_of_the_baths():
    maser = MACHINES["apart"]()[0]
    leaky = maser.lindblad([(0.3, DOWN)])
    added = ts.LindbladSystem(np.zeros((4, 4)), [(0.3, DOWN)]).generator().liouvillian()
    found = leaky.generator().liouvillian() - maser.lindblad().generator().liouvillian()
    np.testing.assert_allclose(found, added, atol=1e-15)
    assert len(leaky.channels) == len(maser.lindblad().channels) + 1
    assert maser.measured_in(5e9).lindblad().hertz == 5e9


def test_what_is_no_lindblad_equation_is_refused():
    redfield = ts.ThermalMaser([0.1, 0.2], n_hot=[5.0, 4.0], n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2,
                               dipole_correlation=0.5)  # fmt: skip
    refused(redfield.lindblad, "`dipole_correlation`", "Redfield")
    refused(lambda: MACHINES["apart"]().lindblad(dephasing=-1.0), "`dephasing`", "at least 0")
    refused(lambda: MACHINES["apart"]().lindblad([(0.3, np.eye(3))]), "operator", "levels")
    refused(lambda: MACHINES["apart"]().lindblad(0.3), "channels")


def leak_of(maser, rate):
    """|1><j| at a rate from each level of the manifold, as many excitations past the drive."""
    size = maser.dimension
    return maser.lindblad([(rate, np.eye(size)[:, [1]] @ np.eye(size)[[level]]) for level in range(2, size)])


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_leak_that_levels_the_populations_blocks_any_drive(levels):
    """p_j(a_h + ℓ) = γ_h n_h p_0 and p_1 a_c = γ_c n_c p_0 + Nℓp_j are equal at one ℓ; beyond it signs are turned."""
    hot, cold, n_hot, n_cold = 0.05, 0.1, 5.0, 0.5
    a_hot, a_cold = hot * (1.0 + n_hot), cold * (1.0 + n_cold)
    zero = (a_cold * hot * n_hot - a_hot * cold * n_cold) / (cold * n_cold + levels * hot * n_hot)
    for drive in (0.01, 0.3, 10.0):
        maser = ts.ThermalMaser(np.full(levels, drive), n_hot=n_hot, n_cold=n_cold, gamma_hot=hot, gamma_cold=cold)
        state = ts.steady_state(leak_of(maser, [0.5 * zero, zero, 2.0 * zero]))
        sync = ts.synchronization(state)
        assert sync.pair_sum[1] <= 1e-12
        assert sync.pair_sum[[0, 2]].min() > 1e-5
        turned = np.angle(state.rho[:, 1, 2])
        np.testing.assert_allclose(turned[[0, 2]], [-0.5 * np.pi, 0.5 * np.pi], atol=1e-9)
    assert ts.explain(leak_of(maser, zero)).finding is Finding.NO_COHERENCE


def test_dephasing_of_a_machine_of_three_levels_widens_its_line():
    """Γ → Γ + γ_φ in ρ_12 = iλd/Γ and in the flux w = λ²/Γ, and nowhere else, by Eqs. (9), (10) with N = 1."""
    drive, n_hot, n_cold, hot, cold, lost = 0.2, 2.0, 0.5, 0.05, 0.2, np.array([0.0, 0.1, 1.0])
    a_hot, a_cold = hot * (1.0 + n_hot), cold * (1.0 + n_cold)
    r_hot, r_cold = n_hot / (1.0 + n_hot), n_cold / (1.0 + n_cold)
    width = a_hot + a_cold + lost
    w = drive**2 / width
    q = (r_cold - r_hot) / (1.0 + w * (1.0 / a_cold + 1.0 / a_hot))
    ground = 1.0 / (1.0 + r_cold + r_hot + w * q * (1.0 / a_hot - 1.0 / a_cold))
    maser = ts.ThermalMaser(drive, n_hot=n_hot, n_cold=n_cold, gamma_hot=hot, gamma_cold=cold)
    rho = ts.steady_state(maser.lindblad(dephasing=lost)).rho
    np.testing.assert_allclose(rho[:, 1, 2], 1j * drive * q * ground / width, rtol=1e-11)
    np.testing.assert_allclose(rho[:, 0, 0], ground, rtol=1e-12)
