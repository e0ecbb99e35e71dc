"""A request that is not answered: by its form, before any physics is asked."""

from typing import final


@final
class RefusedError(Exception):
    """A request that is not answered: its status, one sentence, and which methods there are where it used another."""

    def __init__(self, status: int, sentence: str, *, allow: str = "") -> None:
        super().__init__(sentence)
        self.status, self.allow = status, allow
