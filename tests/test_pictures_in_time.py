"""Do pictures of what moves show its own numbers, the frozen model never alone, and are files whole?"""

import os
import sys

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import torusync as ts
from problems import BATHS, LOWERING, letter_maser, refused
from torusync.dynamics import emission_spectrum, liouvillian_spectrum, slow_modes
from torusync.plots import animate_phasors, animate_torus, plot_phase_model, plot_spectrum, plot_trajectory
from torusync.plots.journal import ENGINE, REFRIGERATOR

pytestmark = pytest.mark.usefixtures("nothing_left_open")
MASER = ts.ThermalMaser([0.1, 0.06], n_hot=5.0, splittings=[0.0, 0.1], detuning=0.1, **BATHS)
PATH = ts.evolve(MASER, "ground", np.linspace(0.0, 20.0, 5))
NEAR = ts.ThermalMaser([1.0, 1.0], n_hot=0.2, splittings=[0.0, 1.0], **BATHS)


def data(lines, colour):
    return [line.get_ydata() for line in lines if to_hex(line.get_color()) == colour.lower()]


def test_a_trajectory_shows_its_populations_and_coherences(ax):
    assert plot_trajectory(PATH, ax, pairs=[(1, 2), (2, 3)]) is ax
    np.testing.assert_array_equal(data(ax.lines, REFRIGERATOR), PATH.populations.T)
    np.testing.assert_array_equal(data(ax.lines, ENGINE), [np.abs(PATH.coherence(*one)) for one in ((1, 2), (2, 3))])
    # told apart without colour
    looks = [(line.get_color(), str(line._unscaled_dash_pattern)) for line in ax.lines]
    assert len(set(looks)) == len(looks)
    assert [text.get_text() for text in ax.get_legend().get_texts()][4] == r"$|\rho_{12}|$"


def test_the_coherences_shown_are_the_largest(ax):
    plot_trajectory(PATH, ax)
    tops = [np.max(one) for one in data(ax.lines, ENGINE)]
    assert tops == sorted(tops, reverse=True)
    moduli = np.abs(PATH.rho).max(axis=0)
    assert tops == pytest.approx(np.sort(moduli[np.triu_indices(4, 1)])[::-1][: len(tops)])


def test_the_frozen_model_is_drawn_with_the_master_equation_beside_it(ax):
    runs = ts.phase_model(NEAR).frozen().run(30.0, starts=3, seed=1)
    assert plot_phase_model(runs, ax, start=1) is ax
    frozen, true = (np.array(data(ax.lines, one)) * np.pi for one in (ENGINE, REFRIGERATOR))
    np.testing.assert_allclose(true, runs.coevolving[1].T, atol=1e-12)
    # both begin at the same phases, whole turns taken off
    np.testing.assert_allclose(frozen[:, 0], true[:, 0], atol=1e-6)
    np.testing.assert_allclose(frozen - frozen[:, :1], (runs.frozen[1] - runs.frozen[1][:1]).T, atol=1e-9)
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    assert told == [f"frozen: {runs.frozen_drifting[1].sum()} of 3 drift", "master equation"]
    refused(lambda: plot_phase_model(runs, ax, start=3), "be one of the 3 starts")
    refused(lambda: plot_phase_model(runs.frozen, ax), "PhaseRuns")


def test_light_is_drawn_with_its_coherent_line_apart(ax):
    light = emission_spectrum(MASER, np.linspace(-1.0, 1.0, 41))
    assert plot_spectrum(light, ax) is ax
    unit = 10.0 ** np.floor(np.log10(light.density.max()))
    np.testing.assert_allclose(ax.lines[0].get_ydata() * unit, light.density)
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    assert told == ["incoherent", f"coherent: {light.coherent_fraction:.1%}"]
    beside = plot_spectrum(emission_spectrum(MASER, [0.5, 1.0]))
    assert len(beside.get_legend().get_texts()) == 1


