"""Moving pictures of a trajectory: its coherences as phasors, and S over two phases of the torus.

A GIF is written through Pillow, which Matplotlib brings along; an MP4 where ffmpeg is found.  Scales are those of all
frames together, so that what grows is seen to grow.
"""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import Integer, Real, as_count, as_number, requirement
from torusync._memory import require_memory
from torusync.densities import DenseDensity
from torusync.dynamics import Trajectory
from torusync.files.whole import as_path, atomic_path, write_bytes
from torusync.phases import phase_distribution, synchronization
from torusync.plots.axes import colour_bar, colour_map, in_unit, pi_ticks, time_label, unit_of
from torusync.plots.courses import one_trajectory
from torusync.plots.journal import GREY, INK, REFRIGERATOR, style
from torusync.plots.torus import MAP, two_levels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FRAMES: Final = 400
"""More frames are thinned out: a GIF of more is larger than a page that shows it."""

_POINTS: Final = 61
_DPI: Final = 110
_TRAIL: Final = 12
"""Frames for which a phasor is still seen where it was."""

Paint = Callable[[int], None]


def animate_phasors(
    result: Trajectory, path: str | Path, *, reference: int | None = None, frames_per_second: float = 20.0
) -> Path:
    """Write a moving picture of the coherences of a level with all others, as points of the complex plane.

    Parameters
    ----------
    result
        The `Trajectory` of one system.
    path
        Ends in ``.gif``, or in ``.mp4`` where ffmpeg is found.
    reference
        The level whose coherences ρ_ref,j are shown; that of the system by default.
    frames_per_second
        A time of the trajectory is a frame.

    Returns
    -------
    Path
        What was written, whole or not at all.

    Raises
    ------
    ArgumentError
        If the result is a batch or holds no coherence of the level, or the path ends otherwise.
    """
    shown, target = one_trajectory(result), _as_target(path)
    rate = as_number("frames_per_second", frames_per_second, above=0.0)
    level = as_count("reference", getattr(shown.system, "reference", 0) if reference is None else reference)
    if level >= shown.dimension:
        raise requirement("reference", f"be a level between 0 and {shown.dimension - 1}", f"it is {level}")
    frames = _thinned(shown)
    row = shown.rho[frames, level]
    # e^{iΦ_ref,j} of ρ_ref,j, as the letter reads its phases
    row[:, level] = 0.0
    top = float(np.nanmax(np.abs(row)))
    others = np.flatnonzero(np.abs(row).max(axis=0) > 0.0)
    if not others.size:
        raise requirement("result", f"hold coherences of level {level}", "it holds none")
    points = row[:, others] / top

    def begin(figure: "Figure") -> Paint:
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        around = np.linspace(0.0, 2.0 * np.pi, 181)
        ax.plot(np.cos(around), np.sin(around), color=GREY, lw=0.7)
        ax.plot([-1.0, 1.0, np.nan, 0.0, 0.0], [0.0, 0.0, np.nan, -1.0, 1.0], color=GREY, lw=0.4)
        trails = [ax.plot([], [], color=REFRIGERATOR, lw=0.8, alpha=0.4)[0] for _ in others]
        rays = [ax.plot([], [], color=REFRIGERATOR, lw=1.0, marker="o", ms=4.5, markevery=[1])[0] for _ in others]
        names = [ax.text(0.0, 0.0, str(one), ha="center", va="center", color=INK, fontsize=8) for one in others]
        clock = ax.text(-1.3, 1.2, "", color=INK)
        ax.text(1.3, 1.2, rf"$\rho_{{{level}j}}$, circle {top:.3g}", ha="right", color=INK)
        ax.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), aspect="equal")
        ax.axis("off")

        def paint(frame: int) -> None:
            past = points[max(0, frame - _TRAIL) : frame + 1]
            for place, now in enumerate(points[frame]):
                trails[place].set_data(past[:, place].real, past[:, place].imag)
                rays[place].set_data([0.0, now.real], [0.0, now.imag])
                away = now / abs(now) if abs(now) > 0.0 else 0.0
                names[place].set_position(((now + 0.12 * away).real, (now + 0.12 * away).imag))
            clock.set_text(rf"${time_label(shown.system)} = {shown.times[frames[frame]]:.4g}$")

        return paint

    return _write(begin, len(frames), target, rate, (3.4, 3.4))


