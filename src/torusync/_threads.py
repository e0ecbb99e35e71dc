"""One BLAS thread inside every solver.

The matrices here are small and many; a second BLAS thread makes them 1.1 to 30 times slower.  numpy and scipy
ship an OpenBLAS each, so the controller is made once, after scipy.linalg is imported, and then reused: finding
the libraries anew costs milliseconds, more than most solves.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

import scipy.linalg  # noqa: F401  (loads scipy's BLAS before the controller looks for libraries)
from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
T = TypeVar("T")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_blas_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Run ``function`` with every BLAS limited to one thread."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with _controller().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
