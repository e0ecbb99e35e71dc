"""How coherences add up: one after another as steps, from nothing to their sum.

Where they agree, steps lead straight out to what they could reach; where they block each other they lead back to where
they began.  Drawn is the part of each step along their sum, or along the largest of them where the sum is next to
nothing, so that the steps end at |c|; of a phase a level it is what each adds to the pair sum at the optimal phases.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import Integer, Real, as_instance, requirement
from torusync.analysis import Explanation
from torusync.analysis.words import label
from torusync.plots.axes import own_or_new, styled
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROWS: Final = 12
"""Coherences that have a row of their own; more could not be read."""

_LOOKS: Final[tuple[dict[str, Any], ...]] = (
    {"fc": REFRIGERATOR, "label": "made by the Hamiltonian"},
    {"fc": "white", "hatch": "////", "ec": ENGINE, "label": "made by the channels"},
)

_NOTHING: Final = 1e-2
"""Part of Σ|Wρ| below which the direction of a sum says nothing of its terms."""


def steps_of(found: Explanation) -> tuple[Real, Integer, Integer]:
    """Return steps, the largest first, the numbers of their coherences, and by whom each is made mainly."""
    reading = found.reading
    terms, mine = reading.weights * found.rho, np.abs(found.rho) > found.sync.coherence_error
    if len(reading.orders):
        mine &= reading.harmonic == found.fundamental
        own = terms[mine]
        if own.size:
            total = own.sum()
            along = total if abs(total) > _NOTHING * np.abs(own).sum() else own[np.argmax(np.abs(own))]
            terms = terms * np.exp(-1j * np.angle(along))
    else:
        terms = terms * found.turned
    places = np.flatnonzero(mine)
    places = places[np.argsort(-np.abs(terms[places]), kind="stable")]
    made = np.abs(np.nan_to_num(found.made[:, places])).argmax(axis=0) // 2
    return np.asarray(terms[places].real), places, np.asarray(made)


def plot_explanation(result: Explanation, ax: "Axes | None" = None, **style: Any) -> "Axes":
    """Draw how the coherences of the lowest harmonic add up, or those of all pairs where every level has a phase.

    Parameters
    ----------
    result
        What `torusync.explain` returned.
    ax
        Where to draw; on a new figure if left out.
    style
        For the steps, see `matplotlib.axes.Axes.barh`.

    Returns
    -------
    matplotlib.axes.Axes
        A step a coherence, filled or hatched by who makes it, the twelve largest first and all others in one; a diamond
        at their sum, and lines at what they would reach if all agreed and, of a harmonic, if they were unrelated.

    Raises
    ------
    ArgumentError
        If the result is none, or has no coherence.
    """
    as_instance("result", result, Explanation, "an Explanation, as explain(system) returns it")
    steps, places, made = steps_of(result)
    if not steps.size:
        raise requirement("result", "have a coherence to draw", f"it has none: {result.finding.sentence.rstrip('.')}")
    ax = own_or_new(ax)
    sizes = np.abs((result.reading.weights * result.rho)[places])
    ax.axvline(float(sizes.sum()), color=GREY, lw=0.8, label="if all agreed")
    if len(result.reading.orders):
        ax.axvline(float(np.sqrt((sizes**2).sum())), color=GREY, lw=0.8, ls="--", label="if unrelated")
    ax.axvline(0.0, color=INK, lw=0.6)
    names = [f"${label(result, one).replace('_', '_{')}}}$" for one in places[:_ROWS]]
    starts = np.concatenate([[0.0], np.cumsum(steps)])
    told = set()
    for row in range(len(names)):
        look = dict(_LOOKS[made[row]])
        if made[row] in told:
            look.pop("label")
        told.add(made[row])
        with styled(style):
            plain = {"height": 0.62, "ec": INK, "lw": 0.6}
            ax.barh(row, steps[row], left=starts[row], **{**plain, **look, **style})
        ax.plot([starts[row + 1]] * 2, [row, row + 1], color=INK, lw=0.5)
    if len(steps) > _ROWS:
        rest = float(starts[-1] - starts[_ROWS])
        with styled(style):
            look = {"height": 0.62, "ec": INK, "lw": 0.6, "fc": "#BBBBBB", **style}
            ax.barh(len(names), rest, left=starts[_ROWS], **look)
        names.append(f"{len(steps) - _ROWS} others")
        ax.plot([starts[-1]] * 2, [len(names) - 1, len(names)], color=INK, lw=0.5)
    ax.plot(starts[-1], len(names), ls="", marker="D", mfc="white", mec=INK, ms=5, label="sum", zorder=4)
    ax.set_yticks(range(len(names) + 1), [*names, "sum"])
    ax.set_ylim(len(names) + 0.6, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.use_sticky_edges = False  # a bar that ends at the frame hides the diamond
    ax.margins(x=0.06)
    ax.set_xlabel(r"$W\rho_{ij}$ along their sum" if len(result.reading.orders) else "parts of the pair sum")
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, -0.22), borderaxespad=0.0, ncols=2)
    return ax
