"""Sidecars: what a check of a catalog file said, and its content, kept for the next process.

A sidecar is a text: a head of lines, a blank line, the content as JSON. Both parts carry their digests, the
head also those of the file it is about and of the tool that wrote it; where one differs, the sidecar is as
good as absent. It holds data only, nothing in it is ever run, and one that another user could have written
is not read. This module imports next to nothing, since a start-up waits for it.
"""

from __future__ import annotations

import os

from kie_catalog.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

try:  # hashlib loads OpenSSL first, which takes as long as all the rest here
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

MAGIC: Final = "kie-catalog sidecar 1"
FOLDER: Final = "checked"
SUFFIX: Final = ".sidecar"
PACKAGED: Final = "package"
"""Stands in the key of a sidecar that was built together with its tool."""
MOST: Final = 16
"""How many sidecars a folder keeps."""
_HEAD: Final = 1 << 16
_DIGEST: Final = 20
_ROOMS: Final = ("rules", "catalog", "domain")
"""The rooms whose code decides what a verdict says."""
_HIDDEN_BITS: Final = 0o022
"""Group and others may not write."""


class Verdict:
    """What a check of a file said, as far as a start-up asks; no dataclass, which is slow to import."""

    __slots__ = ("broken", "counts", "disabled", "last_updated", "models", "valid_until")

    def __init__(
        self,
        *,
        models: int,
        last_updated: str,
        broken: str = "",
        disabled: Mapping[str, Sequence[str]] | None = None,
        counts: Mapping[str, int] | None = None,
        valid_until: str = "",
    ) -> None:
        self.models = models
        """How many models the file has."""
        self.last_updated = last_updated
        """Its date as 'YYYY-MM-DD'; empty if it has none."""
        self.broken = broken
        """Why nothing of it can be served; empty if something can."""
        self.disabled: Mapping[str, Sequence[str]] = disabled or {}
        """The models that cannot be served, each with the reasons."""
        self.counts = counts
        """How many findings there are, by severity; `None` if a glance was enough and nobody counted them."""
        self.valid_until = valid_until
        """The last day on which all this holds; empty if it holds for ever."""


def digest(raw: bytes) -> str:
    """The digest by which sidecars know a content."""
    return blake2b(raw, digest_size=_DIGEST).hexdigest()


