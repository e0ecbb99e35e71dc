"""Do the benchmarks measure what they say, and say what they measured?  Nothing is timed here: no machine is idle."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import __main__ as command
from benchmarks import best_known, disorder_rows, proof_rows, proof_states, qutip_rows, sweep_peers, sweep_rows
from benchmarks.clarabel_peer import relax
from benchmarks.families import KINDS, coherences, density_matrix, families
from benchmarks.generic_rows import SMALL
from benchmarks.groups import GROUPS
from benchmarks.lbfgs_peer import climb, pair_moduli
from benchmarks.results import MEMORY, RATIO, SECONDS, SHARE, DisagreementError, Result, Run, Side, ratio, stored
from benchmarks.rows import tasks
from benchmarks.table import HEADER, figure, summary, text
from benchmarks.timing import THREADS, Contender, Plan, race

DOCS = Path(__file__).parents[1] / "docs"
CHEAP = ("single", "map-exact", "map", "peer", "counting")


@pytest.fixture(scope="module")
def run():
    parts = [command.measure(quick=True, only=group) for group in CHEAP]
    return replace(parts[0], results=tuple(result for part in parts for result in part.results))


@pytest.fixture(scope="module")
def proof():
    return command.measure(quick=True, only="proof")


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
    assert {"torusync", "Python", "numpy", "scipy", "qutip", "qthermo", "clarabel", "BLAS"} == set(run.versions)
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
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == ["## What is measured", "## How it is measured", "## What was met", "## Results"]
    measured, met = (lines.index(heading) for heading in (headings[0], headings[2]))
    for group, what in GROUPS.items():
        assert any(line.startswith(f"| {group} | {page.cell(what)} |") for line in lines[measured:met])


def test_the_page_without_a_run_says_so(page, tmp_path):
    page.write(tmp_path / "benchmarks.md", tmp_path / "none.json")
    assert "No run has been kept yet" in (tmp_path / "benchmarks.md").read_text(encoding="utf-8")


def test_the_kept_run_is_whole():
    run = stored(DOCS / "benchmarks.json")
    if run is None:
        pytest.skip("no run has been kept yet")
    measured = [*dict.fromkeys(result.group for result in run.results)]
    assert measured == list(GROUPS)
    assert run.method["sizes"] == "full"
    names = [result.name for result in run.results]
    for levels in (*qutip_rows.SINGLE, *qutip_rows.MAP):
        assert any(f"N = {levels}," in name for name in names)
    # what a store costs beside others is told and not judged
    told = {"peer", "proof", "sweep"}
    assert all(result.target is not None for result in run.results if result.group not in told)
    assert any(result.target is not None for result in run.results if result.group == "sweep")


def test_draws_are_measured_in_stacks_and_one_by_one_and_quick_ones_are_not_judged():
    found = command.measure(quick=True, only="disorder").results
    assert [one.name for one in found] == ["40 draws, N = 20, engine", "40 draws, N = 20, refrigerator"]
    for one in found:
        assert one.met is None
        assert one.notes[0] == "40 of 40 draws certified"
    assert set(disorder_rows.TARGETS.values()) == {8.0, 5.0, 2.0}


def test_maps_are_measured_on_both_sides_and_quick_ones_are_not_judged(monkeypatch):
    def by_rows(study, folder):
        (folder / "a").write_bytes(b"123")
        return np.stack([sweep_peers.row(study.text, one)["s_max"] for one in range(study.shape[0])])

    monkeypatch.setattr(sweep_peers, "installed", lambda: {"pipefunc": by_rows})
    found = command.measure(quick=True, only="sweep").results
    assert [one.name.partition(": ")[2] for one in found] == [
        "2 workers", "beside threads", "stored", "in memory", "stored", "the store's share", "pipefunc", "xyzpy",
    ]  # fmt: skip
    assert found[-1].notes == ("xyzpy is not installed (extra `peers`), so that ours alone was timed",)
    assert found[-2].notes[0].startswith("1 files of 3 bytes, ours ")
    assert all(one.met is None for one in found)
    for one in found[:-1]:
        assert one.ours.label.startswith("torusync")
        assert min(*one.ours.samples, *one.peer.samples) > 0.0
    assert all("144 of 144 points certified" in one.notes for one in found[:3])
    assert all(one.peer.label.startswith("QuTiP: svd") for one in found[3:5])


def test_an_engine_with_other_numbers_is_not_timed(monkeypatch):
    monkeypatch.setattr(sweep_peers, "installed", lambda: {"pipefunc": lambda study, _: np.zeros(study.shape)})
    with pytest.raises(DisagreementError, match="Another engine has other numbers"):
        sweep_rows.engines(Plan.small())


def test_generic_systems_are_measured_against_a_method_that_is_exact():
    found = command.measure(quick=True, only="generic").results
    assert [one.name for one in found[:3]] == list(SMALL)
    for one in found:
        assert one.met is None
        assert one.peer.label.startswith("QuTiP")
        assert min(*one.ours.samples, *one.peer.samples) > 0.0
    assert all("residuals" in one.notes[0] for one in found[:3])
    (whole,) = (one for one in found if one.name.endswith("spin-1, with certified S_max"))
    assert whole.proven
    assert whole.notes[0].startswith("100 % certified")


def test_an_engine_that_is_not_installed_is_named_and_ours_alone_is_timed(monkeypatch):
    monkeypatch.setattr(sweep_peers, "installed", dict)
    found = sweep_rows.engines(Plan.small())
    assert [one.name.rpartition(": ")[2] for one in found] == [*sweep_peers.NAMES]
    for one in found:
        assert one.met is None
        assert one.peer is None
        assert one.value > 0.0
        assert "is not installed" in one.notes[0]


def test_evolutions_and_spectra_are_measured_and_quick_ones_are_not_judged():
    found = command.measure(quick=True, only="dynamics").results
    assert len(found) == 5
    assert all(one.met is None for one in found)
    assert [one.peer.label.partition(" ")[0] for one in found[:4]] == ["QuTiP:"] * 4
    assert found[4].notes[0].startswith("grows as N^")


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


def test_states_are_density_matrices_and_drawn_again_the_same():
    for family in families():
        if family.levels > 24:
            continue
        first, again, other = (density_matrix(family.state(index)) for index in (0, 0, 1))
        assert np.array_equal(first, again), family.name
        assert not np.allclose(first, other), family.name
        assert first.shape == (family.levels, family.levels)
        assert np.trace(first) == pytest.approx(1.0, abs=1e-12)
        assert np.linalg.eigvalsh(first)[0] >= -1e-12, family.name
        assert np.abs(first - first.conj().T).max() <= 1e-15


def test_families_cover_every_kind_and_have_names_of_their_own():
    every = families()
    assert len({family.name for family in every}) == len(every)
    assert {family.kind for family in families(quick=True)} == set(KINDS)
    judged = {family.kind for family in every if family.proven}
    assert judged == set(KINDS) - {"adversarial states"}
    assert all(family.proven == 1.0 for family in every if family.kind == "equal rates")


def test_every_family_has_its_share_with_both_times(proof):
    assert [f"{family.name}: certified" for family in families(quick=True)] == [one.name for one in proof.results]
    for result in proof.results:
        assert (result.group, result.unit, result.met) == ("proof", SHARE, None)
        assert result.value == sum(result.samples) / len(result.samples)
        assert result.peer.label == "L-BFGS, one start"
        for side in (result.ours, result.peer):
            assert 0.0 < side.samples[0] <= side.samples[1] == side.median <= side.samples[2]
        said = " ".join(result.notes)
        assert all(word in said for word in ("best value known found in", "L-BFGS misses it in", "clarabel"))
        assert "no best value is kept" not in said


def test_a_share_is_shown_in_per_cent_and_survives_the_round_trip(proof):
    share = Result("proof", "some states", SHARE, (1.0, 1.0, 1.0, 0.0), 0.75, 1.0)
    assert share.met is False
    assert replace(share, target=0.75).met is True
    assert figure(SHARE, share.value) == "75 %"
    run = replace(proof, results=(*proof.results, share))
    assert Run.from_json(run.to_json()) == run
    (line,) = (line for line in text(run).splitlines() if line.startswith("some states"))
    assert " ".join(line.split()) == "some states – – 75 % (3 of 4) ≥ 100 % MISSED"


def test_a_best_value_is_kept_for_every_state():
    kept = best_known.kept(best_known.KEPT)
    assert {name: len(rows) for name, rows in kept.items()} == {one.name: one.count for one in families()}
    assert all(0.0 < row.value <= row.moduli * (1.0 + 1e-12) for rows in kept.values() for row in rows)


def test_a_changed_instance_is_refused(monkeypatch, capsys):
    family, *_ = families(quick=True)
    matrix = coherences(family.state(0))
    kept = best_known.kept(best_known.KEPT)
    assert best_known.best_kept(kept, family, 0, matrix) == kept[family.name][0].value
    assert best_known.best_kept({}, family, 0, matrix) is None
    for changed in (matrix * (1.0 + 1e-6), matrix * np.exp(1e-6j * np.subtract.outer(np.arange(4), np.arange(4)))):
        with pytest.raises(best_known.ChangedInstanceError, match="is not the one whose best value is kept"):
            best_known.best_kept(kept, family, 0, changed)
    monkeypatch.setattr(proof_rows, "kept", lambda _: {family.name: kept[family.name][::-1]})
    assert command.main(["--quick", "--only", "proof"]) == 1
    assert f"State 0 of '{family.name}' is not the one" in capsys.readouterr().err


def test_the_better_of_kept_and_found_values_stays(monkeypatch, tmp_path, capsys):
    names = {"ring of random flux, D = 5", "random phases, D = 20"}  # the one is always proven, the other hardly ever
    some = [replace(family, count=2) for family in families() if family.name in names]
    monkeypatch.setattr(best_known, "KEPT", tmp_path / "best_known.json")
    monkeypatch.setattr(best_known, "STARTS", 2)
    monkeypatch.setattr(best_known, "families", lambda: some)
    assert command.main(["--best-known"]) == 0
    assert capsys.readouterr().out.startswith("Best values of 4 states kept")
    found = best_known.kept(best_known.KEPT)
    claims = {
        name: [replace(row, value=1.01 * row.value, proven=False) for row in rows] for name, rows in found.items()
    }
    for name, rows in best_known.searched(lambda *_: None, claims):
        for row, before, claim in zip(rows, found[name], claims[name], strict=True):
            assert row == (before if before.proven else claim)


def test_a_value_above_a_bound_stops_the_run(monkeypatch):
    family, *_ = families(quick=True)
    monkeypatch.setattr(proof_states, "climb", lambda matrix, _: 1.1 * pair_moduli(matrix))
    with pytest.raises(DisagreementError, match="is no bound"):
        proof_states.measure(family, 0, best_known.kept(best_known.KEPT))


def test_peers_know_the_maximum_of_a_pure_state():
    pure = next(one for one in families() if one.name == "random, D = 10, rank 1")
    matrix = coherences(pure.state(0))
    highest = pair_moduli(matrix)
    assert climb(matrix, np.random.default_rng(0)) == pytest.approx(highest, rel=1e-12)
    claimed, tested = relax(matrix)
    assert highest <= tested * (1.0 + 1e-14)
    assert (claimed, tested) == pytest.approx((highest, highest), rel=1e-6)
    signs = np.ones((3, 3)) - np.eye(3)
    assert relax(-signs)[1] == pytest.approx(1.5, rel=1e-6)
