"""What single commands answer: in words and as JSON the same, and one line where they cannot."""

from __future__ import annotations

import itertools
import json

import pytest

from kie_catalog.catalog.transaction import Transaction
from kie_catalog.cli.opened import open_state
from kie_catalog.cli.sandbox import newest_recording
from kie_catalog.cli.startup import default
from kie_catalog.domain.errors import NothingChecked, UsageError
from tests.catalog.failing import FailingDisk
from tests.catalog.test_transaction import PowerCut
from tests.cli.test_a_sync_with_people import MODE, Story, priced
from tests.conftest import ROOT

SEEDANCE = ("bytedance/seedance-2", "resolution=720p", "duration=5")


@pytest.fixture
def story(run, tmp_path):
    return Story(run, tmp_path)


@pytest.fixture
def conflict(story):
    """People say 99, upstream moved from 10 to 12."""
    story.edit("credits: 10", "credits: 99")
    story.says(priced("12"))
    return story


def expect_refusal(result, said, code=2):
    assert result.exit_code == code, result.output
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)


def as_json(run, *args, code=0):
    result = run(*args, "--format", "json")
    assert result.exit_code == code, result.exception
    return json.loads(result.output)


# quote


def test_a_quote_shows_how_its_sum_comes_about(run):
    result = run("quote", *SEEDANCE, "--root", ROOT)
    answer = as_json(run, "quote", *SEEDANCE, "--root", ROOT)
    (line,) = answer["lines"]
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"output  {line['mode']}  {line['price']} x 5 second = {answer['credits']} credits",
        f"total {answer['credits']} credits, ${answer['usd']}",
    ]


KLING = ("kling-3.0/video", "duration=5", "sound=false")
EXTEND = ("grok-imagine/extend", "extend_times=6")


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ((*KLING, "resolution=720p"), (*KLING, "mode=std")),
        ((*KLING, "resolution=1080P"), (*KLING, "mode=pro")),
    ],
)
def test_the_words_of_the_feed_are_understood(run, asked, meant):
    answers = [as_json(run, "quote", *each, "--root", ROOT) for each in (asked, meant)]
    assert answers[0] == answers[1]
    again = as_json(run, "quote", *asked, *meant[3:], "--root", ROOT)
    assert again == answers[0]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((*KLING, "mode=pro", "resolution=720p"), "resolution=720p: means mode=std with kling-3.0/video"),
        ((*KLING, "resolution=720p", "mode=pro"), "beside which mode=pro is given; leave one of them out"),
        ((*KLING, "resolution=720p", "size=1080p"), "size=1080p: means mode=pro"),
        ((*EXTEND, "resolution=480p", "--measure", "source_resolution=720p"), "means source_resolution=480p"),
    ],
)
def test_words_that_mean_something_else_than_what_is_said_besides_have_no_price(run, args, said):
    """Whichever came last would else have been priced, and the other one sent."""
    expect_refusal(run("quote", *args, "--root", ROOT), said)


def test_a_pack_is_shown_as_one(run):
    """Where one price buys several, the sum has a division in it."""
    shown = run("quote", "grok-imagine/text-to-image", "enable_pro=false", "--root", ROOT).output
    assert " / 6 image = 4 credits" in shown


def test_a_word_that_neither_model_nor_facts_know_is_named_and_not_priced(run):
    """It may change what comes out, and so what it costs."""
    result = run("quote", *SEEDANCE, "flavour=vanilla", "--root", ROOT)
    assert result.exit_code == 1
    assert result.output == "no quote: input has properties that the model does not take\n  input flavour\n"


def test_what_has_no_quote_says_what_is_missing(run):
    result = run("quote", "bytedance/seedance-2", "resolution=720p", "duration=auto", "--root", ROOT)
    assert result.exit_code == 1
    assert result.output == "no quote: quantity is unknown\n  input duration, in seconds\n"


