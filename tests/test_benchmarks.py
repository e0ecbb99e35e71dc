"""Do the benchmarks measure what they say, and say what they measured?  Nothing is timed here: no machine is idle."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import __main__ as command
from benchmarks import qutip_rows
from benchmarks.results import MEMORY, RATIO, SECONDS, DisagreementError, Result, Run, Side, ratio, stored
from benchmarks.rows import GROUPS, tasks
from benchmarks.table import HEADER, summary, text
from benchmarks.timing import THREADS, Contender, Plan, race

DOCS = Path(__file__).parents[1] / "docs"
CHEAP = ("single", "map-exact", "map", "peer")


@pytest.fixture(scope="module")
def run():
    parts = [command.measure(quick=True, only=group) for group in CHEAP]
    return replace(parts[0], results=tuple(result for part in parts for result in part.results))


@pytest.fixture
def page(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import benchmarks_page

    return benchmarks_page


def cost(value: float, target: float, *, unit: str = SECONDS, proven: bool = True) -> Result:
    return Result("large", "a machine", unit, (value, 2 * value), value, target, proven=proven)


def test_every_cheap_group_has_its_rows(run):
    assert [*dict.fromkeys(result.group for result in run.results)] == list(CHEAP)
    names = [(result.group, result.name) for result in run.results]
    assert len(set(names)) == len(names)


def test_a_row_holds_both_sides_at_their_better_threads_with_every_round(run):
    for result in run.results:
        assert result.unit == RATIO
        for side in (result.ours, result.peer):
            assert len(side.samples) == len(result.samples) == Plan.small().rounds
            assert side.threads in THREADS
            assert all(math.isfinite(time) and time > 0.0 for time in side.samples)
        assert result.value == result.peer.median / result.ours.median
        assert result.peer.label.startswith("qthermo: " if result.group == "peer" else "QuTiP: ")


def test_quick_rows_are_not_judged(run):
    assert all(result.met is None for result in run.results)
    assert summary(run) == "No row was judged."


def test_where_it_was_measured_is_known(run):
    assert set(run.machine) == {"processor", "cores", "memory", "system"}
    assert {"torusync", "Python", "numpy", "scipy", "qutip", "qthermo", "BLAS"} == set(run.versions)
    assert "unknown" not in run.versions.values()


def test_the_table_holds_each_row_with_its_notes(run):
    printed = text(run)
    for result in run.results:
        assert result.name in printed
        assert result.peer.label in printed
        assert all(note in printed for note in result.notes)
    assert all(title in printed.splitlines()[0] for title in HEADER)


def test_a_run_survives_the_round_trip(run):
    assert Run.from_json(run.to_json()) == run
    rows = json.loads(run.to_json())["results"]
    assert [row["ours"]["median"] for row in rows] == [result.ours.median for result in run.results]


def test_more_is_better_of_ratios_and_less_of_costs():
    fast, slow = Side("torusync", (1.0, 1.0), 1), Side("peer", (10.0, 30.0), 2)
    assert ratio("map", "", fast, slow, target=20.0).met is True
    assert ratio("map", "", fast, slow, target=20.1).met is False
    assert ratio("map", "", fast, slow, target=None).met is None
    assert cost(1.0, 1.0).met is True
    assert cost(1.1, 1.0, unit=MEMORY).met is False


def test_a_fast_answer_without_its_proof_misses():
    assert cost(0.5, 1.0, proven=False).met is False


def test_the_page_shows_a_miss_as_a_miss(run, page, tmp_path):
    missed = replace(run, results=(*run.results, cost(2.0, 1.0), cost(0.5, 1.0, unit=MEMORY)))
    kept, shown = tmp_path / "benchmarks.json", tmp_path / "benchmarks.md"
    kept.write_text(missed.to_json(), encoding="utf-8")
    page.write(shown, kept)
    lines = shown.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.endswith("| ≤ 1 s | MISSED |")]
    assert [line for line in lines if line.endswith("| ≤ 1 GiB | met |")]
    assert "1 of 2 targets met. Missed: large, a machine." in lines
    for group in {result.group for result in run.results}:
        assert f"### {group}" in lines


def test_the_page_without_a_run_says_so(page, tmp_path):
    page.write(tmp_path / "benchmarks.md", tmp_path / "none.json")
    assert "No run has been kept yet" in (tmp_path / "benchmarks.md").read_text(encoding="utf-8")


def test_the_kept_run_is_whole():
    run = stored(DOCS / "benchmarks.json")
    if run is None:
        pytest.skip("no run has been kept yet")
    assert [*dict.fromkeys(result.group for result in run.results)] == list(GROUPS)
    assert run.method["sizes"] == "full"
    names = [result.name for result in run.results]
    for levels in (*qutip_rows.SINGLE, *qutip_rows.MAP):
        assert any(f"N = {levels}," in name for name in names)
    assert all(result.target is not None for result in run.results if result.group != "peer")


def test_a_peer_that_disagrees_is_not_timed(monkeypatch):
    monkeypatch.setattr(qutip_rows, "AGREEMENT", 0.0)
    with pytest.raises(DisagreementError, match="differ by"):
        qutip_rows.single(4, Plan.small())


def test_a_race_takes_turns():
    order = []
    contenders = [Contender(name, lambda name=name: order.append(name)) for name in "ab"]
    sides = race(contenders, Plan(rounds=3, shortest=0.0))
    warmed = order[4:]
    assert warmed == ["a", "a", "b", "b"] * 3
    assert [len(side.samples) for side in sides] == [3, 3]


def test_every_group_has_a_task_and_can_be_had_alone():
    plan = Plan.small()
    assert [*dict.fromkeys(task.group for task in tasks(plan))] == list(GROUPS)
    for group in GROUPS:
        assert {task.group for task in tasks(plan, group)} == {group}


@pytest.mark.parametrize("options", [["--quick"], ["--only", "peer"]])
def test_only_whole_runs_are_kept(options, capsys):
    with pytest.raises(SystemExit) as left:
        command.main(["--write", *options])
    assert left.value.code == 2
    assert "--write keeps whole runs" in capsys.readouterr().err


def test_an_interrupt_leaves_no_file(monkeypatch, tmp_path, capsys):
    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "KEPT", tmp_path / "benchmarks.json")
    monkeypatch.setattr(command, "measure", interrupted)
    assert command.main(["--write"]) == 130
    assert capsys.readouterr().err == "Interrupted; nothing was written.\n"
    assert not list(tmp_path.iterdir())


def test_a_whole_run_is_kept(monkeypatch, tmp_path, run, capsys):
    monkeypatch.setattr(command, "KEPT", tmp_path / "benchmarks.json")
    monkeypatch.setattr(command, "measure", lambda **_: run)
    assert command.main(["--write"]) == 0
    assert stored(tmp_path / "benchmarks.json") == run
    assert text(run) in capsys.readouterr().out
