"""Every test that asks for `opener` runs against every kind of store."""

import pytest

from tests.service.batch.opening import KINDS


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    if reason := request.param.missing():
        pytest.skip(reason)
    return request.param


@pytest.fixture
def opener(kind):
    """Opens the store; each call as another process would."""
    with kind.fresh() as opener:
        yield opener
