"""What of the letter's engine belongs to its matched damping alone, and is that said and shown?"""

import numpy as np
import pytest

import torusync as ts
from torusync.papers.letter.damping import interior_height
from torusync.papers.letter.parameters import BATHS
from torusync.papers.letter.publication import PUBLICATION as LETTER
from torusync.quantities import QUANTITIES
from torusync.steady import Dense

UNMATCHED = {name: one for name, one in BATHS.items() if name != "gamma_cold"}


def engine(drive, gamma_cold, **others):
    return ts.ThermalMaser(drive, n_hot=5.0, gamma_cold=gamma_cold, **UNMATCHED, **others)


@pytest.fixture(scope="module")
def data():
    return LETTER.figures["damping"].data()


@pytest.mark.parametrize(
    ("gamma_cold", "drive", "expected"),
    [
        (0.1, 0.2, 2.310e-4),
        (0.1, 3.0, 1.671e-4),
        (0.3, 0.2, 2.535e-4),
        (0.3, 3.0, 3.267e-4),
        (0.1, 0.1147, 2.6909e-4),
    ],
)
def test_engines_of_other_cold_dampings_follow_their_drive(gamma_cold, drive, expected):
    s_max = ts.synchronization(ts.steady_state(engine([drive, drive], gamma_cold), solver=Dense())).s_max
    assert s_max == pytest.approx(expected, rel=3e-4)


def test_the_letters_engine_forgets_its_drive_its_detuning_and_its_draw():
    """|r_h − r_c| ρ_00/4 in pair sums, exactly: 1/24 for two equal drives, 3/92 for three of which none dominates."""
    rng = np.random.default_rng(13)
    strong, detuning = np.exp(rng.uniform(np.log(0.4), np.log(5.0), (50, 1))), rng.uniform(-0.5, 0.5, 50)
    drive = strong * rng.uniform(0.6, 1.0, (50, 3))
    for drives, height in ((strong * np.ones(2), 1.0 / 24.0), (drive, 3.0 / 92.0)):
        matched = ts.synchronization(ts.steady_state(engine(drives, 0.2, detuning=detuning))).pair_sum
        assert matched == pytest.approx(height, rel=1e-12)
    for gamma_cold in (0.1, 0.3):
        others = ts.synchronization(ts.steady_state(engine(drive, gamma_cold, detuning=detuning))).pair_sum
        assert others.max() > 1.05 * others.min()


def test_the_panel_tells_the_accident_from_the_law(data):
    s_max, spread = data["s_max"], data["spread"]
    room = data["drive"] > 1.01 * data.attrs["edge"]
    flat = s_max.sel(gamma_cold=0.2).where(room, drop=True).to_numpy()
    assert flat == pytest.approx(1.0 / (384.0 * np.pi**2), rel=1e-12)
    below, above = (s_max.sel(gamma_cold=one).where(room, drop=True).to_numpy() for one in (0.1, 0.3))
    assert (np.diff(below) < 0.0).all()
    assert (np.diff(above) > 0.0).all()
    many = spread.sel(levels=slice(11, None))
    assert (many.sel(gamma_cold=0.2) < 1e-14).all()
    assert (many.sel(gamma_cold=[0.1, 0.3]) > 0.01).all()
    assert data["interior"].to_numpy()[:, room] == pytest.approx(s_max.to_numpy()[:, room], rel=1e-12)
    assert float(data["drive"][int(s_max.sel(gamma_cold=0.1).argmax("drive"))]) == pytest.approx(0.1147, rel=0.03)


def test_the_closed_form_of_the_panel_is_flat_at_matched_damping_only():
    drive = np.array([0.2, 3.0])
    matched, other = (interior_height(np.array(one), drive, 5.0) for one in (0.2, 0.1))
    assert matched[0] == pytest.approx(matched[1], rel=1e-14)
    assert other == pytest.approx([2.310e-4, 1.671e-4], rel=3e-4)


@pytest.mark.parametrize("name", ["fig3a", "limit", "tongue", "damping"])
def test_matched_damping_is_said_wherever_it_shows(name):
    spec = LETTER.figures[name]
    text = " ".join(spec.departures)
    assert "Matched damping" in text
    assert "0.3 ω_1" in text
    assert name == "damping" or "figure damping" in text
    assert "Matched damping" in " ".join(LETTER.ledger.departures)


@pytest.mark.parametrize(("name", "words"), [("fig3a", "matched damping"), ("tongue", "dampings are equal")])
def test_findings_of_the_engine_name_its_damping(name, words):
    assert words in LETTER.figures[name].data(quick=True).attrs["finding"]


@pytest.mark.parametrize("name", ["C03", "C05", "C10", "C16", "C18", "C20", "C21", "C22", "C23", "C24"])
def test_claims_about_the_engine_do_not_rest_on_its_damping(name):
    """Each has comparisons at other baths: γ_h(1+n_h) = 0.15 at n_h/n_c = 4 beside γ_c(1+n_c) = 0.3."""
    findings = LETTER.ledger.tests[name](name != "C18", 1e-6)
    assert [check for check in findings.checks if "= 4" in check.name or "unmatched" in check.name]


@pytest.mark.parametrize("n_hot", [2.0, 5.0])
def test_engines_with_two_optima_have_a_dataset(n_hot, tmp_path):
    """Below k = 2. The letter's engine is above it at its own drive, which hid that an axis had a quantity's name."""
    solved = ts.solve(ts.ThermalMaser([0.3, 0.3], n_hot=n_hot, **BATHS))
    data = solved.to_dataset()
    assert data.sizes["listed"] == int(data["optima_count"]) == 2
    data.to_netcdf(tmp_path / "two.nc", engine="h5netcdf")


def test_no_axis_of_a_quantity_is_named_like_a_quantity():
    solved = ts.solve(ts.ThermalMaser([0.3, 0.3], n_hot=2.0, **BATHS))
    assert not {axis for one in QUANTITIES.values() for axis in solved.dims(one)} & set(QUANTITIES)
