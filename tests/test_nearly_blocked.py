"""Is a blockade that is not quite one told apart from one of first order, and a blocked part from one that locks?"""

import numpy as np
import pytest

import torusync as ts
from torusync.analysis import Blockade, Cycle, Finding
from torusync.models import SpinOne, SpinPair
from torusync.phases import SU2, Joint

BOTH = Joint(SU2(1), SU2(1))


@pytest.mark.parametrize("off", [1e-7, 1e-4, 1e-3])
def test_rates_that_are_nearly_equal_leave_a_part_of_first_order(off):
    """1/γ_g − 1/γ_d of what both could make, off/2: it does not vanish, and nothing is beyond it."""
    found = ts.explain(SpinOne(1.0, 1.0 + off, 0.1))
    assert (found.finding, found.blockade) == (Finding.BLOCKED, Blockade.NEARLY)
    assert found.response.remains == pytest.approx(off / (2.0 + off), rel=1e-4)
    assert (found.probes[:, 1] < 2.0 * found.response.remains).all()
    assert "but for a small part" in found.text
    assert "exactly" not in found.text
    assert "first order only" not in found.text


def test_rates_that_no_state_tells_apart_block_exactly():
    assert ts.explain(SpinOne(1.0, 1.0 + 1e-13, 0.1)).blockade is Blockade.EXACT


@pytest.mark.parametrize("off", [0.0, 1e-4])
def test_what_grows_with_the_drive_stays_of_first_order(off):
    """A zero typed with four digits leaves a part of 1e-5, and drives as strong as the decay a thousand of it."""
    found = ts.explain(SpinPair(3.0, 1.0, 4.0, 2.0 + off, coupling=0.1j))
    assert found.blockade is Blockade.FIRST_ORDER
    assert found.probes[:, 1].max() > 1e3 * found.response.remains


def test_of_two_parts_the_one_that_locks_is_told_of_and_the_other_is_named():
    """arXiv:2405.05182: of two spins the driven one is blocked, q = (1, 0), and the other locks 1:1, q = (0, 1)."""
    found = ts.explain(SpinPair.driven(0.1), distribution=BOTH)
    assert tuple(found.reading.orders[found.fundamental]) == (0, 1)
    assert found.finding is Finding.COOPERATE
    assert found.synchronizes
    assert "Of as low an order q = 1, 0 cancels" in found.text
    alone = ts.explain(SpinPair.driven(0.1), distribution=Joint(SU2(1), dims=(3, 3), parts=(1,)))
    assert found.sums.value[found.fundamental] == pytest.approx(alone.sums.value[0], rel=1e-12)


def test_where_both_parts_are_blocked_that_is_the_finding():
    jumps = [np.sqrt(2.0) * np.diag([1.0, 1.0], 1) @ np.diag([1.0, 0.0, -1.0])]
    jumps.append(np.sqrt(2.0) * np.diag([1.0, 1.0], -1) @ np.diag([1.0, 0.0, -1.0]))
    one, turned = np.eye(3), np.diag([1.0, 1.0], 1) * 2.0**0.5
    drive = 0.05j * (turned.T - turned)
    energy = np.kron(drive, one) + np.kron(one, drive)
    channels = [(0.25, np.kron(jump, one)) for jump in jumps] + [(0.25, np.kron(one, jump)) for jump in jumps]
    found = ts.explain(ts.LindbladSystem(energy, channels, dims=(3, 3)), distribution=BOTH)
    assert (found.finding, found.blockade) == (Finding.BLOCKED, Blockade.EXACT)
    assert "Of as low an order" in found.text


def test_a_maximum_that_is_one_of_several_is_told_so():
    assert "one of 2 alike" in ts.explain(SpinOne.blockaded(0.1)).text
    assert "alike" not in ts.explain(SpinOne(1, 10, 0.1)).text


@pytest.mark.parametrize("one", list(Cycle))
def test_the_codes_of_cycles_tell_of_no_drive(one):
    """They stand beside systems that an exchange binds, or nothing at all."""
    assert "drive" not in one.sentence
