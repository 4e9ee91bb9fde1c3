"""What the tests share: where the data is, and how a command is run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, settings

from kie_catalog.cli import cli
from kie_catalog.domain.errors import CatalogError
from tests.postgres import database, postgres  # noqa: F401 -- fixtures

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "kie"


# A law is about what holds, not about how fast this machine is today.
settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For thousands of runs on broken copies of the program, each of which must be the same as the last.
settings.register_profile(
    "mutation", settings.get_profile("laws"), max_examples=25, derandomize=True, database=None
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "laws")
settings.load_profile(PROFILE)


def tried(times: int) -> settings:
    """How often a law is tried that needs more, or can bear less, than the usual number of examples."""
    most = settings.get_profile("mutation").max_examples
    return settings(max_examples=min(times, most) if PROFILE == "mutation" else times)


TABLES = {"incident": "detection of incidents", "kills": "kills and recoveries"}
"""What tests hand over with `record_property`, and the heading under which the run prints it."""


def pytest_configure() -> None:
    """Hear of Ctrl-C, and let commands hear of it: a shell that runs us behind its back has us ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests measured, a line each."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    said = [pair for report in reports for pair in report.user_properties]
    for name, heading in TABLES.items():
        if lines := sorted(str(value) for key, value in said if key == name):
            terminalreporter.section(heading)
            terminalreporter.write("".join(f"{line}\n" for line in lines))
            marks = [line[:4].strip() for line in lines if line.startswith(("yes ", "NO  "))]
            if marks:
                share = marks.count("yes") / len(marks)
                terminalreporter.write_line(f"{marks.count('yes')} of {len(marks)} as expected ({share:.0%})")


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
def run(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Run a command in an empty folder; its exit code is the one a shell would see."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
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
