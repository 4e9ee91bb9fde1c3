"""Which request a model is called with: the endpoint, how the input travels, and which call tells the state.

Most models go through one endpoint that names them (`createTask`). The older ones have an endpoint each whose
page names no model, so which model it is is a reviewed fact. The facts stand here and not in the catalog's
data because they come with code: the client that makes the request and reads the reply knows these endpoints,
and no feed can add one. Sources:

* ids: the price feed's anchors (`?model=…`, feeds of 2026-04-14 to 2026-08-22), the playground's ids
  (2026-09-24), and, for operations that neither names, the ids under which KIE's own pages of the same path
  describe the operation since it moved to `createTask` (public registry made from those pages, 2026-10-07).
* status calls: the GET pages of docs.kie.ai (2026-08-19), by the same folder, confirmed in recorded traffic
  for Suno, Aleph, 4o, Flux Kontext and createTask.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.domain.ids import ModelId

CREATE_TASK: Final = "/api/v1/jobs/createTask"
RECORD_INFO: Final = "/api/v1/jobs/recordInfo"
API_HOST: Final = "https://api.kie.ai"
UPLOAD_HOST: Final = "https://kieai.redpandaai.co"
"""Uploads are served here only; the same paths on the API's host answered 404 (measured 2026-07-07)."""


class Place(enum.StrEnum):
    """Where in the request the input stands."""

    INPUT = "input"
    """Under `input`, beside `model` and `callBackUrl`."""
    BODY = "body"
    """It is the body."""
    QUERY = "query"
    """In the address of a GET."""


