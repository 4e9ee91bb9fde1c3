"""`ci`: what the workflows of GitHub Actions run. Their logic is here and in `automation`, not in YAML."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from kie_catalog import __version__
from kie_catalog.automation.actions import (
    Surroundings,
    answer,
    require_repository,
    summarize,
    surroundings,
)
from kie_catalog.automation.bundle import (
    REPORT,
    Outcome,
    outcome_of,
    read_bundle,
    read_outcome,
    write_outcome,
    write_plan,
)
from kie_catalog.automation.comments import say
from kie_catalog.automation.git import clone_at
from kie_catalog.automation.github import Forbidden, github
from kie_catalog.automation.heartbeat import Heartbeat, beat
from kie_catalog.automation.proposal import BRANCH, Note, note_in
from kie_catalog.automation.propose import Target, propose
from kie_catalog.automation.proving import look_at, note_of, to_json
from kie_catalog.automation.saying import one_line, summary_of
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.cli import console
from kie_catalog.cli.options import (
    JSON,
    TEXT,
    format_option,
    lift_option,
    require_workspace,
    root_option,
)
from kie_catalog.cli.planning import plan_for, require_settled
from kie_catalog.domain.errors import CatalogError, UsageError
from kie_catalog.reports.text import clean
from kie_catalog.sync.guards import require_safe

FAULTY: Final = 1
_FOLDER: Final = click.Path(path_type=Path, file_okay=False)
_NEWS: Final = frozenset({"opened", "updated", "kept"})
"""After which of the outcomes a plan is seen for the first time."""


@click.group("ci")
def ci_command() -> None:
    """Steps of the workflows: prepare, propose, heartbeat, summary, verify, comment, sarif."""


@contextmanager
def _ending_in(folder: Path, here: Surroundings) -> Iterator[None]:
    """Leave behind how a step failed, so that the summary can say what to do."""
    try:
        yield
    except CatalogError as error:
        word = {4: "refused", 5: "unavailable"}.get(error.exit_code, "failed")
        write_outcome(folder, Outcome(error.exit_code, word, str(error)))
        answer(here, outcome=word)
        for line in str(error).splitlines():
            _annotate(here, "error", line)
        raise


def _annotate(here: Surroundings, level: str, line: str) -> None:
    """Show a line on the page of the run; what could end the command in it is written as GitHub reads it."""
    if here.output_file is not None:
        console.say(f"::{level} title=kie-catalog::{clean(line).replace('%', '%25')}")


@ci_command.command("prepare")
@root_option
@click.option(
    "--upstream",
    envvar="KIE_CATALOG_UPSTREAM",
    metavar="URL-OR-FOLDER",
    help="A host, or a folder with a recording. Default: $KIE_CATALOG_UPSTREAM, else the live hosts.",
)
@lift_option
@click.option("--out", required=True, type=_FOLDER, help="Folder for the plan, its report and its patch.")
def prepare_command(root: Path | None, upstream: str | None, lifted: tuple[str, ...], out: Path) -> int:
    """Make the plan of a sync, its report and its patch. Needs no right to write, and writes to OUT only."""
    here = surroundings(os.environ)
    with _ending_in(out, here):
        workspace = require_workspace(root)
        require_settled(Transaction(workspace.root), workspace)
        named = (*lifted, *os.environ.get("KIE_CATALOG_LIFT", "").replace(",", " ").split())
        plan = plan_for(workspace, upstream, named)
        write_plan(out, plan, workspace)
        require_safe(plan.guards)
    outcome = outcome_of(plan, workspace)
    write_outcome(out, outcome)
    answer(here, outcome=outcome.word, digest=outcome.digest, title=outcome.title)
    console.say(f"{outcome.title} ({outcome.word})")
    return 0


@ci_command.command("propose")
@click.argument("folder", type=_FOLDER)
@root_option
@click.option(
    "--base",
    envvar="KIE_CATALOG_PROPOSE_TO",
    help="The branch to propose to. Default: $KIE_CATALOG_PROPOSE_TO, else $GITHUB_REF_NAME.",
)
@click.option("--branch", default=BRANCH, show_default=True, help="The branch of the rolling pull request.")
def propose_command(folder: Path, root: Path | None, base: str | None, branch: str) -> int:
    """Open, update, leave alone or close the rolling pull request for the plan in FOLDER."""
    here = surroundings(os.environ)
    with _ending_in(folder, here):
        require_repository(here)
        workspace = require_workspace(root)
        plan = read_bundle(folder)
        require_safe(plan.guards)
        target_branch = base or here.ref_name
        if not target_branch or target_branch == branch:
            cure = "name the branch that pull requests go to"
            raise UsageError("--base", f"is {target_branch or 'not given'}", cure)
        report = (folder / REPORT).read_text(encoding="utf-8")
        with github(here) as hub:
            git = clone_at(workspace.root, here)
            outcome = propose(plan, report, Target(git, hub, workspace.root, target_branch, branch))
    write_outcome(folder, outcome)
    answer(
        here,
        outcome=outcome.word,
        digest=outcome.digest,
        pull=str(outcome.pull or ""),
        url=outcome.url,
        news="true" if outcome.word in _NEWS else "false",
    )
    if outcome.message:
        _annotate(here, "warning", outcome.message)
    console.say(one_line(outcome))
    return 0


@ci_command.command("heartbeat")
@click.argument("folder", type=_FOLDER)
@root_option
def heartbeat_command(folder: Path, root: Path | None) -> int:
    """Note on the remote that a sync ended well, for `kie-catalog doctor` to find."""
    here = surroundings(os.environ)
    with _ending_in(folder, here):
        outcome = read_outcome(folder)
        if outcome is None or outcome.code:
            raise UsageError(str(folder), "holds no sync that ended well", "see the step before")
        now = dt.datetime.now(dt.UTC)
        git = clone_at(require_workspace(root).root, here)
        beat(git, Heartbeat(now, outcome.word, outcome.digest, __version__, here.run_url))
    console.say(f"heartbeat: {outcome.word}")
    return 0


@ci_command.command("summary")
@click.argument("folder", type=_FOLDER)
def summary_command(folder: Path) -> int:
    """Say in the summary of the job how the step before ended, and what to do about it."""
    outcome = read_outcome(folder)
    report = folder / REPORT
    text = summary_of(outcome, report.read_text(encoding="utf-8") if report.is_file() else "")
    if not summarize(surroundings(os.environ), text):
        console.say(text, end="")
    return 0


@ci_command.command("verify")
@root_option
@click.option("--before", required=True, metavar="REVISION", help="The branch that the pull request goes to.")
@click.option("--out", type=_FOLDER, help="Folder for the text of the comment.")
@format_option(TEXT, JSON)
def verify_command(root: Path | None, before: str, out: Path | None, form: str) -> int:
    """Prove that the branch is a plan plus edits of people, and say what it makes of the catalog."""
    here = surroundings(os.environ)
    workspace = require_workspace(root)
    git = clone_at(workspace.root, here)
    branch = look_at(workspace, git, before)
    if out is not None:
        note = note_of(branch, git.text("rev-parse", "HEAD"))
        out.mkdir(parents=True, exist_ok=True)
        (out / "comment.md").write_text(note.body, encoding="utf-8")
        summarize(here, note.body)
    faults = branch.verified.faults if branch.verified else ()
    if form == JSON:
        console.say_json(to_json(branch))
        return FAULTY if faults else 0
    for fault in faults:
        _annotate(here, "error", f"not of the plan: {fault}")
        console.say(f"not of the plan: {clean(fault)}")
    made = f"plan {branch.digest[7:19]} and edits of people" if branch.digest else "edits of people"
    console.say(f"{made}; {len(branch.changes)} changes of the catalog, {len(faults)} faults")
    return FAULTY if faults else 0


@ci_command.command("comment")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--pull", "number", required=True, type=click.IntRange(1), help="Number of the pull request.")
def comment_command(file: Path, number: int) -> int:
    """Write the comment that `ci verify` left in FILE, or bring the one that is there up to date."""
    here = require_repository(surroundings(os.environ))
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            str(file), f"cannot be read ({error.strerror})", "run kie-catalog ci verify"
        ) from None
    found = note_in(text)
    if found is None:
        raise UsageError(str(file), "is no comment of ours", "make one with kie-catalog ci verify --out")
    with github(here) as hub:
        try:
            wrote = say(hub, number, Note(*found, text.partition("\n")[2]))
        except Forbidden as error:
            # A pull request from a fork gets a token that may only read; its check must not fail over that.
            _annotate(here, "warning", str(error))
            console.note(f"no comment: {error}")
            return 0
    console.say("commented" if wrote else "the comment is up to date")
    return 0


@ci_command.command("sarif")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--commit", required=True, metavar="SHA", help="The commit that was checked.")
@click.option("--ref", required=True, metavar="REF", help="What it belongs to: refs/pull/7/head.")
def sarif_command(file: Path, commit: str, ref: str) -> int:
    """Hand the findings of `check --format sarif` in FILE to code scanning."""
    here = require_repository(surroundings(os.environ))
    try:
        packed = base64.b64encode(gzip.compress(file.read_bytes(), mtime=0)).decode()
    except OSError as error:
        cure = "run kie-catalog check --format sarif"
        raise UsageError(str(file), f"cannot be read ({error.strerror})", cure) from None
    with github(here) as hub:
        try:
            hub.upload_sarif(packed, commit=commit, ref=ref)
        except Forbidden as error:
            # Code scanning may be switched off, and a private repository may not have it at all.
            _annotate(here, "warning", str(error))
            console.note(f"no upload: {error}")
            return 0
    console.say("uploaded")
    return 0
