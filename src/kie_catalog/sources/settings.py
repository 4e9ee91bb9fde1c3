"""`sync/sources.yaml`: which endpoints are read, and how hard upstream may be asked.

What stands in the same file under `guards` and `compatibility` belongs to other readers; all else is read
strictly here: an unknown key, a doubled one or a value of the wrong kind is refused with its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.asking import Patience
from kie_catalog.sources.problems import first_problem

_OF_THE_SYNC: Final = ("guards", "compatibility")
SETTINGS_FILE: Final = "sync/sources.yaml"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def check_base(url: str) -> str:
    """A base URL without its last slash.

    Raises:
        ValueError: it is no https URL (http will do on this machine), or holds more than a host and a path.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("is no plain URL of a host")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise ValueError("must begin with https:// (http:// only on this machine)")
    return url.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(check_base)]
ServerPath = Annotated[str, Field(pattern=r"^/[!-~]*$")]
Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Hosts(_Strict):
    """Where KIE answers (CONTRACT section 1.1)."""

    api: BaseUrl = "https://api.kie.ai"
    docs: BaseUrl = "https://docs.kie.ai"


class Connections(_Strict):
    """How many requests may be under way at once, a host."""

    api: Positive = 4
    docs: Positive = 32


class Limits(_Strict):
    """How long is waited, how much is taken, how often is asked."""

    attempts: Positive = 4
    first_wait_seconds: Seconds = 0.5
    longest_wait_seconds: Seconds = 20.0
    connect_seconds: Seconds = 10.0
    silence_seconds: Seconds = 20.0
    """The longest silence in the middle of a reply."""
    reply_seconds: Seconds = 60.0
    """One reply as a whole, however steadily it drips."""
    source_seconds: Seconds = 900.0
    """All replies of one source; the keyed API is slow by its own rule."""
    reply_bytes: Positive = 16_000_000
    """After unpacking; the largest reply on record, the keyed list, has some 98,000."""
    page_bytes: Positive = 2_000_000
    """The same for a documentation page; the largest on record has some 60,000."""
    redirects: int = Field(default=3, ge=0)
    failed_share: float = Field(default=0.2, ge=0, le=1)
    """From which share of failed pages on the source as a whole counts as not measured."""

    @property
    def patience(self) -> Patience:
        """The limits of asking again."""
        return Patience(self.attempts, self.first_wait_seconds, self.longest_wait_seconds)


class _Endpoint(_Strict):
    enabled: bool = True
    minimum: int = Field(default=0, ge=0)
    """Fewer entries than this look like a broken upstream; asked of the live hosts only."""


class _Paged(_Endpoint):
    page_size: int = Field(default=100, ge=10, le=100)
    """KIE answers 422 above 100 (CONTRACT section 10.1)."""
    page_cap: Positive = 50
    readings: int = Field(default=6, ge=2)
    """How often a feed is read until two readings agree."""


class Prices(_Paged):
    """The price feed."""

    count: ServerPath = "/client/v1/model-pricing/count"
    page: ServerPath = "/client/v1/model-pricing/page"
    minimum: int = Field(default=100, ge=0)


class Groups(_Paged):
    """The playground's groups."""

    page: ServerPath = "/api/v1/playground/pagePlaygroundGroup"
    minimum: int = Field(default=20, ge=0)


class ModelIds(_Endpoint):
    """The playground's ids."""

    path: ServerPath = "/api/v1/playground/model-paths"
    minimum: int = Field(default=50, ge=0)


class Pages(_Endpoint):
    """The documentation."""

    index: ServerPath = "/llms.txt"
    page_cap: Positive = 2_000
    minimum: int = Field(default=50, ge=0)


class Models(_Endpoint):
    """The keyed models API: its list."""

    path: ServerPath = "/api/v1/models"
    per_second: float = Field(default=1.0, gt=0)
    """Shared by all its endpoints (CONTRACT section 5)."""
    minimum: int = Field(default=50, ge=0)


class Schemas(_Endpoint):
    """The keyed models API: one schema a model; the id's slash stays as it is (CONTRACT section 10.2)."""

    path: ServerPath = "/api/v1/models/{model}/schema"


class Sources(_Strict):
    """The endpoints, by source."""

    prices: Prices = Field(default_factory=Prices)
    pages: Pages = Field(default_factory=Pages)
    model_ids: ModelIds = Field(default_factory=ModelIds)
    models: Models = Field(default_factory=Models)
    schemas: Schemas = Field(default_factory=Schemas)
    groups: Groups = Field(default_factory=Groups)


class Settings(_Strict):
    """All of the file but what a sync reads of it."""

    hosts: Hosts = Field(default_factory=Hosts)
    user_agent: str = Field(default="kie-catalog", pattern=r"^[ -~]+$")
    """docs.kie.ai is said to refuse some (CONTRACT section 10.3)."""
    connections: Connections = Field(default_factory=Connections)
    limits: Limits = Field(default_factory=Limits)
    sources: Sources = Field(default_factory=Sources)

    def at(self, base: str) -> Settings:
        """The same settings for one host that serves all paths: a stand-in, or a proxy."""
        return self.model_copy(update={"hosts": Hosts(api=base, docs=base)})


def read_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises:
        UsageError: it can't be read, is no YAML, or says something that no setting is.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(str(path), f"cannot be read ({error})", "restore the file") from error
    data, lines = _load(text, str(path))
    for section in _OF_THE_SYNC:
        data.pop(section, None)
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        problem = first_problem(error)
        line = next((lines[each] for each in _upwards(problem.pointer) if each in lines), 1)
        raise UsageError(
            f"{path}:{line}", str(problem), "set a value of that kind, or remove the line"
        ) from error


def _upwards(pointer: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (pointer[:end] for end in range(len(pointer), 0, -1))


def _load(text: str, place: str) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    import yaml  # noqa: PLC0415 -- only a checkout has the file; a library user never pays for the parser

    lines: dict[tuple[str, ...], int] = {}
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        if root is not None and not isinstance(root, yaml.MappingNode):
            raise UsageError(place, "is no mapping", "restore the file")
        _note_lines(root, (), lines, place)
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "is no YAML"
        raise UsageError(place + line, problem, "mend the YAML") from error
    return data, lines


def _note_lines(node: Any, pointer: tuple[str, ...], lines: dict[tuple[str, ...], int], place: str) -> None:
    """Note the line of each key, and refuse a doubled one: YAML would take the last in silence."""
    for key, value in getattr(node, "value", ()) if type(node).__name__ == "MappingNode" else ():
        here = (*pointer, str(key.value))
        line = key.start_mark.line + 1
        if here in lines:
            raise UsageError(f"{place}:{line}", f"{'.'.join(here)} stands there twice", "remove one of them")
        lines[here] = line
        _note_lines(value, here, lines, place)
