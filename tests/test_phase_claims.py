"""Do the claims about phases in time hold, would we notice if not, and does their reference stand by itself?"""

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from torusync.claims import evaluate, motion, reference, verdict
from torusync.papers.letter.phases.publication import PUBLICATION

LEDGER = PUBLICATION.ledger
IDS = [claim.id for claim in LEDGER.claims]


@pytest.fixture(scope="module")
def results():
    return dict(zip(IDS, evaluate(LEDGER, quick=True), strict=True))


def test_the_ledger_holds_its_claims_each_with_a_reason():
    assert IDS == list(LEDGER.tests) == [f"P{number:02d}" for number in range(1, 29)]
    for claim in LEDGER.claims:
        assert claim.tolerance > 0.0
        assert len(claim.reason) > 20
        assert claim.text.endswith(".")
        assert claim.source
        assert claim.paper


@pytest.mark.parametrize("name", IDS)
def test_every_claim_passes_and_has_named_numbers(results, name):
    result = results[name]
    assert result.passed, result.note
    assert len(result.checks) >= 4
    names = [one.name for one in result.values]
    assert names
    assert len(names) == len(set(names))
    assert len({one.name for one in result.checks}) == len(result.checks)
    assert all(np.isfinite(one.ours) for one in result.values)


@pytest.mark.parametrize("name", IDS)
def test_ten_tolerances_off_in_any_value_fails_the_claim(results, name):
    checks = list(results[name].checks)
    for position, check in enumerate(checks):
        for sign in (-10.0, 10.0):
            moved = list(checks)
            moved[position] = replace(check, ours=check.ours + sign * check.tolerance)
            assert not verdict(moved), f"{check.name}: nobody would notice"


@pytest.mark.parametrize("name", IDS)
def test_no_tolerance_is_as_large_as_all_that_it_is_held_against(results, name):
    """A check whose tolerance exceeds what it compares would pass with zero in place of our value.

    Where zero is what is expected, something of the claim must be compared that is not.
    """
    checks = results[name].checks
    for check in checks:
        if abs(check.reference) > 0.5:
            assert check.tolerance < 0.1 * abs(check.reference), check.name
    assert any(abs(check.reference) > 2.0 * check.tolerance for check in checks)


def test_the_departures_name_what_is_not_as_the_letter_says():
    text = " ".join(LEDGER.departures)
    for word in ("dissipatively", "p ≠ 0", "frozen", "artefact", "search dynamics", "near-degenerate", "not locked"):
        assert word in text


def test_the_reference_builds_on_the_plain_reference_alone():
    tree = ast.parse(Path(motion.__file__).read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name for name in names if name.startswith("torusync") or not name} == {"torusync.claims.reference"}


def test_the_channels_of_a_machine_are_its_generator():
    for dipoles in (0.0, 0.4, -0.3):
        machine = reference.Machine([0.1, 0.2j, 0.05], 2.0, manifold=[3.0, 3.1, 3.3], omega_drive=2.2, dipoles=dipoles)
        built = motion.lindblad(machine.rotating(), motion.channels(machine))
        np.testing.assert_allclose(built, machine.generator(), atol=1e-14)


def test_the_terms_of_the_reference_add_up_and_follow_no_gauge():
    rng = np.random.default_rng(3)
    hamiltonian, jumps = motion.random_lindblad(rng, 3, 2)
    rho = motion.random_state(rng, 3)
    change = (motion.lindblad(hamiltonian, jumps) @ rho.ravel(order="F")).reshape(3, 3, order="F") / rho
    off = ~np.eye(3, dtype=bool)
    for equation in ((hamiltonian, jumps), motion.traceless(hamiltonian, jumps)):
        found = motion.phase_terms(*equation, rho).sum(axis=0)
        np.testing.assert_allclose(found[off], change[off], atol=1e-12)
    assert max(abs(np.trace(jump)) for jump in motion.traceless(hamiltonian, jumps)[1]) < 1e-14


