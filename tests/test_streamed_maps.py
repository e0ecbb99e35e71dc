"""Is what is left of a map the same however it is cut, and what NumPy finds on the whole of it?"""

import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr

import torusync as ts
from sweeping import TONGUE, tongue
from torusync.sweeps import Contour, Extreme, Histogram, Outcome, WorstGap, open_sweep, reduce, run, sizes
from torusync.sweeps import engine as engine_module
from torusync.sweeps.reductions import Piece, folded

LEVEL = 1.5e-4
ASKED = {
    "largest": Extreme("s_max"),
    "smallest": Extreme("power", smallest=True),
    "fine": Histogram("power"),
    "bins": Histogram("s_max", [0.0, 5e-5, LEVEL, 2e-4]),
    "gap": WorstGap(),
    "edge": Contour("s_max", LEVEL),
}
ALIGNED = {  # two points without a steady state of their own, and two that the model refuses
    "axes": {"drive": [0.1, 0.2], "dipole_correlation": [-0.9, 0.0, 0.5, 1.0]},
    "fixed": {**TONGUE["fixed"], "manifold_levels": 3},
}


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of ten points: no row of twenty-five is whole."""
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 10)


def noise(seed, shape, quantum=0.0):
    """Return values with ties, signs, a wide range and some that are missing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape) * 10.0 ** rng.uniform(-6, 6, shape)
    if quantum:
        values = np.round(rng.normal(size=shape) / quantum) * quantum
    values[rng.random(shape) < 0.1] = np.nan
    return values


def answered(one, values, cuts, rng, along):
    """Return a reduction of values that are cut at some places, whose pieces come in any order."""
    flat = values.reshape(-1)
    begin = np.unique(np.concatenate([[0], cuts]).astype(int))
    end = np.append(begin[1:], flat.size)
    arrays = {"x": flat, "s_max": flat, "s_max_bound": np.abs(flat) * 1.25}
    add, total = folded(one)
    for part in rng.permutation(len(begin)):
        at = slice(begin[part], end[part])
        add(one.of(Piece(int(begin[part]), {name: array[at] for name, array in arrays.items()}, along)))
    return total()


