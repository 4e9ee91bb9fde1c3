"""`kie-catalog input` at work, in a checkout of its own."""

import json

import pytest

from kie_catalog.cli import main
from kie_catalog.cli.input import parse_given
from kie_catalog.domain.errors import UsageError
from kie_catalog.schemas.endpoints import CREATE_TASK, RECORD_INFO, Call
from kie_catalog.schemas.records import InputRecord, render_record

SCHEMA = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string"},
        "duration": {"type": "integer", "minimum": 4, "maximum": 15, "default": 5},
        "image_urls": {"type": "array", "items": {"type": "string", "format": "uri"}},
        "style": {"type": "string", "enum": ["ink", "oil"]},
    },
}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    record = InputRecord("example/video", "market/example/video", Call(CREATE_TASK, RECORD_INFO), SCHEMA)
    place = tmp_path / "schemas" / "inputs" / "example" / "video.json"
    place.parent.mkdir(parents=True)
    place.write_text(render_record(record), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["input", *arguments])
    out, err = capsys.readouterr()
    return left.value.code, out, err


@pytest.mark.usefixtures("checkout")
def test_it_shows_the_input_and_what_was_read_otherwise(capsys):
    code, out, err = run(
        capsys, "example/video", "prompt=a cat", "duration=8s", "image_url=https://a.example/b.png"
    )
    assert code == 0
    assert json.loads(out) == {"prompt": "a cat", "duration": 8, "image_urls": ["https://a.example/b.png"]}
    assert 'duration: "8s" is read as 8' in err
    assert "image_urls: read from image_url" in err


@pytest.mark.usefixtures("checkout")
def test_it_refuses_with_every_reason_and_exit_code_one(capsys):
    code, out, err = run(capsys, "example/video", "duration=99", "style=oli", "--language", "ru")
    assert (code, out) == (1, "")
    assert "prompt не задано; укажите текст" in err
    assert "duration содержит 99; не больше 15" in err
    assert "возможно, имелось в виду oil?" in err


@pytest.mark.usefixtures("checkout")
def test_it_prints_json_for_other_programs(capsys):
    code, out, _ = run(capsys, "example/video", "prompt=a", "--format", "json")
    shown = json.loads(out)
    assert code == 0
    assert (shown["endpoint"], shown["status"]) == (CREATE_TASK, RECORD_INFO)
    assert shown["readings"] == [{"path": "duration", "kind": "default", "was": None, "now": 5}]
    code, out, _ = run(capsys, "example/video", "--format", "json")
    assert code == 1
    assert [each["code"] for each in json.loads(out)["problems"]] == ["missing"]


def test_a_reviewed_correction_is_carried_out(checkout, capsys):
    place = checkout / "schemas" / "overrides" / "example" / "video.json"
    place.parent.mkdir(parents=True)
    amendment = {"patch": {"required": None}, "reason": "r", "date": "2026-11-23", "evidence": "e"}
    place.write_text(json.dumps({"corrections": [amendment]}), encoding="utf-8")
    assert run(capsys, "example/video")[0] == 0


@pytest.mark.usefixtures("checkout")
def test_an_unknown_model_is_named_with_the_nearest(capsys):
    code, _, err = run(capsys, "exmple/video")
    assert code == 2
    assert "exmple/video: is no model with an input schema; did you mean example/video?" in err


def test_a_folder_without_schemas_says_what_to_do(tmp_path, capsys):
    code, _, err = run(capsys, "example/video", "--root", str(tmp_path))
    assert code == 2
    assert "holds no input schemas; name the checkout with --root" in err


def test_arguments_are_text_or_json_and_a_repeated_key_is_a_list():
    assert parse_given(["a=1", "b:=1", "c=x", "c=y", "d=p=q", 'e:={"f": [1]}']) == {
        "a": "1",
        "b": 1,
        "c": ["x", "y"],
        "d": "p=q",
        "e": {"f": [1]},
    }


@pytest.mark.parametrize("argument", ["a", "=a", ":=1", "a:=x"])
def test_other_arguments_are_refused_with_a_cure(argument):
    with pytest.raises(UsageError, match="write"):
        parse_given([argument])
