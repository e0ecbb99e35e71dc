"""Do pictures of phases show S of their distribution, and mark the maxima and the bound of its certificate?"""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

import torusync as ts
from torusync.dynamics import emission_spectrum
from torusync.models import SpinOne, SpinPair, VanDerPol
from torusync.phases import SU2, SUD, Fock, Joint
from torusync.plots import panel_letter, plot_map, plot_phases
from torusync.plots.axes import mathematics

pytestmark = pytest.mark.usefixtures("nothing_left_open")
LOCKED = ts.steady_state(SpinOne(1.0, 10.0, 0.1, 0.03))
BLOCKED = ts.steady_state(SpinOne.blockaded(0.1))
PAIR = ts.steady_state(SpinPair.driven(0.5))
BOTH = ts.synchronization(PAIR, distribution=Joint(SU2(1.0), SU2(1.0)))


def labelled(ax):
    return {line.get_label(): np.array(line.get_data()) for line in ax.lines if not line.get_label().startswith("_")}


def coherent_overlap(rho, phi):
    """Return P(φ) of a spin 1 by quadrature over θ of its Husimi function, sharing nothing with the library."""
    theta, weights = np.polynomial.legendre.leggauss(24)
    theta, weights = 0.5 * np.pi * (theta + 1.0), 0.5 * np.pi * weights
    c, s = np.cos(theta / 2.0), np.sin(theta / 2.0)
    kets = np.stack([c**2 * np.exp(-1j * phi), np.sqrt(2.0) * c * s, s**2 * np.exp(1j * phi)], axis=-1)
    husimi = np.einsum("ta,ab,tb->t", kets.conj(), rho, kets).real
    return float((weights * np.sin(theta) * husimi).sum() * 3.0 / (4.0 * np.pi))


def test_the_line_is_s_by_direct_integration():
    ax = plot_phases(LOCKED, unit=1.0)
    angle, s = ax.lines[1].get_data()
    assert angle[0] == -1.0
    assert angle[-1] == 1.0
    for place in (0, 47, 181, 300):
        expected = coherent_overlap(LOCKED.rho, np.pi * angle[place]) - 1.0 / (2.0 * np.pi)
        assert s[place] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("state", "count"), [(LOCKED, 1), (BLOCKED, 2)], ids=["locked", "blocked"])
def test_all_maxima_and_the_bound_are_those_of_the_certificate(state, count):
    sync = ts.synchronization(state)
    ax = plot_phases(sync, unit=1e-3)
    marks = labelled(ax)
    tops = marks["maximum, proven"]
    assert tops.shape == (2, count)
    assert np.exp(1j * np.pi * tops[0]) == pytest.approx(np.exp(1j * sync.optima().phases[:, 0]), abs=1e-12)
    assert tops[1] == pytest.approx(float(sync.s_max) * 1e3, rel=1e-12)
    assert marks["proven bound"][1] == pytest.approx(float(sync.s_max_bound) * 1e3, rel=1e-12)
    assert ax.lines[1].get_ydata().max() <= sync.s_max_bound * 1e3
    assert ax.get_ylabel() == r"$S(\varphi)\;(10^{-3})$"


def test_polar_axes_show_the_density_of_probability():
    state = ts.steady_state(VanDerPol(1.0, 1.0, 0.1))
    ax = plot_phases(state, plt.subplots(subplot_kw={"projection": "polar"})[1])
    angle, p = ax.lines[1].get_data()
    assert np.trapezoid(p, angle) == pytest.approx(1.0, abs=1e-9)
    assert p.min() >= 0.0
    sync = ts.synchronization(state)
    assert labelled(ax)["maximum, proven"][1] == pytest.approx(float(sync.s_max) + 0.5 / np.pi)
    assert labelled(ax)[r"uniform, $1/2\pi$"][1] == pytest.approx(0.5 / np.pi)
    with pytest.raises(ts.ArgumentError, match="`unit` must be left out on polar axes"):
        plot_phases(state, ax, unit=1.0)


def test_the_map_is_s_of_both_phases_with_the_second_upwards():
    ax = plot_phases(BOTH, unit=1e-3)
    values = np.asarray(ax.images[0].get_array()) * 1e-3
    angle = np.linspace(-np.pi, np.pi, len(values))
    for row, column in ((0, 90), (33, 150), (120, 7)):
        expected = ts.phase_distribution(PAIR, [angle[column], angle[row]], distribution=BOTH.distribution)
        assert values[row, column] == pytest.approx(float(expected), abs=1e-15)
    assert values.max() <= BOTH.s_max_bound
    (name,) = labelled(ax)
    assert name.startswith("maximum, proven: ")
    assert float(name.rpartition(" ")[2].strip("$")) >= BOTH.s_max_bound * 1e3
    tops = labelled(ax)[name]
    assert tops.shape == (2, BOTH.optima_count) == (2, 2)
    assert sorted(tops[0]) == pytest.approx([0.0, 1.0], abs=1e-6)  # at π, whichever side it was found on
    assert ax.get_xlabel() == r"$\varphi_{A}/\pi$"
    assert ax.get_ylabel() == r"$\varphi_{B}/\pi$"


def test_a_ridge_is_called_one():
    undriven = ts.steady_state(SpinPair(1.0, 100.0, 100.0, 1.0, coupling=0.1j))
    ax = plot_phases(ts.synchronization(undriven, distribution=Joint(SU2(1.0), SU2(1.0))))
    (name,) = labelled(ax)
    assert name.startswith("one on a ridge, maximum, proven")
    assert plot_phases(undriven).get_xlabel() == r"$(\varphi_{A}-\varphi_{B})/\pi$"


