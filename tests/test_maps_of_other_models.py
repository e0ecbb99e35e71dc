"""Can what is read off and drawn of a map of a maser be had of any model: a qubit, a spin read by SU(2)?"""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.optimize import brentq

import torusync as ts
from test_own_models import LOWERING, Qubit
from torusync.densities import CoherenceSet
from torusync.models import Kind, Model, Parameter
from torusync.phases import SU2
from torusync.plots import plot_map, plot_tongue
from torusync.quantities import QUANTITIES
from torusync.sweeps import Contour, Outcome, Study, reduce, sizes, sweep
from torusync.sweeps.building import NONE

ROOT = math.sqrt(2.0)
LOWER, Z = np.diag([ROOT, ROOT], -1), np.diag([1.0, 0.0, -1.0])


class Spin(Model, name="spin_of_maps"):
    """A spin 1 with gain and damping towards m = 0, driven: H = ΔS_z + εS_x."""

    PARAMETERS = (
        Parameter("drive", "ε", Kind.FREQUENCY, "strength of the drive"),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "detuning of the drive", default=0.0),
        Parameter("gain", "Γ_g", Kind.RATE, "rate of the gain", minimum=0.0, default=1.0),
        Parameter("damping", "Γ_d", Kind.RATE, "rate of the damping", minimum=0.0, default=0.3),
    )
    UNIT, dimension, distribution = "drive", 3, SU2(1)

    def generator(self):
        hamiltonian = np.multiply.outer(self.detuning, Z) + np.multiply.outer(self.drive, 0.5 * (LOWER + LOWER.T))
        channels = [(0.5 * self.gain, LOWER.T @ Z), (0.5 * self.damping, LOWER @ Z)]
        return ts.LindbladSystem(hamiltonian, channels).generator()


class Pair(Model, name="pair_of_qubits_of_maps"):
    """Two driven qubits that decay, coupled by an exchange."""

    PARAMETERS = (
        Parameter("drive", "Ω", Kind.FREQUENCY, "Rabi frequency of both"),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "detuning of the second", default=0.0),
        Parameter("exchange", "J", Kind.FREQUENCY, "exchange", default=0.3),
    )
    UNIT, dimension = "drive", 4

    @property
    def coherence_sets(self):
        return (CoherenceSet.within("one excitation", slice(1, 3)),)

    def generator(self):
        first, second = np.kron(LOWERING, np.eye(2)), np.kron(np.eye(2), LOWERING)
        x = 0.5 * (first + first.T + second + second.T)
        flip = first @ second.T
        hamiltonian = np.multiply.outer(self.drive, x) + np.multiply.outer(self.detuning, second.T @ second)
        hamiltonian = hamiltonian + np.multiply.outer(self.exchange, flip + flip.T)
        return ts.LindbladSystem(hamiltonian, [(1.0, first), (0.5, second)]).generator()


MODELS = {Spin: "drive", Qubit: "rabi", Pair: "drive"}
DETUNING = np.linspace(-3.0, 3.0, 61)


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.NAME)
def found(request):
    """A model, how its strength is called, and its tongue."""
    name = MODELS[request.param]
    strength = np.linspace(0.05, 0.5, 10)
    return request.param, name, sweep(request.param, {name: strength, "detuning": DETUNING}, ["s_max", "populations"])


def s_max(model, **point):
    """S_max of one system, solved alone by the independent solver."""
    return float(ts.solve(model(**point), solver=ts.steady.Dense())["s_max"])


def half(ds):
    """A height that the strongest drive passes on either side and the weakest does not reach."""
    return 0.7 * float(ds["s_max"][-1].max())


def test_a_locking_range_ends_where_the_system_itself_has_the_height(found):
    model, name, ds = found
    ends = ds.torusync.locking_range(half(ds))
    strongest, row = float(ds[name][-1]), ends.isel({name: -1})
    for end in ("lower", "upper"):
        guess = float(row[end])
        step = 0.11 if end == "upper" else -0.11
        true = brentq(lambda x: s_max(model, **{name: strongest, "detuning": x}) - half(ds), guess - step, guess + step)
        assert ends[end].attrs["error"] == f"{end}_error"
        assert abs(guess - true) <= float(row[f"{end}_error"]) <= 0.2
    assert float(row["width"]) == pytest.approx(float(row["upper"] - row["lower"]))
    width, height = ends["width"].to_numpy(), ds["s_max"].max("detuning").to_numpy()
    np.testing.assert_array_equal(np.isnan(width), height < half(ds))
    assert np.isnan(width).any()


