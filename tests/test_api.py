"""Does the public face keep its promises?"""

import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, ENGINE_BATHS
from torusync.steady import Block, Cauchy, Collective, LowRank, Stacked, Status
from torusync.thermo import Regime

PROMISED = {
    "ArgumentError", "Auto", "LindbladSystem", "Solution", "SteadyState", "SteadyStateError", "Synchronization",
    "ThermalMaser", "Thermodynamics", "counting_statistics", "evolve", "explain", "interplay", "load_state",
    "phase_distribution", "phase_model", "solve", "steady_state", "style", "sweep", "synchronization",
    "synchronization_bounds", "thermodynamics",
}  # fmt: skip


def test_the_public_names_are_few_and_exactly_these():
    assert set(ts.__all__) == PROMISED
    assert len(ts.__all__) <= 25
    assert set(ts.__all__) <= set(dir(ts))


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_public_name_resolves_and_explains_itself(name):
    value = getattr(ts, name)
    assert inspect.getdoc(value)
    assert getattr(ts, name) is value


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_public_name_stands_once_in_the_reference(name):
    page = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
    assert len(re.findall(rf"^\.\. auto\w+:: torusync\.{name}$", page, re.MULTILINE)) == 1


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Maser'"):
        _ = ts.Maser


def test_the_public_face_of_the_design_runs():
    maser = ts.ThermalMaser(
        drive=np.full(2, 0.1),
        n_hot=5.0, **BATHS,
        omega_cold=1.0, omega_hot=3.0,
        splittings=0.0,
        detuning=0.0,
        dipole_correlation=0.0,
    )  # fmt: skip
    ts.ThermalMaser.near_degenerate(
        manifold_levels=2, spread=0.05, hot_temperature=5.0, cold_temperature=0.5, drive=0.05
    )
    state = ts.steady_state(maser, solver=ts.Auto(), throw=True)
    assert state.system is maser
    assert state.rho.shape == (4, 4)
    assert state.residual < 1e-14
    assert state.min_eigenvalue > 0.0
    assert state.status is Status.SUCCESS
    assert state.solver == Collective()
    assert state.coherence(1, 2).shape == ()
    assert state.populations.shape == (4,)
    sync = ts.synchronization(state)
    assert sync.s_max_bound >= sync.s_max
    assert sync.certified
    assert sync.gap >= 0.0
    assert sync.scaled == pytest.approx((2.0 * np.pi) ** 2 * sync.s_max, rel=1e-13)
    assert sync.pair_sum == pytest.approx(16.0 * np.pi**2 * sync.s_max, rel=1e-13)
    assert sync.phases.shape == (4,)
    assert np.isnan(sync.phases[0])
    assert sync.phases[sync.reference] == 0.0
    assert sync.order_parameter == pytest.approx(1.0)
    assert set(sync.shares) == {"entrainment", "mutual"}
    assert ts.phase_distribution(state, np.nan_to_num(sync.phases)) == pytest.approx(sync.s_max, rel=1e-13)
    flows = ts.thermodynamics(state)
    assert flows.regime is Regime.ENGINE
    for name in ("power", "heat_hot", "heat_hot_coherent", "heat_cold", "efficiency", "cop", "entropy_production"):
        assert getattr(flows, name).shape == ()


def test_auto_says_what_it_would_do():
    exact = ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS)
    split = ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS, splittings=[0.0, 0.1])
    many = ts.ThermalMaser(np.full(150, 0.1), **ENGINE_BATHS, splittings=np.linspace(0, 0.1, 150))
    dark = ts.ThermalMaser(np.full(150, 0.1), n_hot=0.0, **BATHS, splittings=np.linspace(0, 0.1, 150))
    assert ts.Auto().choose(many.generator()) == LowRank()
    assert ts.Auto().choose(dark.generator()) == Cauchy()
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, [[0.0, 1.0], [0.0, 0.0]])])
    assert ts.Auto().choose(exact.generator()) == Collective()
    correlated = ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS, dipole_correlation=0.1)
    assert ts.Auto().choose(split.generator()) == Cauchy()
    assert ts.Auto().choose(correlated.generator()) == Block()
    assert ts.Auto().choose(system.generator()) == Stacked()
    assert "2 levels" in ts.Auto().why(system.generator())
    assert "Block" in ts.Auto().why(correlated.generator())


def test_batch_axes_lead_and_broadcast():
    detuning, drive = np.linspace(-0.2, 0.2, 5)[:, np.newaxis], np.linspace(0.01, 0.2, 8).reshape(4, 2)
    maser = ts.ThermalMaser(drive, **ENGINE_BATHS, detuning=detuning)
    state = ts.steady_state(maser)
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert maser.batch_shape == state.batch_shape == (5, 4)
    assert state.rho.shape == (5, 4, 4, 4)
    assert state.status.shape == sync.s_max.shape == flows.power.shape == (5, 4)
    assert sync.phases.shape == (5, 4, 4)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (7, 3), (7, 1)])
def test_per_level_arguments_are_0d_or_end_in_a_level_axis(shape):
    maser = ts.ThermalMaser(
        np.full(3, 0.1), n_hot=np.full(shape, 2.0), **BATHS,
        splittings=np.zeros(shape),
    )  # fmt: skip
    assert maser.batch_shape == shape[:-1]
    assert ts.steady_state(maser).rho.shape == (*shape[:-1], 5, 5)


def test_qobj_and_array_give_the_same():
    qutip = pytest.importorskip("qutip")
    rho = ts.steady_state(ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS)).rho
    assert ts.synchronization(qutip.Qobj(rho)).s_max == ts.synchronization(rho).s_max


def test_results_print_as_one_line():
    maser = ts.ThermalMaser([0.1, 0.2], n_hot=[5.0], **BATHS)
    state = ts.steady_state(maser)
    batch = ts.steady_state(ts.ThermalMaser([[0.1, 0.2]], **ENGINE_BATHS))
    for one in (state, batch):
        for value in (one, ts.synchronization(one), ts.thermodynamics(one)):
            assert "\n" not in repr(value)
            assert type(value).__name__ in repr(value)


def test_the_top_shows_public_names_and_rooms_alone():
    rooms = {one.name for one in pkgutil.iter_modules(ts.__path__) if not one.name.startswith("_")} - {"cli"}
    assert dir(ts) == sorted({*ts.__all__, *rooms, "__version__"})


def test_rooms_resolve_without_an_import_and_load_nothing_before():
    code = (
        "import sys, torusync as ts\n"
        "names = dir(ts)\n"
        "assert not {'numpy', 'scipy', 'xarray', 'threadpoolctl', 'matplotlib'} & set(sys.modules), 'loaded'\n"
        "assert ts.thermo.Regime is ts.thermo.flows.Regime\n"
        "print(sorted(name for name in names if type(getattr(ts, name)) is type(sys)))"
    )
    found = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    expected = {"thermo", "models", "phases", "maxima", "plots", "quantities", "analysis", "papers"}
    assert expected <= set(found.stdout.replace("'", "").strip("[]\n").split(", "))
