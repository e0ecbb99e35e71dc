"""The chunks of a study worked off by pipefunc: a map over their points, each part an entry of its result."""

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from pipefunc import Pipeline, pipefunc

import torusync as ts
from torusync.sweeps import Study, chunk, run

STUDY = Study(
    ts.ThermalMaser,
    {"drive": np.linspace(0.01, 0.3, 60), "detuning": np.linspace(-1.0, 1.0, 101)},
    ["s_max", "power"],
    fixed={"manifold_levels": 2, "n_hot": 0.2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2},
)


@pipefunc(output_name="part", mapspec="first[i] -> part[i]")
def part(text: str, first: int, count: int) -> dict[str, np.ndarray]:
    """Return the arrays of some points; a text and two numbers are all that a process is sent."""
    return chunk(Study.from_text(text), slice(first, first + count))


if __name__ == "__main__":
    count = 1000
    inputs = {"text": STUDY.text, "first": list(range(0, STUDY.points, count)), "count": count}
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        parts = Pipeline([part]).map(inputs, run_folder=folder, executor=pool)["part"].output
    s_max = np.concatenate([one["s_max"] for one in parts]).reshape(STUDY.shape)
    np.testing.assert_allclose(s_max, run(STUDY, workers=1)["s_max"], rtol=1e-12)
    print(f"{len(parts)} parts, {s_max.size} points, largest S_max {s_max.max():.6e}")
