"""`check --startup`: what an application that starts now could serve.

The usual options are read here, without the packages that the other commands need; what is not understood
is left to them, and they come to the same end.
"""

from __future__ import annotations

import os
import sys

from kie_catalog.catalog.startup import CATALOG, startup_check
from kie_catalog.catalog.startup_report import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kie_catalog.catalog.startup_report import StartupReport

FOUND = 1
ROOT_VARIABLE = "KIE_CATALOG_ROOT"
FORMS = ("concise", "full", "json")


def quick(words: Sequence[str]) -> int | None:
    """Run the check for the words behind `check`; the exit code, or `None` where the words are not simple."""
    values = {"--format": "concise", "--max-age": "", "--root": "", "path": ""}
    rest = iter(words)
    strict = "--strict" in words
    for word in rest:
        if word in {"--startup", "--strict"}:
            continue
        name = word if word.startswith("-") else "path"
        if name not in values or (name == "path" and values[name]):
            return None
        values[name] = word if name == "path" else next(rest, "")
    form, days, root = values["--format"], values["--max-age"], values["--root"]
    if form not in FORMS or not (days or "0").isdigit() or (root and not os.path.isdir(root)):
        return None
    return run(values["path"] or default(root), form, strict=strict, days=int(days) if days else None)


def default(root: str) -> str | None:
    """The catalog of the workspace that is named, or found upwards; `None` for the packaged one."""
    named = root or os.environ.get(ROOT_VARIABLE, "")
    if named:
        return named
    folder = os.getcwd()
    while not os.path.isfile(os.path.join(folder, CATALOG)):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return os.path.relpath(os.path.join(folder, CATALOG))


def run(path: str | None, form: str, *, strict: bool, days: int | None) -> int:
    """Check, print and give the exit code: 0 if all that was asked for can be served, 1 if not all of it."""
    try:
        report = startup_check(path, strict=strict, max_age=None if days is None else days * DAY)
    except Exception as error:
        from kie_catalog.domain.errors import CatalogError  # noqa: PLC0415 -- only a failure pays for it

        if not isinstance(error, CatalogError):
            raise
        from kie_catalog.cli import console  # noqa: PLC0415 -- see above

        console.error(str(error))
        return error.exit_code
    sys.stdout.write(_rendered(report, form))
    return 0 if report.is_clean else FOUND


def _rendered(report: StartupReport, form: str) -> str:
    if form != "json":
        return f"{report}\n"
    import json  # noqa: PLC0415 -- slow to import

    return json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n"
