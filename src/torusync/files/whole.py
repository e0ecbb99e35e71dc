"""Whole files or none: everything the library writes appears under its name only once it is complete.

A run that is interrupted, or a disk that is full, must not leave a figure or a data file that looks finished.
The temporary name lies in the target's own folder, because a rename is atomic only within one file system.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from torusync._checks import ArgumentError, requirement


def as_path(name: str, value: object) -> Path:
    """Return ``value`` as a path that the system can look up."""
    if not isinstance(value, str | Path):
        raise requirement(name, "be a path", f"it is {type(value).__name__}")
    path = Path(value)
    if "\0" in str(path):
        raise requirement(name, "be a path", f"{str(path)[:40]!r} holds a null character")
    return path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long to look up: opening it will say so
        return False


def _is_endless(path: Path) -> bool:
    try:
        return path.exists() and not path.is_file()
    except OSError:
        return False


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` that is renamed to it on success and removed on failure."""
    target = as_path("path", target)
    if _is_folder(target):
        raise requirement("path", "name a file", f"{str(target)!r} is a folder")
    if not _is_folder(target.parent):
        raise requirement("path", "lie in an existing folder", f"{str(target.parent)!r} is not one; create it first")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise requirement("path", "be writable", f"{str(target)!r} is not ({error.strerror})") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files private; a result should be as readable as any other file the user creates
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def write_bytes(target: Path, data: bytes) -> None:
    """Write ``data`` to ``target``, whole or not at all."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)


def write_text(target: Path, text: str) -> None:
    """Write ``text`` to ``target`` as UTF-8, whole or not at all."""
    write_bytes(target, text.encode("utf-8"))


def make_folder(folder: Path) -> Path:
    """Create ``folder`` with its parents, or say in one sentence why it cannot be."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise requirement("out", "be a folder that can be made", f"{str(folder)!r} is not ({error.strerror})") from None
    return folder


def readable(name: str, path: object) -> Path:
    """Return ``path`` if it is a non-empty file, or say in one sentence what it is instead."""
    path = as_path(name, path)
    if _is_folder(path):
        raise requirement(name, "name a file", f"{str(path)!r} is a folder")
    if _is_endless(path):  # opening a pipe waits for ever, and a device never ends
        raise requirement(name, "name a file", f"{str(path)!r} is a pipe or a device; save what it gives first")
    try:
        with path.open("rb") as stream:
            head = stream.read(1)
    except OSError as error:
        raise ArgumentError(
            f"Argument `{name}` must name a readable file, but {str(path)!r} is not ({error.strerror})."
        ) from None
    if not head:
        raise requirement(name, "name a file with content", f"{str(path)!r} is empty")
    return path
