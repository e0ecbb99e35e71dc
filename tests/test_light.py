"""How much of a machine's light is coherent, and where is the rest seen: are both right, and their errors honest?"""

import flint
import numpy as np
import pytest
import qutip

import evolving
import torusync as ts
from problems import BATHS, letter_maser, qutip_liouvillian, random_maser, refused
from torusync.densities import DenseDensity
from torusync.dynamics import emission_spectrum, light

NAMES = ["coherent_weight", "coherent_fraction", "observed_frequency", "observed_linewidth"]


def lowering(levels):
    return np.pad(np.ones((1, levels)), ((1, levels), (2, 0)))


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_the_coherent_part_is_that_of_expectation_values(levels):
    rng = np.random.default_rng(levels)
    for correlated in (False, True):
        maser = random_maser(rng, correlated=correlated, per_level=True, levels=levels)
        rho, d = qutip.steadystate(qutip_liouvillian(maser)), qutip.Qobj(lowering(levels))
        weight, total = abs(qutip.expect(d, rho)) ** 2, qutip.expect(d.dag() * d, rho)
        solution = ts.solve(maser)
        assert solution["coherent_weight"] == pytest.approx(weight, rel=1e-9)
        assert solution["coherent_fraction"] == pytest.approx(weight / total, rel=1e-9)
        known = emission_spectrum(maser, [0.0])
        assert abs(solution["coherent_fraction"] - known.coherent_fraction) <= solution["coherent_fraction_error"]


def test_the_coherent_part_of_a_hundred_thousand_levels_follows_from_sums():
    """At exact degeneracy with one drive |ρ_1j| and all ρ_jl are alike, in closed form."""
    maser = ts.ThermalMaser(np.full(10**5, 0.1), n_hot=2.0, **BATHS)
    solution, n = ts.solve(maser), 10.0**5
    density = solution.density
    one, two = abs(density.coherence(1, 2)), density.coherence(2, 3).real
    total = n * density.populations[2] + n * (n - 1.0) * two
    assert solution["coherent_fraction"] == pytest.approx((n * one) ** 2 / total, rel=1e-9)


def test_errors_of_the_coherent_part_are_no_better_than_the_truth(rng):
    """The worst state in reach: a step of the trace norm along d and along d†d."""
    state = ts.steady_state(letter_maser(n_hot=2.0, splittings=[0.0, 0.3]))
    d, step = lowering(2), 1e-4
    mean = np.trace(d @ state.rho)
    for direction in (d.T * mean + np.conj(mean) * d, -d.T @ d, d.T @ d, rng.normal(size=(4, 4))):
        off = direction + direction.conj().T
        off = off - np.trace(off) / 4 * np.eye(4)
        off *= step / np.linalg.norm(off, "nuc")
        found = light.coherent_light(DenseDensity(state.rho + off), np.asarray(step), np.asarray(step))
        exact = light.coherent_light(DenseDensity(state.rho), np.zeros(()), np.zeros(()))
        assert abs(found.weight - exact.weight) <= found.weight_error
        assert abs(found.fraction - exact.fraction) <= found.fraction_error


def test_the_error_of_populations_is_in_that_of_the_fraction_alone():
    state = ts.steady_state(letter_maser(n_hot=2.0, splittings=[0.0, 0.3]))
    off, nothing = 1e-4 * np.diag([0.5, 0.0, -0.25, -0.25]), np.zeros(())
    exact = light.coherent_light(DenseDensity(state.rho), nothing, nothing)
    found = light.coherent_light(DenseDensity(state.rho + off), np.asarray(1e-4), nothing)
    assert found.weight == exact.weight
    assert found.weight_error < 1e-15
    assert 1e-8 < abs(found.fraction - exact.fraction) <= found.fraction_error


