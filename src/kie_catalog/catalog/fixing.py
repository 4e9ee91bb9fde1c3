"""Fixes carried out: the edits of findings through the splice writer, so that only what they mend changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog import artefact
from kie_catalog.catalog.checking import Judge
from kie_catalog.catalog.edits import Edit, InsertKey, Remove, Set, SpliceRefused
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.splice import patches_of, splice
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.tree import YamlDocument
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.finding import Finding, Fix, FixEdit
from kie_catalog.domain.shape import CATALOG_FIELDS, MODE_FIELDS, MODEL_FIELDS
from kie_catalog.domain.values import Absence, Pointer, Value
from kie_catalog.reports.findings.view import Replacement

MOST_ROUNDS: Final = 10
"""One fix can make room for the next; fixes that go round in circles are left alone after that."""

_SHAPES: Final = {1: CATALOG_FIELDS, 3: MODEL_FIELDS, 5: MODE_FIELDS}
"""The fields of a mapping, by the length of the pointers to them."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A document with fixes made."""

    document: YamlDocument
    made: tuple[Finding, ...]
    """The findings whose fixes were carried out."""


def mend(document: YamlDocument, judged: Judge, *, unsafe: bool = False) -> Mended:
    """Carry out the fixes of a document until none is left to make.

    A fix that does not fit the file, as it stands or with the others, is left out.

    Args:
        document: the whole file.
        judged: finds what is wrong, and how to mend it.
        unsafe: also make fixes that a person should look at.
    """
    made: list[Finding] = []
    for _ in range(MOST_ROUNDS):
        wanted = [each for each in judged(document) if each.fix and (unsafe or each.fix.is_safe)]
        text, now = _round(document, wanted)
        if not now:
            break
        made += now
        document = parse(text, document.path)
    return Mended(document, tuple(made))


def _round(document: YamlDocument, wanted: Sequence[Finding]) -> tuple[str, list[Finding]]:
    """One text with as many of the fixes as fit together."""
    apart = list(_apart(wanted))
    text = _spliced(document, apart)
    if text is None:  # one of them can't be made: find out which
        apart = [each for each in apart if _spliced(document, [each]) is not None]
        text = _spliced(document, apart)
    if text is None or text == document.text:
        return document.text, []
    return text, apart


def _apart(wanted: Iterable[Finding]) -> Iterator[Finding]:
    """Those that do not touch the same parts; the others have their turn in the next round."""
    taken: set[Pointer] = set()
    above: set[Pointer] = set()
    for each in wanted:
        pointers = {edit.pointer for edit in each.fix.edits} if each.fix else set()
        heads = {pointer[:size] for pointer in pointers for size in range(len(pointer))}
        if not (pointers & taken or pointers & above or heads & taken):
            taken |= pointers
            above |= heads
            yield each


def _spliced(document: YamlDocument, findings: Sequence[Finding]) -> str | None:
    try:
        edits = [edit for each in findings if each.fix for edit in edits_of_fix(each.fix, document.data)]
        return splice(document, edits)
    except (SpliceRefused, LookupError, TypeError):
        return None


def edits_of_fix(fix: Fix, data: Value) -> list[Edit]:
    """A fix as edits of the splice writer.

    Raises:
        LookupError: it speaks of a part that is not there.
    """
    return [_edit(each, data) for each in fix.edits]


def _edit(edit: FixEdit, data: Any) -> Edit:
    if isinstance(edit.new, Absence):
        return Remove(edit.pointer)
    *above, part = edit.pointer
    mapping = data
    for step in above:
        mapping = mapping[step]
    if not isinstance(mapping, Mapping) or part in mapping:
        return Set(edit.pointer, edit.new)
    names = [field.name for field in _SHAPES.get(len(edit.pointer), ())]
    before = [name for name in names[: names.index(part)] if name in mapping] if part in names else []
    after = before[-1] if before else None
    return InsertKey(tuple(above), str(part), edit.new, after=after, first=part in names and not before)


def replacements(findings: Iterable[Finding], document: YamlDocument) -> dict[str, tuple[Replacement, ...]]:
    """What each fix writes, by the fingerprint of its finding; a fix that cannot be made is left out."""
    told = {}
    for each in findings:
        if each.fix is None:
            continue
        try:
            patches = patches_of(document, edits_of_fix(each.fix, document.data))
        except (SpliceRefused, LookupError, TypeError):
            continue
        position = document.lines.position
        told[each.fingerprint] = tuple(
            Replacement(document.path, *position(patch.start), *position(patch.end), patch.text)
            for patch in patches
        )
    return told


def write_mended(file: Path, document: YamlDocument) -> tuple[Path, ...]:
    """Write a mended file; with the packaged catalog, where the file is what that is built from.

    Raises:
        WriteFailed: it could not be written; all files are as before.
        UsageError: another run is writing here.
    """
    target = file.resolve()
    workspace = Workspace(target.parent.parent)
    if workspace.catalog_file != target:
        return Transaction(target.parent).commit({target: document.text.encode()})
    contents: dict[Path, bytes | None] = {target: document.text.encode()}
    if workspace.artefact_folder:
        contents |= artefact.build_for(
            document, workspace.schemas(), workspace.aliases_data(), workspace.artefact_folder
        )
    return Transaction(workspace.root).commit(contents)
