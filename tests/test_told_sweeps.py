"""Does a sweep of Hamiltonians carry baths, parts and a distribution, as batches do, into stores and study files?"""

import tomllib
from functools import partial

import numpy as np
import pytest
import qutip
import scipy.sparse

import torusync as ts
from problems import refused
from sweeping import BATHS as MACHINE
from sweeping import files
from torusync.models import Baths
from torusync.phases import SU2, SUD, Fock, Joint, PhaseDistribution, Relative, Transition
from torusync.sweeps import Study, open_sweep, run, sizes
from torusync.sweeps.studyfile import read_study, study_of
from torusync.sweeps.studytext import as_toml, write_study

SPIN, MODE = qutip.tensor(qutip.destroy(2), qutip.qeye(3)), qutip.tensor(qutip.qeye(2), qutip.destroy(3))
BARE = SPIN.dag() * SPIN + MODE.dag() * MODE
ENERGY = 0.05 * BARE + 0.1 * (SPIN.dag() * MODE + MODE.dag() * SPIN)
JUMPS = [(0.5, one) for one in (0.4 * SPIN, 0.3 * SPIN.dag(), 0.5 * MODE, 0.2 * MODE.dag())]
HAMILTONIANS = [ENERGY + one * (MODE + MODE.dag()) for one in np.linspace(0.01, 0.1, 6)]
OTHER_WAY = qutip.tensor(qutip.num(3), qutip.qeye(2))
BETWEEN = Relative(SU2(0.5), Fock(), dims=(2, 3))
PARTS = {
    "baths": {"hot": [0, 1], "cold": [2, 3]}, "temperatures": {"cold": 0.5, "hot": 2.0}, "energies": BARE,
}  # fmt: skip
ASKED = ["s_max", "heat", "power", "entropy_production", "second_law"]


def told(asked=ASKED, hamiltonians=HAMILTONIANS, **changes):
    fixed = {"channels": JUMPS, **PARTS, "distribution": BETWEEN, **changes}
    kept = {name: one for name, one in fixed.items() if one is not None}
    return Study(ts.LindbladSystem, {"drive": {"hamiltonian": hamiltonians}}, asked, fixed=kept)


def test_heats_and_relative_phases_of_a_map_are_those_of_a_batch():
    ds = run(told())
    state = ts.steady_state(ts.LindbladSystem(HAMILTONIANS, JUMPS, **PARTS))
    flows, sync = ts.thermodynamics(state), ts.synchronization(state, distribution=BETWEEN)
    for name in PARTS["baths"]:
        assert ds.heat.sel(bath=name).values == pytest.approx(flows.heats[name], rel=1e-11, abs=1e-14)
    assert ds.power.values == pytest.approx(flows.power, rel=1e-11, abs=1e-14)
    assert ds.entropy_production.values == pytest.approx(flows.entropy_production, rel=1e-11)
    assert ds.s_max.values == pytest.approx(sync.s_max, rel=1e-11)
    assert ds.s_max_bound.values == pytest.approx(sync.s_max_bound, rel=1e-11)
    assert ds.attrs["distribution"] == "Relative"
    assert (abs(run(told(["s_max"], distribution=None)).s_max - ds.s_max) > 1e-3).all()


def test_a_machine_is_read_by_a_distribution_of_ones_own():
    reading, fixed = Transition(1, 2), {**MACHINE, "n_hot": 4.0, "manifold_levels": 2}
    ds = ts.sweep(ts.ThermalMaser, {"drive": [0.05, 0.1]}, ["s_max"], fixed={**fixed, "distribution": reading})
    batch = ts.ThermalMaser.from_shorthands({**fixed, "drive": np.array([[0.05] * 2, [0.1] * 2])})
    expected = ts.synchronization(ts.steady_state(batch), distribution=reading)
    assert ds.s_max.values == pytest.approx(expected.s_max, rel=1e-12)
    usual = ts.sweep(ts.ThermalMaser, {"drive": [0.05, 0.1]}, ["s_max"], fixed=fixed)
    assert (ds.s_max > 2.0 * usual.s_max).all()


def test_the_first_order_is_that_of_the_distribution_that_was_told():
    found = ts.sweep(
        ts.ThermalMaser, {"drive": [1e-5, 1e-4]}, ["s_max"],
        fixed={**MACHINE, "n_hot": 4.0, "manifold_levels": 2, "distribution": Transition(1, 2)},
    )  # fmt: skip
    slope = found.torusync.first_order(1e-6).slope
    assert slope.item() == pytest.approx(found.s_max.values[0] / 1e-5, rel=1e-5)


def test_a_run_that_was_stopped_goes_on_with_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 2)
    whole, cut = tmp_path / "whole.zarr", tmp_path / "cut.zarr"
    run(told(), store=whole, workers=1)

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(told(), store=cut, workers=1, progress=stop)
    assert 0 < (open_sweep(cut).status == 0).sum() < len(HAMILTONIANS)
    # Hamiltonians, and baths spelled otherwise, are the same study
    plain = np.array([one.full() for one in HAMILTONIANS])
    whole_baths = Baths(PARTS["baths"], temperatures=PARTS["temperatures"], energies=BARE.full())
    again = told(hamiltonians=plain, dims=(2, 3), baths=whole_baths, temperatures=None, energies=None)
    assert run(again, store=cut, workers=1).attrs["distribution"] == "Relative"
    assert files(cut) == files(whole)


