"""The companion's set: are its bounds right, would we notice if not, and is said what could not be read?"""

import json
from dataclasses import replace
from string import ascii_lowercase

import numpy as np
import pytest
from typer.testing import CliRunner

import torusync as ts
from reproduced import quick_run
from torusync.claims import common, evaluate, reference, verdict
from torusync.cli import app
from torusync.figures import to_svg
from torusync.papers.companion.claims import machine as machine_claims
from torusync.papers.companion.parameters import N_COLD, REGIMES, machine
from torusync.papers.companion.publication import PUBLICATION as PAPER
from torusync.papers.letter.publication import PUBLICATION as LETTER
from torusync.report.markup import rich
from torusync.thermo import Regime, synchronization_bounds
from torusync.thermo.degenerate import competition_window

COMPANION = PAPER.ledger
IDS = [f"K{number:02d}" for number in range(1, 13)]
FIGURES = [
    "baths", "dipoles", "heat", "efficiency", "point", "ring", "cold-point", "cold-ring", "detuning", "competition",
]  # fmt: skip


@pytest.fixture(scope="module")
def results():
    return evaluate(COMPANION)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return quick_run(PAPER, tmp_path_factory.mktemp("companion"))


@pytest.fixture(scope="module")
def datasets(run):
    return {name: run.stored(name) for name in FIGURES}


def test_the_ledger_holds_the_twelve_claims_each_with_a_reason():
    assert [claim.id for claim in COMPANION.claims] == list(COMPANION.tests) == IDS
    for claim in COMPANION.claims:
        assert claim.tolerance > 0.0
        assert len(claim.reason) > 20
        assert claim.text.endswith(".")
        assert claim.source
        assert "not read" in claim.paper


@pytest.mark.parametrize("index", range(12), ids=IDS)
def test_every_claim_passes_and_ten_tolerances_off_in_any_value_fail_it(results, index):
    result = results[index]
    assert result.passed, result.note
    assert len(result.checks) >= 4
    checks = list(result.checks)
    for position, check in enumerate(checks):
        for sign in (-10.0, 10.0):
            moved = list(checks)
            moved[position] = replace(check, ours=check.ours + sign * check.tolerance)
            assert not verdict(moved), f"{check.name}: nobody would notice"


def test_quick_keeps_every_claim_and_tolerance(results, run):
    quick = run.verdicts
    assert [(one.id, one.tolerance) for one in quick] == [(one.id, one.tolerance) for one in results]
    assert all(one.passed for one in quick)


@pytest.mark.parametrize(("ledger", "name"), [(COMPANION, "C01"), (LETTER.ledger, "K01")])
def test_a_claim_of_the_other_paper_is_refused(ledger, name):
    first, last = ledger.claims[0].id, ledger.claims[-1].id
    with pytest.raises(ts.ArgumentError, match=rf"`ids` must be among {first} … {last}, but it holds '{name}'\."):
        evaluate(ledger, [name])


@pytest.mark.parametrize("name", ["K02", "K04", "K06", "K07", "K09", "K10", "K12"])
def test_a_turned_sign_of_the_correlation_is_noticed(monkeypatch, name):
    def turned(machine):
        changed = build(machine)
        return ts.ThermalMaser(
            changed.drive,
            **{key: getattr(changed, key) for key in ("n_hot", "n_cold", "gamma_hot", "gamma_cold", "omega_hot")},
            splittings=changed.splittings,
            detuning=changed.detuning,
            dipole_matrix=2.0 * np.eye(changed.manifold_levels) - np.asarray(changed.dipole_matrix),
        )

    build = common.maser
    for module in (common, machine_claims):
        monkeypatch.setattr(module, "maser", turned)
    try:
        (result,) = evaluate(COMPANION, [name], quick=True)
    except (ts.ArgumentError, ts.SteadyStateError):
        return  # −P need not be positive, nor its state unique: that is noticed, too
    assert not result.passed


