"""Can the points of an axis of matrices, which have numbers for labels, be told apart as the documentation says?"""

import numpy as np

import torusync as ts

LOWERING = np.diag([1.0], 1)


def test_what_tells_matrices_apart_is_put_beside_their_numbers():
    strengths = np.array([0.1, 0.3, 0.2])
    hamiltonians = [one * (LOWERING + LOWERING.T) for one in strengths]
    fixed = {"channels": [(1.0, LOWERING)]}
    ds = ts.sweep(ts.LindbladSystem, {"drive": {"hamiltonian": hamiltonians}}, "coherences", fixed=fixed)
    assert ds.indexes["drive"].tolist() == [0, 1, 2]
    told = ds.assign_coords(strength=("drive", strengths))
    by_strength = told.swap_dims(drive="strength")
    alone = ts.solve(ts.LindbladSystem(hamiltonians[1], [(1.0, LOWERING)]))["coherences"]
    assert np.allclose(by_strength["coherences"].sel(strength=0.3), alone, rtol=0.0, atol=1e-12)
