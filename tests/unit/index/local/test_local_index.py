"""The local index of one revision, in one part or several."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from support.filters import spec_of

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings, TextSettings
from recommender.errors import ConfigError, NotFoundError
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.dense import search_exactly
from recommender.index.local.local_index import LocalIndex
from recommender.index.local.part import Part
from recommender.index.local.proposing import MIN_LEXICAL
from recommender.index.local.sampling import sample_pairs
from recommender.index.local.segment import Segment
from recommender.index.local.snapshot import FORMAT, Manifest, Snapshot, SnapshotSource
from recommender.ranking.features import pair_features
from recommender.ranking.pool import Pool, Ragged
from recommender.ranking.selection import Candidates, Limits, select
from recommender.store import Encoding
from recommender.text import article_texts, stable_hash, url_key
from recommender.text.analysis import Analyzer

ARTICLES = [
    Article(id="a", title="Rain in town", excerpt="Heavy rain falls on the town.", web_url="https://a.example/1"),
    Article(id="b", title="Heavy rain", excerpt="Rain again.", web_url="https://a.example/2"),
    Article(id="c", title="Council votes", excerpt="The town has a budget."),
    Article(id="d", title="A new bridge", excerpt="It is made of steel.", topics=["Building"], quality=2),
    Article(id="e", title="Ships in the harbour"),
]
TERMS = Analyzer("english").terms


def vector_of(article, dimension=8):
    """A unit vector that is the article's own."""
    seed = int.from_bytes(hashlib.blake2b(article.model_dump_json().encode(), digest_size=8).digest())
    row = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return row / np.linalg.norm(row)


def segment_of(articles, dimension=8):
    builder = ColumnsBuilder(TERMS)
    ordered = sorted(articles, key=lambda one: one.id)
    for one in ordered:
        builder.add(one.id, one, *article_texts(one, TextSettings()), language="en")
    vectors = np.array([vector_of(one, dimension) for one in ordered], dtype=np.float32)
    return Segment(builder.build(vectors.reshape(len(ordered), dimension)))


def view_of(articles, dimension=8):
    """A view of one part."""
    made = segment_of(articles, dimension)
    snapshot = Snapshot(
        Manifest(FORMAT, SnapshotSource("c", "e", "t"), 1, len(made), 0), made, sample_pairs(made.columns)
    )
    return LocalIndex([Part.whole(made)], 1, Settings(), Encoding(EncoderSettings(), "e", dimension, (0.0,)), snapshot)


def changed(view, *articles, deletes=(), merged=0):
    """The view of the next revision, with `articles` in a part of their own."""
    ids = sorted({*(one.id for one in articles), *deletes})
    return view.changed(view.revision + 1, view.settings, ids, segment_of(articles), merged)


def parts_of(view):
    return len(view._parts)


def assert_same_pools(one, other):
    """The same columns; groups of copies may be numbered otherwise."""
    lazy = {"vectors_at": "vectors", "facets_of": "facets"}
    for name in Pool.__dataclass_fields__:
        first, second = (getattr(each, lazy.get(name, name)) for each in (one, other))
        if name == "ids":
            assert list(first) == list(second)
        elif name == "copy_groups":
            assert (first[:, None] == first).tolist() == (second[:, None] == second).tolist()
        elif isinstance(first, np.ndarray):
            np.testing.assert_array_equal(first, second, err_msg=name)
            assert first.dtype == second.dtype
        elif isinstance(first, Ragged):
            np.testing.assert_array_equal(first.values, second.values, err_msg=name)
            np.testing.assert_array_equal(first.owner, second.owner, err_msg=name)
        else:
            assert_same_matches(first, second)


def hashes_of(terms):
    return np.array([stable_hash(term) for term in terms], dtype=np.uint64)


