"""Do steps of stacked convex problems end where they say: within the discs, and where the value has fallen enough?"""

import numpy as np
import pytest

from torusync.conventions import EPS
from torusync.maxima.discs import ENOUGH, INSIDE, SHORTEST
from torusync.maxima.discstacks import _Discs, _factors, _inside


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
