"""An ERP behind the HTTP contract of `docs/erp-contract.md`: one POST per document, one GET to ask for it.

The adapter says what the system answered and decides nothing: `pipeline/inbound/deliver` does.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from aiohttp import ClientSession

from gateway.backends.answer import Answer, judge_delivery, judge_look_up, judge_status
from gateway.backends.authentication import Authentication, no_authentication
from gateway.backends.exchange import Unanswered, Wire, exchange, open_session
from gateway.errors import BackendError, ConfigurationError
from gateway.pipeline.notices.values import Told
from gateway.pipeline.stage import Deliverable, Reply

PATHS: Mapping[str, str] = MappingProxyType(
    {
        "order": "orders",
        "order_change": "order-changes",
        "order_response": "order-responses",
        "shipment": "shipments",
        "invoice": "invoices",
        "remittance": "remittances",
        "adjustment": "adjustments",
        "application_advice": "application-advices",
        "schedule": "schedules",
        "catalog": "catalogs",
        "inventory_report": "inventory-reports",
        "receipt": "receipts",
        "text_message": "text-messages",
        "warehouse_order": "warehouse-orders",
        "warehouse_shipment": "warehouse-shipments",
        "warehouse_transfer": "warehouse-transfers",
        "warehouse_receipt": "warehouse-receipts",
        "inventory_adjustment": "inventory-adjustments",
        "return_authorization": "return-authorizations",
        "load_tender": "load-tenders",
        "tender_response": "tender-responses",
        "freight_invoice": "freight-invoices",
        "shipment_status": "shipment-statuses",
        "routing_request": "routing-requests",
        "routing_instructions": "routing-instructions",
    }
)
"""The collection under the base URL for each canonical type. Acknowledgements never leave the gateway."""


class ErpBackend:
    """The `Backend` port over HTTP. Its session is opened on the loop of the first call and kept until `close`."""

    def __init__(
        self,
        base_url: str,
        *,
        authentication: Authentication | None = None,
        wire: Wire | None = None,
        session_factory: Callable[[Wire], ClientSession] = open_session,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises ConfigurationError when `base_url` is not http(s)://host[:port][/path]."""
        self._base = _checked(base_url)
        self._authentication = authentication or no_authentication()
        self._wire = wire or Wire()
        self._session_factory = session_factory
        self._session: ClientSession | None = None
        self._clock = clock

    async def deliver(self, document: Deliverable) -> Reply:
        """POST the document under its idempotency key. Never raises for what the system or the network does."""
        url = self._url(document)
        if url is None:
            return Reply(kind="refused", detail=f"there is no path for canonical type {document.canonical_type!r}")
        headers = {"Content-Type": "application/json", "Idempotency-Key": document.key}
        answer = await self._authenticated("POST", url, headers, envelope(document), None)
        return answer if isinstance(answer, Reply) else judge_delivery(answer, self._clock())

    async def look_up(self, document: Deliverable) -> Reply:
        """GET by business number and partner: "known", "refused" when it has not got it, "retry" when it cannot say."""
        url = self._url(document)
        if url is None or not document.business_number:
            return Reply(kind="retry", detail="the document has no business number to ask by")
        parameters = {"business_number": document.business_number, "partner": document.partner}
        answer = await self._authenticated("GET", url, {}, None, parameters)
        if isinstance(answer, Reply):
            return Reply(kind="retry", detail=answer.detail)
        return judge_look_up(answer, document.id, self._clock())

    async def put_status(self, document: str, key: str, body: bytes) -> Told:
        """PUT how a document of ours stands, under a key that is the same at every try. Never raises for what the
        system or the network does.
        """
        url = f"{self._base}/documents/{quote(document, safe='')}/status"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        answer = await self._authenticated("PUT", url, headers, body, None)
        if isinstance(answer, Reply):
            return Told(kind="down", detail=answer.detail, status=answer.status or 0)
        return judge_status(answer, self._clock())

    async def close(self) -> None:
        """Release connections; safe to call twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _url(self, document: Deliverable) -> str | None:
        path = PATHS.get(schema_of(document)[0])
        return None if path is None else f"{self._base}/{path}"

    async def _authenticated(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        parameters: Mapping[str, str] | None,
    ) -> Answer | Reply:
        session = self._session = self._session or self._session_factory(self._wire)

        async def attempt() -> tuple[Answer | Unanswered, Mapping[str, str]]:
            proof = await self._authentication.headers(session)
            both = {**headers, **proof}
            return await exchange(session, method, url, headers=both, data=body, parameters=parameters), proof

        try:
            answer, proof = await attempt()
            if isinstance(answer, Answer) and answer.status == 401 and self._authentication.renew(proof):
                answer, _ = await attempt()
        except BackendError as fault:
            return Reply(kind="retry", detail=str(fault))
        if isinstance(answer, Unanswered):
            return Reply(kind="unknown" if answer.sent else "retry", detail=answer.detail)
        return answer


def schema_of(document: Deliverable) -> tuple[str, int]:
    """The canonical type and the version of its schema: "order" and "order.v1" are both ("order", 1)."""
    name, dot, version = document.canonical_type.partition(".v")
    return name, int(version) if dot and version.isascii() and version.isdigit() else 1


def envelope(document: Deliverable) -> bytes:
    """The JSON that is posted. The canonical body goes in byte for byte: nothing re-reads or rounds its decimals."""
    name, version = schema_of(document)
    generation = document.key.rpartition(".")[2]
    head = json.dumps(
        {
            "schema": f"{name}.v{version}",
            "version": version,
            "document_id": document.id,
            "generation": int(generation) if generation.isascii() and generation.isdigit() else 1,
            "key": document.key,
            "partner": document.partner,
            "stage": document.stage,
            "set_id": document.set_id,
            "business_number": document.business_number,
        },
        ensure_ascii=False,
    )
    return head[:-1].encode() + b', "body": ' + document.canonical + b"}"


def _checked(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError as fault:
        raise ConfigurationError("a destination's base_url is not a URL") from fault
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError("a destination's base_url must be http(s)://host[:port][/path]")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("a destination's base_url must not carry credentials: use its authentication")
    return base_url.rstrip("/")