def assert_same_matches(first, second):
    """The same terms of each candidate, which parts may have in another order."""
    for name in ("lengths", "distinct", "owner"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    entries = [sorted(zip(each.owner, each.term, each.counts, strict=True)) for each in (first, second)]
    assert entries[0] == entries[1]


@pytest.fixture
def view():
    return view_of(ARTICLES)


@pytest.fixture
def parted():
    """The same articles in three parts, with rows of earlier ones hidden in each."""
    a, b, c, d, e = ARTICLES
    old_b, old_d = (Article(id=one.id, title="Rain was here", web_url="https://a.example/old") for one in (b, d))
    first = view_of([a, old_b, c, old_d, Article(id="z", title="Rain of old")])
    return changed(changed(first, old_b, d, deletes=["z"]), b, e)


@pytest.fixture(params=["one part", "three parts"])
def either(request, view, parted):
    return view if request.param == "one part" else parted


# One part.


def test_it_has_each_article_once(view):
    assert len(view) == 5
    assert (view.revision, parts_of(view), view.changes, view.samples().articles) == (1, 1, 0, 5)
    assert list(view.ids()) == ["a", "b", "c", "d", "e"]
    assert all(name in view for name in "abcde")


def test_a_stored_article_has_a_profile(view):
    profile = view.profile("c")
    assert profile.row == 2
    np.testing.assert_array_equal(profile.vector, vector_of(ARTICLES[2]))


@pytest.mark.parametrize("article_id", ["z", "", "A"])
def test_an_unknown_article_has_none(view, article_id):
    with pytest.raises(NotFoundError, match=f"there is no article {article_id}") as caught:
        view.profile(article_id)
    assert caught.value.expected == "the id of a stored article"


def test_the_profile_of_a_stored_article_is_that_of_the_same_article_from_outside(either):
    for article in ARTICLES:
        stored, fresh = either.profile(article.id), either.profile(article, vector_of(article))
        assert fresh.row == stored.row is not None
        assert fresh.article_id == stored.article_id == article.id
        assert (fresh.provider, fresh.language, fresh.url) == (stored.provider, stored.language, stored.url)
        np.testing.assert_array_equal(fresh.topics, stored.topics)
        np.testing.assert_equal(fresh.day, stored.day)
        for ours, theirs in ((fresh.title, stored.title), (fresh.text, stored.text)):
            np.testing.assert_array_equal(ours.hashes, theirs.hashes)
            np.testing.assert_array_equal(ours.counts, theirs.counts)
            np.testing.assert_array_equal(ours.idf, theirs.idf)


@pytest.mark.parametrize("article_id", [None, "new"])
def test_an_article_from_outside_has_no_row(view, article_id):
    assert view.profile(Article(id=article_id, title="Rain"), vector_of(ARTICLES[0])).row is None


def test_terms_are_those_of_the_collections_language(view):
    assert view.analyzer.terms("The falling of a town") == ["fall", "town"]
    assert view.main_language == "en"


def test_rarity_is_the_idf_in_whole_texts_or_0(view):
    rarity = view.rarity(hashes_of(["town", "nowhere", "steel", "town"]))
    assert rarity[1] == 0
    assert 0 < rarity[0] == rarity[3] < rarity[2]
    assert rarity.dtype == np.float32
    assert view.rarity(hashes_of([])).shape == (0,)


# Candidates.


@pytest.mark.parametrize("engines", [{}, {"dense": False}, {"lexical": False}])
def test_candidates_never_include_the_article_itself(either, engines):
    for article in ARTICLES:
        for top_k in (1, 3, 100):
            assert article.id not in set(either.propose(either.profile(article.id), top_k, **engines))


def test_no_candidate_is_proposed_twice(either):
    found = either.propose(either.profile("a"), 3)
    assert len(found) == len(set(found)) > 0
    assert all(type(name) is str and name in either for name in found)


def test_the_dense_engine_proposes_the_nearest(either):
    nearest = sorted(ARTICLES[1:], key=lambda one: -float(vector_of(one) @ vector_of(ARTICLES[0])))
    found = set(either.propose(either.profile("a"), 2, lexical=False))
    assert found == {one.id for one in nearest[:2]}


def test_the_lexical_engine_proposes_what_shares_terms(either):
    assert set(either.propose(either.profile("a"), 4, dense=False)) == {"b", "c"}
    assert list(either.propose(either.profile("e"), 4, dense=False)) == []


def test_both_engines_together_propose_what_either_does(view):
    profile = view.profile("a")
    apart = {*view.propose(profile, 1, dense=False), *view.propose(profile, 1, lexical=False)}
    assert {*view.propose(profile, 1)} == apart


def test_no_engine_proposes_nothing(view):
    assert list(view.propose(view.profile("a"), 3, dense=False, lexical=False)) == []


def test_more_candidates_than_articles_are_all_others(either):
    assert set(either.propose(either.profile("c"), 1000)) == {"a", "b", "d", "e"}


def test_an_article_from_outside_finds_any_article(view):
    profile = view.profile(Article(title="Rain in town"), vector_of(ARTICLES[0]))
    assert "a" in view.propose(profile, 1, dense=False)
    assert "a" in view.propose(profile, 1, lexical=False)


def test_a_text_without_known_terms_has_no_lexical_candidates(view):
    profile = view.profile(Article(title="Submarine volcano"), vector_of(ARTICLES[0]))
    assert list(view.propose(profile, 5, dense=False)) == []


def test_the_sample_site_proposes_for_every_article(site_collection):
    opened = Collection.open(site_collection)
    with opened.reading() as view:
        for article_id in view.ids():
            found = set(view.propose(view.profile(article_id), 5))
            assert len(found) >= min(5, len(view) - 1)
            assert article_id not in found
    opened.close()


# Filters.


def numbered(count, **fields):
    return [Article(id=f"n{n:03}", title="Rain", type="odd" if n % 2 else "even", **fields) for n in range(count)]


def test_under_a_filter_the_nearest_of_what_passes_are_proposed():
    for top_k in [1, 5, 30, 500]:
        articles = numbered(120)
        view = changed(view_of(articles[:80]), *articles[70:])
        ordered = np.array([vector_of(one) for one in articles])
        passing = np.flatnonzero([one.type == "odd" for one in articles])
        for asked in (0, 1, 75, 119):
            # One more is looked for, which may be the article itself.
            expected = {f"n{n:03}" for n in search_exactly(ordered, ordered[asked], top_k + 1, passing)} - {
                f"n{asked:03}"
            }
            profile = view.profile(f"n{asked:03}")
            where = spec_of(where={"type": ["odd"]})
            assert set(view.propose(profile, top_k, where, lexical=False)) == expected, top_k


def test_only_what_passes_is_proposed():
    articles = numbered(90)
    view = changed(view_of(articles[:60]), *articles[50:])
    where = spec_of(where={"type": ["odd"]}, exclude=["n011"])
    for asked in ("n000", "n001", "n055", "n089"):
        found = set(view.propose(view.profile(asked), 20, where))
        assert len(found) >= 20
        assert all(int(name[1:]) % 2 for name in found)
        assert not {"n011", asked} & found


def test_where_no_more_pass_than_are_wanted_nothing_is_searched(monkeypatch):
    articles = numbered(90)
    view = changed(view_of(articles[:60]), *articles[50:])
    where = spec_of(where={"type": ["odd"]})
    expected = set(view.propose(view.profile("n001"), 44, where))
    assert len(expected) == 44
    monkeypatch.setattr(Segment, "search_dense", None)
    monkeypatch.setattr(Segment, "search_lexical", None)
    assert set(view.propose(view.profile("n001"), 44, where)) == expected
    with pytest.raises(TypeError):
        view.propose(view.profile("n001"), 43, where)


def test_a_filter_that_nothing_passes_leaves_nothing(parted):
    where = spec_of(where={"type": ["nowhere"]})
    assert list(parted.propose(parted.profile("a"), 10, where)) == []


def test_a_filter_never_brings_a_hidden_row_back(parted):
    where = spec_of(exclude=["e"])
    assert set(parted.propose(parted.profile("a"), 10, where)) == {"b", "c", "d"}


def test_an_age_counts_back_from_the_article_asked_about():
    days = [Article(id=f"d{day}", title="Rain", published_date_time=f"2021-04-0{day}") for day in range(1, 8)]
    view = changed(view_of(days[:4]), *days[4:])
    where = spec_of(after="P2D", day=view.profile("d5").day)
    assert set(view.propose(view.profile("d5"), 10, where)) == {"d3", "d4", "d6", "d7"}


def test_an_age_is_refused_where_the_article_asked_about_has_no_date(parted):
    with pytest.raises(ConfigError, match="the article asked about has none"):
        parted.propose(parted.profile("a"), 10, spec_of(after="P2D", day=parted.profile("a").day))


# Several parts.


def test_replaced_and_deleted_articles_are_gone(parted):
    assert list(parted.ids()) == ["a", "b", "c", "d", "e"]
    assert (len(parted), parts_of(parted), parted.revision) == (5, 3, 3)
    assert "z" not in parted
    with pytest.raises(NotFoundError):
        parted.profile("z")


def test_an_article_is_found_where_it_was_written_last(parted):
    for article in ARTICLES:
        assert parted.profile(article.id).article_id == article.id
        np.testing.assert_array_equal(parted.profile(article.id).vector, vector_of(article))


def test_an_earlier_view_stays_as_it_was(view):
    later = changed(view, Article(id="a", title="Something else"), deletes=["b"])
    assert (len(view), len(later)) == (5, 4)
    assert list(view.ids()) == ["a", "b", "c", "d", "e"]
    np.testing.assert_array_equal(view.profile("a").vector, vector_of(ARTICLES[0]))


def test_term_statistics_are_those_of_the_articles_that_there_are(view, parted):
    terms = hashes_of(["rain", "town", "old", "unheard"])
    np.testing.assert_array_equal(parted.rarity(terms), view.rarity(terms))
    for article in ARTICLES:
        ours, whole = parted.profile(article.id), view.profile(article.id)
        for one, other in ((ours.title, whole.title), (ours.text, whole.text)):
            np.testing.assert_array_equal(one.document_frequency, other.document_frequency)
            assert (one.documents, one.mean_length) == (other.documents, other.mean_length)


def test_pairs_have_the_same_features_in_any_parts():
    articles = numbered(30)
    whole = view_of(articles, 384)
    view = view_of(articles[:20], 384)
    later = segment_of(articles[20:], 384)
    view = view.changed(2, view.settings, [one.id for one in articles[20:]], later, 0)
    for asked in ("n000", "n029"):
        ours, theirs = (
            pair_features(profile, made.gather(profile, made.propose(profile, 50)))
            for made in (view, whole)
            for profile in [made.profile(asked)]
        )
        np.testing.assert_array_equal(ours, theirs)


def test_what_is_gathered_is_sorted_by_id_though_rows_are_not(parted):
    assert sorted("abcde", key=lambda name: parted.profile(name).row) == ["a", "c", "d", "b", "e"]
    for some in (["abcde"], ["edcba"], ["ec", "ad", "b"], ["eea", "a", "cdb"]):
        pool = parted.gather(None, *some)
        assert list(pool.ids) == ["a", "b", "c", "d", "e"]
        np.testing.assert_array_equal(pool.vectors, [vector_of(one) for one in ARTICLES])


@pytest.mark.parametrize("wanted", ["abcde", "edb", "a", ""])
def test_a_pool_has_exactly_what_was_asked_for(view, parted, wanted):
    profile = view.profile("a")
    whole, several = view.gather(profile, wanted), parted.gather(parted.profile("a"), wanted)
    assert len(whole) == len(several) == len(wanted)
    assert list(whole.ids) == list(several.ids) == sorted(wanted)
    assert_same_pools(whole, several)


def test_what_is_not_stored_is_not_gathered(either):
    assert list(either.gather(None, ["z", "c", "", "nowhere", "a"], ["C"]).ids) == ["a", "c"]
    assert len(either.gather(None)) == len(either.gather(None, [], ["z"])) == 0


def test_what_is_proposed_is_gathered_as_its_ids_are(either):
    profile = either.profile("a")
    found = either.propose(profile, 3)
    assert_same_pools(either.gather(profile, found), either.gather(profile, list(found)))
    assert list(either.gather(profile, found, "a", found).ids) == sorted([*found, "a"])


def test_what_another_revision_proposed_is_gathered_by_its_ids(view, parted):
    profile = view.profile("a")
    assert list(parted.gather(None, view.propose(profile, 10)).ids) == ["b", "c", "d", "e"]
    assert list(view.gather(None, parted.propose(parted.profile("a"), 10)).ids) == ["b", "c", "d", "e"]


def test_addresses_come_in_the_order_of_the_ids(either):
    expected = [stable_hash(url_key(one.web_url)) if one.web_url else 0 for one in ARTICLES]
    assert either.gather(None, "abcde").urls.tolist() == expected
    assert either.gather(None, "eab").urls.tolist() == [expected[0], expected[1], expected[4]]
    assert either.gather(None).urls.shape == (0,)


def test_only_the_addresses_of_what_is_there_are_known(either):
    known = [list(either.resolve(f"https://a.example/{name}")) for name in ("1", "2", "old", "3")]
    assert known == [["a"], ["b"], [], []]


def test_equal_scores_are_in_the_order_of_ids_though_rows_are_not(view, parted):
    scores = dict(zip("abcde", [1.0, 1.0, 2.0, 1.0, 0.5], strict=True))
    for made in (view, parted):
        pool = made.gather(None, "ebdac")
        raw = np.array([scores[name] for name in pool.ids])
        candidates = Candidates.of(pool, raw, raw >= 0)
        assert [pool.ids[place] for place in candidates.order.tolist()] == list("cabde")
        for top_k in (5, 3, 2, 1):
            none = np.zeros(5, dtype=bool)
            found = select(candidates, Limits(top_k, 0), ruled_out=none, copies=none, preferred=none, pinned=[])
            assert [pool.ids[place] for place in found.chosen] == list("cabde")[:top_k]


def test_a_part_of_some_size_proposes_enough():
    common = [Article(id=f"r{n:02}", title="Rain") for n in range(90)]
    view = changed(view_of(common[:50]), *common[50:])
    found = view.propose(view.profile("r00"), 2, dense=False)
    assert sum(name >= "r50" for name in found) == MIN_LEXICAL


def test_an_empty_change_adds_no_part(view):
    later = changed(view, deletes=["nowhere"])
    assert (parts_of(later), len(later), later.revision) == (1, 5, 2)


def test_merging_takes_the_place_of_the_last_parts(parted):
    merged = changed(parted, *ARTICLES[:2], *ARTICLES[3:], merged=2)
    assert (parts_of(merged), len(merged)) == (2, 5)
    assert list(merged.ids()) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("count", "ratio", "merged"), [(1, 1, (0, [])), (1, 3, (2, ["b", "d", "e"])), (2, 1, (0, [])), (3, 1, (2, "bde"))]
)
def test_small_parts_at_the_end_are_merged(parted, count, ratio, merged):
    assert parted.to_merge(count, ratio) == (merged[0], list(merged[1]))


def test_the_snapshot_is_never_merged(view):
    assert view.to_merge(10**6, 10**6) == (0, [])


def test_changes_are_counted_from_the_snapshot(view, parted):
    assert parted.changes == 4
    assert changed(view, deletes=["a", "b"]).changes == 2


def test_the_same_articles_can_be_a_later_revision(parted):
    settings = Settings.parse({"ranking": {"min_score": 0.5}})
    later = parted.at(9, settings)
    assert (later.revision, later.settings, list(later.ids())) == (9, settings, list(parted.ids()))


def test_a_view_of_nothing_proposes_nothing():
    view = view_of([])
    assert (len(view), list(view.ids())) == (0, [])
    assert list(view.propose(view.profile(ARTICLES[0], vector_of(ARTICLES[0])), 5)) == []


def test_where_all_is_deleted_nothing_is_proposed(view):
    empty = changed(view, deletes="abcde")
    assert list(empty.propose(empty.profile(ARTICLES[0], vector_of(ARTICLES[0])), 5)) == []


def test_where_all_parts_are_deleted_nothing_is_proposed(parted):
    empty = changed(parted, deletes="abcde")
    assert list(empty.propose(empty.profile(ARTICLES[0], vector_of(ARTICLES[0])), 5)) == []
