"""Runs the code of the gallery's pages with finer grids than the documentation is built with.

    python docs/gallery_cells.py [TIMES] [PAGE ...]

Every page sets ``fine`` once; here it is TIMES (4).  `.ci/long gallery` calls this.
"""

import re
import sys
import time
from pathlib import Path

_CELL = re.compile(r"^```\{code-cell\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FINE = re.compile(r"^fine = 1\b", re.MULTILINE)


def code(page: Path, times: int) -> str:
    """Return the code of a page with so many times the points."""
    cells = _CELL.findall(page.read_text(encoding="utf-8"))
    text = "\n".join(re.sub(r"^:.*$", "", one, flags=re.MULTILINE) for one in cells)
    finer, count = _FINE.subn(f"fine = {times}", text)
    if count != 1:
        raise SystemExit(f"{page.name} must set `fine = 1` once, but it does so {count} times.")
    return finer


def main(times: str = "4", *names: str) -> None:
    """Run all pages, or those named, and say how long each takes."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    for page in sorted((Path(__file__).parent / "gallery").glob("*.md")):
        if names and page.stem not in names:
            continue
        begin = time.perf_counter()
        exec(compile(code(page, int(times)), page.name, "exec"), {"__name__": "__main__"})  # noqa: S102
        plt.close("all")
        sys.stdout.write(f"{page.stem}: {time.perf_counter() - begin:.1f} s\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
