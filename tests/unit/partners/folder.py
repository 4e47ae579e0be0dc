"""A small folder of partner files, and headers as X12 brings them; a test changes only what it is about."""

from gateway.partners.book import Book, load
from gateway.partners.problems import PartnerFilesError
from gateway.x12.interchange import Delimiters, GroupHeader, InterchangeHeader, SetHeader

COMPANY = """\
name: Harbor & Pine Supply
owner: edi-operations
identities:
  pine:
    legal_entity: Pine LLC
    isa: [ZZ/PINE, 01/123456789]
    gs: [PINE]
    destination: erp
    test_destination: erp-test
"""
ACME = """\
name: ACME
owner: onboarding
isa: [ZZ/ACME]
time_zone: America/New_York
agreements:
  orders: {set: "850", versions: ["004010"], usage: production, mapping: acme/850@1}
"""
BOLT = """\
name: Bolt
owner: onboarding
isa: [12/5550100000]
agreements:
  orders: {set: "850", versions: ["005010"], usage: production, mapping: bolt/850@1}
"""
INVOICES = """\
  invoices:
    direction: outbound
    set: "810"
    version: "004010"
    usage: production
    mapping: acme/810@1
    channel: acme-sftp
"""
INTAKE = "owner: integration\napi_key: file:secrets/erp.key\nmay_send: [acme]\n"
CHANNEL = "door: sftp\nowner: onboarding\nuser: {user}\npassword: file:secrets/{user}\ncarries: [{carries}]\n"
SANDBOX = "kind: sandbox\nowner: integration\nstage: {stage}\n"
MAPPINGS = ("acme/850@1", "acme/850@2", "bolt/850@1", "acme/810@1")

FILES = {
    "company.yaml": COMPANY,
    "acme.yaml": ACME,
    "bolt.yaml": BOLT,
    "channels/acme-sftp.yaml": CHANNEL.format(user="acme", carries="acme"),
    "channels/bolt-sftp.yaml": CHANNEL.format(user="bolt", carries="bolt"),
    "channels/hub.yaml": CHANNEL.format(user="hub", carries="acme, bolt"),
    "destinations/erp.yaml": SANDBOX.format(stage="production"),
    "destinations/erp-test.yaml": SANDBOX.format(stage="test"),
}


def folder(changes: dict[str, str | None] | None = None) -> dict[str, str]:
    """The files with some replaced or added; None takes a file away."""
    changed = {**FILES, **(changes or {})}
    return {path: text for path, text in changed.items() if text is not None}


def a_book(changes: dict[str, str | None] | None = None) -> Book:
    """The book of a folder that is good."""
    return load(folder(changes), mappings=MAPPINGS)


def problems(changes: dict[str, str | None]) -> list[str]:
    """What is said of a folder that is not."""
    try:
        load(folder(changes), mappings=MAPPINGS)
    except PartnerFilesError as error:
        return [str(flaw) for flaw in error.flaws]
    return []


def an_acme(agreements: str) -> dict[str, str | None]:
    """ACME with other agreements, indented by two."""
    return {"acme.yaml": ACME.partition("  orders:")[0] + agreements}


def header(
    *, sender: str = "ZZ/ACME", receiver: str = "ZZ/PINE", usage: str = "P", control_number: str = "000000001"
) -> InterchangeHeader:
    """ISA of an interchange from ACME to us."""
    sender_qualifier, _, sender_id = sender.partition("/")
    receiver_qualifier, _, receiver_id = receiver.partition("/")
    return InterchangeHeader(
        elements=(),
        delimiters=Delimiters(),
        sender_qualifier=sender_qualifier,
        sender=sender_id,
        receiver_qualifier=receiver_qualifier,
        receiver=receiver_id,
        date="260302",
        time="1200",
        version="00401",
        control_number=control_number,
        acknowledgment_requested=False,
        usage=usage,
        offset=0,
    )


def group(*, sender: str = "ACME", receiver: str = "PINE", version: str = "004010") -> GroupHeader:
    """GS of a group of purchase orders."""
    return GroupHeader(
        functional_id="PO",
        sender=sender,
        receiver=receiver,
        date="20260302",
        time="1200",
        control_number="1",
        agency="X",
        version=version,
    )


def transaction(set_id: str = "850") -> SetHeader:
    """ST of one set."""
    return SetHeader(id=set_id, control_number="0001")
