"""Xapian: similar documents by the terms that tell an article apart, ranked by BM25."""

from __future__ import annotations

from pathlib import Path

import xapian
from job import Article, Found, Job, Rival, run

DAY_SLOT = 0
TITLE_WEIGHT = 4
TERMS = 20


class Xapian(Rival):
    name = "Xapian"
    does = ("candidates", "filter")

    def __init__(self, title: int = TITLE_WEIGHT, terms: int = TERMS) -> None:
        self.title, self.terms = title, terms
        self.settings = (
            f"get_eset of {terms} terms of the article, OP_ELITE_SET over them, BM25, English stems, "
            f"title counted {title} times, window as OP_FILTER over a value range"
        )

    def build(self, job: Job, disk: Path) -> None:
        database = xapian.WritableDatabase(str(disk / "db"), xapian.DB_CREATE)
        indexer = xapian.TermGenerator()
        indexer.set_stemmer(xapian.Stem("en"))
        indexer.set_stemming_strategy(xapian.TermGenerator.STEM_ALL)
        self.places, self.ids = {}, [""]
        database.begin_transaction()
        for place, article in enumerate(job.articles, 1):
            document = xapian.Document()
            indexer.set_document(document)
            indexer.index_text_without_positions(article.title, self.title)
            indexer.index_text_without_positions(article.text.removeprefix(article.title))
            document.add_value(DAY_SLOT, xapian.sortable_serialise(article.day))
            database.replace_document(place, document)
            self.places[article.id] = place
            self.ids.append(article.id)
        database.commit_transaction()
        database.close()
        self.store = xapian.Database(str(disk / "db"))

    def best(self, article: Article, top_k: int, days: tuple[float, float] | None) -> Found:
        place = self.places[article.id]
        relevant = xapian.RSet()
        relevant.add_document(place)
        enquire = xapian.Enquire(self.store)
        terms = [each.term for each in enquire.get_eset(self.terms, relevant)]
        query = xapian.Query(xapian.Query.OP_ELITE_SET, terms, self.terms)
        if days is not None:
            first, last = map(xapian.sortable_serialise, days)
            window = xapian.Query(xapian.Query.OP_VALUE_RANGE, DAY_SLOT, first, last)
            query = xapian.Query(xapian.Query.OP_FILTER, query, window)
        enquire.set_query(query)
        found = [(self.ids[match.docid], match.weight) for match in enquire.get_mset(0, top_k + 1)]
        return [each for each in found if each[0] != article.id][:top_k]

    def version(self) -> str:
        return str(xapian.version_string())


if __name__ == "__main__":
    run(Xapian())
