"""`kie-catalog record`: write down what upstream says now."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from kie_catalog.cli import completing, console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.taking import taking
from kie_catalog.domain.snapshot import NotMeasured, Source
from kie_catalog.sources import recordings
from kie_catalog.sources.upstream import Taking


@click.command(
    "record",
    epilog=examples(
        "record --out sync/recordings/2026-08-30 --facts-only",
        "record --out elsewhere --upstream http://127.0.0.1:8787",
    ),
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the recording.")
@click.option(
    "--upstream",
    metavar="URL-OR-FOLDER",
    shell_complete=completing.recordings,
    help="Where to read; the live hosts by default.",
)
@click.option("--facts-only", is_flag=True, help="Drop prose; keep every bound that prose holds.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The checkout; found upwards.")
@click.option("--no-cache", is_flag=True, help="Fetch and parse everything anew.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def record_command(
    *, out: Path, upstream: str | None, facts_only: bool, root: Path | None, no_cache: bool, form: str
) -> None:
    """Write one recording of upstream to a folder, whole or not at all.

    A recording that is there already is replaced. KIE_API_KEY, where it is set, is used for the keyed
    models API only, and is never written down.
    """
    took = taking(upstream, root=root, cached=not no_cache)
    recording = took.recording
    if facts_only:
        from kie_catalog.sources.facts import facts_of  # noqa: PLC0415 -- writes YAML, which a full one does not

        recording = facts_of(recording)
    recordings.save(recording, out, form="facts" if facts_only else "full")
    if form == "json":
        console.say_json(
            {"out": str(out), "form": "facts" if facts_only else "full", "sources": _summary(took)}
        )
        return
    for each in took.upstream.all:
        console.say(_line(each))
    console.say(f"recorded to {out}")


def _line(source: Source) -> str:
    if isinstance(source, NotMeasured):
        return f"{source.source}: not measured: {source.reason}"
    lines = [f"{source.source}: {len(source.content)} of {source.taken_at}"]
    lines += [f"  {fault.place}: {fault.fact}" for fault in source.faults]
    return "\n".join(lines)


def _summary(took: Taking) -> dict[str, Any]:
    costs = {source: {"cost": asdict(tally)} for source, tally in took.tallies.items()}
    return {each.source: _entry(each) | costs.get(each.source, {}) for each in took.upstream.all}


def _entry(source: Source) -> dict[str, Any]:
    if isinstance(source, NotMeasured):
        return {"measured": False, "reason": source.reason}
    faults = [{"place": fault.place, "fact": fault.fact} for fault in source.faults]
    return {
        "measured": True,
        "taken_at": source.taken_at,
        "entries": len(source.content),
        "digest": source.digest,
        "faults": faults,
    }
