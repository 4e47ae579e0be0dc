"""docker/ says what ./run does: all that can be checked of it without a Docker engine."""

import ast
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute

from gateway.api.health import router
from gateway.cli.main import COMMANDS
from gateway.settings import Doors, Logs, Places, Work

ROOT = Path(__file__).parents[2]
HOME = "/var/lib/gateway"
GATEWAY = "/app/.venv/bin/gateway"
VARIABLES = {
    f"GATEWAY_{name.upper()}": field
    for section in (Places, Doors, Work, Logs)
    for name, field in section.model_fields.items()
}


def read_dockerfile() -> list[tuple[str, str]]:
    """Instructions with their arguments, continued lines joined."""
    text = (ROOT / "docker" / "Dockerfile").read_text("utf-8")
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\s*\\\n\s*", " ", kept)
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


DOCKERFILE = read_dockerfile()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def arguments(instruction: str) -> list[str]:
    return [rest for word, rest in DOCKERFILE if word == instruction]


def image_environment() -> dict[str, str]:
    pairs = (pair.partition("=") for rest in arguments("ENV") for pair in shlex.split(rest))
    return {name: value for name, _, value in pairs}


def copied() -> list[str]:
    return [source for rest in arguments("COPY") for source in rest.split()[:-1]]


def ignored(path: str) -> bool:
    """Whether .dockerignore leaves a path, or a folder above it, out of the build."""
    patterns = (ROOT / ".dockerignore").read_text("utf-8").split()
    parts = PurePosixPath(path).parts
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    return any(fnmatch(one, pattern.removeprefix("**/")) for one in above for pattern in patterns)


# ---------------------------------------------------------------------------------------------- Dockerfile


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_exists_and_is_sent_to_the_engine(source: str) -> None:
    assert (ROOT / source).exists()
    assert not ignored(source)


@pytest.mark.parametrize("path", [".git", ".venv", ".tools", "var", "docker/secrets"])
def test_what_is_private_or_local_is_not_sent_to_the_engine(path: str) -> None:
    assert ignored(path)


def test_what_the_package_is_built_from_is_copied_before_it_is_built() -> None:
    before = DOCKERFILE[: next(n for n, (word, rest) in enumerate(DOCKERFILE) if word == "RUN" and "uv sync" in rest)]
    there = {source for word, rest in before if word == "COPY" for source in rest.split()[:-1]}

    assert {"pyproject.toml", "uv.lock", "README.md", "LICENSE", "gateway"} <= there


def test_the_authored_files_are_where_the_settings_look_for_them() -> None:
    assert arguments("WORKDIR") == ["/app"]
    assert {"mappings mappings", "partners partners"} <= set(arguments("COPY"))
    assert (Places.model_fields["mappings_dir"].default, Places.model_fields["partners_dir"].default) == (
        Path("mappings"),
        Path("partners"),
    )


def test_uv_comes_and_works_as_in_run() -> None:
    run, build = (ROOT / "run").read_text("utf-8"), " ".join(arguments("RUN"))

    for word in ("python3 -m pip install", "--target", ".tools", "--frozen", "--no-dev"):
        assert word in run
        assert word in build
    assert ".tools/bin/uv sync --frozen --no-dev" in build


def test_the_image_has_a_python_that_the_project_takes() -> None:
    (image,) = arguments("FROM")
    found = re.fullmatch(r"python:3\.(\d+)-slim", image)

    assert found
    assert int(found[1]) >= 11


def test_the_gateway_runs_as_a_user_of_its_own() -> None:
    words = [word for word, _ in DOCKERFILE]

    assert arguments("USER") == ["gateway"]
    assert any(re.match(r"useradd .*--uid \d{4,} gateway", rest) for rest in arguments("RUN"))
    assert words.index("USER") > max(n for n, word in enumerate(words) if word in ("RUN", "COPY"))


def test_the_home_belongs_to_that_user_and_is_a_volume() -> None:
    assert image_environment()["GATEWAY_HOME"] == HOME
    assert arguments("VOLUME") == [HOME]
    assert f"chown gateway:gateway {HOME}" in " ".join(arguments("RUN"))