class Callback(enum.StrEnum):
    """Whether the request takes a `callBackUrl`."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Call:
    """How a model is called."""

    endpoint: str
    status: str | None = None
    """The GET that tells a task's state, asked with `taskId`; `None` where the create call itself answers."""
    method: str = "POST"
    place: Place = Place.INPUT
    names_model: bool = True
    """Whether the request names the model under `model`."""
    callback: Callback = Callback.OPTIONAL

    def to_json(self) -> dict[str, Any]:
        """The call as the model's record keeps it."""
        return {
            "method": self.method,
            "endpoint": self.endpoint,
            "status": self.status,
            "place": self.place.value,
            "names_model": self.names_model,
            "callback": self.callback.value,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Call:
        """Read what `to_json` wrote."""
        return cls(
            endpoint=str(record["endpoint"]),
            status=record["status"],
            method=str(record["method"]),
            place=Place(record["place"]),
            names_model=bool(record["names_model"]),
            callback=Callback(record["callback"]),
        )

    def request(
        self, model: str, payload: Mapping[str, Any], *, callback: str | None = None
    ) -> dict[str, Any]:
        """The body (or the query) that calls a model with an input.

        Raises:
            ValueError: the endpoint requires a callback address and there is none.
        """
        if callback is None and self.callback is Callback.REQUIRED:
            raise ValueError(
                f"{self.endpoint}: takes no request without callBackUrl; give a callback address"
            )
        body: dict[str, Any] = {"input": dict(payload)} if self.place is Place.INPUT else dict(payload)
        if self.names_model:
            body = {"model": model, **body}
        if callback is not None and self.callback is not Callback.NONE:
            body["callBackUrl"] = callback
        return body


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A dedicated endpoint and the model that it is."""

    model: ModelId
    status: str | None


def _endpoints(folder: str, status: str | None, **models: str) -> dict[str, Endpoint]:
    base = f"/api/v1/{folder}"
    full = None if status is None else f"/api/v1/{status}"
    return {
        f"{base}/{name.replace('_', '-')}".rstrip("/"): Endpoint(ModelId(model), full)
        for name, model in models.items()
    }


_SUNO: Final = "ai-music-api/"
ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    **_endpoints("veo", "veo/record-info", generate="veo-3-1", extend="veo/extend"),
    # These two give a finished video another size; asked again they say whether it is ready.
    **_endpoints("veo", None, get_1080p_video="veo/get-1080p-video", get_4k_video="veo/get-4k-video"),
    **_endpoints("runway", "runway/record-detail", generate="runway", extend="runway/extend-ai-video"),
    **_endpoints("aleph", "aleph/record-info", generate="runway/gen4-aleph"),
    **_endpoints("gpt4o-image", "gpt4o-image/record-info", generate="4o-image-api"),
    **_endpoints("flux/kontext", "flux/kontext/record-info", generate="flux1-kontext"),
    "/api/v1/generate": Endpoint(ModelId(f"{_SUNO}generate"), "/api/v1/generate/record-info"),
    **_endpoints(
        "generate",
        "generate/record-info",
        extend=f"{_SUNO}extend",
        upload_cover=f"{_SUNO}upload-and-cover-audio",
        upload_extend=f"{_SUNO}upload-and-extend-audio",
        add_instrumental=f"{_SUNO}add-instrumental",
        add_vocals=f"{_SUNO}add-vocals",
        replace_section=f"{_SUNO}replace-section",
        mashup=f"{_SUNO}mashup",
        sounds=f"{_SUNO}sounds",
    ),
    # Both answer at once.
    **_endpoints(
        "generate",
        None,
        generate_persona=f"{_SUNO}generate-persona",
        get_timestamped_lyrics=f"{_SUNO}timeStamped-lyrics",
    ),
    "/api/v1/lyrics": Endpoint(ModelId(f"{_SUNO}generate-lyrics"), "/api/v1/lyrics/record-info"),
    **_endpoints("wav", "wav/record-info", generate=f"{_SUNO}convert-to-wav-format"),
    **_endpoints("vocal-removal", "vocal-removal/record-info", generate=f"{_SUNO}separate-vocals"),
    **_endpoints("mp4", "mp4/record-info", generate=f"{_SUNO}create-music-video"),
    **_endpoints("midi", "midi/record-info", generate=f"{_SUNO}generate-midi-from-audio"),
    **_endpoints("suno/cover", "suno/cover/record-info", generate=f"{_SUNO}cover-generate"),
    **_endpoints("style", None, generate=f"{_SUNO}boost-music-style"),
    **_endpoints(
        "voice",
        "voice/validate-info",
        validate=f"{_SUNO}validation-phrase",
        regenerate=f"{_SUNO}regenerate-phrase",
    ),
    **_endpoints("voice", "voice/record-info", generate=f"{_SUNO}create-voice"),
    **_endpoints("voice", None, check_voice=f"{_SUNO}check-voice"),
    # The id is the page's, and how the video model's page names the endpoint that makes its audio ids.
    **_endpoints("omni/audio", None, create="gemini-omni-audio"),
    **_endpoints("omni/character", None, create="gemini-omni-character"),
}

_CHAT_PATHS: Final = (
    re.compile(r"/(?P<model>[^/]+)/v1/chat/completions"),
    re.compile(r"/gemini/v1/models/(?P<model>[^/:]+):streamGenerateContent"),
)
_CHAT_ROOTS: Final = (
    "/claude/",
    "/codex/",
    "/grok/",
    "/openai/",
    "/xai/",
    "/anthropic/",
    "/api/v1/responses",
)

# Endpoints that serve all models, by what they are for; the first that matches says it.
_UTILITIES: Final = (
    (re.compile(r"/api/file-[a-z0-9-]+-upload"), "uploads a file"),
    (re.compile(r"/api/v1/.*download-url"), "makes a download address"),
    (re.compile(r"/api/v1/chat/credit"), "tells the balance"),
    (
        re.compile(r"/api/v1/.*(?:record-?info|record-detail|validate-info)", re.IGNORECASE),
        "tells the state of a task",
    ),
    (re.compile(r"/api/v1/(?:models|playground)\b.*|/client/v1/.*"), "tells what there is"),
)


def chat_model(path: str) -> str | None:
    """The model that a chat endpoint names in its own path."""
    for pattern in _CHAT_PATHS:
        if match := pattern.fullmatch(path):
            return match["model"]
    return None


def is_chat(path: str) -> bool:
    """Whether a path is a chat endpoint, which streams or answers at once."""
    return chat_model(path) is not None or path.startswith(_CHAT_ROOTS)


def utility(path: str) -> str | None:
    """What an endpoint that belongs to no model is for."""
    return next((purpose for pattern, purpose in _UTILITIES if pattern.fullmatch(path)), None)


def host_of(path: str) -> str:
    """The host that serves a path."""
    return UPLOAD_HOST if re.match(r"/api/file-[a-z0-9-]+-upload", path) else API_HOST
