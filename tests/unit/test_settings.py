"""Settings that cannot be are refused with the variable, what it holds, and what it may hold."""

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


def test_levels_and_formats_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "INFO")
    monkeypatch.setenv("GATEWAY_LOG_FORMAT", "JSON")

    logs = Settings().logs

    assert (logs.log_level, logs.log_format) == ("info", "json")
