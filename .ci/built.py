"""Builds the files of the repository that are made from others; with --check, fails where one differs."""

from __future__ import annotations

import sys
from pathlib import Path

from kie_catalog.catalog.artefact import FOLDER, build_for
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.cli import help as root_help
from kie_catalog.rules.documentation import render_documentation
from kie_catalog.rules.file_schema import render_file_schema

ROOT = Path(__file__).resolve().parents[1]


def built_files(workspace: Workspace) -> dict[Path, bytes]:
    """Every built file by path."""
    files: dict[Path, bytes] = {
        ROOT / "schemas/models_pricing.schema.json": render_file_schema().encode(),
        ROOT / "docs/rules.md": render_documentation().encode(),
        ROOT / "src/kie_catalog" / FOLDER / root_help.FILE: root_help.rendered().encode(),
    }
    if workspace.artefact_folder:
        files |= build_for(
            workspace.document(), workspace.schemas(), workspace.aliases_data(), workspace.artefact_folder
        )
    return files


def main() -> int:
    """Build, or check what is built."""
    files = built_files(Workspace(ROOT))
    if "--check" not in sys.argv[1:]:
        written = Transaction(ROOT).commit(files)
        sys.stdout.write(f"wrote {len(written)} of {len(files)} built files\n")
        return 0
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        sys.stdout.write(f"{path.relative_to(ROOT)}: differs from its sources; run make build\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
