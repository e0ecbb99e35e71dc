"""What is true of the letter's phase model: phases in time, in frequency and on the torus, and claims P01 to P28."""

from torusync.papers.letter import CITATION

__all__ = ["CITATION"]
