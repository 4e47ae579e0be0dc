"""What ACME answers to invoices of ours, as the road hands it to the store."""

import re
from collections.abc import Sequence
from itertools import count

from gateway.pipeline.inbound.answered import answering, kept
from gateway.pipeline.stage import DocumentOutcome, DuplicateKey, InterchangeOutcome, TransmissionOutcome
from gateway.x12.interchange import InterchangeResult, SetResult
from gateway.x12.read import examine
from gateway.x12.readback import read_ta1
from tests.contract.store.shop import Shop

_numbers = count(1)
_IK = re.compile(r"^AK([345])\*")

GOOD = ("AK1*IN*1", "AK2*810*0001", "AK5*A", "AK9*A*1*1*1")
"""A 997 for the first group, of one invoice."""

REFUSED = ("AK1*IN*1", "AK2*810*0001", "AK3*IT1*3**8", "AK4*2*358*1", "AK5*R*5", "AK9*R*1*1*0")
"""The quantity of its first line is missing, it says."""


def an_answer(
    *sets: Sequence[str],
    ta1: str = "",
    number: str = "",
    sender: str = "ACMERETAIL",
    receiver: str = "OURHOUSE",
    gs_sender: str = "",
    usage: str = "P",
    kind: str = "997",
) -> bytes:
    """An interchange of 997s or 999s, each given as a 997 by what stands between ST and SE; with TA1s before them."""
    number = number or f"{next(_numbers):09}"
    release, separator, version = {"997": ("00401", "U", "004010"), "999": ("00501", "^", "005010X231A1")}[kind]
    ids = f"*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}"
    segments = [f"ISA{ids}*260302*1300*{separator}*{release}*{number}*0*{usage}*>"]
    segments += [ta1] if ta1 else []
    if sets:
        segments.append(f"GS*FA*{gs_sender or sender}*{receiver}*20260302*1300*{int(number)}*X*{version}")
        start = f"*{version}" if kind == "999" else ""
        for ordinal, one in enumerate(sets, start=1):
            said = [_IK.sub(r"IK\1*", line) for line in one] if kind == "999" else one
            segments += [f"ST*{kind}*{ordinal:04}{start}", *said, f"SE*{len(one) + 2}*{ordinal:04}"]
        segments.append(f"GE*{len(sets)}*{int(number)}")
    segments.append(f"IEA*{1 if sets else 0}*{number}")
    return "".join(f"{segment}~" for segment in segments).encode()


async def answered(shop: Shop, data: bytes, *, partner: str = "acme") -> list[str]:
    """Have an answer received, opened and written down; the ids of its documents."""
    outcome = opened(shop, await shop.arrived(data), data, partner=partner)
    shop.journal.record_processed([outcome])
    return [document.id for document in outcome.interchanges[0].documents]


def opened(shop: Shop, transmission: str, data: bytes, *, partner: str = "acme") -> TransmissionOutcome:
    """A transmission of one interchange of answers, as unsealing hands it on."""
    documents: list[DocumentOutcome] = []
    result: InterchangeResult | None = None
    for event in examine(data):
        if isinstance(event, SetResult):
            documents.append(_document(shop, event, len(documents) + 1, partner))
        elif isinstance(event, InterchangeResult):
            result = event
    assert result is not None
    header = result.header
    interchange = InterchangeOutcome(
        id=shop.means.new_id(),
        ordinal=1,
        header=header,
        offset=0,
        length=len(data),
        sha256=f"{hash(data)}",
        partner=partner,
        state="accepted",
        duplicate_key=DuplicateKey(
            sender=f"ZZ/{header.sender}",
            receiver=f"ZZ/{header.receiver}",
            usage=header.usage,
            control_number=header.control_number,
        ),
        documents=tuple(documents),
        answers=tuple(read_ta1(one) for one in result.received_ta1),
    )
    return TransmissionOutcome(id=transmission, state="processed", interchanges=(interchange,))


def _document(shop: Shop, result: SetResult, ordinal: int, partner: str) -> DocumentOutcome:
    assert result.content is not None
    plain = DocumentOutcome(
        id=shop.means.new_id(),
        ordinal=ordinal,
        partner=partner,
        agreement="",
        set_id=result.header.id,
        version=result.content.group.version,
        group_control_number=result.content.group.control_number,
        set_control_number=result.header.control_number,
        state="held",
        offset=result.offset,
        length=result.length,
        findings=result.findings,
    )
    return kept(answering(plain, result.content), "")
