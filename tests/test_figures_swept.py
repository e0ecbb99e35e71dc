"""Do figures that are swept have the numbers of machines that are solved by hand, and is a map's schema cheap?"""

import numpy as np
import pytest

import torusync as ts
from torusync import ThermalMaser, papers
from torusync.papers.companion import parameters as companion
from torusync.papers.letter.parameters import BATHS, DRIVE, N_HOT, SEED
from torusync.papers.letter.scaling import random_drives
from torusync.sweeps import Outcome, Study, engine, run, schema

LETTER, COMPANION = (papers.load(name).figures for name in ("letter", "companion"))
REGIMES = np.array([0.05, 0.5])
"""n_h of the companion's regimes at ω_2."""


def stream(levels, draws):
    """The numbers of Fig. 3 as NumPy's own generator gives them."""
    drives = np.random.default_rng([SEED, levels]).uniform(0.0, DRIVE, size=(draws, levels))
    drives[:, 0] = DRIVE
    return drives


def alike(data, solved, **more):
    """Hold the columns of a figure against a batch that was solved by hand."""
    columns = {"s_max": solved["s_max"], "s_max_bound": solved["s_max_bound"], **more}
    for name, expected in columns.items():
        np.testing.assert_allclose(data[name], expected, rtol=1e-12, atol=1e-19, err_msg=name)
    assert data.attrs["certified"] == data.attrs["machines"] >= data["s_max"].size


def test_the_tongue():
    data = LETTER["tongue"].data(True)
    drive, detuning = data["drive"].to_numpy(), data["detuning"].to_numpy()
    n_hot = np.array([0.2, 5.0])[:, None, None, None]
    alike(data, ts.solve(ThermalMaser(np.stack([drive, drive], -1)[:, None], n_hot=n_hot, detuning=detuning, **BATHS)))


def test_dampings():
    data = LETTER["damping"].data(True)
    baths = {name: one for name, one in BATHS.items() if name != "gamma_cold"}
    cold, drive = np.array([[0.1], [0.2], [0.3]]), data["drive"].to_numpy()
    alike(data, ts.solve(ThermalMaser(np.stack([drive, drive], -1), n_hot=5.0, gamma_cold=cold, **baths)))
    for levels in (2, 11, 20):
        scaled = ts.solve(ThermalMaser(stream(levels, 20), n_hot=5.0, gamma_cold=cold, **baths))["scaled"]
        np.testing.assert_allclose(data["mean"].sel(levels=levels), scaled.mean(axis=-1), rtol=1e-12)


@pytest.mark.parametrize(("name", "regime"), [("fig3a", "engine"), ("fig3b", "refrigerator")])
def test_draws(name, regime):
    data = LETTER[name].data()
    for levels in (2, 11, 20):
        solved, row = ts.solve(ThermalMaser(stream(levels, 100), n_hot=N_HOT[regime], **BATHS)), data.sel(levels=levels)
        np.testing.assert_allclose(row["scaled"], solved["scaled"], rtol=1e-12)
        np.testing.assert_allclose(row["scaled_bound"], solved["pair_sum_bound"] / 4.0, rtol=1e-12)
        direct = np.abs(solved["drive_coherences"]).sum(axis=-1) / 4.0
        np.testing.assert_allclose(row["entrainment"], direct, rtol=1e-12)


def test_levels_to_a_million():
    data = LETTER["limit"].data(True)
    for row, regime in enumerate(data["regime"].to_numpy()):
        for prefix, levels, draws, apart in (("", 200, 100, 0.0), ("near_", 30, 10, 0.05), ("near_", 1000, 1, 0.05)):
            splittings = np.linspace(0.0, apart, levels)
            maser = ThermalMaser(stream(levels, draws), n_hot=N_HOT[regime], splittings=splittings, **BATHS)
            scaled, found = ts.solve(maser)["scaled"], data.isel(regime=row).sel({f"{prefix}levels": levels})
            np.testing.assert_allclose(found["near" if prefix else "scaled"], scaled.mean(), rtol=1e-12)
            assert found[f"{prefix}draws"] == draws
            if draws == 1:
                assert np.isnan(found[f"{prefix}deviation"])
            elif prefix or regime == "refrigerator":  # in the engine it is rounding
                np.testing.assert_allclose(found[f"{prefix}deviation"], scaled.std(ddof=1), rtol=1e-9)


def test_power_over_correlation_and_detuning():
    hot = REGIMES[:, None, None]
    for name, axis, splittings, fixed in (
        ("dipoles", "dipole_correlation", np.array([0.0, 0.02]), {}),
        ("detuning", "detuning", np.array([0.05, 0.2]), {"dipole_correlation": 0.8}),
    ):
        data = COMPANION[name].data(True)
        varied = {axis: data["correlation" if name == "dipoles" else axis].to_numpy(), **fixed}
        solved = ts.solve(companion.machine(hot, splittings[:, None], **varied))
        alike(data, solved, power=solved["power"], kappa_power=solved.bounds.kappa_power)


