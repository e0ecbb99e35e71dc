"""Does what xarray can make of a map, and what nobody meant to hand to a sweep, end in an answer or in a sentence?"""

import tomllib

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt

import torusync as ts
from problems import ENGINE_BATHS, GRAMMAR, refused
from sweeping import BATHS
from torusync.models import ThermalMaser
from torusync.plots import plot_map, plot_tongue
from torusync.sweeps import (
    Derived,
    Draw,
    Realisations,
    Study,
    block_shape,
    chunk,
    derived_of,
    failures,
    register_derived,
    run,
    schema,
    sweep,
)  # fmt: skip
from torusync.sweeps.exports import with_evidence, write_data
from torusync.sweeps.studyfile import study_of
from torusync.sweeps.studytext import as_toml

STUDY = Study(
    ThermalMaser, {"drive": [0.05, 0.1, 0.2], "detuning": [-0.1, 0.0, 0.1], "n_hot": [-1.0, 5.0]}, ["s_max", "regime"],
    fixed={**BATHS, "manifold_levels": 2},
)  # fmt: skip
MAP = run(STUDY, workers=1)
FLAT = MAP.isel(n_hot=1)

MADE = {
    "whole": MAP,
    "labels dropped": MAP.isel(n_hot=0, drop=True),
    "without labels": MAP.drop_vars(list(MAP.coords)),
    "other labels": MAP.assign_coords(drive=[1.0, 2.0, 3.0]),
    "texts": MAP.assign_coords(drive=["a", "b", "c"]),
    "dates": FLAT.assign_coords(drive=np.array(["2020", "2021", "2022"], dtype="M8[ns]")),
    "labels nan": FLAT.assign_coords(drive=[np.nan, 1.0, 2.0]),
    "labels twice": FLAT.assign_coords(drive=[1.0, 1.0, 2.0]),
    "a study of nothing": MAP.assign_attrs(study="[]"),
    "a study that is a number": MAP.assign_attrs(study=3),
    "a study without end": MAP.assign_attrs(study="[" * 100_000),
    "an axis of another name": MAP.rename(drive="x"),
    "an axis of lines": FLAT.rename(drive="a\nb"),
    "complex": FLAT.astype(complex),
    "objects": FLAT.astype(object),
    "status of texts": FLAT.assign(status=FLAT.status.astype(str)),
    "status of another kind": MAP.assign(status=MAP.status * 0 + 7),
    "status nan": MAP.assign(status=MAP.status * np.nan),
    "nothing": FLAT.isel(drive=slice(0, 0)),
    "one row": FLAT.isel(drive=[0]),
    "one point": FLAT.isel(drive=0, detuning=0),
    "transposed": FLAT.transpose(),
    "stacked": FLAT.stack(both=("drive", "detuning")),
    "infinite": FLAT.assign(s_max=FLAT.s_max * np.inf),
    "infinite in part": FLAT.assign(s_max=FLAT.s_max.where(FLAT.drive > 0.05, np.inf)),
    "no values": FLAT.assign(s_max=FLAT.s_max * np.nan),
    "a quantity of a number": FLAT.rename(s_max=3),
    "attributes": FLAT.assign(
        s_max=FLAT.s_max.assign_attrs(bound=[1], error={}, symbol=3, units=None, flag_values="a", flag_meanings=2)
    ),
    "empty": xr.Dataset(),
}
ASKED = {
    "failures": failures,
    "plot_map": lambda ds: plot_map(ds, "s_max"),
    "plot_tongue": lambda ds: plot_tongue(ds, threshold=1e-4),
    "contour": lambda ds: ds.torusync.contour("s_max", 1e-4),
    "locking_range": lambda ds: ds.torusync.locking_range(1e-4, over="drive"),
    "crossing": lambda ds: ds.torusync.crossing("s_max", FLAT.s_max_bound.isel(drive=0), over="detuning"),
    "with_evidence": lambda ds: with_evidence(ds, "s_max"),
    "as .csv": lambda ds: write_data(ds, "map.csv"),
    "as .nc": lambda ds: write_data(ds, "map.nc"),
}
ANSWERED = {
    "whole": {"failures", "plot_map", "locking_range", "crossing", "with_evidence", "as .csv", "as .nc"},
    "transposed": set(ASKED),
    "one row": set(ASKED) - {"plot_tongue", "contour"},
    "infinite in part": set(ASKED),
}


