"""Has everything in a picture room of its own: titles beside letters, legends and notes beside lines, all on paper?"""

import numpy as np
import pytest
from matplotlib.transforms import Bbox

from reproduced import legends, panels
from torusync import papers

FIGURES = [name for paper in papers.names() for name in papers.load(paper).figures]
COMPOSITES = [(paper, one.id) for paper in papers.names() for one in papers.load(paper).composites]


def check(figure):
    figure.canvas.draw()  # axes of a given aspect find their place here
    for ax in panels(figure):
        titles = [one for one in (ax.title, ax._left_title, ax._right_title) if one.get_text()]
        boxes = [one.get_window_extent() for one in titles]
        for index, box in enumerate(boxes):
            assert not any(apart_by(box, other) < 5.0 for other in boxes[:index]), [one.get_text() for one in titles]
        notes = [one for one in ax.texts if one.get_text() == "bare energies"]
        for one in (*legends(ax), *notes):
            box = one.get_window_extent()
            for line in ax.lines:
                assert not crosses(line, box), (line.get_label(), str(one))


def apart_by(box, other):
    """Return the dots between two boxes side by side; 300 are an inch."""
    return max(box.x0 - other.x1, other.x0 - box.x1)


def crosses(line, box):
    """Whether a line that is drawn passes through a box: also between two of its points, and with its markers alone."""
    points = line.get_transform().transform(line.get_xydata())
    if line.get_linestyle() not in {"None", ""}:
        steps = np.linspace(0.0, 1.0, 50)[:, np.newaxis, np.newaxis]
        points = (points[:-1] + steps * np.diff(points, axis=0)).reshape(-1, 2)
    clip = line.axes.get_window_extent()
    inside = [one for one in (Bbox.intersection(box, clip),) if one is not None]
    return any(bool(one.count_contains(points)) for one in inside)


@pytest.mark.parametrize("name", FIGURES)
def test_titles_legends_and_notes_of_a_figure_cover_nothing(picture, name):
    check(picture(name)[0])


@pytest.mark.parametrize(("paper", "name"), COMPOSITES)
def test_nor_do_those_of_several_figures_on_a_page(request, paper, name):
    run = request.getfixturevalue(f"{paper}_run")
    composite = next(one for one in papers.load(paper).composites if one.id == name)
    check(composite.draw(run.datasets))


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_off(picture, name):
    figure = picture(name)[0]
    boxes = [ax.get_tightbbox(for_layout_only=False) for ax in panels(figure)]
    boxes += [one.get_window_extent() for ax in panels(figure) for one in legends(ax)]
    for box in boxes:
        assert figure.bbox.x0 - 1.0 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1.0
        assert figure.bbox.y0 - 1.0 <= box.y0 <= box.y1 <= figure.bbox.y1 + 1.0
