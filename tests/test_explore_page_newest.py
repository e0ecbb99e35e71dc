"""Does the page show what was asked for last, and say of a figure only what is still true of it?"""

import numpy as np
import pytest

from browser import visiting
from torusync.explore import cube as cubes

MIXED = np.diag([0.6, 0.4]) + 0.1 * np.array([[0.0, 1.0], [1.0, 0.0]])
STRAYED = "whose parameters have been changed"


def held_back(seen, name):
    """Hold back what the page asks of a file; return the list that it comes into, to be gone on with."""
    held = []

    def keep(route):
        held.append(route)

    seen.page.route(f"**/api/drop?name={name}", keep)
    return held


@pytest.mark.parametrize("slow", ["slow.npy", "broken.npy"])
def test_a_file_that_takes_long_does_not_come_over_a_newer_one(visit, tmp_path, slow):
    np.save(tmp_path / "slow.npy", MIXED)
    (tmp_path / "broken.npy").write_bytes(b"no matrix at all")
    np.save(tmp_path / "quick.npy", np.diag([0.5, 0.5]) + 0.2 * np.array([[0.0, 1.0], [1.0, 0.0]]))
    seen = visit("?preset=model-maser", refusals=True)
    held = held_back(seen, slow)
    seen.page.locator("#file").set_input_files(tmp_path / slow)
    seen.page.get_by_text(f"Reading “{slow}”").wait_for()
    seen.page.locator("#file").set_input_files(tmp_path / "quick.npy")
    seen.page.get_by_text("from the file quick.npy").wait_for()
    first = seen.number("s_max")
    with seen.page.expect_response(f"**/api/drop?name={slow}"):
        held[0].continue_()
    seen.settled()
    assert seen.page.get_by_text("from the file quick.npy").is_visible()
    assert seen.number("s_max") == first
    assert not seen.page.locator("#notice").is_visible()


def test_a_file_that_takes_long_does_not_come_over_the_machine_that_was_gone_on_with(visit, tmp_path):
    np.save(tmp_path / "slow.npy", MIXED)
    seen = visit("?preset=model-maser")
    held = held_back(seen, "slow.npy")
    seen.page.locator("#file").set_input_files(tmp_path / "slow.npy")
    seen.page.get_by_text("Reading “slow.npy”").wait_for()
    seen.field("drive").fill("0.2")
    seen.field("drive").press("Enter")
    with seen.page.expect_response("**/api/drop?name=slow.npy"):
        held[0].continue_()
    seen.settled()
    assert seen.page.locator("#preset").input_value() == "model-maser"
    assert not seen.page.get_by_text("from the file slow.npy").is_visible()
    assert not seen.page.locator("#notice").is_visible()


def test_what_is_said_of_a_figure_says_when_it_is_no_longer_of_it(visit):
    seen = visit("?preset=letter-fig2a")
    about = seen.page.locator("#about")
    assert STRAYED not in about.text_content()
    seen.type("dissipation_ratio", 1.0)  # along its line
    assert STRAYED not in about.text_content()
    seen.type("occupation_ratio", 0.1)
    assert STRAYED in about.text_content()
    seen.page.locator("#preset").select_option("model-maser")
    seen.settled()
    seen.type("n_hot", 0.1)  # what is said of a model is true at all parameters
    assert STRAYED not in about.text_content()


def test_an_exported_page_along_what_no_figure_runs_over_is_not_called_a_figure(chrome, tmp_path):
    page = tmp_path / "page.html"
    cubes.export(page, preset=None, along=["n_hot=1:5", "drive=0.01:1"], lecture=None, points=5)
    with visiting(chrome, page.as_uri(), offline=True) as seen:
        seen.open()
        assert seen.page.locator("#preset option:checked").inner_text() == "Thermal maser"
