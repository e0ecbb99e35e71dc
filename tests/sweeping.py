"""Small studies that the tests of sweeps share."""

import numpy as np

import torusync as ts

BATHS = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
TONGUE = {
    "axes": {"drive": np.linspace(0.01, 0.3, 8), "detuning": np.linspace(-1.0, 1.0, 25)},
    "quantities": ["s_max", "power"],
    "fixed": {"manifold_levels": 2, "n_hot": 0.2, **BATHS},
}


def tongue(**changes):
    """Return a study of 8 × 25 points, with changes."""
    from torusync.sweeps import Study

    found = {**TONGUE, **changes}
    return Study(ts.ThermalMaser, found.pop("axes"), found.pop("quantities"), **found)


def files(store):
    """Return the bytes of every file of a store by its path, files that were not put in place left out."""
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file() and path.suffix != ".partial"
    }
