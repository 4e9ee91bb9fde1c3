"""`diff`: two catalogs by meaning."""

from __future__ import annotations

from pathlib import Path

import click

from kie_catalog.cli import console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.opened import open_state
from kie_catalog.cli.options import JSON, TEXT, format_option
from kie_catalog.domain.change import change_to_json
from kie_catalog.reports.lines import headline
from kie_catalog.sync.compare import compare

DIFFERENT = 1


@click.command(
    "diff",
    epilog=examples(
        "diff packaged catalog/models_pricing.yaml", "diff before.yaml after.yaml --format json --exit-code"
    ),
)
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@format_option(TEXT, JSON)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if they differ.")
def diff_command(one: Path, other: Path, form: str, exit_code: bool) -> int:
    """Compare two catalogs by meaning: files, folders, or the word packaged. Order and form do not count."""
    changes = compare(open_state(one), open_state(other))
    if form == JSON:
        console.say_json([change_to_json(change) for change in changes])
    else:
        for change in changes:
            console.say(headline(change))
        console.say(f"{len(changes)} difference{'' if len(changes) == 1 else 's'}")
    return DIFFERENT if exit_code and changes else 0
