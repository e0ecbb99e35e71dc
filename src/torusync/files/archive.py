"""Archives of arrays, as `numpy.savez` writes them, from bytes that nobody vouches for.

They end in ``.npz`` like the states that this library saves, and are told from them by what they hold.  A packed member
is unpacked to the size that its header announces, and no further; objects are never loaded.
"""

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy.typing as npt

from torusync._checks import ArgumentError
from torusync.files.holdings import assembled, chosen
from torusync.files.matfile import TooLargeError
from torusync.files.npy import DamagedError, KindError, read_entries, read_header
from torusync.files.reading import ContentError, Reading, of_array

_OURS: Final = {"format.npy", "digest.npy"}
"""Members of a saved state."""

_DAMAGE: Final = (ValueError, EOFError, RuntimeError, KeyError, zipfile.BadZipFile, zlib.error, KindError)
"""What zipfile raises for changed bytes; NotImplementedError is a RuntimeError."""


def is_archive(path: Path) -> bool:
    """Whether a file is an archive of arrays, and no saved state, whole or damaged."""
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as container:
            names = set(container.namelist())
    except (*_DAMAGE, OSError):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names) and not names & _OURS


def readings(path: Path, variable: str | None, most: float) -> list[Reading]:
    """Return the ways to read an array, of at most ``most`` bytes, from an archive.

    Raises
    ------
    DamagedError, TooLargeError, ContentError, ArgumentError
        If it is damaged, too large, no array of numbers, or one of several and it is not said which.
    """
    with _damaged(), path.open("rb") as stream, zipfile.ZipFile(stream) as container:
        members = {one.filename.removesuffix(".npy"): one for one in container.infolist()}
        twice = [name for name, count in Counter(container.namelist()).items() if count > 1]
        if twice:
            raise DamagedError(f"it holds {twice[0]!r} twice")
        shapes = {name: _shape(container, one) for name, one in members.items()}
        names = chosen(repr(str(path)), variable, shapes)

        def load(name: str) -> npt.NDArray[Any]:
            with container.open(members[name]) as inside:
                header = read_header(cast("BinaryIO", inside), members[name].file_size)
                if 2 * header.data_bytes > most:
                    raise TooLargeError
                if header.dtype.kind == "U":
                    raise ContentError("hold numbers", f"holds text as {name!r}")
                return read_entries(cast("BinaryIO", inside), header)

        return of_array(assembled(names, load), " and ".join(names))


@contextmanager
def _damaged() -> Iterator[None]:
    try:
        yield
    except ArgumentError:  # a ValueError that is no damage
        raise
    except _DAMAGE as error:
        raise DamagedError(str(error) or type(error).__name__) from None


def _shape(container: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, ...] | None:
    """Return the shape of a member, None where it holds no numbers."""
    try:
        with container.open(member) as inside:
            header = read_header(cast("BinaryIO", inside), member.file_size)
    except KindError:
        return None
    return None if header.dtype.kind == "U" else header.shape
