"""`migrate`: version 1 to version 2."""

from __future__ import annotations

from pathlib import Path

import click

from kie_catalog.catalog.migrate import migrate
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import read_document
from kie_catalog.cli import console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, TEXT, format_option


@click.command(
    "migrate",
    epilog=examples(
        "migrate models_pricing.yaml --stdout", "migrate old.yaml --out catalog/models_pricing.yaml"
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write; default: FILE itself."
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the new text and write nothing.")
@format_option(TEXT, JSON)
def migrate_command(file: Path, out: Path | None, to_stdout: bool, form: str) -> int:
    """Upgrade the version 1 catalog in FILE to version 2, without losing a field or a comment."""
    document = read_document(file, str(file))
    text = migrate(document)
    require_form(parse(text, str(file)))
    if to_stdout:
        console.say(text, end="")
        return 0
    target = (out or file).resolve()
    written = Transaction(target.parent).commit({target: text.encode()})
    if form == JSON:
        console.say_json({"file": str(file), "written": [str(path) for path in written]})
    elif written:
        console.say(f"wrote {out or file}, version 2")
    else:
        console.say(f"{out or file}: nothing to write, it is version 2 already")
    return 0