def test_the_frozen_reference_holds_amplitudes_and_moves_phases():
    machine = reference.Machine([0.5, 0.4], 0.2, manifold=[3.0, 3.5])
    model = motion.Frozen(machine.generator(), machine.steady())
    assert np.abs(model.velocity(model.phases[np.newaxis])).max() < 1e-13
    phases = model.phases + np.array([[0.3, -0.2, 0.7]])
    rho = model.rho.copy()
    for (i, j), phase in zip(model.pairs, phases[0], strict=True):
        rho[i, j] = abs(rho[i, j]) * np.exp(1j * phase)
        rho[j, i] = np.conj(rho[i, j])
    change = (machine.generator() @ rho.ravel(order="F")).reshape(4, 4, order="F")
    expected = [(change[i, j] / rho[i, j]).imag for i, j in model.pairs]
    np.testing.assert_allclose(model.velocity(phases)[0], expected, atol=1e-14)


def test_the_reference_takes_a_slip_for_no_drift():
    """A phase drifts that turns by more than once in the second half of the time, and alike in both its quarters."""
    times = np.linspace(0.0, 100.0, 401)
    once = 2.0 * np.pi / 50.0

    def drifts(phase):
        return bool(motion.drifting(phase[np.newaxis, :, np.newaxis], times).all())

    assert drifts(1.05 * once * times)
    assert drifts(-1.05 * once * times)
    assert not drifts(0.95 * once * times)
    assert not drifts(np.where(times > 75.0, 3.0 * once * (times - 75.0), 0.0))


def test_light_of_the_reference_is_the_transform_of_its_correlation():
    machine = reference.Machine([0.2, 0.1], 2.0, omega_drive=2.1)
    generator, rho, operator = machine.generator(), machine.steady(), motion.emitting(machine)
    delays = np.linspace(0.0, 80.0, 4001)
    step = expm(generator * delays[1])
    vector, values = (operator @ rho).ravel(order="F"), []
    for _ in delays:
        values.append(np.trace(operator.conj().T @ vector.reshape(4, 4, order="F")))
        vector = step @ vector
    apart = np.array(values) - abs(np.trace(operator @ rho)) ** 2
    for line in (-0.4, 0.0, 0.3):
        integral = 2.0 * np.trapezoid(np.exp(-1j * line * delays) * apart, delays).real
        assert motion.light(generator, rho, operator, np.array([line]))[0] == pytest.approx(integral, rel=2e-4)
    early = motion.correlation(generator, rho, operator, delays[[0, 10]])
    np.testing.assert_allclose(early, np.array(values)[[0, 10]], atol=1e-13)


def test_the_mean_field_of_the_reference_is_a_field_of_many_phases():
    """ṙ = ½(c − K r)(1 − r²), against a thousand phases that are pushed one by one."""
    angle = (np.arange(1000) + 0.5) * 2.0 * np.pi / 1000
    z = np.exp(1j * angle)
    z = (z + 0.1) / (1.0 + 0.1 * z)
    begin = np.concatenate([[0.0], np.angle(z)])[np.newaxis]
    end = motion.kuramoto(begin, 0.3, 1.0 / 1000, 0.0, 4.0)
    law = motion.mean_field_order(0.1, 0.3, 1.0, np.array([0.0, 4.0]))[-1]
    assert abs(np.exp(1j * end[0, 1:]).mean()) == pytest.approx(law, abs=1e-7)


def test_no_number_in_words_contradicts_the_values(results):
    shares = [one.ours for one in results["P23"].values if one.name.startswith("left")]
    assert re.findall(r"\d\.\d{3}", results["P23"].ours) == [f"{one:.3f}" for one in shares]
    drifting = [one.ours for one in results["P08"].values]
    assert [float(one) for one in re.findall(r"(\d+) \(", results["P08"].ours)] == drifting
