"""What is owed after a document stands with its agreement, and what cannot come is told where it stands."""

import pytest

from gateway.partners.book import load
from gateway.partners.clocks import BookClocks
from tests.unit.partners.folder import ACME, INTAKE, INVOICES, a_book, folder, problems

ORDERS = '  orders: {set: "850", versions: ["004010"], usage: production, mapping: acme/850@1}\n'


def acme(owes: str, *, agreements: str = INVOICES, after: str = "850") -> dict[str, str | None]:
    order = ORDERS.replace('"850"', f'"{after}"').replace("}", f", owes: {owes}}}")
    return {"acme.yaml": ACME.replace(ORDERS, order) + agreements, "intake/erp.yaml": INTAKE}


def test_what_is_owed_is_known_by_the_agreement_of_the_order() -> None:
    clocks = BookClocks(a_book(acme('{"810": 2 business days after shipment}')))

    assert {what: str(one) for what, one in clocks.promises("acme/orders").items()} == {
        "810": "2 business days after shipment"
    }
    assert clocks.promises("acme/invoices") == clocks.promises("gone/orders") == {}
    assert clocks.promising() == ["acme"]


def test_somebody_always_keeps_it() -> None:
    clocks = BookClocks(a_book(acme('{"810": 24 hours}', agreements=f"{INVOICES}    owner: receivables\n")))

    assert clocks.keeper("acme", "acme/invoices") == "receivables"
    assert clocks.keeper("acme", "acme/orders") == clocks.keeper("acme", "") == "onboarding"
    assert (list(clocks.carried("acme-sftp")), list(clocks.carried("gone"))) == (["acme"], [])
    assert clocks.keeper("", "") == clocks.keeper("gone", "gone/orders") == "edi-operations"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param(
            acme('{"810": soon}'),
            "P012: 'soon' is not a time for it, like 24 hours, 2 business days after shipment, before ship, or",
            id="no time",
        ),
        pytest.param(acme('{"810": [1]}'), "P012: a time is expected, like 24 hours", id="a list"),
        pytest.param(
            acme('{"811": 24 hours}'),
            "P041: '811' cannot be owed after 850: it may be 855, 856, 810, 880",
            id="nothing that follows",
        ),
        pytest.param(
            acme('{"810": before ship}'),
            "P041: 810 cannot be owed 'before ship': a time after it or a time after shipment",
            id="reckoned from what it does not go by",
        ),
    ],
)
def test_mistakes_are_told_where_they_stand(files: dict[str, str | None], said: str) -> None:
    [problem] = problems(files)

    assert said in problem
    assert problem.startswith("acme.yaml:6:")


def test_what_could_never_come_is_doubted() -> None:
    ordering = INVOICES.replace("invoices:", "purchases:").replace('"810"', '"850"').replace("acme/810", "acme/850")
    files = acme('{"855": 24 hours}', agreements=f'{ordering}    owes: {{"856": before ship}}\n')
    book = load(folder(files))

    assert [str(one).partition(": ")[2] for one in book.doubts] == [
        "P042: there is no agreement by which we send them 855: it could never come",
        "P042: there is no agreement by which they send us 856: it could never come",
    ]
