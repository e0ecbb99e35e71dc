"""What all tests share: reproducible hypothesis, and helpers to make random machines and states."""

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import HealthCheck, settings

mpl.use("Agg")
pytest.register_assert_rewrite("browser", "pagescripts")

settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")


def pytest_collection_finish(session):
    """What was imported and collected stays to the end: no collection of garbage need walk through it again.

    Figures are large and cyclic: at the usual threshold one part in six of drawing them goes into looking for garbage.
    """
    del session
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20230717)


@pytest.fixture(scope="session")
def letter_run(tmp_path_factory):
    """The letter, quick: its figures, one composite, and two verdicts that stand in for those of its claims."""
    from reproduced import quick_run
    from torusync import papers
    from torusync.report import run
    from verdicts import VERDICTS

    letter = papers.load("letter")
    two = replace(letter.ledger, claims=letter.ledger.claims[: len(VERDICTS)])
    assert [one.id for one in two.claims] == [one.id for one in VERDICTS]
    letter = replace(letter, ledger=two)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "evaluate", lambda _, ids, **__: [one for one in VERDICTS if one.id in ids])
        return quick_run(letter, tmp_path_factory.mktemp("run") / "made" / "here", letter.composites[1:])


@pytest.fixture(scope="session")
def companion_run(tmp_path_factory):
    """The companion's figures, quick, without its claims."""
    from reproduced import quick_run
    from torusync import papers

    paper = papers.load("companion")
    no_claims = replace(paper, ledger=replace(paper.ledger, claims=()))
    return quick_run(no_claims, tmp_path_factory.mktemp("companion"))


@pytest.fixture(scope="session")
def phases_run(tmp_path_factory):
    """The figures about phases in time, quick, without their claims."""
    from reproduced import quick_run
    from torusync import papers

    paper = papers.load("phases")
    no_claims = replace(paper, ledger=replace(paper.ledger, claims=()))
    return quick_run(no_claims, tmp_path_factory.mktemp("phases"))


@pytest.fixture
def picture(request):
    """Return the drawn figure, the dataset and the record of a figure of any set."""
    from torusync import papers

    def of(name):
        (home,) = [one for one in papers.names() if name in papers.load(one).figures]
        run = request.getfixturevalue(f"{home}_run")
        return run.drawn(name), run.datasets[name], run.paper.figures[name]

    return of


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    """Return what writes a file of a name and returns where it is."""

    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def ax():
    """Axes to draw on, closed afterwards."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.fixture
def nothing_left_open():
    """Close what a test, or what it tests, has opened."""
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="session")
def served():
    """The address of the explorer, run as its command."""
    from browser import explorer, needed, no_browser

    needed(no_browser())
    with explorer() as origin:
        yield origin


@pytest.fixture(scope="module")
def chrome():
    """A browser; no longer than for one module, as an event loop runs in this thread while there is one."""
    from browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(chrome, served):
    """Return what opens the page at a state, in a window of its own; what is amiss with it fails the test."""
    from browser import visitor

    with visitor(chrome, served) as opened:
        yield opened
