"""Does the journal's style leave a notebook as it found it?"""

import os
import subprocess
import sys

BACKEND = """
import matplotlib
from matplotlib.backends.backend_agg import FigureCanvas, new_figure_manager
matplotlib.interactive(True)  # as the backend of notebooks does when it loads
"""
SCRIPT = """
import matplotlib, torusync as ts
from matplotlib import pyplot as plt
before = {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if name not in ("backend", "interactive")}
try:
    with ts.style():
        plt.figure()
        INSIDE
except RuntimeError:
    pass
assert matplotlib.is_interactive()
assert {name: matplotlib.rcParams[name] for name in before} == before
"""


def test_a_backend_that_loads_inside_the_style_goes_on_drawing(tmp_path):
    (tmp_path / "notebook_backend.py").write_text(BACKEND, encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    environment = {**os.environ, "MPLBACKEND": "module://notebook_backend", "PYTHONPATH": paths}
    for inside in ("pass", "raise RuntimeError"):
        command = [sys.executable, "-c", SCRIPT.replace("INSIDE", inside)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
