"""The plain fusion that every variant of the defaults is compared with."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.related.recommender import Recommender
from recommender.text import clean_markdown
from recommender.text.analysis import terms_in

CHARS = 2000
TEXT, CLOSENESS, DAYS = 0.5, 0.3, 10.0


def fuse(recommender: Recommender, ids: list[str], top_k: int) -> dict[str, dict[str, float]]:
    """Rank all articles for each id: cosine + 0.5 BM25 / max + 0.3 exp(-days / 10).

    BM25 is of title, excerpt and 2,000 characters of the body, in English, as a site's engineer would begin.
    """
    with recommender.collection.reading() as view:
        every = list(view.ids())
        stored = [each.article for each in recommender.collection.store.articles()]
        pool = view.gather(None, every)
        vectors, days = np.asarray(pool.vectors), np.asarray(pool.days)
    texts = [f"{each.title} {each.excerpt or ''} {clean_markdown(each.body or '', CHARS)}" for each in stored]
    weights, asked = _bm25(texts)
    place_of = {article_id: place for place, article_id in enumerate(every)}
    run = {}
    for article_id in ids:
        place = place_of[recommender.collection.resolve(article_id)]
        lexical = np.asarray((weights @ asked[place].T).todense()).ravel()
        lexical[place] = 0
        apart = np.nan_to_num(np.exp(-np.abs(days - days[place]) / DAYS))
        scores = vectors @ vectors[place] + TEXT * lexical / max(lexical.max(), 1e-9) + CLOSENESS * apart
        scores[place] = -np.inf
        best = np.argsort(-scores, kind="stable")[:top_k].tolist()
        run[article_id] = {every[other]: float(scores[other]) for other in best}
    return run


def _bm25(texts: list[str]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return the BM25 weight of each term in each text, and which terms each has; k1 = 1.2, b = 0.75."""
    numbers: dict[str, int] = {}
    rows, columns = [], []
    for row, text in enumerate(texts):
        terms = [numbers.setdefault(term, len(numbers)) for term in terms_in("en")(text)]
        rows += [row] * len(terms)
        columns += terms
    counts = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(numbers)))
    has = counts.copy()
    has.data[:] = 1
    frequency = np.asarray(has.sum(axis=0)).ravel()
    idf = np.log1p((len(texts) - frequency + 0.5) / (frequency + 0.5))
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    norm = 1.2 * (0.25 + 0.75 * lengths / max(lengths.mean(), 1))
    weights = counts.tocoo()
    values = weights.data * 2.2 / (weights.data + norm[weights.row]) * idf[weights.col]
    return sparse.csr_matrix((values, (weights.row, weights.col)), shape=counts.shape), has
