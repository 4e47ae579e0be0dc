"""Content-Type, Content-Disposition and the file names in them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2.errors import As2Error, Malformed
from gateway.as2.headers import Headers
from gateway.as2.parameters import encoded_words, file_name, media_type, parameter, parse, words_decoded
from gateway.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value", "parameters"),
    [
        ("Text/Plain", "text/plain", {}),
        ("", "", {}),
        ("a/b;", "a/b", {}),
        ("a/b; ;; c=d", "a/b", {"c": "d"}),
        ('m/s;micalg="sha-256" ; Boundary="a;b"', "m/s", {"micalg": "sha-256", "boundary": "a;b"}),
        ("m/s; protocol=application/pkcs7-signature; boundary=----=_Part_1", "m/s",
         {"protocol": "application/pkcs7-signature", "boundary": "----=_Part_1"}),
        ("text/plain; charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}),
        ("text/plain (or so); a=b", "text/plain", {"a": "b"}),
        (r'a/b; n="say \"hi\" \\ there"', "a/b", {"n": r'say "hi" \ there'}),
        (r'a/b; filename="C:\temp\po.edi"', "a/b", {"filename": r"C:\temp\po.edi"}),
        ("a/b; filename=po (1).edi", "a/b", {"filename": "po (1).edi"}),
        ("a/b; n*=UTF-8''B%C3%A4r", "a/b", {"n": "Bär"}),
        ("a/b; n=fall; n*=UTF-8'en'B%C3%A4r", "a/b", {"n": "Bär"}),
        ("a/b; n*1=b; n*0=a; n*2=c", "a/b", {"n": "abc"}),
        ("a/b; n*0*=utf-8''%C3; n*1*=%A4; n*2=\"%41\"", "a/b", {"n": "ä%41"}),
        ("a/b; n*=iso-8859-1''%E4", "a/b", {"n": "ä"}),
        ("a/b; n*=zlib_codec''%E4x", "a/b", {"n": "\ufffdx"}),
    ],
)  # fmt: skip
def test_what_partners_write_is_read(text: str, value: str, parameters: dict[str, str]) -> None:
    read = parse(text)

    assert (read.value, dict(read.parameters)) == (value, parameters)


@pytest.mark.parametrize(
    "text",
    [
        "a/b; boundary=x; boundary=y",
        "a/b; boundary=x; BOUNDARY=x",
        'a/b; boundary="x',
        "a/b; x",
        "a/b; =x",
        "a/b; n*1=x",
        "a/b; n*0=x; n*2=y",
        "a/b; n*0=x; n*0=y",
        "a/b; n*=nothing",
        "a/b; n*x*=y",
    ],
)
def test_what_two_readers_would_take_differently_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="po.edi"', "po.edi"),
        ("attachment; filename=po.edi", "po.edi"),
        ("inline; filename*=UTF-8''na%C3%AFve.edi", "naïve.edi"),
        ('attachment; filename="=?utf-8?B?QsOkci5lZGk=?="', "Bär.edi"),
        ('attachment; filename="=?utf-8?Q?B=C3=A4r?= =?utf-8?Q?_.edi?="', "Bär .edi"),
        (r'attachment; filename="..\..\windows\po.edi"', "po.edi"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        ('attachment; filename="../../etc/cron.d/x"', "x"),
        ('attachment; filename=".."', None),
        ('attachment; filename="."', None),
        ('attachment; filename="dir/"', None),
        ('attachment; filename="  "', None),
        ("attachment; filename*=UTF-8''a%0D%0Ab%00c.edi", "abc.edi"),
        ("attachment; filename*=UTF-8''po%E2%80%AEcod.exe", "pocod.exe"),
        ('attachment; filename="' + "x" * 300 + '"', "x" * 255),
        ("attachment", None),
    ],
)
def test_a_file_name_is_data_and_never_a_path(disposition: str, name: str | None) -> None:
    assert file_name(Headers.of([("Content-Disposition", disposition)])) == name


def test_the_name_of_the_content_type_stands_in_for_a_missing_file_name() -> None:
    headers = Headers.of([("Content-Type", 'application/edi-x12; name="po.edi"'), ("Content-Disposition", "inline")])

    assert file_name(headers) == "po.edi"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=60))
def test_a_file_name_that_is_written_is_read_back(name: str) -> None:
    name = name.strip().replace("/", "-").replace("\\", "-")
    if name in ("", ".", "..") or "=?" in name:
        return
    headers = Headers((("Content-Disposition", "attachment" + parameter("filename", name)),))

    assert headers.block().isascii()
    assert file_name(headers) == name


@pytest.mark.parametrize("name", ["a\r\nB: c", "a\nb", "a\0b", "", "x" * 256, "ä" * 128, "a\x85b", "a\u202eb"])
def test_a_file_name_that_could_be_something_else_is_not_written(name: str) -> None:
    with pytest.raises(UsageError):
        parameter("filename", name)


@pytest.mark.parametrize("text", ["", "edi", "a/b\r\nX: y", "multipart/mixed", "message/rfc822", "a b/c", "a/"])
def test_only_the_type_of_a_single_payload_is_written(text: str) -> None:
    with pytest.raises(UsageError):
        media_type(text) if "\r" not in text else Headers((("Content-Type", media_type(text)),)).block()


@pytest.mark.parametrize("text", ["Orders of today", "Bestellung für März", "注文" * 20])
def test_a_subject_in_any_language_is_written_and_read(text: str) -> None:
    written = encoded_words(text)

    assert written.isascii()
    assert words_decoded(written) == text


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_value_or_refused(text: str) -> None:
    try:
        parse(text)
        file_name(Headers((("Content-Disposition", text),)))
    except As2Error:
        pass
