"""Mutation testing: breaks the heart of the program in many small ways and counts what the tests notice.

Works in a copy under `build/mutation`, a target after the other. Each mutant meets the examples of its target
first and, if it survives, the laws. What is left over must be explained in `.ci/mutation/explained.toml`; a
survivor that is not explained counts as missed.

    python .ci/mutation.py run [TARGET …] [--share 0.5]    try all, or a sample; next time, the survivors
    python .ci/mutation.py report                          print the scores and write docs/mutation.md

A second run makes mutants of what changed since the first, and tries those that survived on the tests of now.
"""

from __future__ import annotations

import argparse
import ast
import datetime as dt
import difflib
import json
import os
import platform
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import ceil, sqrt
from pathlib import Path
from random import Random
from typing import Any, Final

from cosmic_ray.commands import init
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkItem, WorkResult

from kie_catalog.domain.values import digest_bytes

ROOT: Final = Path(__file__).resolve().parents[1]
SETTINGS: Final = ROOT / ".ci/mutation"
WORK: Final = ROOT / "build/mutation"
COPIED: Final = ("src", "tests", "catalog", "schemas", "sync", "reports", "docs", "pyproject.toml")
SEED: Final = 20260822
LEFT_OUT: Final = "not in the sample"
LEAST: Final = 0.9
"""The share of mutants that the tests of each target must notice."""

LAWS: Final = "_hypothesis_pytestplugin"
"""The plugin that marks laws as such."""

# Of the replacements of one operator only those that a slip of the pen could make: the opposite, and the
# bound moved by one. The others (`|` by `**`, `is` by `<`) raise at once and would only flatter the score.
BINARY: Final = {
    ("Add", "Sub"), ("Sub", "Add"), ("Mul", "Div"), ("Div", "Mul"), ("FloorDiv", "Mul"), ("Mod", "FloorDiv"),
    ("BitOr", "BitAnd"), ("BitAnd", "BitOr"), ("RShift", "LShift"), ("LShift", "RShift"), ("Pow", "Mul"),
}  # fmt: skip
COMPARED: Final = {
    ("Eq", "NotEq"), ("Eq", "LtE"), ("Eq", "GtE"), ("NotEq", "Eq"), ("NotEq", "Lt"), ("NotEq", "Gt"),
    ("Lt", "LtE"), ("Lt", "GtE"), ("LtE", "Lt"), ("LtE", "Gt"), ("Gt", "GtE"), ("Gt", "LtE"),
    ("GtE", "Gt"), ("GtE", "Lt"), ("Is", "IsNot"), ("IsNot", "Is"),
}  # fmt: skip
_REPLACED: Final = re.compile(r"core/Replace(Binary|Comparison)Operator_(\w+)_(\w+)")


@dataclass(frozen=True)
class Target:
    """One part of the program, and the tests that speak for it."""

    name: str
    modules: tuple[str, ...]
    tests: str
    """The files with the tests of these modules."""
    timeout: float

    @property
    def stages(self) -> tuple[str, ...]:
        """Selections of tests, the fastest first."""
        return f"-m 'not hypothesis' {self.tests}", f"-m hypothesis {self.tests}"

    @property
    def session(self) -> Path:
        """Cosmic Ray's database of its mutants."""
        return WORK / f"{self.name}.sqlite"

    @property
    def made_of(self) -> Path:
        """Digests of the modules of which those mutants are."""
        return WORK / f"{self.name}.json"

    @property
    def checkout(self) -> Path:
        """The copy in which it is broken."""
        return WORK / self.name


def targets(names: Iterable[str] = ()) -> list[Target]:
    """The targets of these names; all, if there are none."""
    data = tomllib.loads((SETTINGS / "targets.toml").read_text(encoding="utf-8"))
    return [
        Target(name, tuple(each["modules"]), " ".join(each["tests"].split()), each["timeout"])
        for name, each in data.items()
        if not names or name in names
    ]


