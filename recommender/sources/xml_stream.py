"""Stream the elements of a large XML file in constant memory, refusing document type declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from lxml import etree

from recommender.errors import InputError

# Control characters are invalid in XML, but WordPress exports whatever was pasted into its editor.
_FORBIDDEN = bytes(code for code in range(32) if code not in b"\t\n\r")


def stream_elements(stream: IO[bytes], names: frozenset[str]) -> Iterator[etree._Element]:
    """Yield each complete element with one of these local names, and free it afterwards.

    A document type declaration can define entities that grow exponentially or read other files, so a document with
    one is refused before any of it is used.

    Raises:
        InputError: If the XML is invalid or has a document type declaration; with the line.
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
            wanted = local_name(element) in names
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
        raise InputError(f"invalid XML: {what}", where=f"line {error.lineno}" if error.lineno else None) from None
    if is_first:
        raise InputError("the XML has no element")


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace, or without a prefix that no namespace was declared for."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _forget(element: etree._Element) -> None:
    """Free an element and its preceding siblings."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _refuse_dtd(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        what = "the XML has a document type declaration, which may be an attack"
        raise InputError(what, expected="a file without <!DOCTYPE")


class _WithoutControls:
    """A file without its control characters."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Read some bytes; empty only at the end of the file."""
        while data := self._stream.read(size):
            if kept := data.translate(None, _FORBIDDEN):
                return kept
        return b""
