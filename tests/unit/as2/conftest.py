"""Two partners and a stranger, for whole messages and receipts."""

import pytest

from gateway.as2.cms.identity import KeyPair
from tests.unit.as2.cms.people import with_rsa
from tests.unit.as2.messages import Partners


@pytest.fixture(scope="session")
def partners() -> Partners:
    """One who sends and one who receives, and somebody else."""
    return Partners(sender=with_rsa("harborpine"), receiver=with_rsa("northgate"), stranger=with_rsa("stranger"))


@pytest.fixture(scope="session")
def sender(partners: Partners) -> KeyPair:
    """Who sends."""
    return partners.sender