def test_heat_and_its_bound():
    data = COMPANION["heat"].data(True)
    p, ratio, held = (data[name].to_numpy() for name in ("correlation", "ratio", "held"))
    solved = ts.solve(companion.machine(REGIMES[:, None], 0.05, dipole_correlation=p))
    alike(data, solved, coherent=solved["heat_hot_coherent"], kappa_heat=solved.bounds.kappa_heat)
    across = ts.solve(companion.machine(0.1 * ratio, 0.0, dipole_correlation=held[:, None]))
    found = data[[one for one in data.data_vars if one.startswith("across_")]]
    for name in found:
        own = name.removeprefix("across_")
        expected = {"coherent": across["heat_hot_coherent"], "kappa_heat": across.bounds.kappa_heat}
        expected = expected[own] if own in expected else across[own]
        np.testing.assert_allclose(found[name], expected, rtol=1e-12, atol=1e-19, err_msg=name)


def test_efficiency_and_what_is_guaranteed():
    data = COMPANION["efficiency"].data(True)
    p, gaps = data["correlation"].to_numpy(), data["splitting"].to_numpy()
    solved = ts.solve(companion.machine(REGIMES[:, None, None], gaps[:, None], dipole_correlation=p))
    reached = np.stack([solved.bounds.cop.quantity[0], solved.bounds.efficiency.quantity[1]])
    least = np.stack([solved.bounds.cop.limit[0], solved.bounds.efficiency.limit[1]])
    alike(data, solved, efficiency=reached, guaranteed=least)
    # where it is proven it is the proven number, rounding allowed for, and no other
    proven = np.stack([solved["cop_bound"][0], solved["efficiency_bound"][1]])
    there = np.isfinite(proven)
    assert 0 < there.sum() < there.size
    assert (data["guaranteed"].to_numpy()[there] <= proven[there] * (1.0 + 4e-15)).all()


def test_baths():
    data = COMPANION["baths"].data(True)
    solved = ts.solve(companion.machine(0.1 * data["ratio"].to_numpy(), np.array([[0.05], [0.12]])))
    alike(data, solved, power=solved["power"], regime=solved["regime"], kappa_power=solved.bounds.kappa_power)


def test_competition_against_its_closed_form():
    """2Nk/(N + k²) up to k = N and 2k/(2k − N + 1) beyond; two levels off resonance as solved by hand."""
    data = COMPANION["competition"].data(True)
    count, k = data["levels"].to_numpy()[:, None], data["k"].to_numpy()
    law = np.where(k <= count, 2.0 * count * k / (count + k**2), 2.0 * k / (2.0 * k - count + 1.0))
    np.testing.assert_allclose(data["ratio"], law, rtol=1e-9)
    k, offset = data["map_k"].to_numpy(), data["offset"].to_numpy()
    drive, width = 0.15 / k, 0.15 + 0.11
    area = ts.solve(
        ThermalMaser(
            np.stack([drive, drive], -1), n_hot=0.5, n_cold=0.1, detuning=offset[:, None] * width, **companion.RATES
        )
    )
    np.testing.assert_allclose(data["map_s_max"], area["s_max"], rtol=1e-12)
    ratio = area["power"] / (area.bounds.kappa_power * area["s_max"])
    np.testing.assert_allclose(data["map_ratio"], ratio, rtol=1e-12)


@pytest.mark.parametrize("levels", [1, 2, 20])
def test_a_draw_is_a_row_of_one_stream_whichever_others_are_drawn(levels):
    np.testing.assert_array_equal(random_drives(levels, 100), stream(levels, 100))
    np.testing.assert_array_equal(random_drives(levels, 3, skipped=41), stream(levels, 100)[41:44])
    fixed = {"manifold_levels": levels, "n_hot": 0.2, **BATHS}
    found = run(Study(ThermalMaser, {"fig3_draw": [77, 3, 40.5, -1, 100]}, "scaled", fixed=fixed), workers=1)
    expected = ts.solve(ThermalMaser(stream(levels, 100)[[77, 3]], n_hot=0.2, **BATHS))["scaled"]
    np.testing.assert_allclose(found["scaled"][:2], expected, rtol=1e-12)
    assert (found["status"][2:] == Outcome.REFUSED).all()
    assert np.isnan(found["scaled"][2:]).all()


@pytest.mark.parametrize(("quantity", "solved"), [("scaled", [4]), ("populations", [4, 5, 42])])
def test_only_what_has_axes_of_its_own_needs_a_system_of_each_size_to_be_known(monkeypatch, quantity, solved):
    seen = []

    def counted(system, **options):
        seen.append(system.dimension)
        return ts.solve(system, **options)

    monkeypatch.setattr(engine, "solve", counted)
    fixed = {"drive": 0.1, "n_hot": 0.3125, **BATHS}
    plan = schema(Study(ThermalMaser, {"manifold_levels": [40, 2, 3]}, quantity, fixed=fixed))
    assert seen == solved
    assert plan.dimension == 42
    assert plan.variables[quantity].lengths == (() if quantity == "scaled" else (42,))
