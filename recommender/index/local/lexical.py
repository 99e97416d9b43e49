"""The lexical engine: an inverted index over terms. The only file that imports tantivy."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from recommender.errors import CollectionError, ConfigError
from recommender.index.local.columns import Columns, Rows
from recommender.ranking.pool import Hashes

TITLE_BOOST = 2.0
MAX_QUERY_TERMS = 32
"""How many terms of a text are looked up, the rarest first; this bounds the cost of a long text."""
LEAST_QUERY_TERMS, MAX_POSTINGS = 8, 200_000
"""Beyond the first number of terms, more are looked up only while their postings add up to no more than the second; it
bounds the cost in a large collection."""

_MAX_WORD_BYTES = 64
_WRITER_HEAP_BYTES = 64 * 1024 * 1024
_TOKENIZER = "terms"


class Analyzer:
    """Splits texts into terms: lower case, without accents or stop words, stemmed.

    Args:
        language: A Snowball language such as `english` or `german`.

    Raises:
        ConfigError: If the language is unknown.
    """

    def __init__(self, language: str) -> None:
        filters = tantivy.Filter
        try:
            self._analyzer = (
                tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
                .filter(filters.remove_long(_MAX_WORD_BYTES))
                .filter(filters.lowercase())
                .filter(filters.stopword(language))
                .filter(filters.ascii_fold())
                .filter(filters.stemmer(language))
                .build()
            )
        except ValueError:
            raise ConfigError(
                f"text.language is {language!r}",
                expected="a Snowball language such as english, german or spanish",
            ) from None

    def terms(self, text: str) -> list[str]:
        """Return the terms of `text` in order, with repetitions."""
        found: list[str] = self._analyzer.analyze(text)
        return found


class LexicalIndex:
    """An inverted index over term hashes, with one document per row."""

    def __init__(self, index: Any) -> None:
        _register_tokenizer(index)
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
        _register_tokenizer(index)
        # With one thread, the same articles always give the same index.
        writer = index.writer(heap_size=_WRITER_HEAP_BYTES, num_threads=1)
        for row in range(len(columns)):
            title, text = columns.terms_of(row)
            document = tantivy.Document()
            document.add_text("title", _joined(*title))
            document.add_text("text", _joined(*text))
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
        # Tantivy writes a lock file into the folder it opens, but a snapshot must not change and may be read-only. Open
        # a temporary folder of links instead; the files stay open when it is gone.
        try:
            with tempfile.TemporaryDirectory(prefix="related-", ignore_cleanup_errors=True) as links:
                for file in folder.iterdir():
                    (Path(links) / file.name).symlink_to(file.absolute())
                return cls(tantivy.Index.open(links))
        except (ValueError, OSError) as error:
            raise CollectionError(f"the lexical index cannot be opened: {error}", where=str(folder)) from None

    def search(self, title: Hashes, text: Hashes, top_k: int) -> Rows:
        """Return the rows with the highest BM25 score, best first.

        Args:
            title: Hashes of title terms, matched against titles, which weigh more.
            text: Hashes of terms of the whole text, matched against whole texts.
            top_k: How many rows at most.

        Returns:
            Rows, int64, shape (at most top_k,).
        """
        should = tantivy.Occur.Should
        clauses = [(should, tantivy.Query.boost_query(self._term("title", term), TITLE_BOOST)) for term in title]
        clauses += [(should, self._term("text", term)) for term in text]
        if not clauses or top_k < 1:
            return np.empty(0, dtype=np.int64)
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=top_k, count=False)
        addresses = [address for _, address in found.hits]
        return np.array(self._searcher.fast_field_values("row", addresses), dtype=np.int64)

    def _term(self, field: str, term: np.uint64) -> Any:
        return tantivy.Query.term_query(self._schema, field, f"{int(term):x}", "freq")


def _register_tokenizer(index: Any) -> None:
    # A stored index has the tokenizer's name, not the tokenizer.
    index.register_tokenizer(_TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def _joined(hashes: Hashes, counts: NDArray[np.uint16]) -> str:
    return " ".join([f"{term:x}" for term in np.repeat(hashes, counts).tolist()])
