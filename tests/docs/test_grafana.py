"""The dashboard and the rules of alerts ask for metrics and labels that there are."""

import json
import re
from decimal import Decimal
from itertools import pairwise

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from kie_catalog.client.kinds import ErrorCode
from kie_catalog.service.analytics.events import Begun, OpenState, Outcome
from kie_catalog.service.analytics.metrics import BREAKER, KINDS, MetricsCollector, exposition
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.batch.items import ItemState
from kie_catalog.service.breaker import CircuitBreaker
from tests.conftest import ROOT
from tests.service.events import NOON, an_event

FOLDER = ROOT / "docs" / "grafana"
OF_PROMETHEUS = {"job", "instance"}
WORDS = {
    *("absent", "abs", "and", "by", "histogram_quantile", "increase", "label_values", "max", "offset", "or"),
    *("rate", "sum", "vector"),
}
VALUES = {
    "outcome": {*Outcome},
    "kind": {*KINDS},
    "code": {*ErrorCode, "other"},
    "state": {*OpenState, *ItemState},
}
SELECTOR = re.compile(r"(\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|=|!=|!~)"([^"]*)"')
GROUPING = re.compile(r"\bby \(([^)]*)\)")


def dashboard():
    return json.loads((FOLDER / "kie-catalog.json").read_text(encoding="utf-8"))


def panels():
    return [pytest.param(each, id=each["title"]) for each in dashboard()["panels"]]


def rules():
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [pytest.param(rule, id=rule["alert"]) for group in groups for rule in group["rules"]]


@pytest.fixture(name="known", scope="module")
def _known(tmp_path_factory):
    """Each metric that is ever told, with its labels."""
    log = SqliteEventLog(tmp_path_factory.mktemp("log") / "e.sqlite")
    log.write([an_event(wait=1.0, run=2.0, charged=Decimal(1)), Begun("b", "z-image", "", NOON, None)])
    collector = MetricsCollector(log, items=dict, breaker=CircuitBreaker(), log=log)
    labels = {}
    for family in text_string_to_metric_families(exposition(collector).decode()):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


def require_known(expression, known):
    """Check that an expression asks for what there is."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    names = set(re.findall(r"\bkie_\w+", bare))
    assert names, expression
    assert names <= set(known), expression
    for opening, closing in ("()", "[]", "{}"):
        assert bare.count(opening) == bare.count(closing)
    labels = set().union(*(known[name] for name in names)) | OF_PROMETHEUS
    for name, matchers in SELECTOR.findall(expression):
        for label, how, value in MATCHER.findall(matchers):
            assert label in known[name] | OF_PROMETHEUS, expression
            if label in VALUES and how == "=":
                assert value in VALUES[label], expression
            if label in VALUES and how == "=~":
                assert any(re.fullmatch(value, each) for each in VALUES[label])
                assert all(
                    any(re.fullmatch(part, each) for each in VALUES[label]) for part in value.split("|")
                )
    for grouped in GROUPING.findall(bare):
        assert {each.strip() for each in grouped.split(",")} <= labels, expression
    # Whatever is left is a word of the language.
    left = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)|\bkie_\w+", " ", bare)
    assert set(re.findall(r"\b[a-z_]\w*", left)) <= WORDS, expression


@pytest.mark.parametrize("panel", panels())
def test_a_panel_asks_for_metrics_that_there_are(panel, known):
    for target in panel["targets"]:
        require_known(target["expr"], known)
        assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        grouped = GROUPING.findall(target["expr"])
        assert labels <= {each.strip() for group in grouped for each in group.split(",")}
        variables = set(re.findall(r"\$(\w+)", target["expr"])) - {"__range", "__rate_interval"}
        assert variables <= {each["name"] for each in dashboard()["templating"]["list"]}
    assert panel["description"].endswith(".")


def test_the_dashboard_shows_every_metric_and_its_panels_do_not_overlap(known):
    whole = dashboard()
    text = json.dumps(whole)
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known}
    assert {name for name in families if name not in text} == set()
    assert len({each["id"] for each in whole["panels"]}) == len(whole["panels"])
    cells = [
        (x, y)
        for place in (each["gridPos"] for each in whole["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert {x for x, _ in cells} == set(range(24))
    assert all(lower - upper <= 1 for upper, lower in pairwise(sorted({y for _, y in cells})))


def test_the_variables_of_the_dashboard_choose_among_what_there_is(known):
    source, *others = dashboard()["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus")
    for each in others:
        metric, matchers, label = re.fullmatch(
            r"label_values\((\w+)(\{.*\})?, (\w+)\)", each["query"]["query"]
        ).groups()
        assert label in known[metric] | OF_PROMETHEUS
        assert {found for found, _, _ in MATCHER.findall(matchers or "")} <= known[metric] | OF_PROMETHEUS


def test_the_dashboard_calls_the_states_of_a_breaker_by_their_names():
    [panel] = [each for each in dashboard()["panels"] if each["type"] == "state-timeline"]
    [mapping] = panel["fieldConfig"]["defaults"]["mappings"]
    said = {int(number): shown["text"] for number, shown in mapping["options"].items()}
    assert said == {number: state.value.replace("_", " ") for state, number in BREAKER.items()}


@pytest.mark.parametrize("rule", rules())
def test_an_alert_asks_for_metrics_that_there_are(rule, known):
    require_known(rule["expr"], known)
    assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "description"}
    grouped = {each.strip() for group in GROUPING.findall(rule["expr"]) for each in group.split(",")}
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    assert named <= grouped | OF_PROMETHEUS


@pytest.mark.parametrize(
    "wrong",
    [
        "sum(kie_generation_total)",
        'sum(kie_generations_total{models="z-image"})',
        'sum(kie_generations_total{outcome="success"})',
        'sum(kie_generations_total{outcome=~"succeeded|lost"})',
        "sum by (code) (kie_generations_total)",
        "summe(kie_generations_total)",
        "sum(kie_generations_total",
    ],
)
def test_what_asks_for_what_there_is_not_is_found(wrong, known):
    with pytest.raises(AssertionError):
        require_known(wrong, known)
