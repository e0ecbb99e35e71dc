"""Does a point of a sweep take no more memory than is said of it, whatever its structure, and hardly less?"""

import math
import tracemalloc

import numpy as np
import pytest

from sweeping import BATHS
from test_own_models import Qubit
from torusync.analysis import chance
from torusync.models import LindbladSystem, ThermalMaser, VanDerPol, known_models
from torusync.steady import Block, Dense
from torusync.sweeps import Draw, Study, block_shape, chunk, schema, sizes

DRIVES = Draw("uniform", 0.0, 0.1, first=0.1)


def peak(study, points=None):
    """Return the bytes a chunk takes at its height."""
    schema(study)
    tracemalloc.start()
    try:
        chunk(study, slice(points))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def machines(levels, draws, quantities, solver=None, **fixed):
    more = {} if solver is None else {"solver": solver}
    fixed = {"manifold_levels": levels, "drive": DRIVES, **BATHS, **fixed}
    return Study(ThermalMaser, {"n_hot": [0.2, 5.0]}, quantities, fixed=fixed, realisations=draws, **more)


def spins(levels, points, quantities):
    """Return driven spins, one detuning after the other, pumped and damped."""
    j = (levels - 1) / 2
    m = j - np.arange(levels)
    lower, z = np.diag(np.sqrt(j * (j + 1) - m[1:] * (m[1:] + 1)), -1), np.diag(m)
    energies = np.linspace(-1.0, 1.0, points)[:, None, None] * z + 0.3 * (lower + lower.T)
    channels = ((0.1, z @ lower.T), (1.0, lower @ z), (0.05, lower))
    return Study(LindbladSystem, {"case": {"hamiltonian": energies}}, quantities, fixed={"channels": channels})


def model(name, axes, **fixed):
    return Study(known_models()[name], axes, ["s_max"], fixed=fixed)


HEAT, LOCKING = ["power", "cop"], ["s_max", "phases", "pair_sum_bound"]
KINDS = {
    "degenerate": lambda n, p: machines(n, p, LOCKING),
    "degenerate, heat": lambda n, p: machines(n, p, HEAT),
    "degenerate, matrices": lambda n, p: machines(n, p, ["coherences", "drive_coherences"]),
    "degenerate, counted": lambda n, p: machines(n, p, ["fano_factor"]),
    "near-degenerate": lambda n, p: machines(n, p, LOCKING, spread=0.05),
    "near-degenerate, heat": lambda n, p: machines(n, p, HEAT, spread=0.05),
    "near-degenerate, counted": lambda n, p: machines(n, p, ["fano_factor"], spread=0.05),
    "low rank": lambda n, p: machines(n, p, ["scaled"], spread=0.47),
    "far apart": lambda n, p: machines(n, p, LOCKING, spread=2.0),
    "by Block": lambda n, p: machines(n, p, LOCKING, solver=Block()),
    "by Dense": lambda n, p: machines(n, p, LOCKING, solver=Dense()),
    "drawn": lambda n, p: machines(n, p, ["verdict"]),
    "dipoles": lambda n, p: machines(n, p, LOCKING, dipole_correlation=0.5),
    "spin one": lambda n, p: model("spin_one", {"gain": np.linspace(0.1, 1.0, p)}, damping=n, drive=0.1),
    "chain": lambda n, p: model(
        "spin_chain", {"drive": np.linspace(0.1, 1.0, p)}, spins=n, exchange=0.1, gain=1.0, damping=0.5
    ),
    "modes": lambda n, p: model("van_der_pol", {"gain": np.geomspace(0.1, n, p)}, loss=1.0, drive=0.1),
    "modes that are cut": lambda n, p: model(
        "van_der_pol", {"gain": np.linspace(0.1, 0.2, p)}, loss=1.0, drive=0.1, cutoff=n
    ),
    "spins": lambda n, p: spins(n, p, ["s_max"]),
    "spins, heat": lambda n, p: spins(n, p, ["populations"]),
}