@pytest.mark.parametrize("pair", ["duration", "=5"])
def test_an_argument_that_is_no_pair_is_refused(run, pair):
    expect_refusal(run("quote", "bytedance/seedance-2", pair, "--root", ROOT), f"{pair}: is no KEY=VALUE")


# explain


@pytest.mark.parametrize("subject", ["KC204", "SCH101"])
def test_a_rule_or_a_fault_is_told_as_json_too(run, subject):
    assert as_json(run, "explain", subject)["code"] == subject


def test_each_mode_is_explained_by_its_row_word_by_word(story):
    shown = story.run("explain", "acme/alpha").output.splitlines()
    assert shown[:2] == ["acme/alpha  Acme Alpha", "  480p: acme/alpha, 480p"]
    assert any("480p" in line and "resolution" in line for line in shown[2:])
    told = json.loads(story.run("explain", "acme/alpha", "--format", "json").output)
    assert [(each["mode"], each["row"]) for each in told["modes"]] == [
        (mode, f"acme/alpha, {mode}") for mode in ("480p", "720p")
    ]
    assert all(each["why"] for each in told["modes"])


def test_a_mode_of_people_has_no_row(story):
    story.edit("  - id: 720p\n", "  - id: own\n    unit: video\n    credits: 5\n  - id: 720p\n")
    shown = story.run("explain", "acme/alpha").output
    assert "  own: no row: written by people, or not synced yet" in shown


# decide


def test_a_decision_is_told_as_json_with_what_was_written(conflict):
    told = json.loads(
        conflict.decide(
            "keep-ours", *MODE, "--field", "credits", "--reason", "r", "--author", "a", "--theirs-absent",
            "--format", "json",
        ).output
    )  # fmt: skip
    assert (told["kind"], told["written"]) == ("keep-ours", ["sync/decisions.yaml"])
    assert told["decision"]["ours"] == 99
    assert "theirs" not in told["decision"]


def test_the_values_come_from_the_plan_that_is_named(conflict):
    file = conflict.place / "plan.json"
    conflict.run("plan", "--out", file)
    result = conflict.decide("share", *MODE, "--field", "credits", "--plan", file)
    assert result.output.endswith("the next kie-catalog sync acts on it\n")
    assert conflict.credits() == 12
    again = conflict.decide("share", *MODE, "--field", "credits", "--theirs", "12")
    assert "nothing to write, the file says this already" in again.output


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("share", *MODE, "--field", "unit"), "is no place where the catalog and upstream differ"),
        (("share", *MODE, "--field", "credits", "--theirs", "[1"), "--theirs: is no YAML value"),
        (("share", "acme/none", "--field", "title", "--theirs", "x"),
         "acme/none: is no model of the catalog"),
        (("keep-ours", "acme/alpha", "--mode", "8k", "--field", "credits", "--theirs", "1", "--reason", "r"),
         "acme/alpha 8k credits: is not in the catalog"),
        (("take-theirs", "acme/none"), "acme/none: was never upstream's; name what is"),
        (("take-theirs", "acme/alpha", "--mode", "8k"), "acme/alpha 8k: was never upstream's; name what is"),
    ],
)  # fmt: skip
def test_a_decision_about_nothing_is_refused(conflict, args, said):
    named = ("--upstream", conflict.recording) if args[1:] == (*MODE, "--field", "unit") else ()
    expect_refusal(conflict.decide(*args, *named), said)
    assert conflict.credits() == 99


def test_what_people_removed_comes_back_when_theirs_is_taken(story):
    """A mode, a model and an input schema."""
    story.edit("  - id: 720p\n", "  - id: removed\n")
    assert story.told()[0].startswith("No change")
    assert story.decide("take-theirs", "acme/alpha", "--mode", "720p").exit_code == 0
    story.sync()
    assert "720p" in [mode["id"] for mode in story.model("acme/alpha")["modes"]]
    schema = story.root / "schemas/inputs/acme/alpha.json"
    text = schema.read_text()
    assert story.decide("take-theirs", "acme/alpha", "--field", "schema").exit_code == 0
    assert not schema.exists()
    story.sync()
    assert schema.read_text() == text
    assert story.decide("take-theirs", "acme/beta").exit_code == 0
    assert "acme/beta" not in json.loads((story.root / "sync/base.json").read_text())["models"]


