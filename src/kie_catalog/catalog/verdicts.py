"""What a start-up asks of a catalog's content, found out by reading and checking it: the slow way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kie_catalog.catalog.quiet import quiet
from kie_catalog.catalog.read import catalog_of
from kie_catalog.catalog.sidecar import Verdict
from kie_catalog.domain.catalog import Catalog
from kie_catalog.domain.document import Document
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.domain.values import Pointer, Value, to_json
from kie_catalog.rules import suppressions
from kie_catalog.rules.registry import RULES, check

KNOWN: Final = frozenset(name for rule in RULES for name in (rule.code, rule.name))
JSON_FILE: Final = ".json"
SHOWN: Final = 3
"""How many of its reasons a disabled model has with it."""
_WHOLE: Final = frozenset({"not-a-catalog", "unknown-version"})
"""Faults that leave nothing to serve."""
_UNREADABLE: Final = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class Plain:
    """Content without a text: every place in it is the file."""

    path: str
    data: Value

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:  # noqa: ARG002 -- the protocol's
        """The file as a whole."""
        return Where(self.path, pointer=pointer)


def judge(raw: bytes, file: str, *, today: str) -> tuple[Verdict, bytes]:
    """Read and check a catalog file.

    Args:
        raw: its content; the built form of the package if the file's name ends with `.json`, else YAML.
        file: its name, for the reasons.
        today: the day as 'YYYY-MM-DD', on which suppressions may have ended; empty for none of them.

    Returns:
        What was found, and the models that can be served as JSON.
    """
    with quiet():
        try:
            document, findings, until = _checked(raw, file, today)
        except CatalogInvalid as error:
            return _broken(error.findings, Counter({str(Severity.ERROR): len(error.findings)})), b""
        return _judged(document, findings, until)


def _checked(raw: bytes, file: str, today: str) -> tuple[Document, Sequence[Finding], str]:
    if file.endswith(JSON_FILE):
        document = Plain(file, _content(raw, file))
        return document, check(document), ""
    from kie_catalog.catalog.comments import comments_of  # noqa: PLC0415 -- the package needs no YAML
    from kie_catalog.catalog.nodes import decode, parse  # noqa: PLC0415 -- see above

    read = parse(decode(raw, file), file)
    found, comments = check(read), comments_of(read)
    left = suppressions.judge(found, comments, today=today, known=KNOWN).findings
    return read, left, suppressions.ends_of(comments, today)


def _content(raw: bytes, file: str) -> Value:
    try:
        content: Value = json.loads(raw, parse_float=Decimal, parse_int=Decimal)["catalog"]
    except (ValueError, KeyError, TypeError):
        message = "is not the built form of a catalog; install the package again"
        raise CatalogInvalid([Finding("KC001", "syntax", Severity.ERROR, Where(file), message)]) from None
    return content


def _judged(document: Document, findings: Sequence[Finding], until: str) -> tuple[Verdict, bytes]:
    counts = Counter(str(each.severity) for each in findings)
    errors = [each for each in findings if each.severity is Severity.ERROR]
    data: Any = document.data
    if any(each.name in _WHOLE for each in errors) or not isinstance(data, Mapping):
        return _broken(errors, counts), b""
    models = data.get("models")
    if not isinstance(models, Sequence) or isinstance(models, str):
        return _broken(errors, counts), b""
    disabled = _by_model(errors, models)
    served = [model for at, model in enumerate(models) if _name(model, at) not in disabled]
    served = _readable(data, served, disabled)
    content = {**data, "models": served}
    try:
        catalog_of(content)
    except _UNREADABLE:
        return _broken(errors, counts), b""
    if models and not served:
        return _broken(errors, counts), b""
    verdict = Verdict(
        models=len({_name(model, at) for at, model in enumerate(models)}),
        last_updated=_text(data.get("last_updated")),
        disabled=disabled,
        counts=counts,
        valid_until=until,
    )
    return verdict, json.dumps(to_json(content), ensure_ascii=False, separators=(",", ":")).encode()


def _by_model(errors: Iterable[Finding], models: Sequence[Any]) -> dict[str, list[str]]:
    """The reasons for which models cannot be served, by model; faults of the file itself disable none."""
    reasons: dict[str, list[str]] = {}
    for each in errors:
        pointer = each.where.pointer
        if len(pointer) > 1 and pointer[0] == "models" and isinstance(pointer[1], int):
            reasons.setdefault(_name(models[pointer[1]], pointer[1]), []).append(str(each))
    return {
        model: told if len(told) <= SHOWN else [*told[: SHOWN - 1], f"and {len(told) - SHOWN + 1} more"]
        for model, told in reasons.items()
    }


def _can_be_read(data: Mapping[str, Any]) -> bool:
    try:
        catalog_of(data)
    except _UNREADABLE:
        return False
    return True


def _readable(data: Mapping[str, Any], models: list[Any], disabled: dict[str, list[str]]) -> list[Any]:
    """The models that become values; what the rules let pass and still cannot be read is disabled too."""
    if _can_be_read({**data, "models": models}):
        return models
    kept: list[Any] = []
    for model in models:
        try:
            catalog_of({"version": "", "source": "", "last_updated": "", "models": [model]})
        except _UNREADABLE as error:
            disabled[_name(model, len(kept))] = [f"cannot be read ({error!r})"]
        else:
            kept.append(model)
    return kept


def _name(model: Any, at: int) -> str:
    name = model.get("id") if isinstance(model, Mapping) else None
    return name if isinstance(name, str) and name else f"models/{at}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _broken(findings: Sequence[Finding], counts: Mapping[str, int]) -> Verdict:
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    reason = f"{findings[0]}{more}" if findings else "it holds no model that can be read"
    return Verdict(models=0, last_updated="", broken=reason, counts=counts)


def catalog_from(body: bytes) -> Catalog:
    """The models that a sidecar keeps."""
    with quiet():
        return catalog_of(json.loads(body, parse_float=Decimal, parse_int=Decimal))


def packaged_without(disabled: Mapping[str, Sequence[str]]) -> Catalog:
    """The packaged catalog but for some models."""
    from kie_catalog.catalog.artefact import packaged_data  # noqa: PLC0415 -- it imports the resolver's facts

    with quiet():
        data = packaged_data()
        return catalog_of(
            {**data, "models": [model for model in data["models"] if model["id"] not in disabled]}
        )


def refusal(path: str, verdict: Verdict) -> CatalogInvalid:
    """The error for a content that cannot be served, or not as a whole."""
    told = [verdict.broken] if verdict.broken else [each for why in verdict.disabled.values() for each in why]
    return CatalogInvalid(
        [Finding("KC000", "not-served", Severity.ERROR, Where(path), message) for message in told]
    )