def test_the_departures_say_what_could_not_be_read():
    text = " ".join(COMPANION.departures)
    for word in (
        "Only the title and the abstract",
        "no value here is compared",
        "κ_P",
        "Redfield",
        "bare",
        "√2",
        "QuantumSyncThermalMaser",
        "no licence: nothing was copied",
        "up to 4 %",
        "up to 19 %",
        "0.93 in their data and 1.13747 by Eq. (3)",
        "Whether the printed figure rests on these data could not be read",
    ):
        assert word in text
    for spec in PAPER.figures.values():
        assert "could not be read" in spec.departures[0]


def dissipator(jump):
    """2XρX† − {X†X, ρ} on column-major vec(ρ)."""
    one, decay = np.eye(len(jump)), jump.conj().T @ jump
    return 2.0 * np.kron(jump.conj(), jump) - np.kron(one, decay) - np.kron(decay.T, one)


def test_the_references_dipoles_are_of_lindblad_form_at_equal_occupations():
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(3, 3))
    dipoles = vectors @ vectors.T
    dipoles /= np.sqrt(np.outer(np.diag(dipoles), np.diag(dipoles)))
    machine = reference.Machine(rng.normal(size=3), 0.7, dipoles=dipoles)
    plain = reference.Machine(machine.drive, 0.7, gamma_hot=0.0)
    total = plain.generator()
    weights, columns = np.linalg.eigh(dipoles)
    for weight, vector in zip(weights, columns.T, strict=True):
        jump = sum(amplitude * reference.ket_bra(5, 0, j + 2) for j, amplitude in enumerate(vector))
        total += 0.05 * weight * (1.7 * dissipator(jump) + 0.7 * dissipator(jump.conj().T))
    np.testing.assert_allclose(machine.generator(), total, atol=1e-14)


def test_the_references_redfield_terms_keep_trace_and_hermiticity_and_the_first_law():
    machine = reference.Machine.thermal([0.1, 0.2j, 0.05], 4.0, 1.0, spread=0.5, detuning=0.1, dipoles=0.4)
    generator = machine.generator()
    assert np.abs(np.eye(5).ravel() @ generator).max() < 1e-14
    rng = np.random.default_rng(6)
    rho = rng.normal(size=(5, 5)) + 1j * rng.normal(size=(5, 5))
    rho += rho.conj().T
    slope = (generator @ rho.ravel(order="F")).reshape(5, 5, order="F")
    np.testing.assert_allclose(slope, slope.conj().T, atol=1e-14)
    steady = machine.steady()
    gained = machine.heat("hot", steady) + machine.coherent_heat(steady) + machine.heat("cold", steady)
    assert gained == pytest.approx(machine.power(steady), rel=1e-12)
    assert machine.occupations == pytest.approx(1.0 / np.expm1(machine.manifold / 4.0))
    assert machine.n_cold == pytest.approx(1.0 / np.expm1(1.0))
    assert machine.omega_drive == pytest.approx(3.25 - 1.0 + 0.1)


def test_no_state_whatever_exceeds_the_root_of_the_number_of_levels():
    """ΣS ≥ Σ|ρ_1j|/√N for random states, whose coherences are as frustrated as any."""
    rng = np.random.default_rng(7)
    for levels in (2, 3, 5):
        amplitudes = rng.normal(size=(200, levels + 2, 2)) + 1j * rng.normal(size=(200, levels + 2, 2))
        rho = amplitudes @ amplitudes.conj().swapaxes(-1, -2)
        rho[:, 0, 1:] = rho[:, 1:, 0] = 0.0
        rho /= np.trace(rho, axis1=-2, axis2=-1).real[:, None, None]
        strongest = np.abs(rho[:, 1, 2:]).sum(axis=-1) / np.sqrt(levels)
        assert (ts.synchronization(rho).pair_sum >= strongest).all()


