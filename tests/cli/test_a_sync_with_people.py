"""Whole stories on the command line: upstream moves, people edit and decide, each sync says what is open."""

from __future__ import annotations

import json
import subprocess

import pytest
import yaml

from tests.incidents.corpus import held
from tests.incidents.replies import MANIFEST, as_json, patched, start

SMALL = {"providers": ["acme"], "names": ["alpha", "beta", "gamma"], "modes": {"480p": "10", "720p": "20"}}
MODE = ("acme/alpha", "--mode", "480p")
GROUNDS = ("--reason", "the contract says so", "--author", "anna")


def priced(credits):
    return {"rows": [{"match": "acme/alpha, 480p", "set": {"creditPrice": credits, "usdPrice": ""}}]}


RENAMED = {
    "rows": [
        {"match": f"acme/alpha, {mode}", "set": {"modelDescription": f"acme/alpha-v1, {mode}"}}
        for mode in ("480p", "720p")
    ],
    "pages": [{"match": "acme/alpha", "remove": True}, {"add": "acme/alpha-v1", "title": "Acme Alpha"}],
}


class Story:
    """A workspace, an upstream that moves day by day, and the commands that people give."""

    def __init__(self, run, place):
        self._run = run
        self.place = place
        self.root = place / "root"
        self.root.mkdir()
        (self.root / "sync").mkdir()
        (self.root / "sync/aliases.yaml").write_text("{}\n")
        self.recording = place / "upstream"
        self._day = 10
        self.says({})
        assert self.run("sync").exit_code == 0

    def says(self, patch):
        """What upstream says from now on."""
        self._day += 1
        self.recording = self.place / f"upstream-{self._day}"
        replies = {**start({**SMALL, "chats": {}}), MANIFEST: as_json({"taken_at": f"2026-08-{self._day}"})}
        for name, raw in patched(replies, patch, self.place).items():
            (self.recording / name).parent.mkdir(parents=True, exist_ok=True)
            (self.recording / name).write_bytes(raw)

    def run(self, command, *args):
        upstream = ("--upstream", self.recording) if command in ("plan", "sync") else ()
        return self._run(command, *args, "--root", self.root, *upstream)

    def decide(self, *args):
        return self._run("decide", *args, "--root", self.root)

    def sync(self):
        """A sync that goes through; what it said."""
        result = self.run("sync", "--format", "markdown")
        assert result.exit_code == 0, result.exception
        return result.output

    def told(self):
        """What a plan says, a line each."""
        return self.run("plan").output.splitlines()

    def edit(self, old, new, name="catalog/models_pricing.yaml"):
        file = self.root / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def model(self, model_id):
        data = yaml.safe_load((self.root / "catalog/models_pricing.yaml").read_text())
        return next((each for each in data["models"] if each["id"] == model_id), None)

    def credits(self):
        return self.model("acme/alpha")["modes"][0]["credits"]


@pytest.fixture
def story(run, tmp_path):
    return Story(run, tmp_path)


@pytest.fixture
def conflict(story):
    """People say 99, upstream moved from 10 to 12."""
    story.edit("credits: 10", "credits: 99")
    story.says(priced("12"))
    assert "conflicted" not in story.sync()
    assert story.credits() == 99
    return story


def test_a_conflict_names_three_ways_out_and_writes_nothing(conflict):
    before = held(conflict.root)
    (line,) = [each for each in conflict.told() if each.startswith("!")]
    assert line == "! acme/alpha 480p credits: decide between ours 99 and theirs 12 (was 10)"
    report = conflict.run("plan", "--format", "markdown").output
    for way in ("take-theirs", "keep-ours", "share"):
        assert f"kie-catalog decide {way} acme/alpha --mode 480p --field credits" in report
    assert held(conflict.root) == before


def test_the_first_way_out_is_to_take_theirs(conflict):
    assert conflict.decide("take-theirs", *MODE, "--field", "credits").exit_code == 0
    conflict.sync()
    assert conflict.credits() == 12
    assert conflict.told()[0].startswith("No change")