def test_an_undriven_machine_emits_one_line_of_its_own():
    """S(ω) = 2Γ ρ_22/(Γ² + (ω − e)²), Γ = a_c + a_h and e = −Δ: nothing coherent, and the width is 2Γ."""
    maser = ts.ThermalMaser([0.0], n_hot=2.0, detuning=0.3, **BATHS)
    solution = ts.solve(maser)
    assert [float(solution[name]) for name in NAMES] == pytest.approx([0.0, 0.0, -0.3, 0.9], abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_line_is_where_the_spectrum_is_highest(seed):
    maser = random_maser(np.random.default_rng(seed), correlated=seed > 3, per_level=seed > 1, levels=1 + seed % 3)
    solution = ts.solve(maser)
    at, width = solution["observed_frequency"], solution["observed_linewidth"]
    reach = 4.0 * width + 3.0 * abs(at) + 3.0
    lines = np.union1d(np.linspace(at - reach, at + reach, 4001), at)
    density = emission_spectrum(maser, lines).density
    height = density[lines == at][0]
    assert density.max() <= height * (1.0 + 1e-12)
    low = lines[density < 0.5 * height]
    below, above = low[low < at].max(), low[low > at].min()
    assert above - below == pytest.approx(width, abs=2.0 * (lines[1] - lines[0]))


def digits(maser):
    """S'(ω) and S(ω) in sixty digits: (iω − L) X = dρ − <d>ρ, solved with L alone."""
    generator, size = evolving.maser(maser), maser.dimension
    d = evolving.matrix(lowering(maser.manifold_levels))
    with flint.ctx.workprec(evolving.BITS):
        bordered = flint.acb_mat(generator)
        for place in range(size**2):
            bordered[0, place] = flint.acb(int(place % (size + 1) == 0))
        rho = bordered.solve(flint.acb_mat([[flint.acb(int(k == 0))] for k in range(size**2)]))
        rho = flint.acb_mat([[rho[i * size + j, 0] for j in range(size)] for i in range(size)])
        mean = sum(((d * rho)[i, i] for i in range(size)), flint.acb(0))
        start = d * rho - rho * mean

    def spectrum(omega):
        with flint.ctx.workprec(evolving.BITS):
            one = evolving.matrix(np.eye(size**2)) * flint.acb(0, 1) * omega - generator
            vector = flint.acb_mat([[start[i, j]] for i in range(size) for j in range(size)])
            first = one.solve(vector)
            second = one.solve(first)

            def read(x):
                return sum((d[i, j] * x[i * size + j, 0] for i in range(size) for j in range(size)), flint.acb(0))

            return 2 * read(first).real, 2 * (read(second) * flint.acb(0, -1)).real

    return spectrum


def bisected(function, low, high):
    begin = function(low) > 0
    for _ in range(70):
        middle = (low + high) / 2
        low, high = (middle, high) if (function(middle) > 0) is begin else (low, middle)
    return low


@pytest.mark.parametrize("seed", range(5))
def test_errors_of_the_line_are_no_better_than_the_truth(seed):
    maser = random_maser(np.random.default_rng(40 + seed), correlated=False, per_level=True, levels=1 + seed % 2)
    solution, spectrum = ts.solve(maser), digits(maser)
    at, width = (flint.arb(float(solution[name])) for name in NAMES[2:])
    off = [float(solution[f"{name}_error"]) for name in NAMES[2:]]
    with flint.ctx.workprec(evolving.BITS):
        near = flint.arb(1e-6) * width
        exact = bisected(lambda w: spectrum(w)[1], at - near, at + near)
        assert abs(float(exact - at)) <= off[0] < 1e-6
        half = spectrum(exact)[0] / 2
        ends = [bisected(lambda w: spectrum(w)[0] - half, at, at + s * width) for s in (-1, 1)]
        assert abs(float(ends[1] - ends[0] - width)) <= off[1] < 1e-6


HIGHER = {
    "two lines that are one": (
        {"drive": [0.26, 0.133], "n_hot": 3.07, "n_cold": 7.67, "gamma_hot": 0.312, "gamma_cold": 0.0,
         "dipole_correlation": 0.95}, 0.4364,
    ),
    "a line beside its pole": (
        {"drive": [0.1395, 0.2156, 0.2315, 0.1882], "n_hot": 0.0, "n_cold": 0.0655, "gamma_hot": 0.001158,
         "gamma_cold": 0.8584}, -0.5004,
    ),
    "a wide line that is cut into": (
        {"drive": [0.0345, 0.152, 0.117], "n_hot": 0.0149, "n_cold": 0.03725, "gamma_hot": 0.01357,
         "gamma_cold": 7.806}, -0.3268,
    ),
}  # fmt: skip
"""Machines, and where each shines more than next to that of its poles where it shines most."""


@pytest.mark.parametrize("case", list(HIGHER))
def test_no_line_is_higher_than_the_highest(case):
    parameters, elsewhere = HIGHER[case]
    maser = ts.ThermalMaser(**parameters)
    spectrum = digits(maser)
    found = float(ts.solve(maser)["observed_frequency"])
    assert spectrum(flint.arb(found))[0] > spectrum(flint.arb(elsewhere))[0]


def test_the_error_of_a_state_is_in_that_of_its_line():
    maser = letter_maser(n_hot=2.0, splittings=[0.0, 0.3], detuning=0.2)
    state, generator = ts.steady_state(maser), maser.generator()
    exact = light.highest_line(generator, state.density, np.asarray(0.0))
    for seed in range(4):
        rng = np.random.default_rng(seed)
        off = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
        off[0, 1:] = off[1:, 0] = 0.0
        off = off + off.conj().T
        off -= np.trace(off) / 4 * np.eye(4)
        off *= 1e-6 / np.linalg.norm(off, "nuc")
        found = light.highest_line(generator, DenseDensity(state.rho + off), np.asarray(1e-6))
        assert 0.0 < abs(found.frequency - exact.frequency) <= found.frequency_error < 1e-2
        assert 0.0 < abs(found.width - exact.width) <= found.width_error < 1e-2


def test_what_has_no_line_has_none():
    dark = ts.solve(ts.ThermalMaser([0.0], n_hot=0.0, **BATHS))
    assert np.isnan([dark["coherent_fraction"], dark["observed_frequency"], dark["observed_linewidth"]]).all()
    assert dark["coherent_weight"] == 0.0
    # of two machines one has a drift that is defective
    both = ts.solve(ts.ThermalMaser([[0.075], [0.3]], n_hot=2.0, **BATHS))
    assert np.isnan(both["observed_frequency"]).tolist() == [True, False]
    assert both["coherent_fraction"].min() > 0.0
    qubit = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, np.array([[0.0, 1.0], [0.0, 0.0]]))])
    refused(lambda: ts.solve(qubit)["coherent_fraction"], "'coherent_fraction' does not for a LindbladSystem")


