"""What the tests share: where the data is, and how a command is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kie_catalog.cli import cli
from kie_catalog.domain.errors import CatalogError

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "kie"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real upstream data; it lies beside the checkout and is no part of it."""
    if not SHARED.is_dir():
        pytest.skip("../shared/kie, the folder of upstream data, is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def recordings() -> list[Path]:
    """The recordings kept in the repository, oldest first."""
    return sorted((ROOT / "sync" / "recordings").iterdir())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in an empty folder; its exit code is the one a shell would see."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KIE_CATALOG_ROOT", raising=False)

    def invoke(*args: object) -> Result:
        result = CliRunner().invoke(cli, [str(arg) for arg in args], standalone_mode=False)
        if isinstance(result.exception, CatalogError):
            result.exit_code = result.exception.exit_code
        elif result.exception is None:
            result.exit_code = result.return_value or 0
        return result

    return invoke