def test_the_second_way_out_is_to_keep_ours_against_exactly_this_value(conflict):
    kept = conflict.decide(
        "keep-ours", *MODE, "--field", "credits", *GROUNDS, "--upstream", conflict.recording
    )
    assert kept.exit_code == 0
    assert conflict.told()[0].startswith("No change")
    conflict.sync()
    assert conflict.credits() == 99
    conflict.says(priced("14"))
    assert conflict.told()[0] == (
        "! acme/alpha 480p credits: decide between ours 99 and theirs 14 (was 10)"
    ), "12 was accepted, 14 was not"


def test_what_is_kept_comes_back_when_the_decision_ends(conflict):
    conflict.decide("keep-ours", *MODE, "--field", "credits", *GROUNDS, "--theirs", "12")
    file = conflict.root / "sync/decisions.yaml"
    (decision,) = yaml.safe_load(file.read_text())["decisions"]
    conflict.edit(decision["decided"], "2026-05-01", "sync/decisions.yaml")
    conflict.edit(decision["expires"], "2026-08-01", "sync/decisions.yaml")
    told = conflict.told()
    assert told[0].startswith("! acme/alpha 480p credits: decide between ours 99 and theirs 12")
    (ended,) = [each for each in told if "KC611" in each]
    assert "keep-ours of acme/alpha 480p credits ended on 2026-08-01; decide anew, or remove it" in ended


def test_the_third_way_out_is_to_share(conflict):
    conflict.decide("share", *MODE, "--field", "credits", "--theirs", "12")
    assert conflict.credits() == 12
    told = conflict.told()
    assert not [each for each in told if each.startswith("!")]
    conflict.sync()
    assert conflict.told()[0].startswith("No change")


def test_a_tombstone_takes_a_model_out_keeps_it_out_and_tells_when_it_moves(story):
    story.decide("tombstone", "acme/alpha", *GROUNDS)
    assert story.told()[0] == "- acme/alpha: taken out by a decision"
    story.sync()
    assert story.model("acme/alpha") is None
    assert not (story.root / "schemas/inputs/acme/alpha.json").exists()
    assert story.told()[0].startswith("No change")
    story.says(priced("12"))
    assert story.told()[0].startswith(
        "= acme/alpha: stays removed, upstream moved it: 480p credits: 10 is now 12"
    )
    story.sync()
    assert story.model("acme/alpha") is None
    assert story.told()[0].startswith("No change"), "it is told once"


OVERRIDE = {
    "corrections": [
        {
            "patch": {"properties": {"prompt": {"maxLength": 500}}},
            "reason": "longer prompts are refused",
            "date": "2026-08-01",
            "evidence": "a request",
        }
    ]
}


@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "after the new id came in"])
def test_a_rename_is_asked_and_takes_all_along_once_it_is_decided(story, is_late):
    override = story.root / "schemas/overrides/acme/alpha.json"
    override.parent.mkdir(parents=True)
    override.write_text(json.dumps(OVERRIDE))
    story.edit("title_ru: Acme Alpha", "title_ru: Альфа")
    story.says(priced("11"))
    story.sync()
    story.says({"rows": [*priced("11")["rows"], *RENAMED["rows"]], "pages": RENAMED["pages"]})
    (asked,) = [each for each in story.told() if each.startswith("?")]
    assert asked.startswith("? acme/alpha: renamed to acme/alpha-v1?")
    if is_late:
        story.sync()
        assert story.model("acme/alpha")["status"] == "missing"
    story.decide("rename", "acme/alpha", "--to", "acme/alpha-v1", *GROUNDS)
    story.sync()
    assert story.model("acme/alpha") is None
    assert story.model("acme/alpha-v1")["title_ru"] == "Альфа"
    assert not override.exists()
    assert json.loads(override.with_name("alpha-v1.json").read_text()) == OVERRIDE
    again = story.run("plan", "--format", "json")
    plan = json.loads(again.output)
    assert plan["changes"] == []
    assert not [each for each in plan["remarks"] if "astray" in each or "no page declares" in each]
    history = story.run("history", "acme/alpha-v1", "--mode", "480p").output
    assert "10 credits per second" in history, "the prices under the old id are its own"
    assert "changed +10.0%" in history or "changed +10 %" in history


