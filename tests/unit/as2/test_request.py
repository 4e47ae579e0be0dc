"""What the headers of a message ask for."""

import pytest

from gateway.as2.errors import Malformed, UnsupportedFormat, UnsupportedMic
from gateway.as2.headers import Headers
from gateway.as2.request import MdnRequest, read_features, read_request, request_fields, write_features
from gateway.errors import UsageError


def _asked(options: str | None = None, url: str | None = None) -> MdnRequest:
    fields = [("Disposition-Notification-To", "edi@harborpine.example")]
    fields += [("disposition-notification-options", options)] if options is not None else []
    fields += [("Receipt-Delivery-Option", url)] if url is not None else []
    request = read_request(Headers.of(fields))
    assert request is not None
    return request


def test_without_an_address_for_it_no_receipt_is_asked_for() -> None:
    headers = Headers.of([("Disposition-Notification-Options", "signed-receipt-protocol=required,pkcs7-signature")])

    assert read_request(headers) is None


def test_an_address_alone_asks_for_an_unsigned_receipt_in_the_answer() -> None:
    request = _asked()

    assert (request.signed, request.url, request.digests, request.unsupported) == (False, None, (), "")


@pytest.mark.parametrize(
    ("options", "digests"),
    [
        ("signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha1, md5",
         ("sha1", "md5")),
        ("signed-receipt-protocol=optional,pkcs7-signature;signed-receipt-micalg=optional,sha-256", ("sha256",)),
        ("signed-receipt-protocol = required , pkcs7-signature ; signed-receipt-micalg = required , SHA-512",
         ("sha512",)),
        ('signed-receipt-protocol="optional","pkcs7-signature"; signed-receipt-micalg="optional","sha256"',
         ("sha256",)),
        ("signed-receipt-protocol=pkcs7-signature; signed-receipt-micalg=sha384", ("sha384",)),
        ("Signed-Receipt-Micalg=optional,rsa-sha256,sha3-256,sha1", ("sha256", "sha1")),
        ("signed-receipt-protocol=optional,pkcs7-signature;", ()),
        ("signed-receipt-protocol=optional,x-pkcs7-signature", ()),
    ],
)  # fmt: skip
def test_a_signed_receipt_is_asked_for_in_many_spellings(options: str, digests: tuple[str, ...]) -> None:
    request = _asked(options)

    assert request.signed
    assert request.digests == digests
    request.answerable()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("signed-receipt-protocol=required,pgp-signature", UnsupportedFormat),
        ("signed-receipt-protocol=required,pkcs7-signature; signed-receipt-micalg=required,whirlpool", UnsupportedMic),
        ("receipt-colour=required,blue", UnsupportedFormat),
    ],
)
def test_what_is_required_and_cannot_be_done_is_answered_with_a_failure(options: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _asked(options).answerable()


@pytest.mark.parametrize(
    "options",
    [
        "signed-receipt-protocol=optional,pgp-signature",
        "signed-receipt-protocol=optional,pkcs7-signature; signed-receipt-micalg=optional,whirlpool",
        "receipt-colour=optional,blue",
        "",
        ";;;",
    ],
)
def test_what_is_only_wished_for_is_passed_over(options: str) -> None:
    _asked(options).answerable()


def test_an_option_given_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="twice"):
        _asked("signed-receipt-micalg=optional,sha1; signed-receipt-micalg=optional,md5")


@pytest.mark.parametrize("name", ["Disposition-Notification-To", "Receipt-Delivery-Option"])
def test_an_address_given_twice_is_refused(name: str) -> None:
    fields = [("Disposition-Notification-To", "a@b"), ("Receipt-Delivery-Option", "https://a.example/"), (name, "x")]

    with pytest.raises(Malformed, match="2 fields"):
        read_request(Headers.of(fields))


@pytest.mark.parametrize("url", ["http://edi.harborpine.example:4080/as2", "https://[::1]/mdn"])
def test_a_url_asks_for_the_receipt_later(url: str) -> None:
    assert _asked(url=url).url == url


@pytest.mark.parametrize(
    "url",
    ["", "mailto:a@b", "file:///etc/passwd", "//a/b", "https://", "http://a b/", "http://a:99999/", "http://ä/",
     "gopher://a/", "http://[::1/", "https://a/" + "x" * 2048],
)  # fmt: skip
def test_a_receipt_goes_to_web_addresses_only(url: str) -> None:
    with pytest.raises(Malformed, match="no address"):
        _asked(url=url)


def test_what_we_ask_for_is_read_back() -> None:
    request = MdnRequest(
        notify="edi@northgate.example", signed=True, micalgs=("sha-256", "sha1"), url="https://a.example/m"
    )

    assert read_request(Headers(tuple(request_fields(request)))) == request


@pytest.mark.parametrize(
    "request_",
    [
        MdnRequest(notify="a\r\nX: y"),
        MdnRequest(notify=""),
        MdnRequest(notify="a", signed=True),
        MdnRequest(notify="a", signed=True, micalgs=("whirlpool",)),
        MdnRequest(notify="a", signed=True, micalgs=("sha1; x",)),
        MdnRequest(notify="a", url="ftp://a/"),
        MdnRequest(notify="a", url="https://a/\r\nX: y"),
    ],
)
def test_nothing_else_is_asked_for(request_: MdnRequest) -> None:
    with pytest.raises(UsageError):
        request_fields(request_)


def test_features_are_read_from_lists_and_repeated_fields() -> None:
    headers = Headers.of(
        [("EDIINT-Features", "CEM, Multiple-Attachments"), ("ediint-features", "AS2-Reliability, <x>,")]
    )

    assert read_features(headers) == {"cem", "multiple-attachments", "as2-reliability"}


def test_features_are_written_as_a_list() -> None:
    assert write_features(["multiple-attachments", "CEM"]) == "multiple-attachments, CEM"
    with pytest.raises(UsageError):
        write_features(["a, b"])
