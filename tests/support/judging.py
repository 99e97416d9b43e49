"""What a judge asks over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import httpx2

from support.serving import Server

ALL = "/v1/judging"


def place(*ids: str) -> str:
    return "/".join([f"{ALL}/articles", *(quote(each, safe="") for each in ids)])


def grade(server: Server, query: str, article: str, value: object) -> httpx2.Response:
    return server.writer.put(place(query, article), json={"grade": value})


def items(server: Server, query: str) -> dict[str, int | None]:
    """The grade of each article of a list, in its order."""
    return {item["id"]: item["grade"] for item in server.writer.get(place(query)).json()["items"]}


def first_query(server: Server) -> str:
    found: str = server.writer.get(ALL).json()["queries"][0]["id"]
    return found
