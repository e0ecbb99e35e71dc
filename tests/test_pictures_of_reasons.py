"""Does the picture of an explanation show how its own coherences add up?"""

from itertools import pairwise

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS, refused
from torusync.models import SpinOne, SpinPair, VanDerPol
from torusync.plots import plot_explanation

pytestmark = pytest.mark.usefixtures("nothing_left_open")


def ends(ax):
    """Where the bars begin and end, by rows."""
    bars = sorted((one for one in ax.patches if one.get_height() > 0.1), key=lambda one: one.get_y())
    return [(one.get_x(), one.get_x() + one.get_width()) for one in bars]


def diamond(ax):
    return next(one for one in ax.lines if one.get_marker() == "D").get_xdata()[0]


@pytest.mark.parametrize(
    "model", [SpinOne(1, 10, 0.1, 0.4), VanDerPol(1, 0.2, 0.3, 0.1), SpinPair(1, 2, 2, 1, coupling=0.1j)]
)
def test_steps_lead_from_nothing_to_the_sum(model, ax):
    found = ts.explain(model)
    plot_explanation(found, ax)
    bars = ends(ax)
    assert bars[0][0] == 0.0
    for (_, end), (start, _) in pairwise(bars):
        assert start == pytest.approx(end, abs=1e-15)
    assert diamond(ax) == pytest.approx(abs(found.sums.value[found.fundamental]), rel=1e-10)
    assert len(bars) <= 13


def test_what_is_blocked_comes_back(ax):
    found = ts.explain(SpinPair.identical(0.1))
    plot_explanation(found, ax)
    assert abs(diamond(ax)) < 1e-12
    assert max(end for _, end in ends(ax)) > 0.1 * found.sums.reach[found.fundamental]


def test_of_a_phase_a_level_it_is_the_pair_sum(ax):
    found = ts.explain(ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS))
    plot_explanation(found, ax, alpha=0.5)
    assert diamond(ax) == pytest.approx(float(found.sync.pair_sum), rel=1e-10)
    assert "if unrelated" not in {one.get_text() for one in ax.get_legend().get_texts()}


def test_who_makes_a_step_is_told_by_its_hatch(ax):
    found = ts.explain(VanDerPol(1, 1, 0.1))
    plot_explanation(found, ax)
    hatched = [bool(one.get_hatch()) for one in ax.patches if one.get_height() > 0.1]
    channels = np.abs(found.made[2:]).sum(axis=0) > np.abs(found.made[:2]).sum(axis=0)
    assert any(hatched) == bool(channels[found.reading.harmonic == found.fundamental].any())


def test_nothing_is_no_picture():
    refused(lambda: plot_explanation(ts.explain(SpinOne(1, 10))), "`result`", "coherence")
    refused(lambda: plot_explanation(np.eye(2)), "`result`")