def test_the_image_starts_a_command_that_exists() -> None:
    (entry,), (command,) = arguments("ENTRYPOINT"), arguments("CMD")

    assert ast.literal_eval(entry) == [GATEWAY]
    assert ast.literal_eval(command)[0] in COMMANDS
    assert 'gateway = "gateway.cli.main:main"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_ports_of_the_image_are_those_of_the_settings() -> None:
    doors = {str(Doors.model_fields[name].default) for name in ("sftp_port", "http_port")}

    assert set(" ".join(arguments("EXPOSE")).split()) == doors
    assert not {"GATEWAY_SFTP_PORT", "GATEWAY_HTTP_PORT"} & set(image_environment())


def test_the_health_check_asks_a_path_that_the_api_has() -> None:
    (check,) = arguments("HEALTHCHECK")
    program, flag, code = ast.literal_eval(check.partition("CMD ")[2])
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", code)
    paths = [route.path for route in router(None).routes if isinstance(route, APIRoute)]  # type: ignore[arg-type]

    ast.parse(code)
    assert (program, flag) == (f"{GATEWAY.rpartition('/')[0]}/python", "-c")
    assert asked
    assert int(asked[1]) == Doors.model_fields["http_port"].default
    assert asked[2] in paths


# ---------------------------------------------------------------------------------------------- environment


@pytest.mark.parametrize("name", [*image_environment(), *(n for s in OURS.values() for n in s.get("environment", {}))])
def test_every_variable_is_a_setting(name: str) -> None:
    assert name in VARIABLES


def test_the_values_are_ones_the_settings_take(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**image_environment(), **OURS["gateway"]["environment"]}.items():
        monkeypatch.setenv(name, value)

    assert Places().url.startswith("postgresql+psycopg://")
    assert Logs().log_format == "json"
    assert Doors().host == "0.0.0.0"


# ---------------------------------------------------------------------------------------------- compose


def test_our_services_are_built_from_the_dockerfile() -> None:
    assert set(OURS) == {"gateway", "migrate"}
    for service in OURS.values():
        context = ROOT / "docker" / service["build"]["context"]
        assert context.resolve() == ROOT
        assert (context / service["build"]["dockerfile"]).resolve() == ROOT / "docker" / "Dockerfile"


@pytest.mark.parametrize("name", [name for name, service in OURS.items() if "command" in service])
def test_commands_of_services_are_commands_of_the_gateway(name: str) -> None:
    assert OURS[name]["command"][0] in COMMANDS


@pytest.mark.parametrize(("name", "service"), SERVICES.items())
def test_a_service_waits_only_for_what_can_happen(name: str, service: dict[str, Any]) -> None:
    for other, wanted in service.get("depends_on", {}).items():
        assert other in SERVICES
        if wanted["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert wanted["condition"] == "service_completed_successfully"
            assert "restart" not in SERVICES[other]  # one that is started again never completes


def test_the_tables_are_there_before_the_gateway_is() -> None:
    assert "migrate" in SERVICES["gateway"]["depends_on"]
    assert SERVICES["migrate"]["command"] == ["database", "migrate"]
    assert SERVICES["migrate"]["environment"] == SERVICES["gateway"]["environment"]


def test_the_database_is_the_one_the_gateway_is_pointed_at() -> None:
    url = SERVICES["gateway"]["environment"]["GATEWAY_DATABASE_URL"]
    made = SERVICES["database"]["environment"]

    assert url == f"postgresql://{made['POSTGRES_USER']}@database/{made['POSTGRES_DB']}"
    assert "ports" not in SERVICES["database"]


def test_the_ports_are_published_on_loopback_only() -> None:
    published = [port.split(":") for port in SERVICES["gateway"]["ports"]]

    assert {inside for _, _, inside in published} == set(" ".join(arguments("EXPOSE")).split())
    assert {address for address, _, _ in published} == {"127.0.0.1"}


def test_volumes_are_declared_and_mounted_where_the_gateway_looks() -> None:
    mounts = dict(volume.removesuffix(":ro").split(":")[::-1] for volume in SERVICES["gateway"]["volumes"])
    named = {one.split(":")[0] for s in SERVICES.values() for one in s.get("volumes", ()) if one[0] not in "./"}

    assert mounts[HOME] in COMPOSE["volumes"]
    assert mounts[f"{HOME}/secrets"] == "./secrets"
    assert mounts["/app/partners"] == "../partners"
    assert mounts["/app/mappings"] == "../mappings"
    assert named == set(COMPOSE["volumes"])


def test_secrets_are_kept_out_of_image_and_repository() -> None:
    assert "/secrets/" in (ROOT / "docker" / ".gitignore").read_text("utf-8").split()
    assert ignored("docker/secrets/acme.key")
