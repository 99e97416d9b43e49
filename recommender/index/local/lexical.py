"""The lexical engine: an inverted index over terms."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from recommender.errors import CollectionError
from recommender.index.local.columns import Columns, Rows

TITLE_BOOST = 2.0
LEAST_QUERY_TERMS, MAX_POSTINGS = 8, 200_000
"""Beyond the first number of terms, more are looked up only while their postings add up to no more than the second; it
bounds the cost in a large collection."""

_WRITER_HEAP_BYTES = 64 * 1024 * 1024
_TOKENIZER = "terms"


class LexicalIndex:
    """An inverted index over the terms of columns, which are known by their places in the vocabulary."""

    def __init__(self, index: Any) -> None:
        register_whitespace(index, _TOKENIZER)
        self._schema = index.schema
        self._index = index
        # The index never changes, so it needs no watcher.
        index.config_reader(reload_policy="manual")
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def build(cls, folder: Path | None, columns: Columns) -> LexicalIndex:
        """Index the titles and whole texts of `columns`.

        Args:
            folder: An empty folder, or None for an index in memory.
            columns: The articles.
        """
        schema = (
            tantivy.SchemaBuilder()
            .add_text_field("title", tokenizer_name=_TOKENIZER, index_option="freq")
            .add_text_field("text", tokenizer_name=_TOKENIZER, index_option="freq")
            .add_unsigned_field("row", fast=True)
            .build()
        )
        index = tantivy.Index(schema, path=str(folder)) if folder else tantivy.Index(schema)
        register_whitespace(index, _TOKENIZER)
        # With one thread, the same articles always give the same index.
        writer = index.writer(heap_size=_WRITER_HEAP_BYTES, num_threads=1)
        for row in range(len(columns)):
            document = tantivy.Document()
            document.add_text("title", _joined(*columns.title.row(row)))
            document.add_text("text", _joined(*columns.text.row(row)))
            document.add_unsigned("row", row)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Open the index in `folder`, memory-mapped and read only.

        Raises:
            CollectionError: If it cannot be opened.
        """
        with opened_read_only(folder) as index:
            return cls(index)

    def search(self, title: Rows, text: Rows, weights: NDArray[np.float32], top_k: int) -> Rows:
        """Return the rows with the highest BM25 score, best first.

        Args:
            title: Title terms, matched against titles, which weigh more.
            text: Terms of the whole text, matched against whole texts.
            weights: How much each of `text` counts, beside its rarity.
            top_k: How many rows at most.

        Returns:
            Rows, int64, shape (at most top_k,).
        """
        clauses = [self._clause("title", term, TITLE_BOOST) for term in title.tolist()]
        clauses += [
            self._clause("text", term, weight) for term, weight in zip(text.tolist(), weights.tolist(), strict=True)
        ]
        if not clauses or top_k < 1:
            return np.empty(0, dtype=np.int64)
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=top_k, count=False)
        addresses = [address for _, address in found.hits]
        return np.array(self._searcher.fast_field_values("row", addresses), dtype=np.int64)

    def _clause(self, field: str, term: int, weight: float) -> Any:
        query = tantivy.Query.term_query(self._schema, field, f"{term:x}", "freq")
        return tantivy.Occur.Should, tantivy.Query.boost_query(query, weight)


@contextlib.contextmanager
def opened_read_only(folder: Path) -> Iterator[Any]:
    """Yield the inverted index in a folder that must not change; its searcher must be made inside.

    Raises:
        CollectionError: If it cannot be opened.
    """
    # Tantivy writes a lock file into the folder it opens, but a snapshot must not change and may be read-only. Open a
    # temporary folder of links instead; the files stay open when it is gone.
    try:
        with tempfile.TemporaryDirectory(prefix="related-", ignore_cleanup_errors=True) as links:
            for file in folder.iterdir():
                (Path(links) / file.name).symlink_to(file.absolute())
            yield tantivy.Index.open(links)
    except (ValueError, OSError) as error:
        raise CollectionError(f"the lexical index cannot be opened: {error}", where=str(folder)) from None


def register_whitespace(index: Any, name: str) -> None:
    """Let an inverted index split texts at spaces; a stored index has the tokenizer's name, not the tokenizer."""
    index.register_tokenizer(name, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def _joined(ids: NDArray[np.uint32], counts: NDArray[np.uint16]) -> str:
    return " ".join([f"{term:x}" for term in np.repeat(ids, counts).tolist()])
