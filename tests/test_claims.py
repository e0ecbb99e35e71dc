"""Does the letter hold, and would we notice if it did not?"""

import ast
import copy
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import torusync
from torusync.claims import Check, common, evaluate, reference, verdict
from torusync.papers.letter.publication import PUBLICATION

LETTER = PUBLICATION.ledger


@pytest.fixture(scope="module")
def results():
    return evaluate(LETTER)


def test_the_ledger_holds_its_claims_each_with_a_reason():
    assert [claim.id for claim in LETTER.claims] == list(LETTER.tests) == [f"C{number:02d}" for number in range(1, 25)]
    for claim in LETTER.claims:
        assert claim.tolerance > 0.0
        assert len(claim.reason) > 20
        assert claim.text.endswith(".")
        assert claim.source
        assert claim.paper


@pytest.mark.parametrize("index", range(24), ids=[claim.id for claim in LETTER.claims])
def test_every_claim_passes(results, index):
    result = results[index]
    assert result.passed, result.note
    assert len(result.checks) >= 4


@pytest.mark.parametrize("index", range(24), ids=[claim.id for claim in LETTER.claims])
def test_ten_tolerances_off_in_any_value_fails_the_claim(results, index):
    checks = list(results[index].checks)
    for position, check in enumerate(checks):
        for sign in (-10.0, 10.0):
            moved = list(checks)
            moved[position] = replace(check, ours=check.ours + sign * check.tolerance)
            assert not verdict(moved), f"{check.name}: nobody would notice"


def test_a_value_that_is_not_a_number_fails_and_so_do_no_checks_at_all():
    assert verdict([Check("fine", 1.0, 1.0, 1e-9)])
    assert not verdict([Check("nan", float("nan"), 1.0, 1e-9)])
    assert not verdict([])


def test_quick_keeps_every_claim_and_tolerance(results):
    quick = evaluate(LETTER, quick=True)
    assert [one.id for one in quick] == [one.id for one in results]
    assert [one.tolerance for one in quick] == [one.tolerance for one in results]
    assert all(one.passed for one in quick)


def test_records_are_plain_json(results):
    records = [json.loads(json.dumps(result.as_dict())) for result in results]
    words = {"id", "claim", "ours", "paper", "tolerance", "passed", "note"}
    assert all(set(one) == words | {"ours_value", "paper_value", "difference", "values"} for one in records)


def test_progress_is_told_before_each_claim_and_at_the_end():
    told = []
    evaluate(LETTER, ["C01", "C04"], quick=True, progress=lambda done, total, text: told.append((done, total, text)))
    assert [entry[:2] for entry in told] == [(0, 2), (1, 2), (2, 2)]
    assert "C04" in told[1][2]


def test_an_unknown_claim_is_refused():
    with pytest.raises(torusync.ArgumentError, match=r"Argument `ids` must be among C01 … C24, but it holds 'C99'\."):
        evaluate(LETTER, ["C99"])


def test_the_departures_name_what_the_letter_prints_otherwise():
    text = " ".join(LETTER.departures)
    for word in (
        "frame",
        "25.5",
        "Φ_ij + Φ_jl",
        "0.755 π",
        "1/6",
        "not asymptotic",
        "3/4",
        "continuum",
        "Matched",
        "k ≠ j",
        "2k²/N",
    ):
        assert word in text


def test_only_the_plus_sign_makes_phases_compatible():
    """Departure: the printed condition, with a minus sign, fails in the refrigerator, where phases do agree."""
    triangles = [(2, 1, 3), (1, 2, 3), (2, 3, 1), (2, 3, 4)]
    for n_hot, frustrated in ((0.2, 0.0), (5.0, np.pi)):
        phi = np.angle(reference.Machine([0.1] * 3, n_hot).steady())
        closed = [phi[i, j] + phi[j, k] - phi[i, k] for i, j, k in triangles]
        assert np.abs(np.exp(1j * np.array(closed)) - np.exp(1j * frustrated)).max() < 1e-9
    phi = np.angle(reference.Machine([0.1] * 3, 0.2).steady())
    assert np.cos(phi[2, 1] - phi[1, 3] - phi[2, 3]) == pytest.approx(-1.0)