def copy_checkout(copy: Path) -> None:
    """Put what is tested where it may be broken."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / name)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "src"], cwd=copy, check=True)


def make_mutants(target: Target, share: float | None) -> None:
    """Fill a target's session with the mutants of those modules that it does not know as they are now.

    What says nothing about the tests is skipped, and so is what is not in the sample.

    Args:
        target: the target.
        share: of each module's mutants, the share to try; `None` for the one of the last time, or else all.
    """
    known = json.loads(target.made_of.read_text(encoding="utf-8")) if target.made_of.exists() else {}
    share = share or known.get("share", 1.0)
    made_of = {module: digest_bytes(path_of(module).read_bytes()) for module in target.modules}
    changed = [
        module
        for module in target.modules
        if (made_of[module], share) != (known.get(module), known.get("share"))
    ]
    for module in changed:
        with use_db(":memory:") as made:
            init([path_of(module)], made, {})
            items = list(made.work_items)
        _forget(target, "module_path = ?", [str(path_of(module))], with_mutants=True)
        _add(target, module, items, share)
    target.made_of.write_text(json.dumps({**made_of, "share": share}), encoding="utf-8")


def path_of(module: str) -> Path:
    """A module's file in a checkout."""
    return Path("src/kie_catalog") / f"{module}.py"


def _add(target: Target, module: str, items: Sequence[WorkItem], share: float) -> None:
    silent = list(_silent(path_of(module)))
    told = []
    skipped = defaultdict(list)
    for item in items:
        if reason := _skipped(item.mutations[0], silent):
            skipped[reason].append(item.job_id)
        else:
            told.append(item)
    told.sort(key=lambda item: _key(item.mutations[0]))
    Random(SEED).shuffle(told)  # noqa: S311 -- a sample that is the same every time
    skipped[LEFT_OUT] = [item.job_id for item in told[ceil(share * len(told)) :]]
    with use_db(str(target.session)) as session:
        session.add_work_items(items)
        for reason, jobs in skipped.items():
            session.set_multiple_results(jobs, WorkResult(WorkerOutcome.SKIPPED, output=reason))


def _forget(target: Target, where: str, values: Sequence[str], *, with_mutants: bool = False) -> None:
    """Forget results, or mutants with their results; Cosmic Ray has no way to do so."""
    tables = ["work_results", *(["mutation_specs", "work_items"] if with_mutants else [])]
    with use_db(str(target.session)), sqlite3.connect(target.session) as database:
        found = f"SELECT job_id FROM mutation_specs JOIN work_items USING (job_id) WHERE {where}"  # noqa: S608 -- our own text
        jobs = database.execute(found, values).fetchall()
        for table in tables:
            database.executemany(f"DELETE FROM {table} WHERE job_id = ?", jobs)  # noqa: S608 -- see above


def _key(mutation: MutationSpec) -> tuple[str, str, int]:
    return str(mutation.module_path), mutation.operator_name, mutation.occurrence


def _skipped(mutation: MutationSpec, silent: Sequence[tuple[Any, Any]]) -> str:
    """Why a mutant says nothing about the tests; empty if it does."""
    found = _REPLACED.fullmatch(mutation.operator_name)
    if found and (found[2], found[3]) not in (BINARY if found[1] == "Binary" else COMPARED):
        return "no likely slip"
    if any(start <= mutation.start_pos and mutation.end_pos <= end for start, end in silent):
        return "never evaluated"
    line = Path(mutation.module_path).read_text(encoding="utf-8").splitlines()[mutation.start_pos[0] - 1]
    if line[mutation.start_pos[1] :].startswith(("*,", "/,")):
        return "a mark of arguments"
    return ""


def _silent(path: Path) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Spans of annotations, type aliases and options of dataclasses: they do nothing when it runs."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = [node.returns]
        elif isinstance(node, ast.arg):
            parts = [node.annotation]
        elif isinstance(node, ast.AnnAssign):
            is_alias = isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"
            parts = [node.annotation, node.value if is_alias else None]
        elif isinstance(node, ast.ClassDef):
            parts = [each for each in node.decorator_list if isinstance(each, ast.Call)]
        for part in parts:
            if part is not None:
                end = part.end_lineno or part.lineno, part.end_col_offset or 0
                yield (part.lineno, part.col_offset - isinstance(node, ast.ClassDef)), end