def test_every_figure_explains_itself_and_says_which_energies_it_counts(datasets):
    assert list(PAPER.figures) == FIGURES
    for name, data in datasets.items():
        spec = PAPER.figures[name]
        assert spec.title
        assert spec.alt
        assert spec.said.startswith(("By its abstract", "By its title and abstract"))
        assert data.attrs["finding"].endswith(".")
        for variable in data.variables.values():
            assert {"long_name", "units", "symbol", "source"} <= set(variable.attrs), variable.name
            assert all(isinstance(text, str) and text for text in variable.attrs.values())
        assert data.attrs["paper"] == "Phys. Rev. A 108, 012205"
        assert data.attrs["bookkeeping"].startswith("bare")
        assert data.attrs["certified"] == data.attrs["machines"] > 0
        assert (data.attrs["gamma_hot"], data.attrs["gamma_cold"], data.attrs["n_cold"]) == (0.1, 0.1, 0.1)
        assert (data["s_max_bound"] >= data["s_max"]).all()


@pytest.mark.parametrize("name", ["baths", "ring", "competition"])
def test_a_stored_dataset_draws_the_same_picture(run, name):
    figure = run.drawn(name)
    letters = [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]
    assert letters == (["(b)"] if name == "ring" else ["(a)", "(b)"])
    assert to_svg(figure) == (run.folder / f"{name}.svg").read_bytes()


@pytest.mark.parametrize("name", ["detuning", "dipoles"])
def test_regimes_in_one_panel_are_told_apart_without_colour(run, name):
    for ax in run.drawn(name).axes:
        marks = {(line.get_color(), line.get_marker()) for line in ax.lines if len(line.get_xdata()) > 2}
        assert len(marks) == len({colour for colour, _ in marks}) == len({mark for _, mark in marks}) == 2


def test_composites_letter_their_panels_through(datasets):
    assert [sum(part.panels for part in one.parts) for one in PAPER.composites] == [6, 4, 4]
    for composite, last in zip(PAPER.composites, "fdd", strict=True):
        figure = composite.draw(datasets)
        letters = [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]
        assert letters == [f"({letter})" for letter in ascii_lowercase[: ascii_lowercase.index(last) + 1]]


def test_power_stays_below_its_bound_in_the_refrigerator_and_not_in_the_engine(datasets):
    data = datasets["baths"]
    share = np.abs(data["power"]) / (data["kappa_power"] * data["s_max"])
    assert (share.where(data["regime"] == Regime.REFRIGERATOR, 0.0) < 1.0).all()
    engine = share.where(data["regime"] == Regime.ENGINE).max("ratio").to_numpy()
    assert (engine > 1.13).all()
    assert (engine < np.sqrt(2.0)).all()
    assert data["kappa_power"].to_numpy() == pytest.approx(
        32.0 * np.pi**2 * 0.05 * (2.0 + data["splitting"].to_numpy()[:, None]) * np.ones(data.sizes["ratio"])
    )
    assert "1.22533 (Δ = 0.05 ω_1) and 1.13747 (Δ = 0.12 ω_1)" in data.attrs["finding"]


@pytest.mark.parametrize(("spread", "expected"), [(0.05, 1.22533), (0.12, 1.13747), (0.2, 1.02875)])
def test_the_engine_of_the_public_scripts_exceeds_its_bound_by_eq_3(spread, expected):
    """By an independent solver, a search, and a grid of phases; their data have 0.93 at Δ = 0.12."""
    hot, cold = 3.0 / np.log(1.0 + 1.0 / 0.2), 1.0 / np.log(11.0)
    model = reference.Machine.thermal([0.05, 0.05], hot, cold, spread=spread, gamma_hot=0.1, gamma_cold=0.1)
    rho = model.steady()
    angle = 2.0 * np.pi * np.arange(400) / 400
    grid = np.zeros((400, 400, 4))
    grid[..., 2], grid[..., 3] = angle[:, None], angle
    heights = reference.distribution(rho, grid.reshape(-1, 4)).max(), reference.maximum(rho)[0]
    kappa = 32.0 * np.pi**2 * 0.05 * (2.0 + spread)
    for height, digits in zip(heights, (1e-4, 5e-6), strict=True):
        assert model.power(rho) / (kappa * height) == pytest.approx(expected, rel=digits)


