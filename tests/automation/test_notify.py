"""`notify`: news reach each address once, in words that do nothing, and a failure costs a line."""

from __future__ import annotations

import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request, Response

from kie_catalog.automation.notices import inert
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.sources import recordings
from tests.automation.conftest import PRICES

NEWS = {**PRICES, "acme/one": {"480p": "11", "720p": "19"}, "acme/new": {"480p": "5"}}
SECRET = "s3cret-t0ken"  # noqa: S105 -- that of no one


@pytest.fixture
def plan_file(work, upstream, tmp_path):
    """Writes the plan of a sync of the repository from an upstream."""

    def write(prices):
        plan = plan_sync(recordings.read_recording(upstream(prices, "2026-08-22")), Workspace(work))
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(plan.to_json()))
        return file

    return write


@pytest.fixture
def hook(httpserver, monkeypatch):
    """A webhook on loopback; what it was sent, and with what it answers."""
    sent = []
    status = [200]

    def take(request: Request) -> Response:
        sent.append(request.get_json())
        return Response("", status[0])

    httpserver.expect_request(re.compile("/hook.*")).respond_with_handler(take)
    address = f"json://user:{SECRET}@127.0.0.1:{httpserver.port}/hook"
    monkeypatch.setenv("KIE_CATALOG_NOTIFY", address)
    return sent, status, address


def test_new_models_and_rises_are_told_and_falls_are_not(run, hook, plan_file, work):
    result = run("notify", plan_file(NEWS), "--root", work)
    assert result.exit_code == 0
    (message,) = hook[0]
    assert message["title"] == "KIE AI catalog 2026-08-22: 1 new model, 1 price rise"
    lines = message["message"].splitlines()
    assert lines[0].startswith("New: acme/new")
    assert "5 credits" in lines[0]
    assert lines[1].startswith("Dearer: acme/one 480p: 10 → 11 credits (+10 %)")
    assert len(lines) == 2


def test_nothing_is_told_twice(run, hook, plan_file, work):
    file = plan_file(NEWS)
    for _ in range(2):
        assert run("notify", file, "--root", work).exit_code == 0
    assert len(hook[0]) == 1
    more = {**NEWS, "acme/newer": {"480p": "7"}}
    run("notify", plan_file(more), "--root", work)
    assert [each.split()[1] for each in hook[0][1]["message"].splitlines()] == ["acme/newer"]


def test_a_price_that_fell_may_rise_again(run, hook, plan_file, work):
    run("notify", plan_file(NEWS), "--root", work)
    run("notify", plan_file({**NEWS, "acme/one": {"480p": "9", "720p": "19"}}), "--root", work)
    run("notify", plan_file({**NEWS, "acme/two": {"480p": "31"}}), "--root", work)
    assert "acme/one 480p: 10 → 11" in hook[0][-1]["message"]


def test_a_failure_is_a_line_without_the_address_and_is_tried_again(run, hook, plan_file, work):
    sent, status, _ = hook
    status[0] = 500
    result = run("notify", plan_file(NEWS), "--root", work)
    assert result.exit_code == 0
    assert "did not take the message" in result.output
    assert SECRET not in result.output
    status[0] = 200
    run("notify", plan_file(NEWS), "--root", work)
    assert len(sent) == 2


def test_one_address_that_fails_keeps_no_other_from_its_news(run, hook, plan_file, work, monkeypatch):
    monkeypatch.setenv("KIE_CATALOG_NOTIFY", f"nonsense://{SECRET}\n{hook[2]}")
    file = plan_file(NEWS)
    for _ in range(2):
        result = run("notify", file, "--root", work)
        assert result.exit_code == 0
        assert "address 1 of 2" in result.output
        assert SECRET not in result.output
    assert len(hook[0]) == 1


def test_an_unreachable_address_fails_nothing_and_shows_in_no_log(run, plan_file, work, monkeypatch, caplog):
    monkeypatch.setenv("KIE_CATALOG_NOTIFY", f"json://u:{SECRET}@127.0.0.1:9/{SECRET}")
    result = run("notify", plan_file(NEWS), "--root", work)
    assert result.exit_code == 0
    assert SECRET not in result.output + caplog.text


def test_without_the_extra_nobody_is_told_and_what_to_install_is_said(
    run, hook, plan_file, work, monkeypatch
):
    monkeypatch.setitem(sys.modules, "apprise", None)  # an import of it fails
    result = run("notify", plan_file(NEWS), "--root", work)
    assert (result.exit_code, hook[0]) == (0, [])
    assert "not told: notifications: need apprise, which is not installed; pip install" in result.stderr
    assert SECRET not in result.output


@pytest.mark.usefixtures("hook")
def test_no_address_is_written_down(run, plan_file, work):
    run("notify", plan_file(NEWS), "--root", work)
    kept = (work / ".kie-catalog" / "notified.json").read_text()
    assert SECRET not in kept
    assert "127.0.0.1" not in kept


def test_without_an_address_nobody_is_told(run, plan_file, work, monkeypatch):
    monkeypatch.delenv("KIE_CATALOG_NOTIFY", raising=False)
    result = run("notify", plan_file(NEWS), "--root", work)
    assert (result.exit_code, "nobody to tell" in result.output) == (0, True)


@given(st.text(alphabet=st.sampled_from("@here#<!channel>&`*[x](http://www.y)|\n\u202e")))
def test_no_word_of_upstream_is_a_mention_a_link_or_markup(text):
    said = inert(text)
    assert not re.search(r"[<>&`*\[\]|\n\u202e]", said)
    assert not re.search(r"[@#](?!\u2060)|://(?!\u2060)|www\.(?!\u2060)", said)
