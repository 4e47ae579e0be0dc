from gateway.partners.agreement import Agreement
from gateway.partners.book import NoAgreement
from gateway.partners.trace import Trace, why
from tests.unit.partners.folder import ACME, a_book, group, header, transaction


def traced(
    channel: str | None = None, *, receiver: str = "ZZ/PINE", sender: str = "ZZ/ACME", usage: str = "P"
) -> Trace:
    two = ACME.replace(
        "  orders:",
        "  by-hub: {set: '850', versions: ['004010'], usage: production, "
        "mapping: acme/850@2, channels: [hub]}\n  orders:",
    )
    book = a_book({"acme.yaml": two})
    return why(book, channel, header(sender=sender, receiver=receiver, usage=usage), group(), transaction())


def test_every_step_is_told_with_file_and_line() -> None:
    assert traced("hub").lines == (
        "sender ZZ/ACME: acme (acme.yaml:3)",
        "channel hub: carries acme",
        "receiver ZZ/PINE: our pine (company.yaml:4)",
        "set 850, version 004010, GS02 ACME, GS03 PINE, ISA15 P (production)",
        "  acme/by-hub for pine (acme.yaml:6): fits, for production",
        "  acme/orders for pine (acme.yaml:7): fits, for production",
        "=> acme/by-hub (production): mapping acme/850@2, to erp; 997, TA1 requested",
    )


def test_without_a_channel_the_first_that_carries_the_sender_is_looked_at_and_named() -> None:
    trace = traced()

    assert trace.channel == "acme-sftp"
    assert trace.lines[1].startswith("channel acme-sftp: the first of 2 that carry acme")
    assert "by-hub for pine (acme.yaml:6): no: it is about channel hub" in "\n".join(trace.lines)
    assert isinstance(trace.found, Agreement)


def test_what_is_held_says_so() -> None:
    assert "to erp-test" in traced(usage="T").lines[-1]
    assert "held: ISA15 'I' is neither P nor T" in traced(usage="I").lines[-1]


def test_a_wrong_channel_ends_in_quarantine() -> None:
    trace = traced("bolt-sftp")

    assert isinstance(trace.found, NoAgreement)
    assert trace.lines[-1].endswith("does not carry; the interchange is quarantined and not answered")


def test_an_unknown_sender_is_told_first() -> None:
    assert traced(sender="ZZ/NOBODY").lines[0] == "sender ZZ/NOBODY: no partner has this ISA id"


def test_a_receiver_that_is_not_ours_ends_with_the_ta1_it_gets() -> None:
    assert traced(receiver="ZZ/OAK").lines[-1].endswith("the interchange is refused, TA1 R 009")