def test_maxima_of_the_power_lie_where_the_public_data_have_them():
    """At p = 0.8, Δ = 0.2 δ/ω_21 = −0.048 and 0.047 in the engine, −0.051 in the refrigerator, with δ = −detuning."""
    detuning = np.linspace(-0.4, 0.4, 801)
    for regime, expected in (("engine", [-0.048, 0.047]), ("refrigerator", [-0.051])):
        maser = machine(REGIMES[regime] * N_COLD, 0.2, detuning=detuning, dipole_correlation=0.8)
        power = np.abs(ts.thermodynamics(ts.steady_state(maser)).power)
        top = (power[1:-1] > power[:-2]) & (power[1:-1] >= power[2:])
        assert sorted(-detuning[1:-1][top] / 2.0) == pytest.approx(expected, abs=6e-4)


def test_coherent_heat_and_efficiencies_respect_their_bounds(datasets):
    heat = datasets["heat"]
    for prefix in ("", "across_"):
        share = np.abs(heat[f"{prefix}coherent"]) / (heat[f"{prefix}kappa_heat"] * heat[f"{prefix}s_max"])
        assert (share <= 1.0).all()
        assert (heat[f"{prefix}s_max_bound"] >= heat[f"{prefix}s_max"]).all()
    assert float(share.sel(held=-0.99).min()) > 0.9  # nearly touches
    data = datasets["efficiency"]
    for regime, holds in (("refrigerator", data["premise"] <= 1.0), ("engine", data["premise"] >= 1.0)):
        part, where = data.sel(regime=regime), holds.sel(regime=regime)
        assert where.any()
        assert ((part["guaranteed"] <= part["efficiency"]) | ~where).all()
    assert (~(data["premise"].sel(regime="engine") >= 1.0)).any()  # drawn faint there


def test_the_guarantees_drawn_are_the_bounds_of_the_library(datasets):
    """Drawn where the premise fails, too, where there is no bound."""
    data = datasets["efficiency"].sel(splitting=0.05)
    p = data["correlation"].to_numpy()
    for regime, ratio in REGIMES.items():
        maser = machine(ratio * N_COLD, 0.05, dipole_correlation=p)
        bounds = synchronization_bounds(ts.steady_state(maser))
        asked = bounds.cop if regime == "refrigerator" else bounds.efficiency
        np.testing.assert_allclose(data["guaranteed"].sel(regime=regime), asked.limit, rtol=1e-13)
        np.testing.assert_array_equal(asked.bound, np.where(asked.holds, asked.limit, np.nan))
        if regime == "engine":
            assert (asked.holds == (data["premise"].sel(regime=regime).to_numpy() >= 1.0)).all()
            assert 0 < asked.holds.sum() < asked.holds.size


def test_the_correlation_of_largest_power_is_where_the_solver_has_it(datasets):
    exact = datasets["dipoles"].sel(splitting=0.0)
    step = float(np.diff(exact["correlation"])[0])
    found = exact["correlation"][np.abs(exact["power"]).argmax("correlation")]
    assert found.to_numpy() == pytest.approx(exact["best"].to_numpy(), abs=step)
    assert exact["best"].to_numpy() == pytest.approx([-0.3144, -0.5623], abs=1e-4)


@pytest.mark.parametrize(
    ("names", "factors", "apart"),
    [(("point", "ring"), (4.5, 0.03), np.pi), (("cold-point", "cold-ring"), (3.15, 0.021), 0.0)],
)
def test_point_and_ring(datasets, names, factors, apart):
    for name, factor, difference, whole in zip(names, factors, (0.0, apart), (False, True), strict=True):
        data = datasets[name]
        assert data.attrs["k"] == pytest.approx(factor)
        found = data["optimum_found"].to_numpy()
        # split levels stand off their lines, to either side: up to a fifth of π at Δ = 0.1
        assert abs(np.cos(found[0] - found[1]) - np.cos(difference)) < 1.0 - np.cos(0.2 * np.pi)
        # along the crest, the best at every common phase: all of it above half maximum, or part of it
        s = data["s"].to_numpy()[:-1, :-1]
        crest = [max(s[(total - i) % len(s), i] for i in range(len(s))) for total in range(len(s))]
        assert bool(min(crest) > 0.5 * max(crest)) is whole
        assert ("along the whole circle" in data.attrs["finding"]) is whole


