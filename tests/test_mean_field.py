"""Is the torus flow, at large N, the mean field of Kuramoto's model with a repulsive coupling and a field?"""

from itertools import pairwise

import numpy as np
import pytest

import torusync as ts
from problems import BATHS
from torusync.dynamics import torus_flow


def spread(count, order):
    """Phases whose histogram is Poisson's kernel with a mean phasor of this length: its quantiles."""
    share = (np.arange(count) + 0.5) / count
    return 2.0 * np.arctan((1.0 - order) / (1.0 + order) * np.tan(np.pi * (share - 0.5)))


def mean_field(row, pair, count, first, times):
    """Ott and Antonsen, Chaos 18, 037113: dz/dt = (h − h* z²)/2, h = row* e^{iψ} + N pair z; and dψ/dt of level |1>."""

    def slope(now):
        z, turn = now[0], np.exp(1j * now[1].real)
        pull = np.conj(row) * turn + count * pair * z
        return np.array([0.5 * (pull - np.conj(pull) * z**2), count * (np.conj(turn) * row * z).imag])

    now, out = np.array(first, dtype=complex), [first[0]]
    for begin, end in pairwise(times):
        steps = 20
        h = (end - begin) / steps
        for _ in range(steps):
            one = slope(now)
            two = slope(now + 0.5 * h * one)
            three = slope(now + 0.5 * h * two)
            now = now + h / 6.0 * (one + 2.0 * two + 2.0 * three + slope(now + h * three))
        out.append(now[0])
    return np.abs(out)


@pytest.mark.parametrize("n_hot", [5.0, 0.2], ids=["repulsive", "attractive"])
@pytest.mark.parametrize("order", [0.1, 0.7])
def test_the_order_parameter_is_that_of_the_mean_field(n_hot, order):
    """Phases on the manifold of Ott and Antonsen stay there: at 200 levels integration alone separates them."""
    count = 200
    state = ts.steady_state(ts.ThermalMaser(np.full(count, 0.02), n_hot=n_hot, **BATHS))
    row, pair = complex(state.coherence(1, 2)), float(state.coherence(2, 3).real)
    assert np.sign(pair) == (-1.0 if n_hot > 0.5 else 1.0)
    phases = np.concatenate([[0.0, 0.4], spread(count, order)])
    flow = torus_flow(state, 12.0 / (count * abs(pair)), phases=phases[np.newaxis])
    found = flow.order_parameter(slice(2, None))[0]
    assert found[0] == pytest.approx(order, abs=1e-2)
    expected = mean_field(row, pair, count, [found[0], 0.4], flow.times)
    # as all come together, two hundred no longer resolve how their tail is spread
    apart = expected < 0.9
    np.testing.assert_allclose(found[apart], expected[apart], atol=1e-6)
    assert np.ptp(expected) > 0.02
    if pair < 0.0:
        assert expected[-1] == pytest.approx(abs(row / pair) / count, abs=0.01)