# plans and their files


def test_a_lift_comes_too_late_for_a_plan_that_was_made(conflict):
    file = conflict.place / "plan.json"
    conflict.run("plan", "--out", file)
    expect_refusal(conflict.run("apply", file, "--lift", "price-jumped"), "comes too late: what it withheld")
    expect_refusal(conflict.run("apply", file, "--verify"), "--verify: needs --before")


def test_a_plan_that_cannot_be_written_is_said(story):
    result = story.run("plan", "--out", story.place / "no/plan.json")
    assert result.exit_code == 2
    assert "cannot be written (No such file or directory); name another file" in str(result.exception)


def test_a_sync_as_json_says_what_it_wrote(story):
    story.says(priced("12"))
    told = json.loads(story.run("sync", "--format", "json").output)
    assert set(told) == {"verdict", "digest", "taken_at", "accounting", "written", "report"}
    assert "catalog/models_pricing.yaml" in told["written"]
    assert told["report"] in told["written"]
    again = json.loads(story.run("sync", "--format", "json").output)
    assert (again["written"], again["report"]) == ([], None)


@pytest.mark.parametrize("damage", ["not json", '{"version": 99}'])
def test_a_history_that_is_damaged_is_named(story, damage):
    (story.root / "sync/history.jsonl").write_text(damage)
    expect_refusal(story.run("history", "acme/alpha"), "sync/history.jsonl: ")


def test_a_history_of_nothing_is_refused(story):
    expect_refusal(story.run("history", "acme/none"), "acme/none: has no prices here")
    expect_refusal(
        story.run("history", "acme/alpha", "--mode", "8k"), "acme/alpha 8k: is no mode with prices here"
    )


def test_a_price_that_people_wrote_closes_the_history(conflict):
    assert conflict.run("history", "acme/alpha", "--mode", "480p").output.endswith("as people wrote it\n")


# reading


def test_a_recording_of_facts_is_told_as_json(run, story):
    out = story.place / "facts"
    told = as_json(run, "record", "--upstream", story.recording, "--out", out, "--facts-only")
    assert (told["out"], told["form"]) == (str(out), "facts")
    assert (out / "recording.json").is_file()


def test_a_difference_to_nothing_checks_nothing(tmp_path):
    with pytest.raises(NothingChecked):
        open_state(tmp_path)


def test_the_newest_recording_is_found_upwards(tmp_path):
    for day in ("2026-08-11", "2026-08-22"):
        (tmp_path / "sync/recordings" / day).mkdir(parents=True)
    (tmp_path / "sync/recordings/README.md").touch()
    deep = tmp_path / "a/b"
    deep.mkdir(parents=True)
    assert newest_recording(deep) == tmp_path / "sync/recordings/2026-08-22"
    with pytest.raises(UsageError, match="holds no recording; name one with --recording"):
        newest_recording(tmp_path.parent)


def test_a_start_up_checks_the_catalog_that_is_named_or_found_upwards(tmp_path, monkeypatch):
    monkeypatch.delenv("KIE_CATALOG_ROOT", raising=False)
    deep = tmp_path / "app/deep"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert default("") is None
    assert default("there") == "there"
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/models_pricing.yaml").touch()
    assert default("") == "../../catalog/models_pricing.yaml"
    monkeypatch.setenv("KIE_CATALOG_ROOT", "elsewhere")
    assert default("") == "elsewhere"


