"""Do steps of stacks end where they say: within discs, where a value has fallen enough, at a maximum?"""

import numpy as np
import pytest

from test_ensembles import machines, scaled
from torusync.conventions import CERTIFIED_GAP, EPS
from torusync.maxima import ensembles
from torusync.maxima.discs import ENOUGH, INSIDE, SHORTEST
from torusync.maxima.discstacks import _Discs, _factors, _inside
from torusync.maxima.ensembles import _ascend, _formed, first_climbs
from torusync.maxima.fields import ARRIVED
from torusync.maxima.peak import SETTLED


def complexes(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_steps_that_keep_every_phasor_in_its_disc(seed):
    rng = np.random.default_rng(seed)
    z, dz = complexes(rng, 40, 6), complexes(rng, 40, 6) * 10.0 ** rng.uniform(-2, 1, (40, 1))
    z *= rng.uniform(0.0, 1.0, z.shape) / np.abs(z)
    dz[::7, 3] = 0.0
    found = _inside(z, dz)
    for row in range(40):
        moving = dz[row] != 0.0
        # |z + s dz| = 1 as a quadratic equation in s
        roots = [
            np.roots([abs(d) ** 2, 2.0 * (one * np.conj(d)).real, abs(one) ** 2 - 1.0]).real.max()
            for one, d in zip(z[row][moving], dz[row][moving], strict=True)
        ]
        assert found[row] == pytest.approx(min(1.0, INSIDE * min(roots)), rel=1e-9)
    assert (np.abs(z + found[:, None] * dz) <= 1.0 + 4 * EPS).all()
    assert (_inside(z, 0.0 * dz) == 1.0).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_halved_until_the_value_falls_enough(seed):
    rng = np.random.default_rng(seed)
    points, rank, count = 30, 2, 7
    target, adjoint = complexes(rng, points, count), complexes(rng, points, rank, count)
    t, smoothing = complexes(rng, points, rank), rng.uniform(0.01, 1.0, points)

    def value(row, at):
        y = target[row] - np.conj(adjoint[row]).T @ at
        return 0.5 * np.vdot(at, at).real + np.sqrt(np.abs(y) ** 2 + smoothing[row] ** 2).mean()

    y = np.stack([target[row] - np.conj(adjoint[row]).T @ t[row] for row in range(points)])
    weighted = y / np.sqrt(np.abs(y) ** 2 + smoothing[:, None] ** 2)
    gradient = t - np.einsum("prn,pn->pr", adjoint, weighted) / count
    step = -gradient * 10.0 ** rng.uniform(-1, 3, (points, 1))
    slope = (np.conj(gradient) * step).real.sum(axis=-1)
    before = np.array([value(row, t[row]) for row in range(points)])
    there = -np.einsum("pr,prn->pn", step, np.conj(adjoint))
    found = _factors(_Discs(target, adjoint, t, y, y, smoothing, before), step, there, slope, before)
    halves = 0.5 ** np.arange(30)
    for row in range(points):
        tried = [one for one in halves if one >= SHORTEST]
        enough = [
            one for one in tried if value(row, t[row] + one * step[row]) <= before[row] + ENOUGH * one * slope[row]
        ]
        assert found[row] == enough[0]
    assert len(set(found)) > 4


@pytest.mark.parametrize("n_hot", [0.2, 5.0])
def test_who_has_arrived_is_at_a_maximum_and_who_has_not_is_on_the_way(n_hot):
    coherences, natural = scaled(machines(20, n_hot, draws=40))
    forms, able = _formed(coherences, natural[:, 1:])
    assert able.all()
    begin = np.exp(2j * np.pi * np.random.default_rng(0).random((40, 20)))
    heights = forms.height(begin, forms.field(begin))
    near = begin
    # from afar with a shift, and from nearby without one, where a single step is no longer short
    for shift, off in ((1.0, 0.3), (0.0, 0.0)):
        reached, arrived = _ascend(forms, near, np.full(40, shift), enough=ARRIVED, steps=200)
        assert arrived.sum() > 20
        field = forms.field(reached)
        slope = np.abs((np.conj(reached) * field).imag).max(axis=-1) / np.abs(field).mean(axis=-1)
        assert (slope[arrived] < 1e-6).all()
        near = reached * np.exp(1j * off * np.random.default_rng(1).normal(size=reached.shape))
    # a few steps are not enough, and yet what they reach is returned
    reached, arrived = _ascend(forms, begin, np.full(40, 1.0), enough=0.0, steps=10)
    left = ~arrived
    assert left.sum() > 20
    assert (forms.height(reached, forms.field(reached)) > heights)[left].mean() > 0.9


def test_who_has_a_bound_too_far_above_is_not_settled(monkeypatch):
    coherences, natural = scaled(machines(20, 5.0, draws=20))
    found = first_climbs(coherences, natural)
    assert found.settled.sum() > 10
    for above, settled in ((0.0, True), (0.9, True), (1.1, False), (1e6, False)):
        far = found.value / (1.0 - above * SETTLED * CERTIFIED_GAP)
        monkeypatch.setattr(ensembles, "_proven", lambda *_, far=far: far)
        assert (first_climbs(coherences, natural).settled[found.settled] == settled).all()
