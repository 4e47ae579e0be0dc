"""`up`, `serve` and `sandbox` as processes: what they print once they run, and how they end when told to."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


class Commands:
    """Starts commands in one new home, on free ports."""

    def __init__(self, home: Path) -> None:
        self.home = home
        own = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        self.environment = own | {
            "GATEWAY_HOME": str(home),
            "GATEWAY_PARTNERS_DIR": str(ROOT / "partners"),
            "GATEWAY_MAPPINGS_DIR": str(ROOT / "mappings"),
            "GATEWAY_SFTP_PORT": "0",
            "GATEWAY_HTTP_PORT": "0",
        }

    def point_at_a_real_system(self) -> None:
        """`serve` knows no sandbox: partner files whose destinations are systems of our own, which nobody asks."""
        partners = self.home / "partners"
        shutil.copytree(ROOT / "partners", partners)
        for path in (partners / "destinations").iterdir():
            text = path.read_text().replace("kind: sandbox", "kind: erp\nbase_url: https://erp.example/edi")
            path.write_text(text)
        self.environment["GATEWAY_PARTNERS_DIR"] = str(partners)

    def told(self, *arguments: str, until: str = "") -> str:
        """What it prints up to the line that begins with `until`, or one line; then SIGTERM has to end it with 0."""
        command = [sys.executable, "-c", "from gateway.cli.main import main; main()", *arguments]
        with subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            shown = process.stdout.readline()
            while until and shown and not shown.splitlines()[-1].startswith(until):
                shown += process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, rest) == (0, "")
        return shown


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "home")


@pytest.mark.long
def test_up_and_serve_print_their_addresses_as_one_json_line_of_one_shape(commands: Commands) -> None:
    ups = json.loads(commands.told("up", "--json"))
    commands.point_at_a_real_system()
    serves = json.loads(commands.told("serve", "--json"))

    assert serves.keys() == {"sftp_host", "sftp_port", "http_url", "as2_url", "smtp_port"}
    assert ups.keys() == serves.keys() | {"erp_url", "home"}
    assert isinstance(ups["sftp_port"], int)
    assert ups["http_url"].startswith("http://127.0.0.1:")
    assert ups["erp_url"].startswith("http://127.0.0.1:")
    assert Path(ups["home"], "secrets", "acme-http.key").is_file()


def test_up_shows_new_secrets_to_people_once_and_never_as_json(commands: Commands) -> None:
    shown = commands.told("up", until="Ctrl-C")
    secrets = [path.read_text().strip() for path in (commands.home / "secrets").iterdir()]
    again = commands.told("up", "--json")

    assert len(secrets) > 3
    assert [secret for secret in secrets if secret not in shown] == []
    assert [secret for secret in secrets if secret in again] == []


@pytest.mark.long
def test_the_sandbox_of_up_answers_orders_unless_it_is_told_to_be_quiet(commands: Commands) -> None:
    assert "answers, ships and bills what is ordered: GET http://127.0.0.1:" in commands.told("up", until="Ctrl-C")
    assert "only takes documents" in commands.told("up", "--quiet-erp", until="Ctrl-C")


def test_the_sandbox_prints_its_address(commands: Commands) -> None:
    assert commands.told("sandbox", "--port", "0").startswith("http://127.0.0.1:")
    assert json.loads(commands.told("sandbox", "--port", "0", "--json"))["erp_url"].startswith("http://127.0.0.1:")
