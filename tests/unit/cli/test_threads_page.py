"""What `gateway threads show` says above its table; and what is taken for agreed on with a partner."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.app import exchanged as asked
from gateway.cli.threads import _page
from gateway.pipeline.order_threads import OrderThread

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_thread(**stands: str) -> OrderThread:
    about: dict[str, Any] = {"id": "T", "partner": "acme", "usage": "P", "kind": "customer", "number": "4711"} | stands
    return OrderThread(release="", opened_at=NOON, last_at=NOON, rows=(), flags=(), lines=(), **about)


def test_where_an_order_stands_is_said_under_its_title() -> None:
    page = _page(a_thread(state="late with us", because="850 4711: 855"), lines=False)

    assert page.splitlines()[:2] == [
        "order 4711 of acme, 2026-03-02 to 2026-03-02",
        "state: late with us (850 4711: 855)",
    ]
    assert _page(a_thread(state="complete", because=""), lines=False).splitlines()[1] == "state: complete"


def test_payments_are_agreed_on_where_an_820_is(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = {name: SimpleNamespace(set=name) for name in ("850", "820", "997")}
    book = SimpleNamespace(partners={"acme": SimpleNamespace(agreements=forms)})
    monkeypatch.setattr(asked, "book_in_force", lambda _: book)
    types = asked.exchanged(SimpleNamespace(releases=None))  # type: ignore[arg-type]

    assert types("acme") == {"order", "remittance"}
    assert types("bolt") is None
