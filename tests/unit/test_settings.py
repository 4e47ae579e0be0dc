"""Settings that cannot be are refused with the variable, what it holds, and what it may hold."""

from datetime import date

import pytest

from gateway.errors import SettingsError
from gateway.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
        ("SFTP_PORT", "65536", "less than or equal to 65535"),
        ("PROCESS", "perhaps", "a valid boolean"),
        ("BACKLOG_LIMIT", "none", "a valid integer"),
        ("SFTP_ALGORITHMS", "any", "'compatible', 'strict' or 'legacy'"),
        ("SFTP_LEGACY_UNTIL", "soon", "a day, like 2027-01-31"),
        ("MAIL_RELAY", "smtp.pine.example", "a server and its port, like smtp.northgate.example:587"),
        ("MAIL_FROM", "edi", "a mail address, like edi@northgate.example"),
        ("SFTP_PROXIES", "10.0.0.0/8, lb", "addresses or networks, separated by commas; 'lb' is none"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_is_allowed(
    name: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GATEWAY_{name}", value)

    with pytest.raises(SettingsError) as refused:
        Settings()

    assert str(refused.value) == f"GATEWAY_{name} is {value!r}: it has to be {allowed}"
    assert refused.value.exit_code == 3


def test_a_password_in_a_setting_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_MAIL_PASSWORD", "swordfish")

    with pytest.raises(SettingsError, match="GATEWAY_MAIL_PASSWORD has to be where the password is") as refused:
        Settings()

    assert "swordfish" not in str(refused.value)


def test_a_mail_relay_needs_an_address_that_alerts_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_MAIL_RELAY", "smtp.pine.example:587")
    with pytest.raises(SettingsError, match="GATEWAY_MAIL_FROM"):
        Settings()
    monkeypatch.setenv("GATEWAY_MAIL_FROM", "edi@pine.example")

    assert Settings().mail.host_and_port == ("smtp.pine.example", 587)


def test_levels_and_formats_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "INFO")
    monkeypatch.setenv("GATEWAY_LOG_FORMAT", "JSON")

    logs = Settings().logs

    assert (logs.log_level, logs.log_format) == ("info", "json")


def test_legacy_algorithms_need_a_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SFTP_ALGORITHMS", "legacy")
    with pytest.raises(SettingsError, match="GATEWAY_SFTP_LEGACY_UNTIL"):
        Settings()
    monkeypatch.setenv("GATEWAY_SFTP_LEGACY_UNTIL", "2027-01-31")

    assert Settings().doors.legacy_until == date(2027, 1, 31)


def test_proxies_are_addresses_or_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SFTP_PROXIES", "192.0.2.7, 2001:db8::/32 ,")

    assert [str(one) for one in Settings().doors.believed_proxies] == ["192.0.2.7/32", "2001:db8::/32"]