def try_mutants(target: Target, command: str) -> None:
    """Run the mutants of a session that have no result yet."""
    with use_db(str(target.session), WorkDB.Mode.open) as session:
        if not session.pending_work_items:
            return
    config = WORK / f"{target.name}.toml"
    tests = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p pytest_socket -p {LAWS} {command}"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = ["src"]\ntimeout = {target.timeout}\nexcluded-modules = []\n'
        f'test-command = """{tests}"""\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(target.checkout / "src"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HYPOTHESIS_PROFILE": "mutation",
    }
    # Tests that fail on the program as it is would kill every mutant.
    subprocess.run(
        shlex.split(tests), cwd=target.checkout, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    program = [str(Path(sys.executable).with_name("cosmic-ray")), "exec", str(config), str(target.session)]
    subprocess.run(program, cwd=target.checkout, env=environment, check=True)


def reopen_survivors(target: Target) -> None:
    """Forget the results of the mutants that survived."""
    survived = "job_id IN (SELECT job_id FROM work_results WHERE test_outcome = ?)"
    _forget(target, survived, [TestOutcome.SURVIVED.name])


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed."""

    module: str
    line: int
    before: str
    after: str
    operator: str


@dataclass(frozen=True)
class Score:
    """What came of one target's mutants."""

    target: str
    made: int
    skipped: int
    left_out: int
    """Of the rest, those outside the sample."""
    killed: int
    survivors: tuple[Survivor, ...]

    @property
    def tried(self) -> int:
        """The mutants that are to meet the tests."""
        return self.made - self.skipped - self.left_out

    @property
    def waiting(self) -> int:
        """Those of them that have not met all tests yet: they count as not noticed."""
        return self.tried - self.killed - len(self.survivors)

    @property
    def share(self) -> float:
        """The share that the tests noticed."""
        return self.killed / self.tried if self.tried else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the share among all mutants; the share itself where all were tried."""
        if not self.left_out:
            return self.share, self.share
        z, n = 1.96, self.tried
        middle = (self.share + z * z / (2 * n)) / (1 + z * z / n)
        around = z / (1 + z * z / n) * sqrt(self.share * (1 - self.share) / n + z * z / (4 * n * n))
        return middle - around, middle + around


def score(target: Target) -> Score:
    """Read a target's session."""
    killed = skipped = left_out = made = 0
    survivors = []
    with use_db(str(target.session), WorkDB.Mode.open) as session:
        made = session.num_work_items
        for item, result in session.completed_work_items:
            if result.worker_outcome == WorkerOutcome.SKIPPED:
                left_out += result.output == LEFT_OUT
                skipped += result.output != LEFT_OUT
            elif result.test_outcome == TestOutcome.SURVIVED:
                survivors.append(_survivor(item, result))
            else:
                killed += 1
    ordered = sorted(survivors, key=lambda each: (each.module, each.line, each.after))
    return Score(target.name, made, skipped, left_out, killed, tuple(ordered))


def _survivor(item: WorkItem, result: WorkResult) -> Survivor:
    mutation = item.mutations[0]
    lines = [line for line in (result.diff or "").splitlines() if not line.startswith(("---", "+++"))]
    # The last line of a file may stand there with an empty one behind it.
    before = " ".join(line[1:].strip() for line in lines if line.startswith("-")).strip()
    after = (
        " ".join(line[1:].strip() for line in lines if line.startswith("+")).strip() or f"without {before}"
    )
    module = str(mutation.module_path).removeprefix("src/kie_catalog/").removesuffix(".py")
    return Survivor(
        module, mutation.start_pos[0], before, after, mutation.operator_name.removeprefix("core/")
    )


def explanations() -> dict[tuple[str, str], str]:
    """Why a survivor is no fault of the tests, by module and the line as the mutant has it."""
    path = SETTINGS / "explained.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        (module, line): each["why"]
        for module, several in data.items()
        for each in several
        for line in each["mutants"]
    }


