"""Numbers too small for single precision are zero, and cost no more than others.

Factors of single precision fall off over many shells until they are below 2⁻¹²⁶, where x86 processors work in
microcode: Intel's take some hundred cycles an operation, so that what is faster elsewhere takes several times as long.
No scaling helps, since factors fall off both along rows and along columns.  The processor can take such numbers for
zero; NumPy has no word for it, but C's floating-point environment holds the register, one for each thread.  Inside,
there must be nothing but the arithmetic of factors: what they leave over is worked out in double precision, outside.
"""

import ctypes
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

_X86: Final = platform.machine().lower() in {"x86_64", "amd64"}

_WORDS: Final = 8
"""Words of 32 bits that C's environment has on x86-64 under Linux; the last of them is MXCSR."""

_ZERO: Final = 0x8040
"""Bits of MXCSR that make results below the normal range zero, and operands."""

_Environment: Any = ctypes.c_uint32 * _WORDS


def _library() -> Any:
    """Return the C library that has the environment, None where its layout is another."""
    if not (_X86 and sys.platform == "linux" and sys.maxsize > 2**32):
        return None
    try:
        # with the lock of the interpreter kept: a call takes less than to let go of it
        found = ctypes.PyDLL("libm.so.6")
    except OSError:
        return None
    return found if hasattr(found, "fegetenv") and hasattr(found, "fesetenv") else None


_LIBRARY: Final = _library()


@contextmanager
def flushed() -> Iterator[None]:
    """Take numbers below the normal range for zero in this thread, where the processor is slow with them.

    Threads of BLAS do not know of it: solvers use one, see `_threads`.
    """
    if _LIBRARY is None:
        yield
        return
    before = _Environment()
    _LIBRARY.fegetenv(before)
    changed = _Environment(*before)
    changed[_WORDS - 1] |= _ZERO
    try:
        _LIBRARY.fesetenv(changed)
        yield
    finally:
        _LIBRARY.fesetenv(before)


def _is_flushed() -> bool:
    """Tell whether half of the smallest normal number is zero inside."""
    least = np.array([2.0**-126], dtype=np.float32)
    with flushed():
        half = least * np.float32(0.5)
        return not half.view(np.int32).any()


SINGLE_PAYS: Final = not _X86 or _is_flushed()
"""Whether factors of single precision take less time than those of double whatever is in them."""