def test_contours_have_the_height_and_the_ends_of_the_ranges(found):
    model, name, ds = found
    line = ds.torusync.contour("s_max", half(ds))
    assert line.sizes["point"] > 4
    for at in range(0, line.sizes["point"], 5):
        point = {name: float(line[name][at]), "detuning": float(line["detuning"][at])}
        assert s_max(model, **point) == pytest.approx(half(ds), rel=0.05)
    study = Study(model, {name: ds[name].to_numpy(), "detuning": DETUNING}, ["s_max"])
    streamed = reduce(study, {"edge": Contour("s_max", half(ds))}, workers=1)["edge"]
    ends = ds.torusync.locking_range(half(ds))
    rows = np.isfinite(ends["width"].to_numpy())
    places = set(zip(streamed.coordinates[name], np.round(streamed.coordinates["detuning"], 9), strict=True))
    for end in ("lower", "upper"):
        assert places >= set(zip(ends[name][rows].to_numpy(), np.round(ends[end][rows].to_numpy(), 9), strict=True))


def test_two_populations_cross_where_they_are_equal():
    """Gain and damping of one rate fill m = 1 and m = −1 alike, however strong the drive: its S_x sees no sign of m."""
    axes = {"drive": [0.05, 0.2, 1.0], "gain": np.linspace(0.1, 0.61, 12)}
    ds = sweep(Spin, axes, ["populations"], fixed={"damping": 0.3})
    upper, lower = (ds["populations"].sel(level=one) for one in (0, 2))
    found = ds.torusync.crossing(upper, lower, over="gain")
    assert found["place"].dims == ("drive", "crossing")
    assert found.sizes["crossing"] == 1
    off = np.abs(found["place"] - 0.3)
    assert (off <= found["place_error"]).all()
    assert (found["place_error"] < 0.05).all()


def test_an_order_parameter_is_mapped_where_the_system_has_one():
    """Of a pair read as in the letter, by the phases of two levels; a spin has one phase, and no order."""
    mapped = sweep(Pair, {"drive": [0.1, 0.2], "detuning": DETUNING[::20]}, ["order_parameter"])
    for drive in (0.1, 0.2):
        for at in DETUNING[::20]:
            alone = ts.solve(Pair(drive=drive, detuning=at))
            here = mapped.sel(drive=drive, detuning=at)
            phases = alone.synchronization.phases[1:3]
            assert float(here["order_parameter"]) == pytest.approx(abs(np.exp(1j * phases).mean()), abs=1e-9)
    with pytest.raises(ts.ArgumentError, match="'order_parameter' does not"):
        sweep(Spin, {"drive": [0.1, 0.2]}, ["order_parameter"])


def test_a_parameter_may_be_called_as_a_quantity_that_is_not_asked_for():
    """The gain of a spin is a rate, that of an interplay a part of S_max."""
    assert "gain" in QUANTITIES
    ds = sweep(Spin, {"gain": [0.1, 0.2]}, "s_max", fixed={"drive": 0.1})
    assert ds["s_max"].dims == ("gain",)
    together = sweep(Spin, {"case": {"gain": [0.1, 0.2], "drive": [0.1, 0.2]}}, "s_max")
    assert float(together["s_max"][0]) == pytest.approx(float(ds["s_max"][0]))
    for axes in ({"gain": [0.1, 0.2]}, {"case": {"gain": [0.1, 0.2]}}):
        with pytest.raises(ts.ArgumentError, match="`axes` must have names that no quantity of the study"):
            Study(Spin, axes, ["s_max", "gain"], fixed={"drive": 0.1})


def test_maps_and_tongues_are_drawn_with_the_axes_and_units_of_the_model(found):
    _, name, ds = found
    try:
        drawn = plot_tongue(ds, over=("detuning", name), threshold=half(ds))
        assert "Δ" in drawn.get_xlabel() or r"\Delta" in drawn.get_xlabel()
        image = next(iter(drawn.get_images() or drawn.collections))
        assert np.nanmax(np.asarray(image.get_array())) > 0.0
        lines = [one for one in drawn.lines if len(one.get_xdata())]
        assert lines
        plot_map(ds, "s_max")
        plot_map(ds.isel({name: -1}), "s_max")
    finally:
        plt.close("all")


def test_what_is_not_worked_out_yet_has_the_code_that_a_store_begins_with(found):
    """Codes are said with the map, whatever it is of."""
    status = found[2]["status"].attrs
    codes = dict(zip(status["flag_meanings"].split(), status["flag_values"], strict=True))
    assert codes["not_computed"] == Outcome.NOT_COMPUTED == NONE == -1
    assert codes["success"] == 0


@pytest.mark.parametrize("points", [9, 61, 10**4])
def test_chunks_do_not_show(found, points, monkeypatch):
    model, name, ds = found
    monkeypatch.setattr(sizes, "SWEPT_POINTS", points)
    again = sweep(model, {name: ds[name].to_numpy(), "detuning": DETUNING}, ["s_max", "populations"], workers=1)
    np.testing.assert_allclose(again["s_max"], ds["s_max"], rtol=1e-9)
    assert again.attrs == {**ds.attrs, **{one: again.attrs[one] for one in ("workers", "seconds", "computed")}}
