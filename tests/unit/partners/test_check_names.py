"""Files of two agreements in one folder: names that differ by themselves, and a warning where they could not."""

from gateway.flaws import Flaw
from tests.unit.partners.folder import INVOICES, a_book, an_acme

TESTS = INVOICES.replace("  invoices:", "  trials:").replace("production", "test")


def doubts(first: str = "", second: str = "") -> tuple[Flaw, ...]:
    """What is doubted of invoices in production and in test, each with one more line."""
    return a_book(an_acme(f"{INVOICES}    {first}\n{TESTS}    {second}\n")).doubts


def test_tests_and_production_are_named_apart_without_a_word() -> None:
    book = a_book(an_acme(INVOICES + TESTS))

    assert [one.file_name for one in book.outbounds] == [
        "{partner}-{set}-{control_number}.x12",
        "{partner}-{set}-test-{control_number}.x12",
    ]
    assert book.doubts == ()


def test_patterns_that_could_give_one_name_are_doubted_at_the_later_one() -> None:
    pattern = "file_name: 'b-{control_number}.edi'"

    (doubt,) = doubts(pattern, pattern)

    assert (doubt.code, doubt.place.file) == ("P034", "acme.yaml")
    assert "in acme-sftp its files could have the names of those of acme/invoices (acme.yaml:" in doubt.sentence


def test_patterns_that_differ_once_they_are_filled_in_are_not() -> None:
    pattern = "file_name: '%s-{control_number}.edi'"

    assert doubts(pattern % "{agreement}", pattern % "{agreement}") == ()
    assert doubts(pattern % "{usage}", pattern % "{usage}") == ()


def test_agreements_that_are_counted_together_may_have_one_pattern() -> None:
    more = INVOICES.replace("  invoices:", "  others:")

    assert a_book(an_acme(f"{INVOICES}{more}")).doubts == ()
