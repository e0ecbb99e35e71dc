"""Does the command line give the interplay of a machine, and of the sets it is told?"""

import numpy as np
import pytest

import torusync as ts
from coherence_sets import TRIANGLE, triangle
from command import as_json, refused, run, worded
from problems import BATHS, ENGINE, REFRIGERATOR
from torusync.analysis import Verdict, interplay

SECTION = "interplay"
WORDS = ["solve", "--drive", "0.1,0.1", *worded(BATHS)]


@pytest.mark.parametrize("n_hot", [REFRIGERATOR, ENGINE])
def test_solve_and_analyze_give_the_interplay_of_a_machine(n_hot, tmp_path):
    path = tmp_path / "machine.npz"
    solved = as_json(*WORDS, "--n-hot", n_hot, "--save", path)[SECTION]
    state = ts.load_state(path)
    expected = interplay(state)
    assert solved == as_json("analyze", path)[SECTION]
    assert solved["verdict"] == expected.verdict.name.lower()
    assert solved["rank"] == float(expected.rank)
    for name, value in (("gain", expected.gain), ("cost", expected.cost), ("chance_error", expected.chance_error)):
        assert solved[name] == float(value)
    for name in ("entrainment", "mutual"):
        assert solved["pair_shares"][name] == float(expected.pair_shares[name])
        assert solved["alone"][name] == float(expected.alone[name])
    by_hand = as_json("analyze", path, "--set", "entrainment=1-2,1-3", "--set", "mutual = 2-3")[SECTION]
    assert by_hand == solved


def test_a_matrix_has_the_section_where_sets_are_given(tmp_path):
    path = tmp_path / "state.npy"
    np.save(path, triangle(np.pi))
    assert list(as_json("analyze", path)[SECTION]) == ["left_out"]
    found = as_json("analyze", path, "--set", "star=0-1,0-2")[SECTION]
    expected = interplay(triangle(np.pi), {"star": [(0, 1), (0, 2)]})
    assert found["verdict"] == "compete"
    assert found["gain"] == float(expected.gain)
    assert found["alone"]["other"] == float(expected.alone["other"])
    text = run("analyze", path, "--full", "--set", "[red]a[/b]=0-1,0-2").stdout
    for word in ("interplay of sets of coherences", "compete", "chance", "[red]a[/b] ", "other "):
        assert word in text


def said(found):
    (line,) = (one for one in found["summary"] if "cooperate" in one)
    return line


def test_neutral_says_why(tmp_path):
    one_level = as_json(*WORDS, "--n-hot", ENGINE, "--drive", "0.1")
    assert one_level[SECTION]["verdict"] == "neutral"
    assert one_level[SECTION]["rank"] is None
    assert "no closed loop" in said(one_level)
    undriven = as_json(*WORDS, "--n-hot", ENGINE, "--drive", "0,0")
    assert "there is no coherence" in said(undriven)
    assert undriven[SECTION]["cost"] is None
    flux = np.linspace(0.0, np.pi, 61)
    codes = interplay(np.stack([triangle(one) for one in flux]), TRIANGLE).verdict_codes
    np.save(tmp_path / "close.npy", triangle(flux[np.flatnonzero(codes == Verdict.NEUTRAL)[0]]))
    found = as_json("analyze", tmp_path / "close.npy", "--set", "star=0-1,0-2", "--set", "rest=1-2")
    assert "the difference from chance is not resolved by 200 draws" in said(found)


def test_many_levels_are_a_line_unasked_and_refused_beyond_the_limit(tmp_path):
    words = [*WORDS[:1], "--drive", "0.1", *WORDS[3:], "--n-hot", ENGINE]
    small = as_json(*words, "--manifold-levels", 16)[SECTION]
    assert small["verdict"] == "compete"
    path = tmp_path / "large.npz"
    large = as_json(*words, "--manifold-levels", 17, "--save", path)[SECTION]
    assert large == {"left_out": "not worked out above 18 levels"}
    assert as_json("analyze", path)[SECTION] == large
    asked = as_json("analyze", path, "--set", "two=2-3,3-4,2-4")[SECTION]
    assert asked["chance"] > 0.0
    assert run(*words, "--full", "--manifold-levels", 100_000).stdout.count("not worked out above 18 levels") == 1
    np.save(tmp_path / "wide.npy", np.eye(70) / 70)
    assert "at most 64 levels" in refused("analyze", tmp_path / "wide.npy", "--set", "a=0-1")


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["a"], "`--set` must have the form NAME=0-1,0-2, with pairs of levels, but it is 'a'"),
        (["=0-1"], "`--set` must have the form"),
        (["a="], "`--set` must have the form"),
        (["a=0-1,"], "`--set` must have the form"),
        (["a=0:1"], "`--set` must have the form"),
        (["a=0--1"], "`--set` must have the form"),
        (["a=0-x"], "`--set` must have the form"),
        (["a=0-1=2"], "`--set` must have the form"),
        (["a=0-" + "9" * 5000], "`--set` must have the form"),
        (["a=0-1", "a=0-2"], "`--set` must name each set once, with all its pairs, but 'a' comes twice"),
        (["a=0-1", "b=1-0"], "`--set` must share no pair of levels, but (1, 0) is in 'a' and in 'b'"),
        (["a=0-3"], "`--set` must join levels between 0 and 2"),
        (["a=1-1"], "`--set` must join two different levels"),
        (["other=0-1"], "`--set` must have names"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_wrong_set_is_refused_in_one_sentence(sets, message, tmp_path):
    path = tmp_path / "state.npy"
    np.save(path, triangle(1.0))
    words = [word for one in sets for word in ("--set", one)]
    assert message in refused("analyze", path, *words)
