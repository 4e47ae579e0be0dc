"""A PostgreSQL for the session, and an empty database of it for a test that asks."""

import uuid
from collections.abc import Iterator

import pytest

from tests.contract.store.postgresql import Server, running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for the session."""
    with running() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    """The URL of a database without any table, dropped at the end."""
    name = f"journey_{uuid.uuid4().hex}"
    postgresql.execute(f"create database {name}")
    yield postgresql.url(name)
    postgresql.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Processes share compiled modules: without, each start of a gateway spends seconds on compiling its libraries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield
