"""What a figure is, whatever it shows: data, then a drawing of the data, on a canvas and in files.

The figures themselves stand in `torusync.papers`, each beside what its paper says of it.
"""

from torusync.figures.canvas import to_png, to_svg
from torusync.figures.spec import Composite, FigureSpec

__all__ = ["Composite", "FigureSpec", "to_png", "to_svg"]
