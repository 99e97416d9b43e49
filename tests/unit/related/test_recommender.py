"""The recommender: which articles a reader of one should see next."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from support.answering import ACLU, REUTERS, Open, ids, stories
from support.tuning import hand_made

from recommender.article import Article
from recommender.build import build
from recommender.config import RankingSettings, Settings
from recommender.embedding import Encoder
from recommender.entry import related_entry
from recommender.errors import CollectionError, ConfigError, EncoderMismatchError, NotFoundError, SharedUrlError
from recommender.ranking.features import FEATURES
from recommender.related.options import MAX_TOP_K
from recommender.related.recommender import Recommender


def test_the_reuters_piece_comes_first_for_the_aclu_story(recommender: Recommender):
    best = recommender.related(ACLU)[0]
    assert best.article_id == REUTERS
    assert "Clearview AI" in best.reasons
    assert "same week" in best.reasons


def test_an_id_and_a_web_url_name_the_same_article(recommender: Recommender):
    by_id = recommender.related(ACLU)
    url = by_id.article.web_url
    assert url is not None
    assert recommender.related(f"{url}?utm_source=newsletter#top").to_json() == by_id.to_json()


def test_an_answer_is_a_sequence_of_items_best_first(recommender: Recommender):
    answer = recommender.related(ACLU, top_k=20, min_score=0)
    assert len(answer) == len(answer.items) == 20
    assert list(answer) == answer.items
    assert [item.score for item in answer] == sorted((item.score for item in answer), reverse=True)
    assert all(0 <= item.score < 1 for item in answer)


def test_an_article_is_never_related_to_itself(recommender: Recommender):
    everything = recommender.related(ACLU, top_k=MAX_TOP_K, min_score=0)
    assert ACLU not in ids(everything)
    named = ids(everything) + [copy.article_id for item in everything for copy in item.duplicates]
    assert len(named) > len(everything)
    assert sorted([ACLU, *named]) == [one.article_id for one in recommender.collection.store.articles()]


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_the_same_page_under_another_id_is_left_out(small: Open, scorer: str):
    first, second, third = stories(3)
    recommender = small(first, {**second, "webUrl": "http://www.a.example/0/?utm_medium=x"}, third)
    assert ids(recommender.related("s0", scorer=scorer)) == ["s2"]
    assert ids(recommender.related("s2", scorer=scorer)) != []


def test_an_article_without_an_address_is_no_page_that_others_have(small: Open):
    recommender = small({"id": "a", "title": "Chip"}, {"id": "b", "title": "Chip"})
    assert ids(recommender.related("a")) == ["b"]


def test_more_than_there_is_gives_what_there_is(small: Open):
    assert len(small(*stories(4)).related("s0", top_k=MAX_TOP_K)) == 3


@pytest.mark.parametrize("top_k", [1, 2, 3])
def test_no_more_items_than_asked_for(small: Open, top_k: int):
    recommender = small(*stories(6))
    assert ids(recommender.related("s0", top_k=top_k)) == ids(recommender.related("s0"))[:top_k]


def test_a_top_k_out_of_range_is_refused(recommender: Recommender):
    for ask, top_k in product(["related", "rank"], [0, -1, MAX_TOP_K + 1, 2.5]):
        with pytest.raises(ConfigError, match=f"top_k is {top_k}; expected a whole number from 1 to 1000"):
            recommender.related(ACLU, top_k=top_k) if ask == "related" else recommender.rank([ACLU], top_k=top_k)


def test_a_min_score_that_is_no_share_is_refused(recommender: Recommender):
    for min_score in [-0.1, 1.1, float("nan")]:
        with pytest.raises(ConfigError, match="expected a number from 0 to 1"):
            pytest.fail(f"{min_score} gives {recommender.related(ACLU, min_score=min_score)}")


@pytest.mark.parametrize("ask", ["related", "rank"])
def test_an_unknown_scorer_is_refused(recommender: Recommender, ask: str):
    with pytest.raises(ConfigError, match="there is no scorer 'fancy'"):
        recommender.related(ACLU, scorer="fancy") if ask == "related" else recommender.rank([ACLU], scorer="fancy")


def test_nothing_under_the_minimum_is_shown(recommender: Recommender):
    everything = recommender.related(ACLU, top_k=100, min_score=0)
    middle = everything[len(everything) // 2].score
    shown = recommender.related(ACLU, top_k=100, min_score=middle)
    # Where the best copy of a story is under the minimum, another one is shown.
    assert {item.article_id for item in everything if item.score >= middle} <= set(ids(shown))
    assert all(item.score >= middle for item in shown)
    assert ids(recommender.related(ACLU, min_score=1)) == []


def test_the_configured_minimum_counts_where_none_is_given(site_collection: Path, recommender: Recommender):
    strict = Recommender.open(site_collection, weights=RankingSettings(min_score=1))
    assert ids(strict.related(ACLU)) == []
    assert ids(strict.related(ACLU, min_score=0)) == ids(recommender.related(ACLU, min_score=0))
    strict.close()


def test_weights_given_at_opening_are_used(site_collection: Path):
    weights = RankingSettings(cosine=0, text=0, title=1, topics=0, authors=0, closeness=0, hubs=0)
    weighted = Recommender.open(site_collection, weights=weights)
    item = weighted.related(ACLU, top_k=1)[0]
    assert item.parts == pytest.approx(
        {"cosine": 0, "text": 0, "title": item.features["title"], "topics": 0, "authors": 0, "hubs": 0, "closeness": 0}
    )
    weighted.close()


def test_the_weight_of_hubs_is_used(site_collection: Path):
    parts = []
    for hubs in (1, 3):
        weighted = Recommender.open(site_collection, weights=RankingSettings(hubs=hubs))
        parts.append({item.article_id: item.parts["hubs"] for item in weighted.related(ACLU, top_k=50, min_score=0)})
        weighted.close()
    shared = parts[0].keys() & parts[1].keys()
    assert len(shared) > 20
    assert {name: parts[1][name] for name in shared} == pytest.approx({name: 3 * parts[0][name] for name in shared})
    assert any(parts[0][name] < 0 for name in shared)
    assert any(parts[0][name] > 0 for name in shared)


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_equal_scores_are_sorted_by_id(small: Open, scorer: str):
    copies = [{"id": name, "title": "Tram to the harbour"} for name in ("d", "b", "é", "B", "c")]
    recommender = small({"id": "query", "title": "Another tram"}, *copies)
    assert ids(recommender.related("query", scorer=scorer)) == ["B", "b", "c", "d", "é"]


def test_an_item_says_what_its_score_is_made_of(recommender: Recommender):
    item = recommender.related(ACLU)[0]
    assert list(item.features) == list(FEATURES)
    assert list(item.parts) == ["cosine", "text", "title", "topics", "authors", "hubs", "closeness"]
    *content, closeness = item.parts.values()
    # A ranking has no hub control, and closeness in time multiplies what is in common.
    without_hubs = (sum(content) - item.parts["hubs"]) * (1 + closeness / sum(content))
    assert without_hubs == pytest.approx(recommender.rank([ACLU], top_k=1)[ACLU][REUTERS])


def test_the_order_is_that_of_the_sums_of_the_parts(recommender: Recommender):
    sums = [sum(item.parts.values()) for item in recommender.related(ACLU, top_k=50, min_score=0)]
    assert len(sums) == 50
    assert sums == sorted(sums, reverse=True)


@pytest.mark.parametrize(("scorer", "feature"), [("dense", "cosine"), ("lexical", "text")])
def test_another_scorer_gives_raw_scores_without_a_minimum(recommender: Recommender, scorer: str, feature: str):
    answer = recommender.related(ACLU, top_k=50, scorer=scorer, min_score=1)
    assert answer.scorer == scorer
    assert len(answer) > 5
    for item in answer:
        assert item.score == pytest.approx(item.features[feature])


def test_an_article_that_is_not_stored_gets_related_ones(
    recommender: Recommender, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("recommender.related.recommender.QuickEncoder", lambda *_: real_encoder)
    draft = Article(
        title="Judge asked to stop Clearview AI from selling face prints",
        excerpt="The plaintiffs in the privacy case want an injunction.",
    )
    answer = recommender.related(draft, min_score=0)
    assert REUTERS in ids(answer)
    assert answer.article is draft
    assert "id" not in answer.to_json()["article"]


def test_a_copy_of_a_stored_article_gives_the_same_list_without_the_model(small: Open):
    # The recorded encoder cannot be opened here, so that any use of it would fail.
    recommender = small(*[{**story, "publishedDateTime": "2021-04-16", "quality": 3} for story in stories(8)])
    stored = recommender.related("s3")
    copy = Article.read(stored.article.to_record())
    assert recommender.related(copy).to_json() == stored.to_json()


def test_an_unstored_text_needs_the_recorded_model(small: Open):
    recommender = small(*stories(2))
    with pytest.raises(EncoderMismatchError, match="is not the one that made the vectors"):
        recommender.related(Article(title="Never seen before"))


def test_an_unsaved_copy_without_an_id_leaves_out_its_own_page(small: Open):
    recommender = small(*stories(3))
    assert ids(recommender.related(Article(title="Story 1", web_url="https://a.example/1/"))) == ids(
        recommender.related("s1")
    )


def test_an_unknown_article_is_refused(recommender: Recommender):
    with pytest.raises(NotFoundError, match="there is no article nowhere"):
        recommender.related("nowhere")


def test_an_address_that_two_articles_share_is_refused_with_their_ids(small: Open):
    first, second, third = stories(3)
    recommender = small(first, {**second, "webUrl": first["webUrl"]}, third)
    with pytest.raises(SharedUrlError, match="shared by 2 articles: s0, s1"):
        recommender.related("https://a.example/0")


def test_a_collection_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(CollectionError, match="there is no collection here"):
        Recommender.open(tmp_path / "nowhere")


def test_a_collection_of_one_has_nothing_to_relate(small: Open):
    recommender = small(*stories(1))
    assert ids(recommender.related("s0")) == []
    assert recommender.rank() == {"s0": {}}


def test_a_collection_of_none_has_no_rankings(small: Open):
    recommender = small()
    assert recommender.rank() == {}
    with pytest.raises(NotFoundError):
        recommender.related("s0")


def test_a_new_revision_is_seen_at_the_next_question(small: Open, tmp_path: Path):
    recommender = small(*stories(2))
    assert ids(recommender.related("s0")) == ["s1"]
    small(*stories(3))
    assert sorted(ids(recommender.related("s0"))) == ["s1", "s2"]


def test_settings_recorded_without_a_new_revision_are_seen_at_the_next_question(small: Open):
    recommender = small(*stories(4))
    assert ids(recommender.related("s0")) != []
    small(*stories(4), ranking={"min_score": 1})
    assert ids(recommender.related("s0")) == []


def test_an_items_json_is_the_sites_entry_with_id_score_and_reasons(recommender: Recommender):
    item = recommender.related(ACLU)[0]
    entry = related_entry(item.article)
    record = item.to_json()
    assert list(record) == [*entry, "id", "score", "reasons", "duplicates"]
    assert {key: record[key] for key in entry} == entry
    assert (record["id"], record["reasons"], record["duplicates"]) == (REUTERS, item.reasons, [])
    assert record["score"] == round(item.score, 6)


def test_an_answers_json_names_the_article_the_revision_and_the_scorer(recommender: Recommender):
    answer = recommender.related(ACLU)
    record = answer.to_json()
    assert list(record) == ["article", "related", "duplicates", "revision", "scorer"]
    assert record["article"] == {"id": ACLU, "title": answer.article.title, "webUrl": answer.article.web_url}
    assert [one["id"] for one in record["related"]] == ids(answer)
    assert (record["duplicates"], record["revision"], record["scorer"]) == ([], 1, "default")
    assert json.loads(json.dumps(record)) == record


def test_an_answer_never_holds_the_sealed_or_the_related_field(small: Open):
    extra = {"secured": {"blob": "SEALED"}, "related": [{"title": "OLD"}]}
    text = json.dumps(small(*[{**story, **extra} for story in stories(3)]).related("s0").to_json())
    assert "SEALED" not in text
    assert "OLD" not in text


def test_a_question_about_a_stored_article_never_imports_the_model_libraries(site_collection: Path):
    program = (
        "import sys\n"
        "from recommender import Recommender\n"
        f"answer = Recommender.open({str(site_collection)!r}).related({ACLU!r})\n"
        f"assert answer[0].article_id == {REUTERS!r}\n"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


class NamedEncoder:
    """Vectors of ones, under a fingerprint that is given."""

    def __init__(self, fingerprint: str, dimension: int) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], role: str = "passage", progress: object = None) -> np.ndarray:
        self.asked += texts
        return np.full((len(texts), self.dimension), self.dimension**-0.5, dtype=np.float32)


def test_a_collection_made_anew_with_another_model_is_asked_with_that_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.md").write_text("---\ntitle: A\n---\n", encoding="utf-8")
    models = {name: NamedEncoder(name, dimension) for name, dimension in (("old", 4), ("new", 9))}
    monkeypatch.setattr(
        "recommender.related.recommender.QuickEncoder", lambda encoding, device: models[encoding.fingerprint]
    )
    recommender = None
    for name, encoder in models.items():
        build(
            [tmp_path / "site"], tmp_path / "c", settings=Settings(), encoder=encoder, recreate=recommender is not None
        )
        recommender = recommender or Recommender.open(tmp_path / "c")
        recommender.related(Article(title=f"Asked of the {name} one"), scorer="dense")
        assert encoder.asked[-1] == f"Asked of the {name} one"
    assert recommender is not None
    recommender.close()


def test_weights_beside_a_learned_scorer_are_told_of(site_collection: Path, tmp_path: Path):
    copy = Path(shutil.copytree(site_collection, tmp_path / "collection"))
    weights = RankingSettings(title=1)
    with closing(Recommender.open(copy)) as opened:
        assert opened.related(ACLU, weights=weights).notes == []
        opened.use(hand_made(encoder=opened.collection.store.recorded_encoding().fingerprint, near_in_time=5))
        given = opened.related(ACLU, weights=weights)
        assert given.scorer == "default"
        assert given.notes == [
            "weights were given, so the default scorer ranked instead of the learned one, which has none"
        ]
        learned = opened.related(ACLU, weights=weights, scorer="learned")
        assert learned.scorer == "learned"
        assert learned.notes == ["weights were ignored, because the learned scorer has none"]
        assert opened.related(ACLU).notes == []


def test_a_pair_of_letters_counts_half_a_word_in_a_question(small: Open):
    titles = ("数据库索引优化", "database index tuning advice")
    recommender = small(*({"id": name, "title": title} for name, title in zip("ab", titles, strict=True)))
    lengths = []
    for title in titles:
        question = Article(title=title)
        with recommender.collection.reading() as index:
            recommender._articles.see(index)
            _, profile = recommender._resolve(question, index, index.profile("a").vector)
            lengths.append(recommender._question_terms(question, profile))
    assert lengths == [3, 4]