def report(scores: Mapping[str, Score], before: str) -> tuple[str, bool]:
    """The report as Markdown, and whether every target is good enough with every survivor explained.

    Args:
        scores: by target, of those that have been tried here.
        before: the report so far, of which the others are kept; nothing is known of whether they are good.
    """
    explained = explanations()
    good = True
    table, lists = [], []
    for name in (target.name for target in targets()):
        each = scores.get(name)
        if each is None:
            table += re.findall(rf"^\| {name} \|.*$", before, re.MULTILINE)
            lists += re.findall(
                rf"^## {name}: survivors\n.*?\n(?=\n## |\Z)", before, re.MULTILINE | re.DOTALL
            )
            continue
        low, high = each.interval
        missed = [one for one in each.survivors if (one.module, one.after) not in explained]
        told = len(each.survivors) - len(missed)
        real = each.killed / (each.tried - told) if each.tried > told else 0.0
        good = good and each.share >= LEAST and not missed and not each.waiting
        sure = "all" if not each.left_out else f"{low:.1%} to {high:.1%}"
        table.append(
            f"| {each.target} | {each.made} | {each.skipped} | {each.tried} | {each.killed} | {told} "
            f"| {len(missed)} | {each.waiting} | {each.share:.1%} | {sure} | {real:.1%} |"
        )
        lists.append(_list(each, explained))
    names = ["target", "made", "skipped", "tried", "killed", "explained", "missed", "waiting"]
    names += ["score", "among all", "without the explained"]
    head = f"| {' | '.join(names)} |\n|---|{'--:|' * (len(names) - 1)}\n"
    return head + "\n".join(table) + "\n\n" + "\n".join(lists), good


def _list(each: Score, explained: Mapping[tuple[str, str], str]) -> str:
    lines = [f"## {each.target}: survivors", ""]
    for one in each.survivors:
        why = explained.get((one.module, one.after), "**not explained**")
        lines += [f"- `{one.module}.py`: `{one.before}` as `{_short(one)}`: {why}"]
    return "\n".join(lines if each.survivors else [*lines, "None."]) + "\n"


def _short(one: Survivor) -> str:
    """What the mutant says instead, without what both lines have at their ends."""
    matcher = difflib.SequenceMatcher(None, one.before, one.after, autojunk=False)
    changed = [block for block in matcher.get_opcodes() if block[0] != "equal"]
    if not changed:
        return one.after
    start, end = max(0, changed[0][3] - 12), changed[-1][4] + 12
    return f"{'…' if start else ''}{one.after[start:end]}{'…' if end < len(one.after) else ''}"


INTRODUCTION: Final = """# Mutation testing

Built by `make mutation` from its last run; not edited by hand. Every mutant is one small change of the
program (Cosmic Ray {cosmic}, Python {python}, {day}); it is killed if a test fails. Skipped are mutants that
no run can notice (annotations, type aliases, options of dataclasses) and replacements of operators that raise
at once and would only flatter the score; `.ci/mutation.py` has the list. Where more were made than tried, the
tried ones are a random sample with a fixed seed, and "among all" is Wilson's 95 % interval. Survivors are
listed with the reason why no test should notice them. A target that the last run left out stands as an
earlier run had it.

"""


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(
        description="Mutation testing of the parts that decide about money and text."
    )
    parser.add_argument("action", choices=["run", "report"])
    parser.add_argument("targets", nargs="*")
    parser.add_argument(
        "--share", type=float, help="of each module's mutants, the share to try; all without it"
    )
    given = parser.parse_intermixed_args()
    WORK.mkdir(parents=True, exist_ok=True)
    for target in targets(given.targets) if given.action == "run" else ():
        copy_checkout(target.checkout)
        os.chdir(target.checkout)
        make_mutants(target, given.share)
        for stage in target.stages:
            reopen_survivors(target)
            try_mutants(target, stage)
    page = ROOT / "docs/mutation.md"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    text, good = report({each.name: score(each) for each in targets() if each.session.exists()}, before)
    sys.stdout.write(text)
    head = INTRODUCTION.format(
        cosmic=version("cosmic-ray"),
        python=platform.python_version(),
        day=dt.datetime.now(dt.UTC).date().isoformat(),
    )
    page.write_text(head + text, encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