def test_a_hold_keeps_a_value_until_it_ends(story):
    story.decide("hold", *MODE, "--field", "credits", *GROUNDS, "--expires", "2030-01-01")
    assert story.told()[0].startswith("No change")
    story.says(priced("12"))
    assert story.told()[0] == (
        "= acme/alpha 480p credits: held, 10 stays, upstream says 12: "
        "on hold until 2030-01-01: the contract says so"
    )
    story.sync()
    assert story.credits() == 10
    story.edit("2030-01-01", "2026-08-01", "sync/decisions.yaml")
    story.edit(decided(story), "2026-05-01", "sync/decisions.yaml")
    story.sync()
    assert story.credits() == 12


def decided(story):
    (decision,) = yaml.safe_load((story.root / "sync/decisions.yaml").read_text())["decisions"]
    return decision["decided"]


def test_a_decision_that_is_malformed_is_refused_and_not_written(story):
    result = story.decide("hold", "acme/alpha", *GROUNDS, "--expires", "tomorrow")
    assert result.exit_code == 1
    assert "no date" in str(result.exception)
    assert not (story.root / "sync/decisions.yaml").exists()


def test_history_tells_a_correction_from_a_change(story):
    story.says(priced("12"))
    story.sync()
    story.says({"rows": [{"match": "acme/alpha, 480p", "set": {"creditPrice": "12", "usdPrice": "0.0601"}}]})
    story.sync()
    lines = story.run("history", "acme/alpha", "--mode", "480p").output.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["2026-08-11", "2026-08-12", "2026-08-13"]
    assert "new" in lines[2]
    assert "changed +20" in lines[3]
    assert "corrected (the credits stand, only their USD price moved)" in lines[4]
    written = json.loads(story.run("history", "acme/alpha", "--format", "json").output)
    assert [each["event"] for each in written["modes"][0]["prices"]] == ["new", "changed", "corrected"]


# Plan files.


@pytest.fixture
def planned(story):
    """A plan file for one price that moved."""
    story.says(priced("12"))
    assert story.run("plan", "--out", story.place / "plan.json").exit_code == 0
    return story


