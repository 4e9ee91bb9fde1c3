"""Checks the blocks of the documentation that are data: each by the reader that reads such data in earnest.

A block that no rule knows fails, so that nothing can stand in the documentation that nobody reads.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path

import yaml

from kie_catalog.catalog.artefact import packaged_schemas
from kie_catalog.catalog.checking import check_bytes
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.read import read_catalog, require_form
from kie_catalog.cli.commands import cli
from kie_catalog.client.callbacks import read_callback
from kie_catalog.client.classify import classify
from kie_catalog.client.envelope import read_answer
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.records import read_details
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Severity
from kie_catalog.rules.documentation import find_rule
from kie_catalog.schemas.build import BuiltInput, build_input
from kie_catalog.schemas.overrides import parse_override
from kie_catalog.schemas.records import RECORD, parse_record
from kie_catalog.service.batch.reading import read_rows
from kie_catalog.sources.settings import read_settings
from kie_catalog.sync.aliases import KINDS, parse_aliases
from kie_catalog.sync.decisions import read_decisions
from kie_catalog.sync.limits import read_limits
from kie_catalog.sync.ownership import read_ownership
from tests.conftest import ROOT

TODAY = "2026-08-23"
_SETTINGS = {"hosts", "limits", "sources", "guards", "compatibility", "connections", "user_agent"}
_PINNED = re.compile(r"[\w./-]+@(?:[0-9a-f]{40}|COMMIT)")
_NEVER_LOADED = "KC0"
"""The family of rules whose bad examples no reader takes."""


# --- YAML


def check_yaml(text, folder):
    """Read a YAML block by whatever reads such files."""
    data = yaml.safe_load(text)
    if data is None:
        return _is_comment(text)
    if isinstance(data, list):
        return _is_excerpt(text)
    for is_such, read in _FILES:
        if is_such(data):
            return read(text, folder)
    raise AssertionError(f"no rule reads YAML with {sorted(map(str, data))}")


def _are_settings(text, folder):
    file = folder / "sources.yaml"
    file.write_text(text, encoding="utf-8")
    read_limits(parse(text, "sources.yaml"))
    return read_settings(file)


_FILES = (
    (lambda data: isinstance(data.get("models"), list), lambda text, _: _is_catalog(text)),
    (lambda data: "decisions" in data, lambda text, _: read_decisions(parse(text, "decisions.yaml"))),
    (lambda data: "fields" in data, lambda text, _: read_ownership(parse(text, "ownership.yaml"))),
    (lambda data: set(data) <= set(KINDS), lambda text, _: parse_aliases(parse(text, "aliases.yaml").data)),
    (lambda data: set(data) <= _SETTINGS, _are_settings),
    (lambda data: set(data) == {"repos"}, lambda text, _: _are_hooks(yaml.safe_load(text)["repos"])),
    (lambda data: {"on", True, "jobs", "steps"} & set(data), lambda text, _: _is_workflow(text)),
)
"""The files of a workspace, and those around it: how each is told, and what reads it."""


def _is_catalog(text):
    """A whole catalog: no error in it."""
    checked = check_bytes(text.encode(), "catalog.yaml", today=TODAY)
    assert [str(each) for each in checked.findings if each.severity is Severity.ERROR] == []
    assert checked.document is not None
    require_form(checked.document)
    return read_catalog(checked.document)


def _is_excerpt(text):
    """A list of models, as it stands in a catalog, or of modes, as it stands in a model."""
    head = "version: '2.0'\nsource: KIE AI\nlast_updated: '2026-08-22'\nmodels:\n"
    if "modes:" not in text:
        head += "- id: z-image\n  title: Z\n  title_ru: Z\n  type: t2i\n  status: active\n  modes:\n"
        text = "".join(f"  {line}" for line in text.splitlines(keepends=True))
    return _is_catalog(head + text)


def _is_comment(text):
    """A comment that accepts a finding, above a price of nothing, which is one."""
    catalog = (
        "version: '2.0'\nsource: KIE AI\nlast_updated: '2026-08-22'\nmodels:\n- id: z-image\n  title: Z\n"
        f"  title_ru: Z\n  type: t2i\n  modes:\n  {text.strip()}\n"
        "  - {id: a, unit: image, credits: 1, official_usd: 0.5}\n"
    )
    checked = check_bytes(catalog.encode(), "catalog.yaml", today=TODAY)
    unread = [str(each) for each in checked.findings if each.code.startswith("KC9")]
    assert unread == [] or all("unused" in each or "nothing" in each for each in unread), unread
    assert "kie-catalog: ignore" in text


def _are_hooks(repos):
    known = {each["id"] for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    named = {hook["id"] for repo in repos for hook in repo["hooks"]}
    assert named <= known, named - known


def _is_workflow(text):
    """A workflow, or a part of one: pinned actions, and inputs of ours that are declared."""
    data = yaml.safe_load(text)
    jobs = data["jobs"].values() if "jobs" in data else [data]
    steps = [step for job in jobs for step in job.get("steps", ())]
    assert steps, "a workflow without a step"
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    for step in steps:
        if "uses" in step:
            assert _PINNED.fullmatch(step["uses"]), step["uses"]
            if "kie-catalog@" in step["uses"]:
                assert set(step.get("with", {})) <= set(inputs)


# --- JSON


def check_json(text, _):
    """Read a JSON block by whatever reads such data."""
    data = json.loads(text)
    assert isinstance(data, dict), "no rule reads JSON that is no object"
    if RECORD in data:
        return _is_record(data)
    if set(data) == {"corrections"}:
        return parse_override(data, model="a", path="a.json")
    if "code" in data:
        return _is_reply(text)
    if set(data) <= {"model", "input", "callBackUrl"}:
        return _is_request(data)
    raise AssertionError(f"no rule reads JSON with {sorted(data)}")


def _is_record(data):
    record = parse_record(data)
    assert build_input(record.schema, {}) is not None
    return record


def _is_request(data):
    """A request to `createTask` whose input the model takes as it stands."""
    schema = packaged_schemas()[data["model"]]
    built = build_input(schema, data["input"])
    assert isinstance(built, BuiltInput), built
    assert {name: built.input[name] for name in data["input"]} == data["input"]


def _is_reply(text):
    """An envelope: one of success may hold a record or a callback; any other is a known error."""
    answer = read_answer(200, text.encode())
    assert answer.code is not None
    if isinstance(answer.data, dict) and ("state" in answer.data or "callbackType" in answer.data):
        assert read_callback(text.encode()).task_id
        details = read_details("", answer.data)
        assert details.task_id
        return details
    if not answer.is_success:
        assert classify(answer).code is not ErrorCode.UNKNOWN
    return answer


# --- lines


def check_batch(name):
    """Reads a block as the file of a batch: rows whose models take their inputs."""

    def check(text, _):
        rows = read_rows(name, text.encode())
        assert rows.faults == ()
        assert rows.drafts
        for each in rows.drafts:
            built = build_input(packaged_schemas()[each.model], each.payload)
            assert isinstance(built, BuiltInput), built

    return check


def check_ini(text, _):
    """A unit of systemd: its commands are ours, with options that they have."""
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str
    read.read_string(text)
    for section in read.sections():
        for name, value in read[section].items():
            words = shlex.split(value)
            if name.startswith("Exec"):
                assert Path(words[0]).name == "kie-catalog"
                command = cli.get_command(None, words[1])
                command.make_context(words[1], words[2:], resilient_parsing=True)


CHECKS = {
    "yaml": check_yaml,
    "json": check_json,
    "jsonl": check_batch("block.jsonl"),
    "csv": check_batch("block.csv"),
    "ini": check_ini,
}
"""By the language of the block."""


# --- the page that is built from the rules


def check_rule_example(page_text, line, text):
    """An example of a rule on the built page: YAML that reads, but for the bad ones of the rules of reading.

    What each example gives is tested where the rules are; here, that the page shows nothing broken.
    """
    above = page_text.splitlines()[: line - 1]
    rule = find_rule(next(each for each in reversed(above) if each.startswith("### ")).split()[1])
    assert rule is not None
    is_bad = next(each for each in reversed(above) if each in ("Bad:", "Good:")) == "Bad:"
    if all(line.startswith("#") for line in text.split("\n") if line):
        text += "models: []\n"  # a comment stands in a file, and is none
    fault = _fault_of(text)
    assert fault is None or (is_bad and rule.code.startswith(_NEVER_LOADED)), fault


def _fault_of(text):
    try:
        parse(text, "example.yaml")
    except CatalogInvalid as invalid:
        return str(invalid)
    return None
