"""Which task is which unknown item's: many of each at once, each task asked for once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kie_catalog.client.client import KieClient
from kie_catalog.client.errors import KieError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.states import Details
from kie_catalog.client.submission import Submission, is_of, mark_of
from kie_catalog.schemas.endpoints import RECORD_INFO
from kie_catalog.schemas.operations import CALLBACK
from kie_catalog.service.batch.items import Item


@dataclass(frozen=True, slots=True)
class Match:
    """A task that an item's submission made."""

    item: Item
    submission: Submission
    task_id: str


async def details_of(client: KieClient, items: Sequence[Item], task_ids: Iterable[str]) -> list[Details]:
    """What KIE says of tasks, from whichever of the items' families knows them; unknown ones are left out.

    Raises:
        KieError: a task can't be asked for; nothing is decided.
    """
    calls = [each.submission.call for each in items if each.submission is not None]
    statuses = dict.fromkeys(each.status or RECORD_INFO for each in calls)
    told: list[Details] = []
    for task_id in dict.fromkeys(task_ids):
        for status in statuses:
            try:
                told.append(await client.details(task_id, status=status))
            except KieError as error:
                if error.code is not ErrorCode.NOT_FOUND:
                    raise
            else:
                break
    return told


def matched(items: Sequence[Item], told: Sequence[Details]) -> list[Match]:
    """The tasks that are surely of these items.

    A callback address that names the submission decides alone. Of what is left, equal requests are as good as
    each other: they get the tasks that fit them and no other request, oldest first, unless more tasks fit
    than there are items; then some are somebody else's, and none is taken.
    """
    open_items = [(each, each.submission) for each in items if each.submission is not None]
    by_number = {submission.number: (item, submission) for item, submission in open_items}
    found: list[Match] = []
    unmarked: list[Details] = []
    for each in told:
        mark = mark_of(each.param.get(CALLBACK))
        if mark is None:
            unmarked.append(each)
        elif named := by_number.pop(mark, None):
            found.append(Match(*named, each.task_id))
    groups: dict[str, list[tuple[Item, Submission]]] = defaultdict(list)
    for item, submission in by_number.values():
        groups[submission.fingerprint].append((item, submission))
    return [*found, *_of_equal_requests(list(groups.values()), unmarked)]


def _of_equal_requests(groups: list[list[tuple[Item, Submission]]], told: list[Details]) -> list[Match]:
    fitting: list[list[Details]] = [[] for _ in groups]
    doubtful: set[int] = set()
    for each in sorted(told, key=lambda details: details.created or 0):
        fits = [at for at, group in enumerate(groups) if any(is_of(one, each) for _, one in group)]
        doubtful.update(fits if len(fits) > 1 else ())
        for at in fits:
            fitting[at].append(each)
    found: list[Match] = []
    for at, (group, tasks) in enumerate(zip(groups, fitting, strict=True)):
        if at in doubtful or len(tasks) > len(group):
            continue
        group.sort(key=lambda pair: pair[1].sent_at)
        found += [
            Match(item, submission, task.task_id)
            for (item, submission), task in zip(group, tasks, strict=False)
            if is_of(submission, task)
        ]
    return found
