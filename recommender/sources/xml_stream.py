"""Stream the elements of a large XML file in constant memory; document type declarations are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from lxml import etree

from recommender.errors import InputError

# XML allows none of these, and WordPress exports what its editors pasted.
_FORBIDDEN = bytes(code for code in range(32) if code not in b"\t\n\r")


def stream_elements(stream: IO[bytes], names: frozenset[str]) -> Iterator[etree._Element]:
    """Yield each complete element that has one of these names, and forget it afterwards.

    Names are without namespace. A document type declaration can define entities that grow without bounds or read
    other files, so a document with one is refused before anything in it is used.

    Raises:
        InputError: If the XML is broken or has a document type declaration; with the line.
    """
    events = etree.iterparse(
        _WithoutControls(stream),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    is_first = True
    depth = 0
    try:
        for event, element in events:
            if is_first:
                _refuse_dtd(element)
                is_first = False
            wanted = etree.QName(element).localname in names
            if event == "start":
                depth += wanted
            else:
                depth -= wanted
                if wanted and depth == 0:
                    yield element
                if depth == 0:
                    _forget(element)
    except etree.XMLSyntaxError as error:
        what = str(error.msg).partition(", line ")[0]
        raise InputError(f"the XML is broken: {what}", where=f"line {error.lineno}" if error.lineno else None) from None
    if is_first:
        raise InputError("the XML has no element")


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def _forget(element: etree._Element) -> None:
    """Free an element and those before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _refuse_dtd(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise InputError(
            "the XML has a document type declaration, which can hold an attack",
            expected="a file as the site's software writes it, without <!DOCTYPE",
        )


class _WithoutControls:
    """A file whose control characters are left out as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Read some bytes; empty only at the end."""
        while data := self._stream.read(size):
            if kept := data.translate(None, _FORBIDDEN):
                return kept
        return b""
