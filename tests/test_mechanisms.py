"""Do the claims about the two mechanisms say what the coherences say, and would a turned sign be noticed?"""

import numpy as np
import pytest

import torusync as ts
from torusync.claims import common, evaluate
from torusync.papers.letter.claims import mechanisms
from torusync.papers.letter.parameters import BATHS, DRIVE
from torusync.papers.letter.publication import PUBLICATION
from torusync.phases import Synchronization

LETTER = PUBLICATION.ledger
NAMES = ["C21", "C22", "C23", "C24"]


@pytest.fixture(scope="module")
def results():
    return {one.id: one for one in evaluate(LETTER, NAMES, quick=True)}


def shares(levels, n_hot):
    sync = ts.synchronization(ts.steady_state(ts.ThermalMaser(np.full(levels, DRIVE), n_hot=n_hot, **BATHS)))
    return sync.pair_shares["mutual"] / sync.pair_sum


@pytest.mark.parametrize("levels", [2, 3, 7, 30, 1000])
def test_the_mutual_share_of_equal_drives_is_a_ratio_of_small_numbers(levels):
    """Of Eqs. (9), (10): N−1 pairs against 2k where all align; (N − k²)/(N + k²) in the engine below k = N."""
    cold, k = 0.05 * 1.2 / DRIVE, 0.05 * 3.0 / DRIVE
    assert shares(levels, 0.2) == pytest.approx((levels - 1) / (levels - 1 + 2.0 * cold), rel=1e-12)
    assert shares(levels, 2.0) == pytest.approx((levels - k**2) / (levels + k**2), rel=1e-6)


def test_in_the_engine_mutual_coupling_costs_height_below_k_squared_levels():
    """k = 3: eight levels lose by it, ten gain."""
    assert shares(8, 5.0) < -0.05
    assert shares(9, 5.0) == pytest.approx(0.0, abs=1e-6)
    assert shares(10, 5.0) > 0.05


def test_the_headlines_of_the_mechanisms(results):
    values = {name: {one.name: one for one in results[name].values} for name in NAMES}
    shared = values["C21"]["mutual share of S_max, N = 100000, equal drives, refrigerator"]
    assert (shared.paper, shared.ours) == (1.0, pytest.approx(1.0 - 2.0 * 0.6 / 100000, abs=1e-9))
    turned = [values["C22"][f"φ_2 − φ_3 preferred by {one}, engine"].ours for one in ("entrainment", "mutual coupling")]
    assert turned == pytest.approx([np.pi, 0.0])
    finite = values["C23"]["𝕊_max at N = 100000, n_h/n_c = 0.4"]
    assert finite.paper == pytest.approx(5.0 / 48.0)
    assert finite.ours == pytest.approx(finite.paper, rel=2e-4)
    ratio = [one.ours for one in results["C24"].values]
    assert ratio == pytest.approx([5.0 / 3.0, -1.0 / 3.0, -2.0 / 3.0])


def test_a_drive_whose_sign_is_lost_is_noticed(monkeypatch):
    build = common.maser

    def positive(machine):
        turned = build(machine)
        return ts.ThermalMaser(np.abs(turned.drive), n_hot=turned.n_hot, **BATHS)

    monkeypatch.setattr(common, "maser", positive)
    assert not evaluate(LETTER, ["C22"], quick=True)[0].passed


def test_shares_that_are_swapped_are_noticed(monkeypatch):
    plain = Synchronization.pair_shares.func
    swapped = {"entrainment": "mutual", "mutual": "entrainment"}
    monkeypatch.setattr(
        Synchronization, "pair_shares", property(lambda sync: {swapped[name]: one for name, one in plain(sync).items()})
    )
    assert not evaluate(LETTER, ["C21"], quick=True)[0].passed


def test_work_in_the_other_direction_is_noticed(monkeypatch):
    plain = mechanisms._height
    monkeypatch.setattr(mechanisms, "_height", lambda *given: (plain(*given)[0], -plain(*given)[1]))
    assert not evaluate(LETTER, ["C23"], quick=True)[0].passed


@pytest.mark.parametrize("wrong", ["conjugate", "attracts"])
def test_a_turned_phase_or_coupling_is_noticed(monkeypatch, wrong):
    plain = mechanisms.phase_distribution

    def turned(state, phases):
        rho = np.array(state.rho)
        if wrong == "conjugate":
            return plain(rho.conj(), phases)
        rho[2:, 2:] = np.where(np.eye(len(rho) - 2) == 1.0, rho[2:, 2:], np.abs(rho[2:, 2:]))
        return plain(rho, phases)

    monkeypatch.setattr(mechanisms, "phase_distribution", turned)
    assert not evaluate(LETTER, ["C24"], quick=True)[0].passed


def test_the_reading_of_the_turned_sign_is_the_only_one_that_holds():
    """Departure: printed for all k ≠ j; pairs without the turned level keep their sign, and all turned turn none."""
    for n_hot in (0.2, 2.0):
        rho = [
            ts.steady_state(ts.ThermalMaser(DRIVE * np.array(signs), n_hot=n_hot, **BATHS)).rho
            for signs in ([1, 1, 1], [-1, 1, 1], [-1, -1, -1])
        ]
        plain, one, all_three = rho
        assert one[2, 3:] == pytest.approx(-plain[2, 3:], rel=1e-12)
        assert one[3, 4] == pytest.approx(plain[3, 4], rel=1e-12)
        assert all_three[2:, 2:] == pytest.approx(plain[2:, 2:], rel=1e-12)
        assert all_three[1, 2:] == pytest.approx(-plain[1, 2:], rel=1e-12)


def test_levels_apart_change_the_engine_in_first_order_where_its_optimum_is_a_continuum():
    """Claim C20: k = 1.5 < N = 5; in the refrigerator, whose phases all align, in second order."""

    def change(n_hot, spread):
        heights = [
            ts.synchronization(
                ts.steady_state(
                    ts.ThermalMaser(np.full(5, DRIVE), n_hot=n_hot, splittings=np.linspace(0, one, 5), **BATHS)
                )
            ).s_max
            for one in (0.0, spread)
        ]
        return abs(heights[1] / heights[0] - 1.0)

    assert change(2.0, 0.01) / change(2.0, 0.005) == pytest.approx(2.0, abs=0.1)
    assert change(0.2, 0.01) / change(0.2, 0.005) == pytest.approx(4.0, abs=0.1)