@pytest.mark.parametrize(
    ("kind", "sizes_"),
    [
        ("degenerate", [(2, 500), (20, 50), (300, 4), (10_000, 2)]),
        ("degenerate, heat", [(2, 500), (20, 50), (10_000, 2)]),
        ("degenerate, matrices", [(2, 500), (8, 50)]),
        ("degenerate, counted", [(2, 300), (16, 20)]),
        ("near-degenerate", [(2, 500), (8, 100), (16, 20), (40, 4), (200, 2)]),
        ("near-degenerate, heat", [(2, 500), (16, 20), (1000, 1)]),
        ("near-degenerate, counted", [(2, 300), (16, 20), (40, 4)]),
        ("low rank", [(3200, 1)]),
        ("far apart", [(16, 20), (200, 1)]),
        ("dipoles", [(2, 500), (16, 20)]),
        ("by Block", [(2, 300), (16, 20)]),
        ("by Dense", [(2, 200), (4, 10)]),
        ("drawn", [(2, 20)]),
        ("spin one", [(0.5, 300)]),
        ("chain", [(2, 3), (3, 2)]),
        ("modes", [(1.0, 20), (5.0, 4)]),
        ("modes that are cut", [(8, 2), (14, 2)]),
        ("spins", [(2, 500), (3, 500), (4, 100), (8, 20)]),
        ("spins, heat", [(2, 500), (10, 4), (20, 2)]),
    ],
)
def test_a_point_takes_no_more_than_is_said(kind, sizes_):
    for size, points in sizes_:
        study = KINDS[kind](size, points)
        assert peak(study) <= study.points * sizes.point_bytes(study) + sizes.workspace_bytes(study), size


def test_chunks_are_as_long_as_their_memory_allows():
    """Closed forms are rows of numbers: chunks of ten thousand levels are no single points."""
    far = machines(10_000, 200, ["scaled"])
    assert 60 < math.prod(block_shape(far)) < sizes.SWEPT_BYTES / (16 * 10_000)
    near = machines(10_000, 200, ["scaled"], spread=0.05)
    assert block_shape(near) == (1, 1)
    for study in (far, near, machines(8, 10**6, ["scaled"]), spins(4, 100, ["s_max"])):
        assert math.prod(block_shape(study)) <= sizes.SWEPT_POINTS
        most = max(sizes.SWEPT_BYTES, sizes.point_bytes(study)) + sizes.workspace_bytes(study)
        assert sizes.chunk_bytes(study) <= most


APART = [np.zeros(100), np.linspace(0.0, 0.1, 100), np.full(100, 3.0)]
UNEQUAL = [[0.1] * 100, [0.1] * 99 + [0.2], [3.0] * 100]


@pytest.mark.parametrize(
    ("axes", "changes"),
    [
        ({"spread": [0.1, 0.0, 0.05], "n_hot": [0.2, 5.0]}, {}),
        ({"case": {"splittings": APART, "detuning": [0.0, 0.0, 0.1]}}, {"n_hot": 0.2}),
        ({"case": {"detuning": [0.0, 0.1, 0.3], "n_hot": UNEQUAL}}, {}),
        ({"n_hot": [0.2, 5.0]}, {"splittings": Draw("normal", 0.0, 0.1)}),
        ({"dipole_correlation": [0.0, 0.5], "n_hot": [0.2, 5.0]}, {}),
    ],
)
def test_one_point_that_has_less_structure_is_looked_for(axes, changes):
    """It may be anywhere along its axis, at one end of it by its value, or drawn."""
    closed = sizes.point_bytes(machines(100, 2, ["power"]))
    drawn = {"realisations": 3} if "splittings" in changes else {}
    fixed = {"manifold_levels": 100, "drive": 0.1, **BATHS, **changes}
    study = Study(ThermalMaser, axes, ["power"], fixed=fixed, **drawn)
    assert sizes.point_bytes(study) > 50 * closed


