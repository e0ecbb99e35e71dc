"""Does a script sweep in processes as it stands: without a guard, with a model, a quantity of its own?"""

import subprocess
import sys
import textwrap

import numpy as np

from torusync.papers.letter import parameters as letter
from torusync.papers.letter.scaling import drawn
from torusync.sweeps import run, sizes

OWN = """
    from torusync.models import ThermalMaser
    from torusync.quantities import QUANTITIES, Quantity, register
    from torusync.sweeps import Derived, register_derived

    def halved(value):
        return 2.0 * value

    register_derived(ThermalMaser, Derived("half_detuning", "Δ/2", "half of it", "detuning", (), halved))
    register(Quantity("own_doubled", "2S", "twice the largest S", lambda one: 2.0 * one.synchronization.s_max,
                      QUANTITIES["s_max"].part))
"""

SCRIPT = """
    import sys
    import numpy as np
    {define}
    from torusync.sweeps import Study, run, sizes, workers

    print("begun", flush=True)
    sizes.SWEPT_POINTS, workers._REBUILT = 10, 0
    fixed = {{"manifold_levels": 2, "n_hot": 0.2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}}
    study = Study({model}, {axes}, {quantities}, fixed={fixed})
    alone = run(study, workers=1)
    found = run(study, workers={workers})
    print(all(np.array_equal(found[name], alone[name]) for name in alone.variables), found.attrs["workers"])
"""

MASER = {
    "define": "import mine\n    from torusync.models import ThermalMaser",
    "model": "ThermalMaser",
    "axes": '{"drive": np.linspace(0.01, 0.3, 5), "half_detuning": np.linspace(-0.5, 0.5, 5)}',
    "quantities": '["s_max", "own_doubled"]',
    "fixed": "fixed",
}
TOY = """import torusync as ts
    from torusync.models import Kind, Model, Parameter
    class Toy(Model, name="toy_of_a_script"):
        PARAMETERS = (Parameter("rabi", "Ω", Kind.FREQUENCY, "Rabi frequency"),)
        UNIT, dimension = "rabi", 2
        def generator(self):
            hamiltonian = np.multiply.outer(self.rabi, np.array([[0.0, 0.5], [0.5, 0.1]]))
            return ts.LindbladSystem(hamiltonian, [(1.0, np.array([[0.0, 1.0], [0.0, 0.0]]))]).generator()"""
OWN_MODEL = {
    "define": TOY, "model": "Toy", "axes": '{"rabi": np.linspace(0.1, 3.0, 30)}', "quantities": '["populations"]',
    "fixed": "{}",
}  # fmt: skip


def ran(folder, workers, **parts):
    """Return how a script ended that sweeps by so many workers."""
    (folder / "mine.py").write_text(textwrap.dedent(OWN), encoding="utf-8")
    text = textwrap.dedent(SCRIPT.format(workers=workers, **parts))
    (folder / "script.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_script_without_a_guard_sweeps_in_processes_and_runs_once(tmp_path):
    """What stands in a module of one's own goes with it: a worker imports that."""
    found = ran(tmp_path, 2, **MASER)
    assert found.returncode == 0, found.stderr
    assert found.stdout == "begun\nTrue 2 processes, as asked for\n"


def test_what_a_script_defines_stays_in_its_process_unless_others_are_asked_for(tmp_path):
    found = ran(tmp_path, '"auto"', **OWN_MODEL)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("begun\nTrue this process: others need what this script defines")
    found = ran(tmp_path, 2, **OWN_MODEL)
    assert found.returncode == 1
    assert "BrokenProcessPool" in found.stderr
    assert found.stderr.splitlines()[-1].startswith("What is swept is defined in the script that runs")


def test_a_worker_loads_no_more_than_it_needs():
    """Half of what a worker costs is loading; these are needed by few sweeps."""
    late = "scipy.optimize scipy.special scipy.stats xarray zarr pandas matplotlib"
    told = f"import sys, torusync.sweeps.workers; print([one for one in {late.split()} if one in sys.modules])"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "[]\n"


def test_what_a_module_registers_is_known_in_processes_wherever_its_functions_are_from(tmp_path):
    """A getter is of the standard library, and a function may be of a module that registers nothing."""
    (tmp_path / "functions.py").write_text("def halved(value):\n    return 2.0 * value\n", encoding="utf-8")
    (tmp_path / "mine.py").write_text(
        textwrap.dedent("""
            from operator import attrgetter
            from functions import halved
            from torusync.models import ThermalMaser
            from torusync.quantities import QUANTITIES, Quantity, register
            from torusync.sweeps import Derived, register_derived

            register_derived(ThermalMaser, Derived("half_detuning", "Δ/2", "half of it", "detuning", (), halved))
            own = Quantity("own_largest", "S", "the largest S", attrgetter("synchronization.s_max"),
                           QUANTITIES["s_max"].part)
            register(own)
        """),
        encoding="utf-8",
    )
    parts = {**MASER, "quantities": '["own_largest"]'}
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT.format(workers=2, **parts)), encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert found.stdout == "begun\nTrue 2 processes, as asked for\n", found.stderr


def test_draws_of_a_paper_go_to_processes(monkeypatch):
    """What stands for the drives of Fig. 3 is registered by the paper, which no worker has read before."""
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 10)
    study = letter.study({"machine": drawn([2, 5], 20)}, "scaled", n_hot=0.2)
    alone, found = run(study, workers=1), run(study, workers=2)
    for name in alone.variables:
        np.testing.assert_array_equal(found[name], alone[name])
    assert found.attrs["workers"] == "2 processes, as asked for"