def test_a_store_is_not_gone_on_with_by_other_baths(tmp_path):
    run(told(), store=tmp_path / "a.zarr")
    for name, other in {
        "temperatures": {"hot": 2.0, "cold": 0.6}, "distribution": SUD(), "energies": 2.0 * BARE,
        "baths": {"hot": [0], "cold": [2, 3]},
    }.items():  # fmt: skip
        refused(lambda name=name, other=other: run(told(**{name: other}), store=tmp_path / "a.zarr"), f"fixed `{name}`")


def test_baths_in_another_order_are_the_same_by_their_names(tmp_path):
    first = run(told(), store=tmp_path / "a.zarr")
    other = run(told(baths={"cold": [2, 3], "hot": [0, 1]}), store=tmp_path / "a.zarr")
    assert other.bath.values.tolist() == ["cold", "hot"]
    for name in PARTS["baths"]:
        np.testing.assert_array_equal(other.heat.sel(bath=name), first.heat.sel(bath=name))


@pytest.mark.parametrize(
    "reading",
    [SUD(), SU2(2.5), Fock(), Transition(4, 1), BETWEEN, Joint(SU2(0.5), Fock(), dims=(2, 3)),
     Relative(Transition(0, 2), SU2(0.5), dims=(2, 3), parts=(1, 0)), Joint(Fock(), dims=(2, 3), parts=(1,))],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_studies_go_through_files_and_texts_as_they_are(reading, tmp_path):
    study = told(distribution=reading, frequencies={"hot": [-1.0, 1.0]}, energies=BARE + 0.5j * (SPIN - SPIN.dag()))
    write_study(study, tmp_path / "mine.toml")
    for again in (read_study(tmp_path / "mine.toml"), Study.from_text(study.text)):
        assert again == study
        assert again.distribution == reading
        assert list(again.fixed["baths"]) == ["hot", "cold"]
        assert again.fixed["dims"] == (2, 3)
        assert again.told["baths"] == study.told["baths"]


def test_baths_may_have_the_names_of_all_other_tables():
    named = {"draw": [0, 1], "re": [2], "several": [3]}
    study = told(baths=named, temperatures=dict.fromkeys(named, 1.5), energies=BARE.full())
    assert study_of(tomllib.loads(as_toml(study))) == study


class Mine(PhaseDistribution):
    """One that no file knows."""

    source = "here"
    harmonics = at = peak = factor = None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"distribution": Mine()}, ["`distribution`", "SU2", "Model of your own"]),
        ({"distribution": "SU2"}, ["`distribution`", "like SUD()"]),
        ({"baths": None, "energies": None}, ["`temperatures`", "without `baths`"]),
        ({"temperatures": {"hot": [1.0, 2.0], "cold": 1.0}}, ["`temperatures of hot`", "once", "(2,)"]),
        ({"energies": [BARE, BARE]}, ["`energies`", "once"]),
        ({"energies": OTHER_WAY}, ["`energies`", "(2, 3)", "(3, 2)"]),
        ({"dims": (3, 2)}, ["dims (3, 2)", "as `dims` says"]),
        ({"dims": (2, 3.5)}, ["`dims[1]`"]),
        ({"temperature": 1.0}, ["`temperature`", "parameter of LindbladSystem"]),
    ],
    ids=", ".join,
)
def test_what_is_told_wrong_is_refused_at_once(changes, words):
    refused(partial(told, **changes), *words)


def test_what_does_not_fit_the_system_is_refused():
    plain = np.array([one.full() for one in HAMILTONIANS])
    for changes, words in (
        ({"baths": {"hot": [0], "cold": [4]}}, ["`baths`", "channel 4"]),
        ({"dims": (2, 2), "channels": [(0.5, one.full()) for _, one in JUMPS], "energies": BARE.full()}, ["product 6"]),
        ({"distribution": SU2(1.0)}, ["`distribution`", "3 levels"]),
    ):
        refused(lambda changes=changes: run(told(hamiltonians=plain, **changes)), *words)


def test_what_is_told_does_not_run():
    for axes in ({"temperatures": [1.0, 2.0]}, {"case": {"hamiltonian": HAMILTONIANS, "energies": [BARE.full()] * 6}}):
        refused(
            lambda axes=axes: Study(ts.LindbladSystem, axes, ["heat"], fixed={"channels": JUMPS, **PARTS}),
            "be fixed", "runs along an axis", "to_dataset", "Model of your own",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("'SU2'", ["be a table of a distribution"]),
        ("{ name = 'SU3' }", ["be one of SUD", "did you mean SU"]),
        ("{ name = 'SU2' }", ["have `spin`"]),
        ("{ name = 'SU2', spin = 0.3 }", ["multiple of 1/2"]),
        ("{ name = 'Fock', spin = 1 }", ["nothing beside its name", "'spin'"]),
        ("{ name = 'Relative', of = [{ name = 'Fock' }] }", ["the two"]),
        ("{ name = 'Relative', of = 3 }", ["the two"]),
        ("{ name = 'Joint', of = [3], dims = [2] }", ["be a table"]),
        ("{ name = ['SU2'] }", ["be one of SUD"]),
    ],
)
def test_a_distribution_that_a_file_holds_wrong_is_told(table, words):
    study = told(distribution=None)
    text = as_toml(study) + f"distribution = {table}\n"
    refused(lambda: study_of(tomllib.loads(text)), *words)
    with pytest.raises(ts.ArgumentError, match=r"`(fixed\.)?(distribution|spin)"):
        study_of(tomllib.loads(text))


def test_sparse_energies_are_taken_as_systems_take_them():
    sparse = told(energies=scipy.sparse.csr_array(BARE.full()))
    assert sparse == told()
