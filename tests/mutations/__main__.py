"""Change one line of the library at a time and see whether a test notices: ``python -m tests.mutations [COUNT]``.

Signs, comparisons, terms, factors, constants and masks are changed in a copy of the tree, the few test files that
`TESTS` names for that source file are run there, and what they do not notice is printed and ends with status 1.
``equivalents.toml`` holds changes that no test can notice, each with its reason.  The sample is seeded: one change each
of COUNT lines (150), chosen by ``--seed``, of the files whose path contains one of ``--only``.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import numpy as np
from tests.mutations.changes import Change, changes

ROOT = Path(__file__).parents[2]
LIBRARY = Path("src/torusync")
TIMEOUT = 600
"""Seconds: a change that makes a loop endless is noticed, too."""

CURRENTS = "margins_currents bookkeeping bookkeeping_laws published laws"
MATRIX = "margins_proofs stacked relaxation honest_maxima honest_optima"
SOLVERS = "margins_solvers margins_fallback honest_steady"
BOUNDS = "bounds bounds_elsewhere competition"
COUNTING = "margins_counting counting counting_laws counting_limits"
MODELS = "parameters own_models laboratory"
FACTORS = "ways_to_factorise single_precision_factors"
TESTS = {
    "_frozen.py": "parameters process",
    "_indexing.py": "parameters",
    "_twofold.py": "margins_arithmetic",
    "_stacks.py": "margins_proofs margins_solvers stacked",
    "_lapack.py": "margins_fallback proven interrupts",
    "_batch.py": "generators density_forms",
    "generators/manifold.py": "generators margins_arithmetic margins_fallback margins_solvers agreement",
    "generators/lindblad.py": "generators margins_solvers agreement",
    "generators/superoperator.py": "margins_moduli margins_sparse sparse_steady single_precision_factors",
    "generators/layout.py": f"{FACTORS} margins_sparse",
    "generators/lyapunov.py": f"{COUNTING} {SOLVERS}",
    "steady/accuracy.py": "margins_errors margins_fallback margins_states honest_steady",
    "steady/refinement.py": "margins_errors",
    "generators/arrow.py": "margins_arrow agreement",
    "steady/lowrank.py": "margins_arrow margins_solvers agreement",
    "steady/block.py": SOLVERS,
    "steady/cauchy.py": SOLVERS,
    "steady/collective.py": SOLVERS,
    "steady/dense.py": SOLVERS + " agreement",
    "steady/shells.py": f"{FACTORS} margins_sparse exact_generic",
    "steady/probing.py": "margins_probing single_precision_factors",
    "steady/sparse.py": f"margins_sparse sparse_steady {FACTORS}",
    "steady/bordering.py": f"margins_sparse {FACTORS} iterated_steady",
    "steady/undriven.py": "margins_sparse ways_to_factorise iterated_steady",
    "steady/sharpened.py": "margins_sharpened margins_sparse scales_apart exact_generic",
    "steady/auto.py": "margins_fallback agreement",
    "steady/solve.py": "margins_fallback generators",
    "steady/recheck.py": "state_evidence state_files",
    "steady/answer.py": "margins_fallback",
    "maxima/routes.py": "distributions from_temperatures proven structure",
    "phases/sud.py": "distributions underflow",
    "maxima/stacked.py": "margins_proofs margins_phases stacked",
    "maxima/relaxation.py": "margins_phases relaxation",
    "maxima/starts.py": "margins_phases optima stacked",
    "maxima/climb.py": "margins_phases stacked relaxation",
    "maxima/collective.py": "margins_peaks margins_proofs optima published structure",
    "maxima/components.py": "margins_phases structure",
    "maxima/optima.py": "margins_peaks optimum_sets optima ridges",
    "maxima/ridges.py": "margins_peaks ridges optimum_sets",
    "maxima/orderparameters.py": "margins_peaks margins_orders margins_proofs from_temperatures proven",
    "maxima/fields.py": "margins_orders from_temperatures proven",
    "maxima/discs.py": "margins_orders from_temperatures proven",
    "maxima/discstacks.py": "stacked_steps ensembles from_temperatures proven",
    "maxima/ensembles.py": "stacked_steps ensembles",
    "maxima/inertia.py": "inertia margins_orders",
    "maxima/inertiastacks.py": "pulled",
    "maxima/manifolds.py": "margins_peaks margins_orders from_temperatures proven",
    "maxima/certificate.py": MATRIX,
    "densities/base.py": "margins_densities",
    "densities/dense.py": "margins_densities",
    "densities/sets.py": "margins_densities interplay_laws interplay_input",
    "densities/thermal.py": "margins_densities",
    "densities/collective.py": "margins_densities margins_solvers",
    "thermo/bounds.py": "margins_bounds " + BOUNDS,
    "thermo/conditions.py": "margins_conditions " + BOUNDS,
    "thermo/counting.py": COUNTING,
    "thermo/renewal.py": COUNTING,
    "thermo/flows.py": "margins_flows margins_currents",
    "thermo/interaction.py": "margins_flows margins_entropy " + CURRENTS,
    "thermo/machines.py": "margins_currents margins_entropy",
    "thermo/entropy.py": "margins_flows margins_entropy bookkeeping bookkeeping_laws",
    "thermo/currents.py": "margins_flows right_values " + CURRENTS,
    "thermo/degenerate.py": "margins_optima optimal_machines",
    "models/parameters.py": MODELS,
    "models/baths.py": "baths heat heat_of_batches",
    "models/laboratory.py": MODELS,
    "models/machinefile.py": "own_models bad_input_cli file_bounds",
    "steady/states.py": "state_evidence state_files own_models",
    "quantities/differences.py": "slopes",
    "sweeps/accessor.py": "read_off_maps maps_of_other_models",
    "sweeps/contours.py": "streamed_maps chunkings",
    "sweeps/crossings.py": "read_off_maps",
    "sweeps/engine.py": "sweeps failed_points odd_maps",
    "sweeps/extremes.py": "streamed_maps chunkings",
    "sweeps/histograms.py": "streamed_maps chunkings",
    "sweeps/labelled.py": "sweeps failed_points odd_maps",
    "sweeps/limits.py": "read_off_maps odd_maps",
    "sweeps/named.py": "sweeps study_files bad_studies",
    "sweeps/reductions.py": "streamed_maps chunkings",
    "sweeps/sizes.py": "sweep_memory sweeps",
    "sweeps/streams.py": "streamed_maps chunkings",
    "sweeps/study.py": "sweeps study_files bad_studies",
    "sweeps/systems.py": "sweeps sweep_memory",
    "quantities/largest.py": "largest largest_of_any",
    "quantities/landscape.py": "largest largest_of_any slopes",
    "quantities/solution.py": "shapes_carry quantities",
    "quantities/quantity.py": "shapes_carry quantities",
}
"""Test files, by what stands between ``test_`` and ``.py``, that should notice a change of a source file."""


def noticed(tree: Path, change: Change | None, tests: list[str]) -> bool:
    """Whether the tests fail, or do not end, in the copy of the tree with the change."""
    path = tree / (change.file if change else "pyproject.toml")
    before = path.read_text()
    if change:
        lines = before.splitlines(keepends=True)
        lines[change.number - 1] = change.after + "\n"
        path.write_text("".join(lines))
    environment = os.environ | {"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(before)
    return run.returncode != 0


def survivors(chosen: list[Change]) -> list[Change]:
    """Return the changes that no test noticed, each of them told as soon as it is known."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in ("src", "tests", "benchmarks", "studies", "docs"):
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tree)
        for file in sorted({change.file for change in chosen}):
            names = TESTS[Path(file).relative_to(LIBRARY).as_posix()].split()
            tests = [f"tests/test_{name}.py" for name in names]
            if noticed(tree, None, tests):
                sys.exit(f"{' '.join(tests)}: fails before anything is changed")
            for change in sorted((one for one in chosen if one.file == file), key=lambda one: one.number):
                if not noticed(tree, change, tests):
                    found.append(change)
                    say(f"not noticed: {change}")
    return found


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> bool:
    """Change the sample; return whether anything survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("count", type=int, nargs="?", default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[""])
    asked, begin = parser.parse_args(), time.monotonic()
    accepted = tomllib.loads(Path(__file__).with_name("equivalents.toml").read_text())["equivalent"]
    # without a change named, whatever is done to the line
    equivalent = {(one["file"], one["line"], one.get("change")) for one in accepted}
    for one in accepted:
        path = ROOT / one["file"]
        if not path.exists() or one["line"] not in map(str.strip, path.read_text().splitlines()):
            say(f"accepted, but no longer there: {one['file']}: {one['line']}")
    lines: dict[tuple[str, int], list[Change]] = {}
    for file in (str(LIBRARY / name) for name in TESTS if any(part in name for part in asked.only)):
        for change in changes(file, (ROOT / file).read_text()):
            if not equivalent & {change.key, (*change.key[:2], None)}:
                lines.setdefault((file, change.number), []).append(change)
    rng, order = np.random.default_rng(asked.seed), sorted(lines)
    some = [order[one] for one in rng.permutation(len(order))[: asked.count]]
    chosen = [lines[line][rng.integers(len(lines[line]))] for line in some]
    left = survivors(chosen)
    say(
        f"{len(chosen)} of {len(order)} lines changed in {(time.monotonic() - begin) / 60:.0f} minutes: "
        f"{len(left)} not noticed, {len(equivalent)} lines and changes accepted as equivalent"
    )
    return bool(left)


if __name__ == "__main__":
    sys.exit(main())
