"""Whole files or none: everything the library writes appears under its name only once it is complete.

A run that is interrupted, or a disk that is full, must not leave a figure or a data file that looks finished.
The temporary name lies in the target's own folder, because a rename is atomic only within one file system.
"""

import glob
import os
import platform
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from torusync._checks import requirement


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
    if _is_endless(target):  # a rename would put a file where the device was, for everybody on this computer
        raise requirement("path", "name a file", f"{str(target)!r} is a pipe or a device; write to a file first")
    start = f".{target.stem}-{zlib.crc32(platform.node().encode()):08x}-"
    _sweep(target, start)
    try:
        handle, name = tempfile.mkstemp(prefix=f"{start}{os.getpid()}-", suffix=target.suffix, dir=target.parent)
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
    except OSError as error:
        if error.filename in {None, name}:  # writing and closing do not say which file, and nobody knows the other name
            error.filename = str(target)
        raise
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _sweep(target: Path, start: str) -> None:
    """Remove what killed runs on this computer left of the same target; its name says which process it was."""
    for one in target.parent.glob(f"{glob.escape(start)}*{glob.escape(target.suffix)}"):
        owner = one.name.removeprefix(start).partition("-")[0]
        if owner.isdigit() and not _lives(int(owner)):
            one.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    if os.name == "nt":
        return True  # signal 0 is a real one there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's, or a number that no process has
        return True
    return True


def write_bytes(target: Path, data: bytes) -> None:
    """Write ``data`` to ``target``, whole or not at all."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)


def write_text(target: Path, text: str) -> None:
    """Write ``text`` to ``target`` as UTF-8, whole or not at all."""
    write_bytes(target, text.encode("utf-8"))


def make_folder(folder: str | Path) -> Path:
    """Create ``folder`` with its parents, or say in one sentence why it cannot be."""
    if isinstance(folder, str) and not folder:
        raise requirement("out", "name a folder", "it is empty; a dot is the present one")
    folder = as_path("out", folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise requirement("out", "be a folder that can be made", f"{str(folder)!r} is not ({error.strerror})") from None
    return folder


_OPEN_ENDS: Final = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
"""Where a shell hands on what another command writes: ``<(…)``, and a dash in other programs."""


def read_bytes(name: str, path: object, limit: int) -> bytes:
    """Return what a file holds, or an open pipe gives once, up to ``limit`` bytes; more is refused."""
    text = str(as_path(name, path))
    source = Path(text) if text.startswith(_OPEN_ENDS) else readable(name, path)
    try:
        with source.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise requirement(name, "name a readable file", f"{text!r} is not ({error.strerror})") from None
    if not content:
        raise requirement(name, "name a file with content", f"{text!r} is empty")
    if len(content) > limit:
        raise requirement(name, f"hold at most {limit:,} bytes", f"{text!r} holds more; shorten it")
    return content


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
        raise requirement(name, "name a readable file", f"{str(path)!r} is not ({error.strerror})") from None
    if not head:
        raise requirement(name, "name a file with content", f"{str(path)!r} is empty")
    return path