def test_the_phase_difference_of_figure_2b_is_not_pi():
    """Departure: at k = 0.75 the optimum is as Eq. (12) has it."""
    lam = 0.05 * 51.0 / 0.75
    _, phases = reference.maximum(reference.Machine([lam, lam], 50.0).steady())
    difference = float(np.arccos(np.cos(phases[2] - phases[3])))
    assert difference == pytest.approx(np.pi - 2.0 * np.arcsin(0.375), abs=1e-6)
    assert difference / np.pi == pytest.approx(0.755, abs=5e-4)


@pytest.mark.parametrize(("share", "sign"), [(0.9 / 6.0, 1.0), (1.1 / 6.0, -1.0)])
def test_the_caption_of_figure_2d_read_literally_lets_the_engine_cooperate(share, sign):
    """Departure: with λ_2 held, a strong λ_3 lifts the engine above its entrainment part."""
    rho = reference.Machine([0.1, 0.1 / share], 5.0).steady()
    height, _ = reference.maximum(rho)
    assert np.sign(height / (2.0 * reference.factor(4)) - np.abs(rho[1, 2:]).sum()) == sign


@pytest.mark.parametrize("turned", ["levels", "occupations"])
def test_near_degeneracy_notices_which_level_is_the_upper_one(monkeypatch, turned):
    def upside_down(machine):
        changed = copy.copy(machine)
        if turned == "levels":
            changed.manifold = 2.0 * machine.manifold.mean() - machine.manifold
        else:
            changed.occupations = machine.occupations[::-1]
        return build(changed)

    build = common.maser
    monkeypatch.setattr(common, "maser", upside_down)
    assert not evaluate(LETTER, ["C20"], quick=True)[0].passed


@pytest.mark.parametrize("turn", [-5e-7, 5e-7])
def test_an_angle_just_below_zero_is_not_taken_for_zero(turn):
    check = common.angle("Φ", complex(np.exp(1j * turn)), 0.0, 1e-9)
    assert check.ours == pytest.approx(turn)
    assert not verdict([check])


def test_the_reference_imports_nothing_of_the_package():
    tree = ast.parse(Path(reference.__file__).read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.startswith("torusync") or not name]


def test_the_reference_runs_alone():
    """Executed by path, the module must not bring in anything of what it checks."""
    code = (
        "import runpy, sys\n"
        f"module = runpy.run_path({reference.__file__!r})\n"
        "module['Machine']([0.1, 0.1], 1.0).steady()\n"
        "assert not [name for name in sys.modules if name.startswith('torusync')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_reference_knows_the_exact_table():
    """Rational values at γ_c = 1/5, γ_h = 1/20, n_c = 1/2, λ = 1/10, N = 2."""
    for n_hot, single, pair, total in ((0.2, 3 / 236, 5 / 236, 11 / 236), (1.0, 1 / 92, 1 / 92, 3 / 184)):
        rho = reference.Machine([0.1, 0.1], n_hot).steady()
        assert abs(rho[1, 2]) == pytest.approx(single, rel=1e-12)
        assert abs(rho[2, 3]) == pytest.approx(pair, rel=1e-12)
        height, _ = reference.maximum(rho)
        assert height / (2.0 * reference.factor(4)) == pytest.approx(total, rel=1e-11)


def test_the_references_bound_is_above_its_maximum():
    rng = np.random.default_rng(3)
    for size in (3, 5, 8):
        amplitudes = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
        rho = amplitudes @ amplitudes.conj().T
        rho /= np.trace(rho).real
        height, phases = reference.maximum(rho)
        assert reference.bound(rho, phases) >= height * (1.0 - 1e-12)


def test_the_root_finder_refuses_an_interval_without_a_root():
    with pytest.raises(ValueError, match="no change of sign"):
        reference.root(lambda x: x + 1.0, 0.0, 1.0)
