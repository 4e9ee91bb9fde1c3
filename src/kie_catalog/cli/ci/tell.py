"""`ci comment` and `ci sarif`: what a check found, told on GitHub."""

from __future__ import annotations

import base64
import gzip
import os
from pathlib import Path

import click

from kie_catalog.automation.actions import require_repository, surroundings
from kie_catalog.automation.comments import Note, note_in, say
from kie_catalog.automation.github import Forbidden, github
from kie_catalog.cli import console
from kie_catalog.cli.ci.failing import annotate
from kie_catalog.cli.examples import examples
from kie_catalog.domain.errors import UsageError


@click.command("comment", epilog=examples("ci comment build/check/comment.md --pull 7"))
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
            annotate(here, "warning", str(error))
            console.note(f"no comment: {error}")
            return 0
    console.say("commented" if wrote else "the comment is up to date")
    return 0


@click.command("sarif", epilog=examples("ci sarif check.sarif --commit 0123abc --ref refs/pull/7/head"))
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
            annotate(here, "warning", str(error))
            console.note(f"no upload: {error}")
            return 0
    console.say("uploaded")
    return 0