@pytest.mark.parametrize(("regime", "counts"), [("refrigerator", (1, 1)), ("engine", (1, 2))])
def test_lines_are_resolved_or_not(datasets, regime, counts):
    for spread, count in zip((0.05, 0.2), counts, strict=True):
        power = np.abs(datasets["detuning"]["power"].sel(regime=regime, splitting=spread).to_numpy())
        assert np.count_nonzero((power[1:-1] > power[:-2]) & (power[1:-1] >= power[2:])) == count


def test_the_claim_about_detuning_names_correlation_and_splitting(results, datasets):
    (claim,) = [one for one in COMPANION.claims if one.id == "K11"]
    assert "At p = 0.8" in claim.text
    assert "At p = 0:" in claim.text
    (result,) = [one for one in results if one.id == "K11"]
    for name, number in (
        ("engine, p = 0.8, Δ = 0.2 = 0.53 Γ", 2.0),
        ("refrigerator, p = 0.8, Δ = 0.2 = 0.67 Γ", 1.0),
        ("engine, p = 0, Δ = 0.2 = 0.77 Γ", 1.0),
        ("refrigerator, p = 0, Δ = 0.6 = 2.79 Γ", 2.0),
    ):
        assert [one.ours for one in result.values if one.name == f"maxima of the power, {name}"] == [number]
        assert name in result.ours
    # one quantity, one value: the quick figure and the claim
    places = [
        one.ours for one in result.values if "of maximum" in one.name and "engine, p = 0.8, Δ = 0.2 =" in one.name
    ]
    assert places == pytest.approx([-0.0931, 0.0965], abs=1e-4)
    words = " and ".join(f"{one:+.4f}" for one in places)
    assert words in result.ours
    assert words in datasets["detuning"].attrs["finding"]


def test_competition_follows_its_closed_form_and_closes_its_window(datasets):
    data = datasets["competition"]
    assert data["ratio"].to_numpy() == pytest.approx(data["ratio_law"].to_numpy(), rel=1e-9)
    top = data["ratio"].max("k").to_numpy()
    assert top == pytest.approx(np.sqrt(data["levels"].to_numpy()), rel=0.01)
    offset = data["offset"].to_numpy()
    lower, upper = (edge[:, None] for edge in competition_window(2, offset))
    k = data["map_k"].to_numpy()
    inside = (k > lower) & (k < upper)
    assert ((data["map_ratio"].to_numpy() > 1.0) == inside).all()


def test_the_report_speaks_of_the_companion(run):
    out, verdicts = run.folder, run.verdicts
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "12 of 12 claims about the companion&#x27;s machine hold within tolerance." in text
    assert "Of the companion only the title and the abstract could be read." in text
    assert text.count("<h4>What the companion says</h4>") == len(FIGURES)
    assert ">companion</th>" in text
    assert "Energies: bare" in text
    assert "seed of the random drives" not in text
    assert "What the letter says" not in text
    assert all(rich(one) in text for one in COMPANION.departures)
    files = [f"{name}.{end}" for name in FIGURES for end in ("png", "svg", "nc")]
    assert sorted(path.name for path in out.iterdir()) == sorted([*files, "claims.json", "report.html"])
    records = json.loads((out / "claims.json").read_text(encoding="utf-8"))
    assert [record["id"] for record in records] == IDS == [one.id for one in verdicts]


def test_the_command_line_takes_the_set_and_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["reproduce", "--set", "companion", "--only", "ring", "--quick"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results-companion"]
    assert (tmp_path / "results-companion" / "ring.svg").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "companion", "--only", "fig2c"], ", ".join(FIGURES)),
        (["--set", "sequel"], "letter, companion, phases, but it is 'sequel'"),
    ],
)
def test_the_command_line_refuses_what_is_not_in_the_set(words, message, tmp_path):
    done = CliRunner().invoke(app, ["reproduce", *words, "--out", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "none").exists()
