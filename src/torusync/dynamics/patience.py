"""What would take too long is refused in a sentence, before it begins.

Steps of time are as short as what is fastest, so that a stiff system or a long time means hours of which nobody was
told.  The seconds are those of one core of some years ago: a guess, which is why they are said.
"""

from typing import Final

from torusync._errors import requirement
from torusync._limits import PATIENCE_SECONDS

_HOUR: Final = 3600.0


def require_patience(name: str, seconds: float, *, what: str, advice: str) -> None:
    """Refuse a computation on argument ``name`` that would take longer than anybody waits, with the number of steps."""
    if seconds > PATIENCE_SECONDS:
        long = f"{seconds / _HOUR:.3g} hours" if seconds > _HOUR else f"{seconds / 60.0:.3g} minutes"
        must = f"need no more than some {PATIENCE_SECONDS / 60.0:.0f} minutes"
        raise requirement(name, must, f"{what} take about {long}; {advice}")