@pytest.mark.parametrize("made", MADE)
def test_a_map_that_was_changed_is_read_or_refused(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answered, sentences = set(), []
    for name, ask in ASKED.items():
        try:
            ask(MADE[made])
            answered.add(name)
        except ts.ArgumentError as error:
            sentences.append(str(error))
        plt.close("all")
    assert all(GRAMMAR.fullmatch(one) for one in sentences), sentences
    assert answered >= ANSWERED.get(made, set())


def test_a_point_without_its_label_is_not_taken_for_another():
    refused(lambda: failures(MADE["other labels"]), "`ds` must hold the labels of its study", "'drive' at 1.0")
    refused(lambda: failures(MADE["labels dropped"]), "it has lost 'n_hot'")
    assert [one.parameters["n_hot"] for one in failures(MAP)] == [-1.0] * 9


def test_infinite_errors_are_drawn():
    """A proof that says nothing has an infinite error, which no power of ten holds."""
    ax = plot_map(FLAT.assign(s_max_error=FLAT.s_max_error.where(FLAT.drive > 0.05, np.inf)), "s_max_error")
    assert ax.has_data()
    plt.close("all")


def squared(value):
    return np.sqrt(value)


def derived(name="drive_squared", gives="drive", **changes):
    return Derived(name, "λ²", "square of the drive", gives, (), changes.get("of", squared))


REFUSED = {
    "schema": (lambda: schema([STUDY]), "`study` must be a Study"),
    "block_shape": (lambda: block_shape({}), "`study` must be a Study"),
    "chunk": (lambda: chunk(MAP, slice(None)), "`study` must be a Study"),
    "run": (lambda: run("map.zarr"), "`study` must be a Study", "'map.zarr'"),
    "as_toml": (lambda: as_toml(None), "`study` must be a Study"),
    "points": (lambda: chunk(STUDY, "all"), "`points` must be a slice, or whole numbers of points"),
    "points, not whole": (lambda: chunk(STUDY, [0.0, 1.5]), "`points` must be a slice"),
    "points, true": (lambda: chunk(STUDY, [True] * STUDY.points), "`points` must be a slice"),
    "a point beyond": (lambda: chunk(STUDY, [0, 18]), "`points` must lie from 0 to 17, but one is 18"),
    "a point before": (lambda: chunk(STUDY, [-1]), "one is -1"),
    "a slice of texts": (lambda: chunk(STUDY, slice("a")), "`points` must be a slice"),
    "a slice that stands": (lambda: chunk(STUDY, slice(0, 4, 0)), "`points` must be a slice"),
    "names": (lambda: chunk(STUDY, slice(2), "s_max"), "`names` must be names of variables"),
    "a name": (lambda: chunk(STUDY, slice(2), ["power"]), "`names` must be one of status, residual, error, s_max"),
    "shard": (lambda: run(STUDY, shard=1), "`shard` must be (i, n) with i < n, but it is 1"),
    "shard of three": (lambda: run(STUDY, shard=(0, 1, 2)), "`shard` must be (i, n)"),
    "shard beyond": (lambda: run(STUDY, shard=(2, 2)), "`shard` must be (i, n) with i < n, but it is (2, 2)"),
    "derived_of": (lambda: derived_of("maser"), "`model` must be a class such as ThermalMaser"),
    "register_derived": (lambda: register_derived(STUDY), "`model` must be a class such as ThermalMaser"),
    "what is registered": (lambda: register_derived(ThermalMaser, "k"), "`derived` must be what stands for"),
    "Derived": (lambda: derived("n h"), "`name` must be a name such as"),
    "a needed text": (lambda: Derived("a", "a", "a", "drive", "n_hot", squared), "`needs` must be names"),
    "no function": (lambda: derived(of=3), "`of` must be a function"),
    "distribution": (lambda: Draw(["normal"], 0.1, 0.1), "`distribution` must be one of normal, uniform"),
    "arguments": (lambda: Draw("exponential", [0.1, 0.2]), "`arguments` must be one number"),
    "most": (lambda: failures(MAP, most=1.5), "`most` must be a whole number"),
    "a long name": (lambda: ts.sweeps.open_sweep("x" * 5000), "`store` must name a folder"),
    "an axis of numbers": (
        lambda: Study(ThermalMaser, {"path": {0: [0.1]}}, ["s_max"]),
        "`path` must hold parameters that run together, by their names",
    ),
    "points without end": (
        lambda: Study(
            ThermalMaser, {}, ["s_max"], fixed={**ENGINE_BATHS, "drive": Draw("exponential", 0.1)},
            realisations=Realisations(10**100),
        ),
        "`realisations` must give at most 4.61e+18 points",
    ),
    "content": (lambda: study_of([1]), "`study` must be a mapping, as a study file holds one"),
    "a key": (lambda: study_of({"quantities": ["s_max"], "axes": {"drive": {3: 4}}}), "`axes.drive"),
    "a number for no double": (
        lambda: study_of({"quantities": ["s_max"], "fixed": {"n_hot": 10**400}}),
        "`fixed.n_hot` must fit into a double",
    ),
    "quantity": (lambda: plot_map(MAP, np.ma.masked), "`quantity` must be one of"),
    "quantity of a tongue": (lambda: plot_tongue(FLAT, quantity=np.ma.masked), "`quantity` must be the name"),
    "over": (lambda: plot_tongue(FLAT, over=("drive", MAP)), "`over` must be the names of two dimensions"),
    "axis": (lambda: FLAT.torusync.locking_range(0.1, over=np.eye(2)), "`over` must be an axis of s_max"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_nobody_meant_is_refused_in_one_sentence(case):
    call, *words = REFUSED[case]
    refused(call, *words)


def test_several_are_registered_together_or_not_at_all():
    before = dict(derived_of(ThermalMaser))
    refused(lambda: register_derived(ThermalMaser, derived(), derived(gives="nothing")), "have names of their own")
    refused(lambda: register_derived(ThermalMaser, derived(), derived("other", "nothing")), "gives 'nothing'")
    assert dict(derived_of(ThermalMaser)) == before


def test_points_are_slices_or_numbers_from_either_end():
    whole = chunk(STUDY, slice(None))
    for points in (slice(-3, None), slice(None, None, -1), np.array([17, 3], dtype=np.uint8), [5], []):
        found = chunk(STUDY, points)
        where = np.arange(STUDY.points)[points] if isinstance(points, slice) else np.array(points, dtype=int)
        np.testing.assert_array_equal(found["s_max"], whole["s_max"][where])


def test_a_shard_may_be_a_list(tmp_path):
    ds = run(STUDY, store=tmp_path / "map.zarr", shard=[0, 1], workers=1)
    xr.testing.assert_equal(ds, MAP)
    assert sweep(ThermalMaser, {"drive": [0.1]}, ["s_max"], fixed={**ENGINE_BATHS, "manifold_levels": 2}).s_max[0] > 0.0


def test_one_complex_number_is_written_and_read():
    study = Study(ThermalMaser, {"drive": [0.1]}, ["s_max"], fixed={**ENGINE_BATHS, "dipole_correlation": 0.3 + 0.1j})
    again = Study.from_text(study.text)
    assert again == study
    assert again.fixed["dipole_correlation"] == 0.3 + 0.1j
    assert study_of(tomllib.loads(as_toml(study))) == study
