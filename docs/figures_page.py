"""Writes the page of figures from the papers' registries: every figure with the code that draws it there."""

from pathlib import Path

from torusync import papers
from torusync.figures import FigureSpec

HEAD = """---
file_format: mystnb
kernelspec:
  name: python3
---

# Figures

Every figure of the reproductions, each with the code that draws it, run when this page is built. `quick=True` takes
coarser grids and fewer draws; `torusync reproduce` takes the full ones. A figure is data first: `data()` returns an
xarray dataset with units and sources, and `draw()` reads nothing else. In a notebook `%matplotlib inline` shows
them, too. Figures of your own results are made by `torusync.plots`, see [First steps](first-steps.md) and
[the reference](api.md).

```{code-cell}
%matplotlib inline
from torusync import papers
```
"""

_PIXELS = 125
"""Pixels an inch on the page."""


def write(path: Path) -> None:
    """Write the page; leave it untouched where nothing changed, so that builds stay incremental."""
    text = HEAD + "".join(_paper(name) for name in papers.names())
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _paper(name: str) -> str:
    publication = papers.load(name)
    cell = f"```{{code-cell}}\n{name} = papers.load({name!r}).figures\n```\n"
    return f"\n## The {name}\n\n{publication.citation.short}\n\n{cell}" + "".join(
        _figure(name, spec) for spec in publication.figures.values()
    )


def _figure(paper: str, spec: FigureSpec) -> str:
    figure = f'{paper}["{spec.id}"]'
    departures = "".join(f"- {one}\n" for one in spec.departures)
    return f"""
### {spec.id}: {spec.title}

{spec.said}

```{{code-cell}}
:mystnb:
:  image:
:    alt: {_quoted(spec.alt)}
:    width: {round(_PIXELS * spec.size[0])}px

figure = {figure}
data = figure.data(quick=True)
figure.draw(data)
```

What differs from print, or is chosen here:

{departures}"""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
