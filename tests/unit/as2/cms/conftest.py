"""Who signs and encrypts in these tests, and the program that they are held against."""

import shutil
from pathlib import Path

import pytest

from gateway.as2.cms.identity import KeyPair
from tests.unit.as2.cms.openssl import OpenSsl
from tests.unit.as2.cms.people import with_curve, with_rsa


@pytest.fixture(scope="session")
def alder() -> KeyPair:
    """Signs, with RSA."""
    return with_rsa("alder")


@pytest.fixture(scope="session")
def birch() -> KeyPair:
    """Receives, with RSA."""
    return with_rsa("birch")


@pytest.fixture(scope="session")
def cedar() -> KeyPair:
    """Somebody else, with RSA."""
    return with_rsa("cedar")


@pytest.fixture(scope="session")
def elm() -> KeyPair:
    """Signs, with a curve."""
    return with_curve("elm")


@pytest.fixture
def openssl(tmp_path: Path, alder: KeyPair, birch: KeyPair, cedar: KeyPair, elm: KeyPair) -> OpenSsl:
    """The command, knowing all of them."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command here: nothing was held against another implementation")
    return OpenSsl(tmp_path, alder=alder, birch=birch, cedar=cedar, elm=elm)
