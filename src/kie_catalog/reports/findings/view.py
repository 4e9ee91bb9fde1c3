"""What every form of a check's result is made from: findings in their order, with all that explains them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.reports.text import count


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a form says of a rule."""

    code: str
    name: str
    severity: Severity
    law: str
    """The law in one sentence."""
    text: str
    """The whole documentation."""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A span of a file and what is written in its place; from line and column to just before the end."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """The result of a check, ready to be put into words."""

    files: tuple[str, ...]
    """Every file that was checked, as the user named it."""
    findings: tuple[Finding, ...]
    """By place, then by code."""
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The texts of the files, as far as they are known, for code frames."""
    rules: tuple[RuleWords, ...] = ()
    """The rules there are, by code."""
    replacements: Mapping[str, tuple[Replacement, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What the fixes write, by the fingerprint of their finding."""
    suppressed: tuple[tuple[Finding, str], ...] = ()
    """Findings that comments in the files accept, each with the reason given."""
    fail_on: Severity | None = Severity.ERROR
    """From which severity on a finding counts as a failure; `None` if none does."""
    version: str = ""
    """The version of this tool."""

    @property
    def folded(self) -> int:
        """How many findings are told as follow-ups of others."""
        return sum(len(each.follow_ups) for each in self.findings)

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity that occurs, the worst first."""
        found = Counter(each.severity for each in self.findings)
        return {severity: found[severity] for severity in sorted(found, reverse=True)}

    @property
    def summary(self) -> str:
        """The whole in one line: `1 file checked: 2 errors, 1 warning`."""
        found = ", ".join(count(number, str(severity)) for severity, number in self.counts.items())
        beside = []
        if self.folded:
            beside.append(f"{self.folded} more that {'follows' if self.folded == 1 else 'follow'} from these")
        if self.suppressed:
            beside.append(f"{len(self.suppressed)} accepted in the file")
        behind = f" ({', '.join(beside)})" if beside else ""
        return f"{count(len(self.files), 'file')} checked: {found or 'clean'}{behind}"

    @staticmethod
    def behind(finding: Finding) -> str:
        """How many findings a finding brings about, as the tail of a line; else an empty text."""
        number = len(finding.follow_ups)
        return f" (and {number} more that {'follows' if number == 1 else 'follow'} from it)" if number else ""

    def fails(self, finding: Finding) -> bool:
        """Whether a finding is a failure."""
        return self.fail_on is not None and finding.severity >= self.fail_on
