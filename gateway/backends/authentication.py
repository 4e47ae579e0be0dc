"""How we prove to one of our systems who we are: one small class per way, each giving request headers.

Client certificates (mTLS) prove it below HTTP: `client_certificate` makes the TLS context for the session instead.
"""

import asyncio
import base64
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import quote_plus

from aiohttp import ClientSession
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.backends.exchange import Unanswered, exchange
from gateway.errors import BackendError, ConfigurationError

TOKEN_LIFE_WHEN_UNSAID_SECONDS = 300.0
"""RFC 6749 5.1 lets a server leave `expires_in` out; a short guess costs one request more every five minutes."""

_HEADER_VALUE = r"^[\x21-\x7e]+$"


class Authentication(Protocol):
    """A way of proving who we are."""

    async def headers(self, session: ClientSession) -> Mapping[str, str]:
        """Headers for the next request. Raises BackendError when they cannot be had now."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Told that `refused` headers got a 401: true when asking again may give better ones."""


class FixedHeaders:
    """None, an API key or basic: headers that never change."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    async def headers(self, session: ClientSession) -> Mapping[str, str]:
        """The same headers always."""
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Nothing better to offer."""
        return False


def no_authentication() -> Authentication:
    """For systems that trust the network they are in, or the client certificate."""
    return FixedHeaders({})


def api_key(header: str, value: str) -> Authentication:
    """An API key in a header of the system's choice. Raises ConfigurationError when it cannot be a header."""
    if not header.replace("-", "").isalnum() or not header.isascii() or not _is_header_value(value):
        raise ConfigurationError(f"api key for header {header[:60]!r} cannot be sent: only printable ASCII can")
    return FixedHeaders({header: value})


def basic(user: str, password: str) -> Authentication:
    """HTTP basic, RFC 7617, in UTF-8. Raises ConfigurationError when the user name has a colon (RFC 7617, 2)."""
    if ":" in user:
        raise ConfigurationError("a user name for basic authentication cannot contain a colon")
    return FixedHeaders({"Authorization": _basic(user, password)})


class _Token(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: Annotated[str, Field(min_length=1, max_length=16_384, pattern=_HEADER_VALUE)]
    token_type: str = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: Annotated[float, Field(ge=0, le=10**9)] | None = None


class ClientCredentials:
    """OAuth 2.0 client credentials, RFC 6749 4.4: one token for all requests, fetched once however many wait for it."""

    def __init__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._scope, self._monotonic = token_url, scope, monotonic
        # RFC 6749 2.3.1: id and secret are form-encoded before they go into the basic header.
        self._client = _basic(quote_plus(client_id), quote_plus(client_secret))
        self._current: dict[str, str] | None = None
        self._good_until = 0.0
        self._fetching = asyncio.Lock()

    async def headers(self, session: ClientSession) -> Mapping[str, str]:
        """A bearer token that is still good. Raises BackendError when the token server refuses or does not answer."""
        async with self._fetching:
            if self._current is None or self._monotonic() >= self._good_until:
                token = await self._fetch(session)
                life = TOKEN_LIFE_WHEN_UNSAID_SECONDS if token.expires_in is None else token.expires_in
                # Renewed a little early: a token must not run out while a request is on its way.
                self._good_until = self._monotonic() + life - min(30.0, life / 10)
                self._current = {"Authorization": f"Bearer {token.access_token}"}
            return self._current

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Forget the token, unless another request has renewed it already."""
        if self._current is not None and self._current == dict(refused):
            self._current = None
        return True

    async def _fetch(self, session: ClientSession) -> _Token:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        headers = {"Authorization": self._client, "Accept": "application/json"}
        answer = await exchange(session, "POST", self._url, headers=headers, data=form)
        if isinstance(answer, Unanswered):
            raise BackendError(f"the token server cannot be reached: {answer.detail}")
        if answer.status != 200:
            raise BackendError(f"the token server answered HTTP {answer.status}")
        try:
            token = _Token.model_validate_json(answer.body)
        except ValidationError as fault:
            raise BackendError("the token server's answer has no usable access_token") from fault
        if token.token_type.lower() != "bearer":
            raise BackendError("the token server gave a token that is not a bearer token")
        return token


def client_certificate(
    *, certificate: Path | None = None, key: Path | None = None, authority: Path | None = None
) -> ssl.SSLContext:
    """A TLS 1.2+ client context: our PEM `certificate` and `key`, the server judged by `authority` or the system's.

    Raises ConfigurationError when a file cannot be read or does not fit the others.
    """
    try:
        context = ssl.create_default_context(cafile=authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        names = ", ".join(str(path) for path in (certificate, key, authority) if path is not None)
        raise ConfigurationError(
            f"TLS files {names} cannot be used: {fault.strerror or type(fault).__name__}"
        ) from fault
    return context


def _is_header_value(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable()


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
