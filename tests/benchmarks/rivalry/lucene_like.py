"""Lucene: MoreLikeThis over title and text, driven from Python over JPype."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jpype
from job import Article, Found, Job, Rival, run

JARS = ("core", "analyzers-common", "queries", "sandbox")
FOLDER = Path(os.environ.get("LUCENE_JARS", "/usr/share/java"))
TERMS = 50
TITLE_BOOST = 3.0


class Lucene(Rival):
    name = "Lucene MoreLikeThis"
    does = ("candidates", "filter")

    def __init__(self, terms: int = TERMS, title: float = TITLE_BOOST) -> None:
        self.terms, self.title = terms, title
        self.settings = (
            f"MoreLikeThis of title and of text, {terms} terms each, minTermFreq 1, minDocFreq 2, "
            f"title weighted {title}, EnglishAnalyzer, BM25, window as a filter over LongPoint"
        )

    def build(self, job: Job, disk: Path) -> None:
        jars = [str(next(FOLDER.glob(f"lucene-{name}-[0-9]*.jar"))) for name in JARS]
        jpype.startJVM("-Xmx512m", "-XX:+UseSerialGC", classpath=jars)
        self.names: dict[str, Any] = {}
        analyzer = self.java("analysis.en.EnglishAnalyzer")()
        directory = self.java("store.FSDirectory").open(jpype.JClass("java.nio.file.Paths").get(str(disk / "index")))
        writer = self.java("index.IndexWriter")(directory, self.java("index.IndexWriterConfig")(analyzer))
        kept = self.java("document.FieldType")(self.java("document.TextField").TYPE_NOT_STORED)
        kept.setStoreTermVectors(True)
        field, point = self.java("document.Field"), self.java("document.LongPoint")
        for article in job.articles:
            document = self.java("document.Document")()
            document.add(field("title", article.title, kept))
            document.add(field("text", article.text, kept))
            document.add(point("day", [round(article.day * 86_400)]))
            writer.addDocument(document)
        writer.forceMerge(1)
        writer.close()
        self.reader = self.java("index.DirectoryReader").open(directory)
        self.searcher = self.java("search.IndexSearcher")(self.reader)
        self.like = {}
        for name in ("title", "text"):
            like = self.java("queries.mlt.MoreLikeThis")(self.reader)
            like.setAnalyzer(analyzer)
            like.setFieldNames([name])
            like.setMinTermFreq(1)
            like.setMinDocFreq(2)
            like.setMaxQueryTerms(self.terms)
            like.setBoost(False)
            self.like[name] = like
        # One segment, so a document's number is its place.
        self.ids = [article.id for article in job.articles]
        self.places = {article_id: place for place, article_id in enumerate(self.ids)}

    def java(self, name: str) -> Any:
        if name not in self.names:
            self.names[name] = jpype.JClass(f"org.apache.lucene.{name}")
        return self.names[name]

    def best(self, article: Article, top_k: int, days: tuple[float, float] | None) -> Found:
        place = self.places[article.id]
        occur = self.java("search.BooleanClause$Occur")
        query = self.java("search.BooleanQuery$Builder")()
        title = self.java("search.BoostQuery")(self.like["title"].like(place), self.title)
        query.add(title, occur.SHOULD)
        query.add(self.like["text"].like(place), occur.SHOULD)
        if days is not None:
            first, last = (round(day * 86_400) for day in days)
            query.add(self.java("document.LongPoint").newRangeQuery("day", first, last), occur.FILTER)
            query.setMinimumNumberShouldMatch(1)
        found = [(int(hit.doc), float(hit.score)) for hit in self.searcher.search(query.build(), top_k + 1).scoreDocs]
        return [(self.ids[each], score) for each, score in found if each != place][:top_k]

    def version(self) -> str:
        java = jpype.JClass("java.lang.System").getProperty("java.version")
        return f"{self.java('util.Version').LATEST}, Java {java}"


if __name__ == "__main__":
    run(Lucene())
