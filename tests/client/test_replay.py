"""Every recorded exchange with the live API goes through the client to the state or the error that it is."""

import asyncio
import json
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kie_catalog.client.client import KieClient
from kie_catalog.client.errors import KieError
from kie_catalog.client.states import Failed, Succeeded
from kie_catalog.client.submission import Ticket
from kie_catalog.schemas.endpoints import ENDPOINTS, Call, Callback, Place
from tests.client.answering import Told, answering, client_at

EXPECTED = json.loads(
    (Path(__file__).parents[1] / "examples" / "client" / "wire.json").read_text(encoding="utf-8")
)


def exchanges(file: Path):
    """The exchanges of a file; a quoted text without its request counts as a refused create."""
    recorded = json.loads(file.read_bytes())
    if "response" in recorded:
        return [(recorded["request"], recorded["response"])]
    bodies = recorded.get("variants") or [recorded["shape"]]
    path = "/api/v1/playground/model-paths" if "shape" in recorded else "/api/v1/jobs/createTask"
    return [
        ({"method": "POST", "url": f"https://api.kie.ai{path}"}, {"status": 200, "body": each})
        for each in bodies
    ]


async def through_client(request, response):
    body = response["body"]
    raw = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    kind = {"Content-Type": response["content_type"]} if response.get("content_type") else {}
    async with (
        answering(lambda _: Told(response["status"], raw, kind)) as (url, asked),
        client_at(url) as client,
    ):
        try:
            return said(await _ask(client, request)), asked
        except KieError as error:
            return f"{type(error).__name__} {error.code}", asked


async def _ask(client: KieClient, request):
    parts = urlsplit(request["url"])
    sent = request.get("body") or {}
    match parts.path:
        case "/api/v1/chat/credit":
            return await client.credits()
        case "/api/v1/common/download-url":
            return await client.download_url(sent["url"])
        case "/api/file-stream-upload":
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / sent["file"]["filename"]
                file.write_bytes(b"x" * 1000)
                return await client.upload_file(file, folder=sent["uploadPath"])
        case "/api/file-base64-upload":
            return await client.upload_base64(sent["base64Data"], folder=sent["uploadPath"])
        case "/api/file-url-upload":
            return await client.upload_url("https://example.com/a.png")
        case path if request["method"] == "GET" and "taskId" in parts.query:
            return await client.details(parse_qs(parts.query)["taskId"][0], status=path)
        case "/anthropic/v1/models" | "/api/v1/playground/model-paths":
            return await client.models()
        case path:
            client._calls = {"it": call_of(path)}
            return await client.create("it", sent)


def call_of(path: str) -> Call:
    known = ENDPOINTS.get(path)
    if path.endswith("/createTask"):
        return Call(path, "/api/v1/jobs/recordInfo")
    return Call(
        path, known.status if known else None, place=Place.BODY, names_model=False, callback=Callback.NONE
    )


def said(value) -> str:
    if isinstance(value, Ticket):
        final = isinstance(value.state, Succeeded)
        return f"accepted with {'its result' if final else 'a task' if value.task_id else 'nothing'}"
    state = getattr(value, "state", None)
    if isinstance(state, Succeeded):
        return f"Succeeded with {len(state.urls)} files"
    if isinstance(state, Failed):
        return f"Failed {state.code} {state.upstream_code}"
    if state is not None:
        return type(state).__name__
    return f"{type(value).__name__}"


def test_every_recorded_exchange_comes_to_its_state_or_error(shared):
    files = [each for each in sorted((shared / "wire").glob("*.json")) if not each.name.startswith("docs_")]
    found = {}
    for file in files:
        outcomes = [asyncio.run(through_client(*each)) for each in exchanges(file)]
        found[file.stem] = "; ".join(outcome for outcome, _ in outcomes)
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert "" not in found.values()


@pytest.mark.parametrize("name", ["api-v1-jobs-createtask_http200_code200_kling-3.0-video"])
def test_what_was_recorded_is_what_is_sent(shared, name):
    recorded = json.loads((shared / "wire" / f"{name}.json").read_bytes())
    _, asked = asyncio.run(through_client(recorded["request"], recorded["response"]))
    assert [(each.method, each.path) for each in asked] == [("POST", "/api/v1/jobs/createTask")]
    assert asked[0].headers["content-type"] == "application/json"
