"""Files behind a URL (s3://, gs://, https://, memory://), by fsspec where it is installed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from parityline.errors import TableError

# one letter is a drive of Windows
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")


@dataclass(frozen=True)
class RemoteFile:
    """A file of an fsspec file system, with what is used of `pathlib.Path`. Its text shows no password and no token."""

    url: str
    filesystem: Any
    path: str

    @property
    def name(self) -> str:
        return _shown(self.path).rstrip("/").rpartition("/")[2]

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix

    def open(self, mode: str) -> Any:
        return self.filesystem.open(self.path, mode)

    def __str__(self) -> str:
        return _shown(self.url)


File = Path | RemoteFile


def is_url(text: str) -> bool:
    """Whether a text is a URL, or a chain of them as fsspec has them, and not a path."""
    return _URL.match(text) is not None


def expand(url: str, is_table: Callable[[RemoteFile], bool], known: str) -> list[File]:
    """The files of a URL, glob of a URL, or folder. Raises TableError where there are none or fsspec is not there.

    is_table: which files of a folder are read. known: what to say where there are none.
    """
    if url.lower().startswith("file://"):
        from parityline.tables import files

        return files.expand(url2pathname(unquote(urlsplit(url.replace("?", "%3F").replace("#", "%23")).path)))
    shown = _shown(url)
    try:
        import fsspec
    except ImportError as error:
        raise TableError(f"{shown}: reading a URL needs fsspec; install it with: {_INSTALL}") from error
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        if filesystem.isfile(path):
            return [RemoteFile(filesystem.unstrip_protocol(path), filesystem, path)]
        is_folder = filesystem.isdir(path)
        found = filesystem.find(path) if is_folder else filesystem.glob(path)
        matches = [RemoteFile(filesystem.unstrip_protocol(p), filesystem, p) for p in sorted(found)]
        matches = [file for file in matches if (is_table(file) if is_folder else filesystem.isfile(file.path))]
    except ImportError as error:
        raise TableError(f"{shown}: the file system of this URL is not installed: {error}") from error
    except Exception as error:  # each file system has errors of its own
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TableError(f"{shown}: could not be listed: {_shown(reason)[:300]}") from error
    if not matches:
        raise TableError(f"{shown}: expected files to read, found none; look at the URL; {known}")
    return list[File](matches)


_INSTALL = "pip install 'parityline[remote]'"


def _shown(url: str) -> str:
    """Without user, password and query, which may hold a token."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", re.sub(r"(https?://[^?\s]*)\?\S*", r"\1", url))
