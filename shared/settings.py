"""The settings that every service shares, and how a process refuses to start when they are wrong.

Only `app.py` and `cli.py` read settings; everything else receives values. A service adds its own in
`services/<name>/settings.py`:

    class SyncSettings(HouseSettings):
        push_workers: int = Field(default=4, ge=1, description="How many pushes run at once for each portal.")

    settings = load(SyncSettings)                  # from CREDITSYNC_… variables
    settings = load(SyncSettings, data_dir=path)   # a command-line option wins

Serves G12 and G15: in production nothing secret has a default.
"""

import secrets
from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.clock import Clock, ShiftedClock, SystemClock
from shared.errors import StartRefused
from shared.evidence.anchors import Anchors
from shared.evidence.key_file import signing_keys_at
from shared.evidence.keys import SigningKeys, new_key_set
from shared.sealing import KEY_BYTES
from shared.secret_files import read_or_make

PREFIX = "CREDITSYNC_"


class Mode(StrEnum):
    """Two ways to run, one code."""

    EMBEDDED = "embedded"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


_REQUIRED_IN_PRODUCTION = {
    "database_url": "set it to the PostgreSQL address, such as postgresql+asyncpg://user:password@host/creditsync",
    "bus_url": "set it to the RabbitMQ address, such as amqps://user:password@host/creditsync",
    "issuer": "set it to the address of the identity provider, exactly as it stands in the tokens",
    "jwks": "set it to the address or file of the identity provider's public keys",
    "evidence_keys": "set it to the file with the signing keys, made for example with `creditsync audit new-key FILE`",
    "person_key": "set it to 64 hexadecimal digits from a secret store, made for example with `openssl rand -hex 32`",
}
_REFUSED_IN_PRODUCTION = {
    "clock_file": "remove it, because a moved clock would move legal deadlines",
    "log_format=console": "set it to json, because the console form shows error texts, which may hold personal data",
}


class HouseSettings(BaseSettings):
    """What every service needs to know. Values are read once, from variables that start with CREDITSYNC_."""

    NOT_NEEDED: ClassVar[frozenset[str]] = frozenset()
    """What a role without tables does not need in production and must not be given either."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    mode: Mode = Field(
        default=Mode.EMBEDDED,
        description="`embedded` needs nothing but this package; `production` refuses every development default.",
    )
    data_dir: Path = Field(
        default=Path("var"), description="Folder of everything that the embedded mode keeps: databases, bus, keys."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Address of the database; `{service}` in it becomes the name of the service. On PostgreSQL each "
        "service has a schema of its own. Unset: one SQLite file a service under the data folder.",
    )
    bus_url: SecretStr | None = Field(
        default=None, description="Address of the message broker. Unset: the embedded bus in `bus.db`."
    )
    clock_file: Path | None = Field(
        default=None, description="File with seconds by which the clock of all processes is moved. For demos only."
    )
    issuer: str = Field(
        default="http://127.0.0.1:8400", description="Identity provider, as it stands in the `iss` of a token."
    )
    audience: str = Field(default="creditsync", description="What the `aud` of a token must contain.")
    jwks: str | None = Field(
        default=None,
        description="Address or file of the provider's public keys. Unset: the local issuer's, under the data folder.",
    )
    person_key: SecretStr | None = Field(
        default=None,
        description="Key that seals personal data: 64 hexadecimal digits. To rotate it, put the new key in front of "
        "the old one with a comma between. Unset: made once under the data folder.",
    )
    evidence_keys: Path | None = Field(
        default=None,
        description="File with the Ed25519 keys that sign audit heads and certificates, a JWK set; the first signs, "
        "the others are still accepted. Unset: made once under the data folder.",
    )
    anchor_dir: Path | None = Field(
        default=None,
        description="Folder for the signed heads of the audit logs, best on another machine. Unset: under the data "
        "folder in the embedded mode; in production the log lines `audit_head_signed` are the only anchor.",
    )
    rules_dir: Path | None = Field(
        default=None,
        description="Folder of rule files (规则文件) that take the place of packaged ones, with `adoption.toml` that "
        "says who, why and when; made with `creditsync rules copy`, read at the start. Unset: the packaged rules.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description='Networks of the proxies in front, as JSON: `["10.0.0.5/32"]`. From them alone the last address in '
        "`X-Forwarded-For` is believed; without it all who come through a proxy share one allowance of requests.",
    )
    probe_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port on which a background process (`creditsync work`) answers `/health/…` and `/metrics`. "
        "Unset: it serves nothing.",
    )
    log_format: LogFormat = Field(
        default=LogFormat.JSON, description="`json` for collectors, `console` for a developer's terminal."
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    max_body_bytes: int = Field(default=32 * 1024 * 1024, ge=1024, description="Largest body of a request, in bytes.")
    max_batch_rows: int = Field(default=10_000, ge=1, description="Most rows that one batch may hold.")
    max_requests_in_flight: int = Field(
        default=256, ge=1, description="Requests worked on at once; further ones are told to come again."
    )
    metrics_public: bool = Field(
        default=False, description="Serve `/metrics` without a token; otherwise it needs the scope `metrics:read`."
    )

    @model_validator(mode="after")
    def _fit_for_the_mode(self) -> Self:
        _person_keys(self.person_key)
        if self.mode is Mode.EMBEDDED:
            return self
        wrong = [
            f"{variable(name)} is missing: {advice}"
            for name, advice in _REQUIRED_IN_PRODUCTION.items()
            if name not in self.NOT_NEEDED and (name not in self.model_fields_set or getattr(self, name) is None)
        ]
        for condition, advice in _REFUSED_IN_PRODUCTION.items():
            name, _, value = condition.partition("=")
            if str(getattr(self, name)) == value or (not value and getattr(self, name) is not None):
                wrong.append(f"{variable(name)} is not allowed in production: {advice}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def database_for(self, service: str) -> str:
        """The address of one service's database."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir / service}.db"
        return self.database_url.get_secret_value().replace("{service}", service)

    def bus_address(self) -> str:
        """The address of the broker."""
        if self.bus_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir / 'bus.db'}"
        return self.bus_url.get_secret_value()

    def jwks_source(self) -> str:
        """Address or path of the public keys that tokens are checked with."""
        return self.jwks or str(self.keys_dir / "jwks.json")

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    def person_keys(self) -> tuple[bytes, ...]:
        """The keys of `shared.sealing.Sealer`, oldest first; the embedded mode makes one on its first start."""
        given = _person_keys(self.person_key)
        if given:
            return given
        made = read_or_make(self.keys_dir / "person.key", lambda: secrets.token_hex(KEY_BYTES).encode("ascii"))
        return (bytes.fromhex(made.decode("ascii")),)

    def signing_keys(self) -> SigningKeys:
        """The keys that sign evidence; the embedded mode makes one on its first start."""
        if self.evidence_keys is not None:
            return signing_keys_at(self.evidence_keys)
        path = self.keys_dir / "evidence.json"
        read_or_make(path, new_key_set)
        return signing_keys_at(path)

    def anchors(self) -> Anchors | None:
        """Where signed heads are kept outside the databases."""
        if self.anchor_dir is None and self.mode is Mode.PRODUCTION:
            return None
        return Anchors(self.anchor_dir or self.data_dir / "anchors")

    def clock(self) -> Clock:
        return SystemClock() if self.clock_file is None else ShiftedClock(self.clock_file)


