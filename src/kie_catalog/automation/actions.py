"""The surroundings of a run: what GitHub Actions tells a step, and where a step may answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kie_catalog.domain.errors import UsageError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The variables of one step. Outside of GitHub Actions most are empty."""

    api: str
    server: str
    repository: str
    """`owner/name`."""
    ref_name: str
    """The branch the run is about."""
    token: str
    """Never printed; see `__repr__`."""
    run_url: str
    """Where people read the log of this run; empty outside of one."""
    summary_file: Path | None
    output_file: Path | None

    def __repr__(self) -> str:
        return f"Surroundings(repository={self.repository!r}, ref_name={self.ref_name!r})"

    @property
    def owner(self) -> str:
        """Who has the repository."""
        return self.repository.partition("/")[0]


def surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Read the variables that GitHub Actions sets."""
    server = environment.get("GITHUB_SERVER_URL") or "https://github.com"
    repository, run = environment.get("GITHUB_REPOSITORY", ""), environment.get("GITHUB_RUN_ID", "")
    return Surroundings(
        api=(environment.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/"),
        server=server.rstrip("/"),
        repository=repository,
        ref_name=environment.get("GITHUB_REF_NAME", ""),
        token=environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or "",
        run_url=f"{server}/{repository}/actions/runs/{run}" if run else "",
        summary_file=_path(environment, "GITHUB_STEP_SUMMARY"),
        output_file=_path(environment, "GITHUB_OUTPUT"),
    )


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def require_repository(here: Surroundings) -> Surroundings:
    """Refuse to talk to GitHub without knowing where and as whom.

    Raises:
        UsageError: the repository or the token is not given.
    """
    if here.repository.count("/") != 1:
        cure = "set it to owner/name; GitHub Actions does"
        raise UsageError("GITHUB_REPOSITORY", "names no repository", cure)
    if not here.token:
        cure = "pass it to the step: env: GITHUB_TOKEN: ${{ github.token }}"
        raise UsageError("GITHUB_TOKEN", "is not set", cure)
    return here


def answer(here: Surroundings, **outputs: str) -> None:
    """Give a step's outputs to the steps after it; nothing where there is no workflow."""
    if here.output_file is None:
        return
    with here.output_file.open("a", encoding="utf-8") as file:
        for name, value in outputs.items():
            # The end of a value is marked by chance, so no value can write an output of its own.
            end = f"end-{uuid.uuid4().hex}"
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def summarize(here: Surroundings, text: str) -> bool:
    """Add to the summary of the job; whether there is one."""
    if here.summary_file is None:
        return False
    with here.summary_file.open("a", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else f"{text}\n")
    return True
