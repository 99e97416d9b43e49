"""The address of a collection in PostgreSQL."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from recommender.errors import ConfigError

DEFAULT_SCHEMA = "related"
CONNECT_TIMEOUT_S = 10

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class PostgresAddress:
    """Where a collection is: a database, and the schema in it that has the collection's tables.

    Attributes:
        text: The address as it was given, which may hold a password.
        connection: The same for libpq, which does not know `schema`.
        schema: The schema; a database may hold several collections.
        shown: The address without secrets, for people.
    """

    text: str = field(repr=False)
    connection: str = field(repr=False)
    schema: str
    shown: str

    @classmethod
    def parse(cls, text: str) -> PostgresAddress:
        """Parse `postgresql://[user[:password]@][host[:port],...][/database][?schema=NAME&...]`.

        Beside `schema`, everything that libpq knows may stand there: https://www.postgresql.org/docs/current/libpq-connect.html.

        Raises:
            ConfigError: If it cannot be parsed, or the driver is not installed.
        """
        import_driver()
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        place, _, query = text.partition("?")
        named = parse_qsl(query, keep_blank_values=True)
        schema = next((value for name, value in named if name == "schema"), DEFAULT_SCHEMA)
        if not _SCHEMA.fullmatch(schema):
            raise ConfigError(f"the schema is named {schema!r}", expected="lower-case letters, digits and _")
        rest = [(name, value) for name, value in named if name != "schema"]
        try:
            known = conninfo_to_dict(f"{place}?{urlencode(rest)}")
        except ProgrammingError as error:
            # The driver's message may quote the address, with its password.
            what = "it cannot be parsed" if "password" in text or "@" in text else str(error).strip()
            expected = "postgresql://user@host/database"
            raise ConfigError(f"the address of the database is wrong: {what}", expected=expected) from None
        known.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
        known.setdefault("application_name", "related-articles")
        known["client_encoding"] = "UTF8"
        hosts, ports = (str(known.get(name) or "") for name in ("host", "port"))
        if "," in hosts:
            # Of several servers, the one that takes writes now: the others follow it.
            known.setdefault("target_session_attrs", "read-write")
        user = f"{known['user']}@" if known.get("user") else ""
        port = "" if not ports or "," in ports else f":{ports}"
        shown = f"postgresql://{user}{hosts}{port}/{known.get('dbname') or ''}"
        if schema != DEFAULT_SCHEMA:
            shown += f"?schema={schema}"
        return cls(text, make_conninfo(**{name: str(value) for name, value in known.items()}), schema, shown)


def import_driver() -> None:
    """Import the driver.

    Raises:
        ConfigError: If it is not installed.
    """
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise ConfigError(
            "the collection is in PostgreSQL, whose driver is not installed",
            hint="pip install 'related-articles[postgres]'",
        ) from None
