"""Every folder of the corpus is a test: nothing that went wrong gets into the catalog unseen."""

from __future__ import annotations

from collections import Counter

import pytest

from kie_catalog.domain.change import Withheld, is_effective
from kie_catalog.sync.guards import GUARDS, NAMES
from tests.incidents.corpus import NAMES as INCIDENTS
from tests.incidents.corpus import Incident, Outcome, prices_in

MOST_SHOWN = 8
"""So many changes are expected line by line; of more, how many there are of each kind."""


@pytest.fixture(params=INCIDENTS)
def incident(request, tmp_path):
    incident = Incident(request.param, tmp_path)
    incident.prepare()
    return incident


def test_an_incident_gets_the_verdict_it_must(incident, record_property):
    before = incident.files()
    recording, outcome = incident.happen()
    after = incident.files()
    record_property("incident", row(incident, outcome))
    assert found(outcome, expected(incident.expected)) == expected(incident.expected)
    if outcome.error is not None:
        assert after == before, "what is refused writes nothing"
        assert "\n" not in str(outcome.error) or outcome.refused
    else:
        nothing_moved_unseen(before, after, outcome)
        once_more(incident, recording)
    named_ways_out(incident, recording, outcome)


def nothing_moved_unseen(before, after, outcome):
    """Each price that is another one now is that of a model that the plan names."""
    one, other = prices_in(before), prices_in(after)
    told = {each.model for each in outcome.changes if is_effective(each)}
    moved = {model for model, mode in {*one, *other} if one.get((model, mode)) != other.get((model, mode))}
    renamed = {getattr(each, "was", each.model) for each in outcome.changes}
    assert moved <= told | renamed


def once_more(incident, recording):
    """The same upstream again changes nothing, and what waits for people waits."""
    before = incident.files()
    again = incident.run(recording, lifted=tuple(incident.written.get("lift", ())))
    assert again.error is None
    assert not any(map(is_effective, again.changes))
    assert incident.files() == before


def named_ways_out(incident, recording, outcome):
    """What a guard stopped passes with exactly the options that the message names."""
    lifts = list(incident.written.get("lift", ()))
    for name in outcome.refused:
        assert f"--lift {name}" in str(outcome.error)
        lifts.append(name)
    if outcome.refused:
        assert incident.run(recording, lifted=lifts, dry=True).error is None
        left = [name for name in outcome.refused if len(outcome.refused) > 1]
        for name in left:
            assert name in incident.run(recording, lifted=[each for each in lifts if each != name]).refused
    elif outcome.withheld:
        exact = [f"{guard}@{model}" for model, guards in outcome.withheld.items() for guard in guards]
        let = incident.run(recording, lifted=[*lifts, *exact], dry=True)
        assert not any(isinstance(each, Withheld) for each in let.changes)


def found(outcome: Outcome, wanted):
    """All there is to see of an outcome, in the form of the expectations; what is refused changes nothing."""
    seen: dict[str, object] = {"verdict": outcome.verdict, "refused": sorted(outcome.refused)}
    if outcome.error is not None:
        seen["error"] = _part(wanted["error"], str(outcome.error))
    if outcome.plan is None:
        return {**SILENT, **seen}
    plan = outcome.plan
    if not outcome.refused:
        seen |= {"withheld": outcome.withheld, "review": outcome.review, "changes": shown(outcome.told)}
    remarks = [each for each in plan.remarks if "derived" not in each]
    texts = wanted["remarks"]
    if len(texts) == len(remarks):
        remarks = list(map(_part, texts, remarks))
    seen |= {
        "findings": [each.code for each in plan.findings],
        "unmeasured": [each.source for each in plan.unmeasured if each.source in SOURCES],
        "unresolved": shown([f"{each.description}: {each.reason}" for each in plan.unresolved]),
        "kept": [f"{each.model} {each.mode} {each.field}" for each in plan.kept],
        "remarks": remarks,
    }
    return {**SILENT, **seen}


SOURCES = {"prices", "pages", "model-ids"}
SILENT = {
    "refused": [],
    "error": None,
    "withheld": {},
    "review": [],
    "changes": [],
    "findings": [],
    "unmeasured": [],
    "unresolved": [],
    "kept": [],
    "remarks": [],
}


def _part(wanted, said):
    """What was wanted, if it is a part of what is said."""
    return wanted if wanted and wanted in said else said


def shown(told):
    if len(told) <= MOST_SHOWN:
        return told
    kinds = Counter(each.rpartition(": ")[2].split()[0] for each in told)
    return [f"{count} {kind}" for kind, count in sorted(kinds.items())]


def expected(wanted):
    error = "pass --lift" if wanted["verdict"] == "refused" else None
    return {**SILENT, "error": error, **wanted, "refused": sorted(wanted.get("refused", []))}


def row(incident, outcome):
    by = outcome.refused or sorted({guard for guards in outcome.withheld.values() for guard in guards})
    is_right = found(outcome, expected(incident.expected)) == expected(incident.expected)
    mark = "yes" if is_right else "NO"
    return f"{mark:4} {incident.folder.name:44} {outcome.verdict:10} {', '.join(by)}"


def test_every_guard_has_an_incident_that_trips_it_and_one_that_just_does_not():
    tripped = set()
    for name in INCIDENTS:
        wanted = Incident.expectation(name)
        tripped |= {*wanted.get("refused", ()), *wanted.get("review", ())}
        tripped |= {guard for guards in wanted.get("withheld", {}).values() for guard in guards}
    assert tripped == set(NAMES)
    limits = {name.removesuffix("-at-the-limit") for name in INCIDENTS if name.endswith("-at-the-limit")}
    assert limits == {guard.name for guard in GUARDS}


def test_the_corpus_is_as_large_as_it_must_be():
    assert len(INCIDENTS) >= 60