PLACES = {
    "catalog/models_pricing.yaml": "# a note\n",
    "sync/base.json": "\n",
    "sync/ownership.yaml": "fields: {'*': upstream, '*_ru': human}\n",
    "sync/decisions.yaml": "decisions: []\n",
    "sync/aliases.yaml": "# a note\n",
    "sync/sources.yaml": "guards: {few: 5}\n",
    "schemas/overrides": "",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_plan_is_stale_once_anything_moved_that_it_was_made_from(planned, place):
    file = planned.root / place
    if place == "schemas/overrides":
        file = file / "acme/beta.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as text:
        text.write(PLACES[place] or json.dumps(OVERRIDE))
    before = held(planned.root)
    result = planned.run("apply", planned.place / "plan.json")
    assert result.exit_code == 4
    assert str(result.exception) == f"{place} moved since the plan was made; make a new plan"
    assert held(planned.root) == before


def test_a_plan_that_was_edited_is_none(planned):
    file = planned.place / "plan.json"
    file.write_text(file.read_text().replace('"credits": 12', '"credits": 1'))
    result = planned.run("apply", file)
    assert result.exit_code == 2
    assert "it was edited" in str(result.exception)


def git(story, *args):
    name = ("-c", "user.name=anna", "-c", "user.email=anna@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *name, *args], cwd=story.root, check=True, capture_output=True)


@pytest.fixture
def branch(planned):
    """A branch that holds an applied plan; `main` is the state that the plan was made for."""
    git(planned, "init", "-b", "main")
    (planned.root / ".gitignore").write_text(".kie-catalog/\n")
    git(planned, "add", "-A")
    git(planned, "commit", "-m", "before")
    git(planned, "switch", "-c", "sync")
    assert planned.run("apply", planned.place / "plan.json").exit_code == 0
    return planned


def verified(story):
    return story.run("apply", story.place / "plan.json", "--verify", "--before", "main")


def test_a_branch_is_proved_to_be_the_plan(branch):
    before = held(branch.root)
    result = verified(branch)
    assert (result.exit_code, result.output.splitlines()[-1].split("plus ")[1]) == (0, "0 edits of people")
    assert held(branch.root) == before


def test_what_is_proved_of_a_branch_is_told_to_programs_too(branch):
    def told(code, *command):
        result = branch.run(*command, "--before", "main", "--format", "json")
        assert result.exit_code == code, result.exception
        return json.loads(result.output)

    verify = ("apply", branch.place / "plan.json", "--verify")
    branch.edit("title_ru: Acme Beta", "title_ru: Бета")
    (branch.root / "sync/decisions.yaml").write_text("decisions: []\n")
    found = told(0, *verify)
    assert [(each["model"], each["field"]) for each in found["edits"]] == [("acme/beta", "title_ru")]
    assert (found["files"], found["faults"]) == (["sync/decisions.yaml"], [])
    branch.edit('"credits": 12', '"credits": 1', "sync/base.json")
    assert told(1, *verify)["faults"] != []
    git(branch, "commit", "-am", "by hand")
    checked = told(0, "ci", "verify")
    assert (checked["plan"], checked["faults"]) == (None, [])
    assert any("title_ru" in each for each in checked["changes"])


def test_a_branch_is_proved_to_be_the_plan_and_edits_of_people_by_name(branch):
    branch.edit("title_ru: Acme Beta", "title_ru: Бета")
    (branch.root / "sync/decisions.yaml").write_text("decisions: []\n")
    result = verified(branch)
    assert result.exit_code == 0
    assert "edited by people: ~ acme/beta: title_ru Acme Beta -> Бета" in result.output
    assert "edited by people: sync/decisions.yaml" in result.output


@pytest.mark.parametrize("name", ["sync/base.json", "sync/history.jsonl", "reports/index.md"])
def test_what_only_a_sync_writes_is_no_edit_of_people(branch, name):
    with (branch.root / name).open("a") as text:
        text.write("\n")
    result = verified(branch)
    assert result.exit_code == 1
    assert f"not of the plan: {name}: is not what the plan makes of it" in result.output


def test_a_plan_for_another_state_proves_nothing(branch):
    git(branch, "switch", "main")
    branch.edit("title_ru: Acme Beta", "title_ru: Бета")
    git(branch, "commit", "-am", "moved")
    git(branch, "switch", "sync")
    assert verified(branch).exit_code == 4


# What waits for people.


def test_pending_is_told_while_a_model_is_withheld(story):
    assert story.run("plan", "--exit-code").exit_code == 0
    story.says(priced("100"))
    for _ in range(2):
        result = story.run("plan", "--exit-code")
        assert result.exit_code == 1, "the catalog is not what upstream says"
        assert "pass --lift price-jumped@acme/alpha" in result.output
        story.sync()
    assert story.credits() == 10
    story.run("sync", "--lift", "price-jumped@acme/alpha")
    assert story.credits() == 100
    assert story.run("plan", "--exit-code").exit_code == 0


def test_a_new_model_enters_hidden_with_what_is_to_be_pasted(story):
    story.says({"pages": [{"add": "acme/delta"}]})
    report = story.sync()
    assert story.model("acme/delta")["status"] == "hidden"
    assert "no price" in report
    assert '- id: "acme/delta"' in report


@pytest.mark.parametrize(("setting", "word"), [("", "breaking"), ("enum-value-removed: risky", "risky")])
def test_what_a_change_of_the_input_matters_is_said_by_the_workspace(story, setting, word):
    (story.root / "sync/sources.yaml").write_text(f"compatibility: {{{setting}}}\n")
    story.says({"pages": [{"add": "acme/beta", "options": ["480p", "720p"]}]})
    (change,) = json.loads(story.run("plan", "--format", "json").output)["changes"]
    assert (change["kind"], change["compatibility"]) == ("schema_changed", word)
