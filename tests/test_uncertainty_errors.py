"""Does the uncertainty ratio know its error where the state alone leaves no digit of the entropy production?"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from tilted import Tilted, statistics


def exactly(maser):
    """Entropy production and uncertainty ratio in 60 digits, from the state of the tilted generator."""
    with mp.workdps(60):
        tilted, size = Tilted(maser, mp.mpmathify), maser.dimension
        rho = tilted.solved(tilted.one.reshape(-1) * 0, 1).reshape(size, size)
        ground, produced = rho[0, 0].real, mp.mpf(0)
        n_hot = np.broadcast_to(maser.n_hot, maser.manifold_levels)
        baths = [(j + 2, maser.gamma_hot, n) for j, n in enumerate(n_hot)] + [(1, maser.gamma_cold, maser.n_cold)]
        for level, rate, occupation in baths:
            g, n = tilted.value(rate), tilted.value(occupation)
            produced += 2 * g * (n * ground - (1 + n) * rho[level, level].real) * mp.log(n / (1 + n))
        mean, noise, _ = tilted.cumulants()
        return produced, mp.mpf(noise) * produced / mp.mpf(mean) ** 2


RATES = [(0.05, 5e12), (5e-16, 0.05), (1e-14, 1.0), (1e-7, 1e7), (1e-3, 1e11), (0.05, 0.2), (1e-9, 1e-2)]
OCCUPATIONS = [(0.2, 0.5), (5.0, 0.5), ([0.2, 0.3], 0.5), ([2.0, 0.3], 0.5), ([0.2, 0.9], 0.5), ([0.5, 0.50001], 0.5)]


@pytest.mark.parametrize("rates", RATES, ids=str)
def test_the_error_is_finite_where_the_noise_is_known_and_never_below_the_truth(rates):
    slow, fast = rates
    for n_hot, n_cold in OCCUPATIONS:
        for drive, splitting in ((1e-3, 0.0), (0.1, 0.0), (0.1, 0.03)):
            known = {"n_hot": n_hot, "n_cold": n_cold, "gamma_hot": slow, "gamma_cold": fast}
            maser = ts.ThermalMaser([drive, drive], splittings=[0.0, splitting], **known)
            found = statistics(maser, throw=False)
            if not np.isfinite(found.hot.noise):
                continue
            produced, ratio = exactly(maser)
            assert abs(found.entropy_production - produced) <= found._errors[3]
            assert abs(found.uncertainty_ratio - ratio) <= found.uncertainty_ratio_error
            if found.fano_factor_error < 1e-3 * found.fano_factor:
                assert found._errors[3] < 0.5 * abs(found.entropy_production)
                assert np.isfinite(found.uncertainty_ratio_error)