def test_of_a_chunk_over_sizes_the_heaviest_alone_counts(monkeypatch):
    """They are solved one size after the other: a chunk is the longest of which no size has more than fits."""
    counts, number = [2, 5, 10, 20, 50, 100], [1, 4, 2, 6, 4, 3]
    axis = {"machine": {"manifold_levels": np.repeat(counts, number), "detuning": np.arange(20) / 10}}
    study = Study(ThermalMaser, {**axis, "n_hot": [0.2, 5.0, 1.0]}, ["s_max"], fixed={"drive": 0.1, **BATHS})
    heaviest = sizes.point_bytes(study)
    each = np.repeat([sizes.point_bytes(machines(one, 1, ["s_max"])) / heaviest for one in counts], number)

    def weight(length):
        """Of the heaviest size of the heaviest chunk, of three points along the other axis."""
        parts = [each[begin : begin + length] for begin in range(0, 20, length)]
        return 3.0 * max(one[one == size].sum() for one in parts for size in set(one))

    for fits in (9.1, 8.9, 6.1, 5.9, 4.0, 3.1):
        monkeypatch.setattr(sizes, "SWEPT_BYTES", fits * heaviest)
        lengths = [math.ceil(20 / parts) for parts in range(1, 21)]
        expected = next(one for one in lengths if weight(one) <= fits)
        assert block_shape(study) == (expected, 3), fits
        assert sizes.chunk_bytes(study) == pytest.approx(weight(expected) * heaviest, rel=1e-12)
    assert expected < 20
    for fits, along in ((2.9, 2), (1.0, 1), (0.1, 1)):
        monkeypatch.setattr(sizes, "SWEPT_BYTES", fits * heaviest)
        assert block_shape(study) == (1, along)
    monkeypatch.setattr(sizes, "SWEPT_BYTES", 9.1 * heaviest)
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 20)
    assert block_shape(study) == (5, 3)


def test_sizes_of_which_every_point_is_refused_take_the_most():
    study = Study(
        ThermalMaser,
        {"case": {"manifold_levels": [2, 3], "n_hot": [0.2, -1.0]}},
        ["s_max"],
        fixed={"drive": 0.1, **BATHS},
    )
    assert block_shape(study) == (2,)
    assert sizes.point_bytes(study) >= sizes.point_bytes(machines(3, 2, ["s_max"]))


def test_an_own_model_is_asked_too():
    study = Study(Qubit, {"rabi": np.linspace(0.1, 3.0, 500)}, ["populations"])
    assert peak(study) <= study.points * sizes.point_bytes(study) + sizes.workspace_bytes(study)
    assert sizes.point_bytes(study) < 4 * peak(study) / study.points


def test_a_search_among_draws_takes_its_workspace_whatever_the_points(monkeypatch):
    """States with unrelated preferences are searched some at a time, of a size that is set."""
    monkeypatch.setattr(sizes, "DRAWN_BYTES", 2**20)
    monkeypatch.setattr(chance, "DRAWN_BYTES", 2**20)
    study = machines(2, 20, ["verdict"])
    alone = study.points * sizes.point_bytes(study)
    assert alone < peak(study) <= alone + sizes.workspace_bytes(study)
    assert sizes.point_bytes(machines(8, 2, ["verdict"])) < 2**19  # no more than D²


def test_a_batch_that_cuts_modes_off_higher_takes_more():
    """Of twice the levels sixteen times the numbers."""
    study = Study(VanDerPol, {"drive": np.linspace(0.1, 2.0, 4)}, ["s_max"], fixed={"gain": 1.0, "loss": 0.5})
    levels = study.model(drive=study.axes[0].labels, gain=1.0, loss=0.5).generator().dimension
    (numbers, _), (more, _) = (sizes._numbers(study, np.arange(4), size) for size in (levels, 2 * levels))
    assert more == 16 * numbers > 0
