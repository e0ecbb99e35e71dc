"""One command, one folder: every figure and every claim of the letter, and a page that shows them."""

from torusync.report.run import reproduce

__all__ = ["reproduce"]