def test_of_two_lines_that_are_equally_high_the_upper_one_is_told():
    """Two levels on both sides of the drive emit alike; which of the two is higher is a matter of rounding."""
    for apart in np.linspace(2.0, 5.0, 12):
        maser = letter_maser(drive=[0.05, 0.05], n_hot=2.0, splittings=[0.0, apart])
        assert ts.solve(maser)["observed_frequency"] > 0.4 * apart


def test_a_line_that_a_state_does_not_prove_is_none():
    state = ts.steady_state(letter_maser(n_hot=2.0, splittings=[0.0, 0.3]))
    generator = state.system.generator()
    assert np.isfinite(light.highest_line(generator, state.density, np.asarray(1e-3)).frequency)
    assert np.isnan(light.highest_line(generator, state.density, np.asarray(10.0)).frequency)


def test_a_tongue_has_them_with_errors_and_units():
    ds = ts.sweep(
        ts.ThermalMaser, {"drive": [0.05, 0.3], "detuning": [-0.4, 0.0, 0.4]}, NAMES,
        fixed={"manifold_levels": 2, "n_hot": 0.2, **BATHS},
    )  # fmt: skip
    assert {f"{name}_error" for name in NAMES} <= set(ds)
    assert ds.observed_frequency.attrs["units"] == "omega_1"
    assert ds.coherent_fraction.attrs["units"] == "1"
    assert ds.coherent_fraction.dims == ("drive", "detuning")
    np.testing.assert_allclose(ds.coherent_fraction[:, 0], ds.coherent_fraction[:, 2], rtol=1e-12)
    # a strong drive saturates the transition, the more so at resonance
    weak, strong = (ds.coherent_fraction.sel(drive=one).to_numpy() for one in (0.05, 0.3))
    assert weak[1] > weak[0]
    assert strong[1] < strong[0]
    # what is seen follows the machine and not the drive, however weak it is
    np.testing.assert_allclose(ds.observed_frequency[0], [0.4, 0.0, -0.4], atol=0.03)
    # at resonance a weak drive splits it in two that are equally high, of which the upper one is told
    assert float(ds.observed_frequency.sel(detuning=0.0, drive=0.05)) > 0.01
    one = ts.solve(ts.ThermalMaser([0.3, 0.3], n_hot=0.2, detuning=0.4, **BATHS))
    assert float(ds.observed_linewidth.sel(drive=0.3, detuning=0.4)) == pytest.approx(
        one["observed_linewidth"], abs=1e-9
    )


def test_along_time_the_coherent_part_is_that_of_the_moment():
    maser = letter_maser(n_hot=2.0, splittings=[0.0, 0.3])
    path = ts.evolve(maser, "thermal", [0.0, 1.0, 300.0])
    found = ts.Solution(path)["coherent_fraction"]
    assert found[0] == 0.0
    assert found[2] == pytest.approx(float(ts.solve(maser)["coherent_fraction"]), abs=1e-9)
    refused(lambda: ts.Solution(path)["observed_frequency"], "'observed_frequency' does not")
