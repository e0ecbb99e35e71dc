"""The interactive explorer: a page that shows how phases lock, and the small server that works its numbers out.

The page draws; what it draws is `torusync.solve`, `sweep`, `evolve` and `phase_model`, asked over a JSON interface on
the machine's own loopback.  The server is waitress and charts are drawn by plotly.js, both of the extra ``explore``.
"""

from torusync.explore.serving import serve

__all__ = ["serve"]