@pytest.mark.parametrize("quantum", [0.0, 0.5], ids=["wide", "ties"])
@pytest.mark.parametrize(
    "one",
    [
        Extreme("x"), Extreme("x", smallest=True), Histogram("x"), Histogram("x", [-1.0, 0.0, 0.5, 1.0]), WorstGap(),
        Contour("x", 0.0), Contour("x", 0.5, most=7),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_no_cut_and_no_order_changes_a_bit(one, quantum):
    rng = np.random.default_rng(5)
    values, along = noise(3, (40, 11), quantum), np.linspace(-1.0, 2.0, 11)
    whole = answered(one, values, [], rng, along)
    for pieces in (1, 2, 7, 60, 439):
        cut = answered(one, values, rng.choice(np.arange(1, values.size), pieces, replace=False), rng, along)
        assert cut == whole
    assert one != whole


@pytest.mark.parametrize("quantum", [0.0, 0.5], ids=["wide", "ties"])
def test_answers_are_those_of_the_whole_array(quantum):
    rng, values, along = np.random.default_rng(8), noise(4, (30, 17), quantum), np.geomspace(1.0, 9.0, 17)
    cuts = rng.choice(values.size, 20, replace=False)
    flat = values.reshape(-1)
    there = flat[~np.isnan(flat)]

    def find(one):
        return answered(one, values, cuts, rng, along)

    largest, smallest = find(Extreme("x")), find(Extreme("x", smallest=True))
    assert (largest.value, largest.point) == (np.nanmax(flat), np.nanargmax(flat))
    assert (smallest.value, smallest.point) == (np.nanmin(flat), np.nanargmin(flat))
    assert largest.missing == flat.size - there.size > 0

    edges = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0]
    bins = find(Histogram("x", edges))
    np.testing.assert_array_equal(bins.counts, np.histogram(there, edges)[0])
    assert bins.total == there.size

    above, known = values >= 0.5, ~np.isnan(values)
    pairs = known[:, 1:] & known[:, :-1]
    crossing = pairs & (above[:, 1:] != above[:, :-1])
    line = find(Contour("x", 0.5))
    assert (line.count, line.unknown) == (crossing.sum(), (~pairs).sum())
    assert line.rising == (crossing & above[:, 1:]).sum()
    rows, columns = np.nonzero(crossing)
    np.testing.assert_array_equal(line.points, rows * 17 + columns)
    for place, row, column in zip(line.places, rows, columns, strict=True):
        start, stop = values[row, column : column + 2]
        expected = np.interp(0.5, sorted([start, stop]), along[column : column + 2][:: 1 if start < stop else -1])
        assert place == pytest.approx(expected, rel=1e-12)
        assert along[column] <= place <= along[column + 1]


@pytest.mark.parametrize("edges", [None, [-3.0, -1.0, 0.0, 1e-3, 1.0]], ids=["own bins", "given edges"])
@pytest.mark.parametrize("quantum", [0.0, 0.5], ids=["wide", "ties"])
def test_quantiles_lie_in_their_brackets(edges, quantum):
    values = noise(6, 3001, quantum)
    found = Histogram("x", edges).of(Piece(0, {"x": values}))
    ranked = np.sort(values[~np.isnan(values)])
    for share in (0.0, 1e-9, 0.1, 1 / 3, 0.5, 0.7, 0.999, 1.0):
        exact = ranked[max(1, math.ceil(Fraction(share) * ranked.size)) - 1]
        lower, upper = found.quantile(share)
        assert lower <= exact <= upper
        if edges is None:
            assert upper - lower <= 2.0**-12 * abs(exact) + 1e-300
    assert found.quantile(0.0)[0] == found.quantile(0.0)[1] == ranked[0]
    assert found.quantile(1.0)[0] == found.quantile(1.0)[1] == ranked[-1]


def test_every_value_lies_in_the_bin_that_counts_it():
    values = np.array([0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, np.nextafter(1.0, 0.0), 1e300, -1e300, np.inf, -np.inf])
    for value in values:
        found = Histogram("x").of(Piece(0, {"x": np.array([value])}))
        assert found.lower[0] <= value <= found.upper[0]
        assert found.counts.tolist() == [1]
    every = Histogram("x").of(Piece(0, {"x": values}))
    assert every.total == values.size
    assert (np.diff(every.lower) > 0.0).all()
    assert (every.lower[1:] > every.upper[:-1]).all()


def test_a_share_that_floating_point_rounds_to_a_whole_number_is_not():
    values = np.arange(1.0, 11.0)
    found = Histogram("x", values).of(Piece(0, {"x": values}))
    # as a double 0.1 is more than 1/10 and 0.3 less than 3/10, though both products with 10 round to whole numbers
    assert (0.1 * 10, 0.3 * 10) == (1.0, 3.0)
    for share, rank in ((0.1, 2), (0.3, 3), (0.5, 5)):
        lower, upper = found.quantile(share)
        assert lower <= rank <= upper
        assert math.ceil(Fraction(share) * 10) == rank


@pytest.mark.usefixtures("small_chunks")
def test_a_map_is_reduced_as_numpy_reduces_the_whole_of_it(tmp_path):
    study = tongue()
    found, ds = reduce(study, ASKED, workers=1), run(study, store=tmp_path / "a.zarr", workers=1)
    assert found.statuses == {Outcome.SUCCESS: 200}
    assert found.points == 200
    s_max = ds["s_max"].to_numpy()
    at = np.unravel_index(np.argmax(s_max), s_max.shape)
    place = {"drive": ds["drive"][at[0]].item(), "detuning": ds["detuning"][at[1]].item()}
    assert (found["largest"].value, dict(found["largest"].parameters)) == (s_max[at], place)
    names = {"status", "residual", "error", "s_max_bound", "s_max_error", "proof"}
    assert dict(found["largest"].evidence) == {name: ds[name][at].item() for name in names}
    assert found["smallest"].value == ds["power"].min()
    np.testing.assert_array_equal(found["bins"].counts, np.histogram(s_max, ASKED["bins"].edges)[0])
    gaps = ((ds["s_max_bound"] - ds["s_max"]) / ds["s_max_bound"]).to_numpy()
    gap = found["gap"]
    assert (gap.gap, gap.point) == (gaps.max(), gaps.argmax())
    assert (gap.certified, gap.open, gap.unproven) == (200, 0, 0)
    # the map in memory, a store, a part of one and one that is in other chunks give the same
    for source in (ds, open_sweep(tmp_path / "a.zarr"), run(study)):
        same = reduce(source, ASKED)
        assert all(same[name] == found[name] for name in ASKED)
        assert same.statuses == found.statuses
    part = reduce(ds.isel(drive=slice(3, 6), detuning=slice(None, None, -1)), ASKED)
    assert part["largest"].value == s_max[3:6].max()
    assert part["edge"].count == reduce(ds.isel(drive=slice(3, 6)), ASKED)["edge"].count


@pytest.mark.usefixtures("small_chunks")
def test_a_contour_has_the_places_of_the_locking_range():
    study = tongue()
    ends = run(study).torusync.locking_range(LEVEL)
    line = reduce(study, {"edge": Contour("s_max", LEVEL)})["edge"]
    rows = np.isfinite(ends["lower"]) & np.isfinite(ends["lower_error"])
    assert rows.any()
    expected = np.stack([ends["lower"][rows], ends["upper"][rows]], axis=-1).reshape(-1)
    np.testing.assert_allclose(line.coordinates["detuning"], expected, rtol=1e-12)
    np.testing.assert_array_equal(line.coordinates["drive"], np.repeat(ends["drive"][rows], 2))
    assert not line.places.flags.writeable


@pytest.mark.usefixtures("small_chunks")
def test_processes_give_the_bits_of_this_one():
    told = []
    alone, pool = reduce(tongue(), ASKED, workers=1), reduce(tongue(), ASKED, workers=2, progress=told.append)
    assert all(alone[name] == pool[name] for name in ASKED)
    assert dict(alone["largest"].parameters) == dict(pool["largest"].parameters)
    assert (told[-1].done, told[-1].points) == (200, 200)
    assert pool.workers.startswith("2 processes")


def test_points_that_fail_are_counted_and_no_value_is_lost(tmp_path):
    study = tongue(**ALIGNED, quantities=["s_max", "regime"])
    ds = run(study, store=tmp_path / "a.zarr")
    failed = int((ds["status"] > 0).sum())
    assert failed == 4
    found = reduce(study, {**ASKED, "smallest": Extreme("regime"), "fine": Histogram("regime")})
    assert found.statuses == {Outcome.SUCCESS: 4, Outcome.NOT_UNIQUE: 2, Outcome.REFUSED: 2}
    assert (
        [found[name].missing for name in ("largest", "bins", "gap")] == [int(ds["s_max"].isnull().sum())] * 3 == [4] * 3
    )
    assert [found[name].missing for name in ("smallest", "fine")] == [int((ds["regime"] == -1).sum())] * 2 == [2] * 2
    assert found["edge"].unknown == 4
    assert found["largest"].value == ds["s_max"].max()
    assert reduce(ds, ASKED | {"smallest": Extreme("regime"), "fine": Histogram("s_max")})["gap"] == found["gap"]


def test_points_that_are_not_worked_out_yet_are_told_apart():
    ds = run(tongue())
    status = ds["status"].copy(deep=True)
    status[0, :4], status[1, :2] = -1, -2  # −2 − c: there, but without quantities that were asked for since
    found = reduce(ds.assign(status=status), {"largest": Extreme("s_max"), "codes": Extreme("status")})
    assert found.statuses == {Outcome.NOT_COMPUTED: 6, Outcome.SUCCESS: 194}
    assert found["codes"].missing == 6


def test_a_map_without_any_value_has_no_extreme():
    values = np.full(5, np.nan)
    piece = Piece(0, {"s_max": values, "s_max_bound": values, "status": np.full(5, 100, np.int8)}, np.arange(5.0))
    for one in (Extreme("s_max"), WorstGap(), Histogram("s_max"), Contour("s_max", 0.0)):
        found = one.of(piece).merge(one.of(piece))
        assert found.missing == 10 if not isinstance(one, Contour) else found.unknown == 8
    assert math.isnan(Histogram("s_max").of(piece).quantile(0.5)[0])


def test_a_gap_is_never_told_too_small():
    value = np.array([1.0, 1.0, 1.0, 0.0, 1.0])
    bound = np.array([1.0 + 5e-10, 1.0 + 5e-9, np.inf, 0.0, np.nan])
    pieces = [Piece(i, {"s_max": value[i : i + 1], "s_max_bound": bound[i : i + 1]}) for i in range(5)]
    found = WorstGap().of(pieces[0])
    assert found.gap == pytest.approx(5e-10, rel=1e-6)
    found = found.merge(WorstGap().of(pieces[1]))
    assert (found.gap, found.point) == (pytest.approx(5e-9, rel=1e-6), 1)
    for piece in pieces[2:]:
        found = found.merge(WorstGap().of(piece))
    assert (found.gap, found.point, found.certified, found.open, found.unproven) == (1.0, 2, 2, 1, 2)


def test_a_chunk_of_a_map_of_a_billion_points_counts_its_own_alone():
    side = 31623
    axes = {"drive": np.linspace(0.01, 0.3, side), "detuning": np.linspace(-1.0, 1.0, side)}
    study = tongue(axes=axes, quantities=["s_max"])
    assert study.points > 10**9
    tracemalloc.start()
    last = engine_module.chunk(study, slice(study.points - 3, study.points))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**27
    chosen = engine_module.chunk(study, np.arange(study.points - 3, study.points))
    np.testing.assert_array_equal(last["s_max"], chosen["s_max"])
    assert (last["status"] == 0).all()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "`reductions` must be a mapping of names to reductions"),
        ({"a": "s_max"}, "`reductions` must hold Extreme, Histogram, WorstGap or Contour values"),
        ({"a": Extreme("cop")}, "`quantity` must be one of the map's, but it has no 'cop'"),
        ({"a": Histogram("coherences")}, "`quantity` must be one real number a point"),
        ({"a": WorstGap("power")}, "`quantity` must be one that has a bound"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked, message):
    with pytest.raises(ts.ArgumentError, match=message):
        reduce(tongue(quantities=["s_max", "power", "coherences"]), asked)


def test_what_is_no_map_and_no_question_is_refused():
    for call, message in (
        (lambda: reduce(xr.Dataset(), ASKED), "`source` must be a Study or a dataset of sweep"),
        (lambda: reduce(run(tongue()), ASKED, workers=2), "`workers` must be left out where a dataset is read"),
        (lambda: reduce(tongue(axes={"detuning": [0.0, 1.0, 0.5]}, fixed={**TONGUE["fixed"], "drive": 0.1}), ASKED),
         "hold a Contour only where the last axis rises or falls"),
        (lambda: reduce(tongue(), ASKED, workers=0), "`workers` must be at least 1"),
        (lambda: Histogram("power", [1.0, 1.0]), "`edges` must be two numbers or more that rise"),
        (lambda: Contour("power", [1.0, 1.0]), "`threshold` must be one number"),
        (lambda: Contour("power", 1.0, most=-1), "`most` must be at least 0"),
        (lambda: Extreme("power", "yes"), "`smallest` must be True or False"),
        (lambda: Histogram("power").quantile(1.5), "`share` must be at most 1"),
    ):  # fmt: skip
        with pytest.raises(ts.ArgumentError, match=message):
            call()