def test_a_maximum_that_is_not_proven_is_not_called_so():
    sync = ts.synchronization(LOCKED)
    ax = plot_phases(replace(sync, peak=replace(sync.peak, bound=1.5 * sync.peak.bound)))
    assert "highest found, not proven" in labelled(ax)
    assert ax.patches[0].get_hatch()
    ax = plot_phases(replace(sync, peak=replace(sync.peak, bound=np.float64(np.inf))))
    assert "highest found, not proven" in labelled(ax)
    assert "proven bound" not in labelled(ax)
    two = replace(BOTH, peak=replace(BOTH.peak, bound=np.float64(np.inf)))
    assert list(labelled(plot_phases(two))) == ["highest found, not proven"]


@pytest.mark.parametrize("distribution", [SU2(1.0), Joint(SU2(1.0), SU2(1.0))], ids=["one", "two"])
def test_where_nothing_is_preferred_no_maximum_is_marked(distribution):
    size = 3 ** len(getattr(distribution, "dims", (3,)))
    ax = plot_phases(ts.synchronization(np.eye(size) / size, distribution=distribution))
    assert not [name for name in labelled(ax) if "maximum" in name or "found" in name]
    ax.get_figure().canvas.draw()


def test_the_lines_differ_in_grey_too():
    curve, bound = plot_phases(LOCKED).lines[1:3]
    grey = [np.dot([0.2126, 0.7152, 0.0722], to_rgb(line.get_color())) for line in (curve, bound)]
    assert abs(grey[0] - grey[1]) > 0.15
    assert curve.get_linestyle() != bound.get_linestyle()


@pytest.mark.parametrize("result", [LOCKED, BOTH], ids=["one", "two"])
def test_letter_legend_and_axes_keep_clear_of_each_other(result):
    with ts.style():
        ax = plot_phases(result)
        panel_letter(ax, "a")
        figure = ax.get_figure()
        figure.canvas.draw()
        texts = (ax._left_title, ax.get_legend(), ax.xaxis.label, ax.yaxis.label)
        boxes = [one.get_window_extent() for one in texts]
        for index, box in enumerate(boxes):
            assert figure.bbox.x0 - 1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1
            assert not box.count_overlaps(boxes[index + 1 :])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot_phases(np.eye(3) / 3), r"a phase for each of 3 levels: plot_torus draws two"),
        (lambda: plot_phases(ts.synchronization(LOCKED, distribution=SUD())), "have phases of its own"),
        (
            lambda: plot_phases(ts.synchronization(np.eye(8) / 8, distribution=Joint(*[Fock()] * 3, dims=(2, 2, 2)))),
            r"it has 3; read two of them, .*Joint\(Fock\(\), Fock\(\), dims=\(2, 2, 2\), parts=\(0, 1\)\)\)",
        ),
        (lambda: plot_phases(LOCKED, heights=[0.1]), "`heights` must be left out for one phase"),
        (lambda: plot_phases(LOCKED, "mine"), "`ax` must be the Axes"),
        (lambda: plot_phases(LOCKED, colour="red"), "`style` must be keywords"),
        (lambda: plot_phases(LOCKED, unit=0.0), "`unit` must "),
        (
            lambda: plot_phases(emission_spectrum(SpinOne(1.0, 2.0, 0.1), [0.0, 1.0], operator=np.eye(3, k=1))),
            "`state` must be a state, but it is a EmissionSpectrum, whose density is none of levels",
        ),
        (
            lambda: plot_phases(ts.steady_state(SpinOne(1.0, 2.0, [0.1, 0.2]))),
            r"`result` must be one point, but it is a batch of shape \(2,\); take one, as in result\[0\]",
        ),
        (lambda: plot_phases(ts.steady_state(SpinOne(0.0, 0.0, 0.0), throw=False)), "there was none"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(draw, message):
    with pytest.raises(ts.ArgumentError, match=message):
        draw()


def test_no_system_starts_from_a_spectrum():
    system = SpinOne(1.0, 2.0, 0.1)
    light = emission_spectrum(system, [0.0, 1.0], operator=np.eye(3, k=1))
    with pytest.raises(ts.ArgumentError, match=r"^Argument `start` must be .*, but it is <EmissionSpectrum"):
        ts.evolve(system, light, [0.0, 1.0])


@pytest.mark.parametrize(
    ("text", "label"),
    [("kappa_1^A", r"$\kappa _{1}^{A}$"), ("γ_d^B", "$γ_{d}^{B}$"), ("gamma_g", r"$\gamma _{g}$"), ("m^2", "m^2")],
)
def test_rates_of_parts_are_set_as_mathematics_and_powers_left_alone(text, label):
    assert mathematics(text) == label


def test_maps_of_models_name_their_axes_by_symbols():
    ds = ts.sweep(
        SpinPair,
        {"damping_b": [1.0, 2.0, 3.0]},
        ["s_max"],
        fixed={"gain_a": 1.0, "damping_a": 3.0, "gain_b": 1.0, "coupling": 0.1},
    )
    assert plot_map(ds, "s_max").get_xlabel() == r"$γ_{d}^B$ ($\gamma _{g}^{A}$)"
