"""A task is given to an unknown item only where it can be no other's."""

from dataclasses import replace

from kie_catalog.client.states import Details, Generating
from kie_catalog.client.submission import fingerprint, marked
from kie_catalog.service.batch.items import Item, ItemState
from kie_catalog.service.batch.reconciling import matched
from tests.client.standing import MODEL
from tests.service.batch.making import CALL, submission

SENT = 1000.0


def unknown(row, prompt="a", **more):
    payload = {"prompt": prompt, **more}
    item = Item(f"b-{row}", "b", row, MODEL, ItemState.UNKNOWN, payload, epoch=1)
    sent = submission(item, SENT + row)
    return replace(item, submission=replace(sent, fingerprint=fingerprint(MODEL, CALL, sent.body)))


def task(name, prompt="a", *, mark=None, after=1.0, **more):
    param = {"model": MODEL, "input": {"prompt": prompt, **more}}
    if mark:
        param["callBackUrl"] = marked("http://h.example/x", mark)
    return Details(name, Generating(), MODEL, param, created=int((SENT + after) * 1000))


def pairs(items, told):
    return sorted((each.item.row, each.task_id) for each in matched(items, told))


def test_a_mark_decides_alone():
    items = [unknown(1), unknown(2)]
    told = [task("t2", mark="b-2.1"), task("other", mark="elsewhere.1"), task("t1", mark="b-1.1")]
    assert pairs(items, told) == [(1, "t1"), (2, "t2")]


def test_equal_requests_share_the_tasks_that_fit_them():
    items = [unknown(1), unknown(2), unknown(3)]
    assert pairs(items, [task("late", after=9), task("early", after=5)]) == [(1, "early"), (2, "late")]


def test_more_tasks_than_items_leave_all_open():
    assert pairs([unknown(1)], [task("one"), task("two")]) == []


def test_a_task_that_fits_two_requests_is_nobody_s():
    items = [unknown(1), unknown(2, resolution="2K")]
    assert pairs(items, [task("either", resolution="2K")]) == []
    assert pairs(items, [task("first")]) == [(1, "first")]


def test_a_task_from_before_the_request_and_one_that_tells_nothing_are_not_taken():
    told = [task("old", after=-400), Details("bare", Generating()), task("other", prompt="b")]
    assert pairs([unknown(1)], told) == []