def test_a_migrated_file_is_told_as_json_and_a_second_time_there_is_nothing_to_do(run, tmp_path):
    file = tmp_path / "models_pricing.yaml"
    file.write_text("version: '1.0'\nsource: s\nlast_updated: '2026-08-11'\nmodels: []\n")
    assert as_json(run, "migrate", file) == {"file": str(file), "written": [str(file)]}
    assert run("migrate", file).output == f"{file}: nothing to write, it is version 2 already\n"


def test_a_migration_is_shown_and_nothing_is_written(run, tmp_path):
    file = tmp_path / "models_pricing.yaml"
    text = "# by hand\nversion: '1.0'\nsource: s\nlast_updated: '2026-08-11'\nmodels: []\n"
    file.write_text(text)
    shown = run("migrate", file, "--stdout")
    assert (shown.exit_code, file.read_text()) == (0, text)
    run("migrate", file)
    assert shown.output == file.read_text() != text


# input


GIF = 'image_input:=["https://files.example/a.gif"]'


@pytest.mark.parametrize(
    ("language", "said"), [("en", "warning: image_input"), ("ru", "внимание: image_input")]
)
def test_what_a_page_says_in_words_only_is_a_warning_and_stands_in_nobodys_way(run, language, said):
    result = run("input", "nano-banana-2", "prompt=x", GIF, "--root", ROOT, "--language", language)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["image_input"] == ["https://files.example/a.gif"]
    assert said in result.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda _: "{", "cannot be read"),
        (lambda _: "[]", "is no record of an input"),
        (lambda record: json.dumps({**record, "x-kie": {}}), "is no record of an input"),
        (lambda record: json.dumps({**record, "x-kie": []}), "is no record of an input"),
        (lambda record: json.dumps({**record, "required": [["prompt"]]}), "no JSON Schema at /required/0"),
        (lambda record: json.dumps({**record, "type": "file"}), "is no JSON Schema at /type"),
    ],
)
def test_a_damaged_input_schema_is_named_with_its_cure(run, tmp_path, change, said):
    file = tmp_path / "schemas/inputs/nano-banana-2.json"
    file.parent.mkdir(parents=True)
    file.write_text(change(json.loads((ROOT / "schemas/inputs/nano-banana-2.json").read_text())))
    result = run("input", "nano-banana-2", "prompt=x", "--root", tmp_path)
    expect_refusal(result, f"{file}: ")
    assert said in str(result.exception)
    assert "kie-catalog sync" in str(result.exception)


def test_damaged_corrections_of_an_input_are_restored_not_made_again(run, tmp_path):
    for folder, content in (
        ("inputs", (ROOT / "schemas/inputs/z-image.json").read_text()),
        ("overrides", "{"),
    ):
        file = tmp_path / "schemas" / folder / "z-image.json"
        file.parent.mkdir(parents=True)
        file.write_text(content)
    result = run("input", "z-image", "prompt=x", "--root", tmp_path)
    expect_refusal(result, f"{file}: cannot be read")
    assert "version control" in str(result.exception)


# what an interrupted run left behind


@pytest.fixture
def interrupted(conflict):
    """The power went in the middle of a write, after it was decided and before it was done."""
    file = conflict.root / "reports/note.md"
    for point in itertools.count(1):
        with pytest.raises(PowerCut):
            Transaction(conflict.root, FailingDisk(point, PowerCut(), dead=True)).commit({file: b"whole"})
        if Transaction(conflict.root).is_pending:
            return conflict
    raise AssertionError("no write is ever decided")


def test_what_an_interrupted_run_left_stops_a_plan_until_a_run_that_writes_settles_it(interrupted):
    expect_refusal(interrupted.run("plan"), "an interrupted run left a write unfinished")
    settled = interrupted.run("sync")
    assert settled.exit_code == 0, settled.exception
    assert "of an interrupted run" in settled.stderr
    again = interrupted.run("plan")
    assert (again.exit_code, again.stderr) == (0, "")
