"""The chunks of a study worked off by executorlib: by hand, and as the executor of a sweep, into a store."""

import tempfile
from pathlib import Path

import numpy as np
from executorlib import SingleNodeExecutor

import torusync as ts
from torusync.sweeps import Study, chunk, run

STUDY = Study(
    ts.ThermalMaser,
    {"drive": np.linspace(0.01, 0.3, 60), "detuning": np.linspace(-1.0, 1.0, 101)},
    ["s_max", "power"],
    fixed={"manifold_levels": 2, "n_hot": 0.2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2},
)


if __name__ == "__main__":
    count = 1000
    alone = run(STUDY, workers=1)
    with SingleNodeExecutor(max_workers=2) as executor:  # SlurmJobExecutor or FluxJobExecutor on a cluster
        futures = [executor.submit(chunk, STUDY, slice(one, one + count)) for one in range(0, STUDY.points, count)]
        s_max = np.concatenate([one.result()["s_max"] for one in futures]).reshape(STUDY.shape)
        with tempfile.TemporaryDirectory() as folder:
            stored = run(STUDY, executor=executor, store=Path(folder) / "tongue.zarr")
    np.testing.assert_allclose(s_max, alone["s_max"], rtol=1e-12)
    np.testing.assert_array_equal(stored["s_max"], alone["s_max"])
    print(f"{len(futures)} parts, {s_max.size} points, largest S_max {s_max.max():.6e}")