def animate_torus(
    result: Trajectory, path: str | Path, *, levels: tuple[int, int] | None = None, frames_per_second: float = 20.0
) -> Path:
    """Write a moving picture of S over two phases, all others where they are optimal at the end.

    Parameters
    ----------
    result
        The `Trajectory` of one system of three or more levels with coherence.
    path
        Ends in ``.gif``, or in ``.mp4`` where ffmpeg is found.
    levels
        The two levels whose phases are varied; the first two beside the reference by default.
    frames_per_second
        A time of the trajectory is a frame.

    Returns
    -------
    Path
        What was written, whole or not at all.

    Raises
    ------
    ArgumentError
        If the result is a batch, its last state has fewer than two phases, or the path ends otherwise.
    """
    shown, target = one_trajectory(result), _as_target(path)
    rate = as_number("frames_per_second", frames_per_second, above=0.0)
    frames = _thinned(shown)
    sync = synchronization(DenseDensity(shown.rho[frames[-1]]))
    first, second = two_levels(sync, levels)
    require_memory("result", 16.0 * len(frames) * _POINTS**2, what=f"{len(frames)} frames")
    angles = np.linspace(0.0, 2.0 * np.pi, _POINTS)
    heights = _heights(shown, frames, (np.nan_to_num(sync.phases), sync.reference, first, second), angles)
    unit = unit_of(heights)
    heights = heights / unit
    top = float(np.abs(heights).max()) or 1.0

    def begin(figure: "Figure") -> Paint:
        ax = figure.subplots()
        turns = angles / np.pi
        image: Any = colour_map(ax, turns, turns, heights[0], cmap=MAP, vmin=-top, vmax=top)
        (cross,) = ax.plot([], [], "x", color=INK, ms=5)
        ax.set_aspect("equal")
        ax.set(
            xlabel=rf"$\varphi_{{{first},{sync.reference}}}/\pi$",
            ylabel=rf"$\varphi_{{{second},{sync.reference}}}/\pi$",
        )
        pi_ticks(ax, range(5))
        colour_bar(ax, image, in_unit("S", unit))
        clock = ax.set_title("", fontsize=8)

        def paint(frame: int) -> None:
            image.set_data(heights[frame])
            row, column = np.unravel_index(int(heights[frame].argmax()), heights[frame].shape)
            cross.set_data([turns[column]], [turns[row]])
            clock.set_text(rf"${time_label(shown.system)} = {shown.times[frames[frame]]:.4g}$")

        return paint

    return _write(begin, len(frames), target, rate, (3.8, 3.2))


def _heights(path: Trajectory, frames: Integer, plane: tuple[Real, int, int, int], angles: Real) -> Real:
    """Return S of each frame over the plane of two phases, the second down the rows."""
    held, reference, first, second = plane
    grid = np.tile(held, (len(angles), len(angles), 1))
    grid[..., first] = angles + held[reference]
    grid[..., second] = angles[:, np.newaxis] + held[reference]
    return np.stack([phase_distribution(path.rho[frame], grid) for frame in frames])


def _thinned(path: Trajectory) -> Integer:
    there = np.flatnonzero(np.atleast_1d(path.computed))
    return np.asarray(there[np.unique(np.linspace(0, len(there) - 1, min(len(there), _FRAMES)).astype(int))])


def _as_target(path: object) -> Path:
    target = as_path("path", path)
    suffix = target.suffix.lower()
    if suffix not in {".gif", ".mp4"}:
        raise requirement("path", "end in .gif or .mp4 for a moving picture", f"it is {str(path)!r}")
    if suffix == ".mp4" and shutil.which("ffmpeg") is None:
        raise requirement("path", "end in .gif where ffmpeg is not found", f"it is {str(path)!r}")
    return target


def _write(
    begin: Callable[["Figure"], Paint], count: int, target: Path, rate: float, size: tuple[float, float]
) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with style():
        figure = Figure(figsize=size, dpi=_DPI)
        canvas = FigureCanvasAgg(figure)
        paint = begin(figure)
        if target.suffix.lower() == ".gif":
            _as_gif(_images(canvas, paint, count), target, rate)
        else:
            _as_mp4(figure, paint, count, target, rate)
    return target


def _images(canvas: Any, paint: Paint, count: int) -> Iterator[Any]:
    """Yield frames in 256 colours, of the map and greys: those chosen frame by frame would leave out what is rare."""
    from matplotlib import colormaps  # noqa: PLC0415
    from matplotlib.colors import to_rgba  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415  (Matplotlib's own)

    plain = [colormaps["Greys"](np.linspace(0.0, 1.0, 32)), colormaps["Blues"](np.linspace(0.0, 1.0, 24))]
    table = np.concatenate([colormaps[MAP](np.linspace(0.0, 1.0, 199)), *plain, [to_rgba(REFRIGERATOR)]])
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.round(255.0 * table[:, :3]).astype(np.uint8).tobytes())
    for frame in range(count):
        paint(frame)
        canvas.draw()
        whole = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        yield whole.quantize(palette=palette, dither=Image.Dither.NONE)


def _as_gif(images: Iterator[Any], target: Path, rate: float) -> None:
    whole, (first, *rest) = io.BytesIO(), images
    # hundredths of a second are all that a GIF knows
    duration = 10 * max(2, round(100.0 / rate))
    first.save(whole, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)
    write_bytes(target, whole.getvalue())


def _as_mp4(figure: "Figure", paint: Paint, count: int, target: Path, rate: float) -> None:
    from matplotlib.animation import FFMpegWriter  # noqa: PLC0415

    with atomic_path(target) as temporary:
        writer = FFMpegWriter(fps=rate)  # type: ignore[arg-type]
        with writer.saving(figure, str(temporary), _DPI):
            for frame in range(count):
                paint(frame)
                writer.grab_frame()
