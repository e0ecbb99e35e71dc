"""A request that is not answered: of no page, and so of no physics."""

from typing import final


@final
class Refused(Exception):
    """A request that is not answered: its status, and one sentence."""

    def __init__(self, status: int, sentence: str, *, allow: str = "") -> None:
        super().__init__(sentence)
        self.status, self.allow = status, allow
