"""`docs/notifications.md` is whole, and what it shows works: receivers are written by it, not by our code."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.notify.signature import key_of, signature
from gateway.partners import notify_form
from gateway.partners.form import Form, keys_of
from gateway.partners.window import Window
from gateway.pipeline.notices.bodies import json_schema
from gateway.pipeline.notices.choose import subscriptions
from gateway.pipeline.notices.values import NoticeState, TargetState
from tests.unit.partners.folder import ACME, INVOICES, a_book

TEXT = (Path(__file__).parents[4] / "docs" / "notifications.md").read_text(encoding="utf-8")
FORMS = [one for one in vars(notify_form).values() if isinstance(one, type) and issubclass(one, Form) and one != Form]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize("form", [*FORMS, Window], ids=lambda form: form.__name__)
def test_every_key_of_every_form_is_documented(form: type[Form]) -> None:
    documented = set(re.findall(r"`([a-z0-9_]+)[`:]", TEXT))

    assert set(keys_of(form)) - documented == set()


@pytest.mark.parametrize("states", [NoticeState, TargetState])
def test_every_state_is_documented(states: Any) -> None:
    assert [one.value for one in states if f"| `{one.value}` |" not in TEXT] == []


def test_the_file_on_the_page_is_good_and_names_its_targets() -> None:
    (written,) = blocks("yaml")

    wanted = subscriptions(a_book({"notify/finance.yaml": written, "acme.yaml": ACME + INVOICES}))

    assert wanted.targets == {"webhook/finance/ledger", "mail/finance/receivables@harborpine.example"}


def test_the_body_on_the_page_is_as_its_schema_says() -> None:
    (body,) = blocks("json")

    jsonschema.Draft202012Validator(json_schema("event.v1")).validate(json.loads(body))
    jsonschema.Draft202012Validator(json_schema("status.v1")).validate(json.loads(body)["data"]["document"])


def test_the_python_on_the_page_takes_what_we_sign_and_nothing_else() -> None:
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(code, names)  # the page's own lines
    is_ours: Callable[[str, dict[str, str], bytes], bool] = names["is_ours"]
    now, body = int(time.time()), b'{"type": "notice.test"}'

    def headers(at: int, *secrets: str) -> dict[str, str]:
        signed = signature([key_of(one, "env:X") for one in secrets], "01K", at, body)
        return {"webhook-id": "01K", "webhook-timestamp": str(at), "webhook-signature": signed}

    assert is_ours(SECRET, headers(now, SECRET), body)
    assert is_ours(SECRET, headers(now, "another secret of ours", SECRET), body)
    assert is_ours("another secret of ours", headers(now, "another secret of ours"), body)
    assert not is_ours(SECRET, headers(now, "another secret of ours"), body)
    assert not is_ours(SECRET, headers(now, SECRET), body + b" ")
    assert not is_ours(SECRET, headers(now - 400, SECRET), body)


def test_the_shell_lines_on_the_page_sign_as_we_do(tmp_path: Path) -> None:
    lines, _ = blocks("sh")
    (tmp_path / "body.json").write_bytes(b'{"type": "notice.test"}')
    key = base64.b64decode(SECRET.removeprefix("whsec_"))

    done = subprocess.run(
        ["/bin/sh", "-c", lines],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "SECRET": SECRET, "ID": "01K", "TIMESTAMP": "1772452800"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == signature([key], "01K", 1772452800, b'{"type": "notice.test"}')
