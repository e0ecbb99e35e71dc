"""Files that are not what they should be: how the tests refuse them, and what memory that may take."""

import tracemalloc

import numpy as np
import pytest

import torusync as ts
from command import refused
from problems import GRAMMAR
from torusync.analysis import read_matrix

STATE = np.array([[0.5, 0.1 + 0.2j, 0.0], [0.1 - 0.2j, 0.3, 0.05j], [0.0, -0.05j, 0.2]])


def objected(path, **options):
    """Assert that the file is refused alike by the library and on the command line; return the sentence."""
    with pytest.raises(ts.ArgumentError) as caught:
        read_matrix(path, **options)
    text = str(caught.value)
    assert GRAMMAR.fullmatch(text), text
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    told = text.replace("`path`", "`state`").replace("`variable`", "`--variable`")
    assert refused("analyze", path, *words).rstrip("\n") == told
    return text


def peak_of(call, *arguments):
    tracemalloc.start()
    try:
        call(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
