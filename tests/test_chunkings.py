"""Is every reduction of a study the same in three chunkings, and is it what the whole map says?"""

import tracemalloc

import numpy as np
import pytest

import torusync as ts
from sweeping import TONGUE, tongue
from test_own_models import Qubit
from torusync.sweeps import Contour, Extreme, Histogram, Study, WorstGap, block_shape, open_sweep, reduce, run, sizes
from torusync.sweeps.reductions import Piece

CHUNKINGS = 7, 50, 10**6
"""Parts of rows, two rows, all."""

LEVEL = 1.5e-4
STUDIES = {
    "tongue": (tongue(), LEVEL),
    "qubit": (Study(Qubit, {"rabi": np.linspace(0.1, 3.0, 8), "detuning": np.linspace(-2.0, 2.0, 25)}, "s_max"), 0.05),
    "three axes": (tongue(axes={"n_cold": [0.4, 0.5], **TONGUE["axes"]}, fixed={
        name: one for name, one in TONGUE["fixed"].items() if name != "n_cold"}), LEVEL),
}  # fmt: skip


def asked(level):
    return {
        "largest": Extreme("s_max"),
        "smallest": Extreme("s_max", smallest=True),
        "fine": Histogram("s_max"),
        "bins": Histogram("s_max", np.linspace(0.0, 2.0 * level, 9)),
        "gap": WorstGap(),
        "edge": Contour("s_max", level),
    }


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_reduced_alike_in_three_chunkings(name, monkeypatch):
    study, level = STUDIES[name]
    found, shapes = [], set()
    for points in CHUNKINGS:
        monkeypatch.setattr(sizes, "SWEPT_POINTS", points)
        shapes.add(block_shape(study))
        found.append(reduce(study, asked(level), workers=1))
    assert len(shapes) == 3
    first = found[0]
    assert first["edge"].count >= 4
    for other in found[1:]:
        assert other.statuses == first.statuses
        for one in ("largest", "smallest"):
            assert dict(other[one].parameters) == dict(first[one].parameters)
            assert other[one].value == pytest.approx(first[one].value, rel=1e-12)
        np.testing.assert_array_equal(other["bins"].counts, first["bins"].counts)
        assert other["fine"].quantile(0.3) == pytest.approx(first["fine"].quantile(0.3), rel=1e-12)
        assert other["edge"].count == first["edge"].count
        for axis, places in first["edge"].coordinates.items():
            np.testing.assert_allclose(other["edge"].coordinates[axis], places, rtol=1e-9, atol=1e-12)
        assert (other["gap"].certified, other["gap"].open) == (first["gap"].certified, first["gap"].open)


@pytest.mark.parametrize("name", STUDIES)
def test_a_map_is_reduced_to_the_same_bits_in_three_chunkings(name, monkeypatch, tmp_path):
    """The numbers are those of one map, which is read in other parts."""
    study, level = STUDIES[name]
    whole = run(study, workers=1, store=tmp_path / "a.zarr")
    found = []
    for points in CHUNKINGS:
        ds = open_sweep(tmp_path / "a.zarr")
        monkeypatch.setattr("torusync.sweeps.streams.SWEPT_POINTS", points)
        ds["status"].encoding.pop("chunks", None)
        found.append(reduce(ds, asked(level)))
    for other in found[1:]:
        assert all(other[one] == found[0][one] for one in asked(level))
        assert other.statuses == found[0].statuses
    values = whole["s_max"].to_numpy()
    assert found[0]["largest"].value == values.max()
    assert found[0]["smallest"].value == values.min()
    low, high = found[0]["fine"].quantile(0.3)
    assert low <= np.quantile(values, 0.3, method="inverted_cdf") <= high


def test_a_histogram_of_few_values_far_apart_is_small():
    """Between −1 and 1 lie eight million of its bins: what is counted is what occurs."""
    values = np.array([-1.0, 1.0, 1e-300, -1e-300])
    tracemalloc.start()
    try:
        found = Histogram("x").of(Piece(0, {"x": values}))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(found.counts[found.counts > 0], np.ones(4))


def test_a_dataset_that_lost_its_study_or_its_status_is_refused():
    whole = run(tongue(), workers=1)
    alone = whole.copy()
    alone.attrs = {}
    for lost in (whole.drop_vars("status"), alone):
        with pytest.raises(ts.ArgumentError, match="`source` must be a Study or a dataset of sweep"):
            reduce(lost, asked(LEVEL))