S = TypeVar("S", bound=HouseSettings)


def load(settings: type[S], **given: Any) -> S:
    """Read settings from the environment, or refuse the start in one sentence that never repeats a value."""
    try:
        return settings(**given)
    except ValidationError as error:
        raise StartRefused("; ".join(_complaint(settings, entry) for entry in error.errors())) from None
    except SettingsError as error:
        raise StartRefused(f"a {PREFIX} variable cannot be read: {error}") from None


def document(*settings: type[HouseSettings]) -> str:
    """`deploy/settings.md`: every variable with its default and meaning, shared ones first."""
    shared = set(HouseSettings.model_fields)
    parts = ["# Settings", "", "Written by `shared.settings.document`; a test compares it with the code.", ""]
    parts += _table("Every service", list(HouseSettings.model_fields.items()))
    for one in settings:
        own = [(name, field) for name, field in one.model_fields.items() if name not in shared]
        parts += _table(one.__name__.removesuffix("Settings"), own)
    return "\n".join(parts)


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def _complaint(settings: type[HouseSettings], entry: Any) -> str:
    if not entry["loc"]:
        return str(entry["ctx"]["error"]) if "ctx" in entry else str(entry["msg"])
    name = str(entry["loc"][0])
    field = settings.model_fields.get(name)
    meaning = f"; it means: {field.description}" if field and field.description else ""
    if entry["type"] == "missing":
        return f"{variable(name)} is missing{meaning}"
    return f"{variable(name)} cannot be used: {entry['msg'][0].lower()}{entry['msg'][1:]}{meaning}"


def _person_keys(given: SecretStr | None) -> tuple[bytes, ...]:
    if given is None:
        return ()
    try:
        keys = tuple(bytes.fromhex(part) for part in given.get_secret_value().split(","))
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ValueError(f"{variable('person_key')} cannot be used: {_REQUIRED_IN_PRODUCTION['person_key']}")
    return keys[::-1]


def _table(title: str, fields: Sequence[tuple[str, FieldInfo]]) -> list[str]:
    if not fields:
        return []
    rows = [f"| `{variable(name)}` | {_default(field)} | {field.description} |" for name, field in fields]
    return [f"## {title}", "", "| variable | default | meaning |", "|---|---|---|", *rows, ""]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    default = field.get_default(call_default_factory=True)
    if default is None or default == ():
        return "–"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
