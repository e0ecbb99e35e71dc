"""One command, one folder: every figure and every claim of a paper, and a page that shows them."""

from torusync.report.run import left_out, reproduce

__all__ = ["left_out", "reproduce"]