def tool_key() -> str:
    """The version of this tool, with a stamp of the code that decides what a verdict says."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    stamps = []
    for room in _ROOMS:
        try:
            with os.scandir(os.path.join(here, room)) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        seen = entry.stat()
                        stamps.append(f"{room}/{entry.name} {seen.st_size} {seen.st_mtime_ns}")
        except OSError:
            continue
    return f"{__version__} {digest(chr(10).join(sorted(stamps)).encode())}"


def packaged_key() -> str:
    """The key of what was built together with the package."""
    return f"{__version__} {PACKAGED}"


def render(verdict: Verdict, *, sources: Sequence[str], key: str, body: bytes | None) -> bytes:
    """A sidecar as bytes.

    Args:
        verdict: what was said.
        sources: the digests of the contents it was said of; more than one if they say the same.
        key: of the tool.
        body: the content of the models that can be served, as JSON; empty if the package has it in a file of
            its own, `None` if it was not read.
    """
    lines = [
        f"key\t{key}",
        *(f"source\t{source}" for source in sources),
        f"body\t{'-' if body is None else digest(body)}",
        f"models\t{verdict.models}",
        f"last_updated\t{_line(verdict.last_updated)}",
        f"broken\t{_line(verdict.broken)}",
        f"valid_until\t{_line(verdict.valid_until)}",
        f"counted\t{'no' if verdict.counts is None else 'yes'}",
        *(f"count\t{severity}\t{number}" for severity, number in (verdict.counts or {}).items()),
        *(
            f"disabled\t{_line(model)}\t" + "\t".join(map(_line, reasons))
            for model, reasons in verdict.disabled.items()
        ),
    ]
    text = "\n".join(lines).encode()
    return b"\n".join((MAGIC.encode(), digest(text).encode(), text, b"", body or b""))


def _line(text: str) -> str:
    return " ".join(text.split())


class Sidecar:
    """A sidecar that was read and found to be whole, but for its body."""

    __slots__ = ("_body", "_body_digest", "_file", "sources", "verdict")

    def __init__(
        self, verdict: Verdict, sources: Sequence[str], file: str, body: int, body_digest: str
    ) -> None:
        self.verdict = verdict
        self.sources = sources
        self._file = file
        self._body = body
        self._body_digest = body_digest

    def body(self) -> bytes | None:
        """The content, read now; `None` if it is damaged or gone."""
        try:
            with open(self._file, "rb") as file:
                file.seek(self._body)
                raw = file.read()
        except OSError:
            return None
        return raw if digest(raw) == self._body_digest else None


def read(file: str, *, source: str, key: str) -> Sidecar | None:
    """A sidecar, if there is one that is whole and was written for this content by this tool.

    Args:
        file: where it lies.
        source: the digest of the content.
        key: of the tool.
    """
    try:
        with open(file, "rb") as opened:
            seen = os.fstat(opened.fileno())
            head = opened.read(_HEAD)
            end = head.find(b"\n\n")
            while end < 0 and len(head) % _HEAD == 0 and (more := opened.read(_HEAD)):
                head += more
                end = head.find(b"\n\n")
    except OSError:
        return None
    if end < 0 or not _is_trusted(seen):
        return None
    magic, _, rest = head[:end].partition(b"\n")
    stated, _, text = rest.partition(b"\n")
    if magic != MAGIC.encode() or stated != digest(text).encode():
        return None
    try:
        return _parsed(text.decode(), file, end + 2, source, key)
    except (KeyError, ValueError, UnicodeDecodeError):
        return None


def _is_trusted(seen: os.stat_result) -> bool:
    """Whether only we, or the administrator, can have written a file."""
    return seen.st_uid in {os.geteuid(), 0} and not seen.st_mode & _HIDDEN_BITS


def _parsed(text: str, file: str, body: int, source: str, key: str) -> Sidecar | None:
    single: dict[str, str] = {}
    sources, counts, disabled = [], {}, {}
    for line in text.split("\n"):
        name, _, value = line.partition("\t")
        if name == "source":
            sources.append(value)
        elif name == "count":
            severity, _, number = value.partition("\t")
            counts[severity] = int(number)
        elif name == "disabled":
            model, *reasons = value.split("\t")
            disabled[model] = tuple(reasons)
        else:
            single[name] = value
    if single["key"] != key or source not in sources:
        return None
    verdict = Verdict(
        models=int(single["models"]),
        last_updated=single["last_updated"],
        broken=single["broken"],
        disabled=disabled,
        counts=counts if single["counted"] == "yes" else None,
        valid_until=single["valid_until"],
    )
    return Sidecar(verdict, tuple(sources), file, body, single["body"])


def cache_folder() -> str:
    """Where this user's sidecars lie: `$XDG_CACHE_HOME/kie-catalog/checked`, or below `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "kie-catalog", FOLDER)


def place(folder: str, source: str, key: str) -> str:
    """The file of the sidecar of a content: another tool gets another one."""
    return os.path.join(folder, f"{source[:24]}-{digest(key.encode())[:12]}{SUFFIX}")


def write(file: str, content: bytes) -> bool:
    """Put a sidecar in its place in one step; whether that could be done. Old ones make room."""
    folder = os.path.dirname(file)
    draft = f"{file}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        os.replace(draft, file)
        _make_room(folder)
    except OSError:
        return False
    return True


def _make_room(folder: str) -> None:
    with os.scandir(folder) as entries:
        own = [entry for entry in entries if entry.name.endswith(SUFFIX)]
    found = sorted(own, key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
    for entry in found[MOST:]:
        os.unlink(entry.path)
