"""Destinations as authored become backends: addresses, credentials and patience from their files."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import assert_never

from gateway.app.secrets import Secrets
from gateway.backends.authentication import (
    Authentication,
    ClientCredentials,
    api_key,
    basic,
    client_certificate,
    no_authentication,
)
from gateway.backends.batch import Deliveries
from gateway.backends.batch import Destination as Line
from gateway.backends.erp import ErpBackend
from gateway.backends.exchange import wire_for
from gateway.errors import ConfigurationError
from gateway.partners import destination as authored
from gateway.partners.destination import Destination, ErpDestination
from gateway.pipeline.inbound.deliver import DeliveryTerms
from gateway.pipeline.ports import Backend
from gateway.pipeline.retry import Patience


def deliveries(destinations: Mapping[str, Destination], secrets: Secrets, sandbox_url: str) -> Deliveries:
    """A way to every destination of the book.

    `sandbox_url` is the pretend ERP's address, "" when there is none. Raises ConfigurationError for a secret or
    address
    that cannot be resolved, and for a sandbox destination without a sandbox.
    """
    return Deliveries({name: _line(name, one, secrets, sandbox_url) for name, one in destinations.items()})


def _line(name: str, destination: Destination, secrets: Secrets, sandbox_url: str) -> Line:
    return line(destination, backend(name, destination, secrets, sandbox_url))


def line(destination: Destination, backend: Backend) -> Line:
    """A destination treated as its file says, reached through this backend."""
    return Line(
        backend=backend,
        terms=_terms(destination),
        concurrency=destination.concurrency,
        failures_to_trip=destination.failures_to_trip,
    )


def backend(name: str, destination: Destination, secrets: Secrets, sandbox_url: str) -> ErpBackend:
    """A client of one destination, with connections of its own. Raises ConfigurationError."""
    tls = None
    if isinstance(destination, ErpDestination):
        url, authentication = _resolved(destination.base_url, secrets), _authentication(destination, secrets)
        given = destination.authentication
        if isinstance(given, authored.ClientCertificate):
            tls = client_certificate(
                certificate=_file(given.certificate, secrets),
                key=_file(given.key, secrets),
                authority=_file(given.authority, secrets) if given.authority else None,
            )
    else:
        if not sandbox_url:
            raise ConfigurationError(
                f"destination {name} is a sandbox, which only `./run` brings up: point it at a real system, kind: erp"
            )
        url, authentication = sandbox_url, no_authentication()
    wire = wire_for(
        destination.idempotency,
        concurrency=destination.concurrency,
        total_seconds=destination.timeout_seconds,
        tls=tls,
    )
    return ErpBackend(url, authentication=authentication, wire=wire)


def _terms(destination: Destination) -> DeliveryTerms:
    patience = Patience(
        first_delay_seconds=destination.first_delay_seconds,
        longest_delay_seconds=destination.longest_delay_seconds,
        most_attempts=destination.most_attempts,
        longest_age=timedelta(hours=destination.longest_age_hours),
    )
    return DeliveryTerms(idempotency=destination.idempotency, patience=patience)


def _authentication(destination: ErpDestination, secrets: Secrets) -> Authentication:
    match destination.authentication:
        case authored.NoAuthentication() | authored.ClientCertificate():
            return no_authentication()
        case authored.ApiKey(header=header, key=key):
            return api_key(header, secrets.get(key))
        case authored.Basic(user=user, password=password):
            return basic(user, secrets.get(password))
        case authored.ClientCredentials() as oauth:
            return ClientCredentials(
                token_url=_resolved(oauth.token_url, secrets),
                client_id=oauth.client_id,
                client_secret=secrets.get(oauth.client_secret),
                scope=oauth.scope,
            )
        case _:
            assert_never(destination.authentication)


def _resolved(address: str, secrets: Secrets) -> str:
    return secrets.get(address) if address.startswith("env:") else address


def _file(reference: str, secrets: Secrets) -> Path:
    path = secrets.path(reference)
    if path is None:
        raise ConfigurationError(f"{reference}: a certificate or key has to be a file, written as file:PATH")
    return path