def test_eigenvalues_are_drawn_with_the_gap(ax):
    found = liouvillian_spectrum(MASER)
    plot_spectrum(found, ax)
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_array_equal(
        dots.get_xydata(), np.stack([found.eigenvalues.real, found.eigenvalues.imag], axis=-1)
    )
    assert ax.get_legend().get_texts()[0].get_text() == f"gap {found.gap:.4g}"
    lower = np.diag(np.sqrt(np.arange(1.0, 20)), 1)
    slow = slow_modes(ts.LindbladSystem(0.1 * (lower + lower.T), [(0.1, lower)]))
    # one that is not proven is not said to be it
    assert "at most" in plot_spectrum(slow).get_legend().get_texts()[0].get_text()


def frames(path):
    with Image.open(path) as image:
        return image.n_frames, image.info["duration"], [one.convert("RGB") for one in every(image)]


def every(image):
    for place in range(image.n_frames):
        image.seek(place)
        yield image.copy()


@pytest.mark.parametrize("animate", [animate_phasors, animate_torus])
def test_a_gif_has_a_frame_a_time(animate, tmp_path):
    target = animate(PATH, tmp_path / "moving.gif", frames_per_second=10.0)
    assert target == tmp_path / "moving.gif"
    count, duration, images = frames(target)
    assert (count, duration) == (5, 100)
    apart = [np.abs(np.asarray(images[k + 1], float) - np.asarray(images[k], float)).max() for k in range(4)]
    assert min(apart) > 50.0
    assert [one.name for one in tmp_path.iterdir()] == ["moving.gif"]


def test_the_torus_begins_without_a_preference_and_ends_with_that_of_the_state(tmp_path):
    """White where S vanishes; in the end darkest red where the state has its maximum."""
    _, _, images = frames(animate_torus(PATH, tmp_path / "torus.gif"))
    first, last = (np.asarray(one, dtype=float) for one in (images[0], images[-1]))
    inside = slice(60, 290), slice(95, 330)
    assert first[inside].mean() > 235.0
    assert last[inside].std() > 20.0


def test_an_mp4_is_written_where_ffmpeg_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    refused(lambda: animate_phasors(PATH, tmp_path / "moving.mp4"), "where ffmpeg is not found")
    assert not (tmp_path / "moving.mp4").exists()
    if os.name == "nt":
        return
    # what stands in for ffmpeg keeps the raw frames that it is handed
    fake = tmp_path / "ffmpeg"
    fake.write_text(f"#!{sys.executable}\nimport sys\nopen(sys.argv[-1], 'wb').write(sys.stdin.buffer.read())\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    target = animate_phasors(PATH, tmp_path / "moving.mp4")
    assert target.stat().st_size == 5 * 4 * 374 * 374


REFUSED = {
    "batch": (
        lambda: plot_trajectory(ts.evolve(ts.ThermalMaser([[0.1], [0.2]], n_hot=2.0, **BATHS), 0, [0.0])),
        "(2,)",
    ),
    "state": (lambda: plot_trajectory(ts.steady_state(MASER)), "the Trajectory of ts.evolve"),
    "pairs": (lambda: plot_trajectory(PATH, pairs=[(1, 1)]), "pairs of two of the levels 0 to 3"),
    "spectrum": (lambda: plot_spectrum(PATH), "an EmissionSpectrum"),
    "unit": (lambda: plot_spectrum(liouvillian_spectrum(letter_maser()), unit=1.0), "left out for eigenvalues"),
    "suffix": (lambda: animate_phasors(PATH, "moving.png"), "end in .gif or .mp4"),
    "incoherent": (lambda: animate_phasors(PATH, "moving.gif", reference=0), "hold coherences of level 0"),
    "reference": (lambda: animate_phasors(PATH, "moving.gif", reference=7), "a level between 0 and 3"),
    "qubit": (
        lambda: animate_torus(
            ts.evolve(ts.LindbladSystem(LOWERING + LOWERING.T, [(0.1, LOWERING)]), 0, [0, 1]), "a.gif"
        ),
        "three levels that carry coherence",
    ),
    "rate": (lambda: animate_torus(PATH, "a.gif", frames_per_second=0.0), "`frames_per_second`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_shown_is_refused(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, *words = REFUSED[case]
    refused(call, *words)
    assert not list(tmp_path.iterdir())
