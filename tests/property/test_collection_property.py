"""A collection against a dictionary: any order of writes, compactions, openings and questions."""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.encoders import CountingEncoder
from support.examples import examples
from support.model import Model, check_ranking
from support.soundness import answers_of, answers_of_fresh, assert_sound, contents, in_order, make_collection

from recommender.article import Article, parse_date
from recommender.errors import ConfigError, NotFoundError, SharedUrlError
from recommender.related.recommender import Recommender
from recommender.text import url_key

IDS = [f"{name}{number}" for name in ("a", "ä", "Z") for number in range(4)]
TITLES = ["Rain", "Rain again", "The council met", "straße", "Rain", "A bridge, a ferry"]
EXCERPTS = [None, "Rain fell on the town.", "The mayor said so, twice.", "The mayor said so, twice"]
DATES = [None, "2024-01-31T10:00:00Z", "2024-02-01T00:00:00Z", "2024-03-15T23:30:00Z", "2023-03-15T23:30:00Z"]
ADDRESSES = [None, "https://site.example/one", "https://www.site.example/one/", "https://site.example/two?utm_id=1"]
TOPICS = [[], ["News"], ["news", "Sport"], ["Sport"]]
PROVIDERS = [None, {"name": "Post", "domain": "post.example"}, {"name": "The Gazette"}, {"name": "post"}]
SEASONS = [None, "spring", "autumn"]

RECORDS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(IDS),
        "title": st.sampled_from(TITLES),
        "excerpt": st.sampled_from(EXCERPTS),
        "publishedDateTime": st.sampled_from(DATES),
        "webUrl": st.sampled_from(ADDRESSES),
        "topics": st.sampled_from(TOPICS),
        "provider": st.sampled_from(PROVIDERS),
        "season": st.sampled_from(SEASONS),
        "secured": st.sampled_from([None, None, "sealed", {"box": [1, "x"]}]),
    }
).map(lambda record: {name: value for name, value in record.items() if value not in (None, [])})
BOUNDS = st.sampled_from([None, None, "2024-02-01", "P30D", "P400D", "2023-06-01T00:00:00Z", "-P1D"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "topics": st.lists(st.sampled_from(["NEWS", "Sport", "nothing"]), max_size=2),
        "provider": st.lists(st.sampled_from(["Post", "post.example", "The Gazette"]), max_size=2),
        "season": st.lists(st.sampled_from(["Spring", "autumn"]), max_size=2),
    },
)
CHOICE = st.integers(0, 1_000)


def passes(record, asked, after, before, fields, exclude):
    """Whether an article passes a filter, as a reader of the description would have it."""
    if record["id"] in exclude:
        return False
    moment, reference = parse_date(record.get("publishedDateTime")), parse_date(asked.get("publishedDateTime"))
    for bound, later in ((after, True), (before, False)):
        if bound is None:
            continue
        limit = reference - days(bound) if "P" in bound else parse_date(bound)
        if moment is None or (moment < limit if later else moment >= limit):
            return False
    provider = record.get("provider", {})
    having = {
        "topics": record.get("topics", []),
        "provider": [provider.get("name"), provider.get("domain")],
        "season": [record.get("season")],
    }
    return all(
        {value.casefold() for value in wanted} & {value.casefold() for value in having[name] if value}
        for name, wanted in fields.items()
        if wanted
    )


def tells_the_same(record, other):
    """Whether two articles may be copies: one page, one text, or one headline to which one at most adds words."""
    page = url_key(record.get("webUrl"))
    texts, titles = (
        [set(re.findall(r"\w+", each.get(field, "").casefold())) for each in (record, other)]
        for field in ("excerpt", "title")
    )
    one_page = page is not None and page == url_key(other.get("webUrl"))
    one_text = texts[0] == texts[1] != set()
    return one_page or one_text or titles[0] <= titles[1] or titles[1] <= titles[0]


def tells_the_same_at_last(records, article_id, other):
    """Whether one article is a copy of the other, or of a copy of it, and so on."""
    reached, new = {article_id}, [article_id]
    while new:
        record = records[new.pop()]
        more = {key for key, each in records.items() if tells_the_same(record, each)} - reached
        reached |= more
        new += more
    return other in reached


def contradict(after, before):
    """Whether two bounds of one kind leave no moment between them, which is refused."""
    if after is None or before is None or ("P" in after) != ("P" in before):
        return False
    return days(after) <= days(before) if "P" in after else parse_date(after) >= parse_date(before)


def days(age):
    sign = -1 if age.startswith("-") else 1
    return sign * timedelta(days=int(age.strip("-PD")))


class CollectionMachine(RuleBasedStateMachine):
    """Two readers and the dictionary; the first reader also writes."""

    @initialize()
    def make(self):
        self.folder = Path(tempfile.mkdtemp(prefix="related-test-"))
        self.path = make_collection(self.folder / "collection")
        self.model = Model()
        self.revision = 0
        self.encoder = CountingEncoder()
        self.readers = [Recommender.open(self.path), Recommender.open(self.path)]

    def teardown(self):
        if hasattr(self, "folder"):
            for reader in self.readers:
                reader.close()
            try:
                assert contents(self.path) == (self.revision, self.model.records, self.model.sealed)
                assert_sound(self.path)
            finally:
                shutil.rmtree(self.folder)

    def write(self, records=(), deletes=()):
        articles = [Article.read(record) for record in records]
        written = self.readers[0].collection.write(articles, deletes, encoder=self.encoder)
        # What changes nothing makes no revision.
        self.revision += self.model.apply(records, deletes)
        assert written.revision in {0, self.revision}
        newest = self.readers[0].collection.store.revision()
        assert (newest.number, newest.articles) == (self.revision, len(self.model.records))

    def some_id(self, choice):
        stored = sorted(self.model.records)
        return stored[choice % len(stored)]

    def stored(self, choice):
        """A stored article as it would be written."""
        article_id = self.some_id(choice)
        sealed = {"secured": self.model.sealed[article_id]} if article_id in self.model.sealed else {}
        return self.model.records[article_id] | sealed

    # Writing.

    @rule(records=st.lists(RECORDS, min_size=1, max_size=4), deletes=st.lists(st.sampled_from(IDS), max_size=2))
    def write_batch(self, records, deletes):
        self.write(records, deletes)

    @rule(deletes=st.lists(st.sampled_from([*IDS, "never"]), min_size=1, max_size=4))
    def delete(self, deletes):
        self.write(deletes=deletes)

    @precondition(lambda self: self.model.records)
    @rule(choice=CHOICE)
    def write_the_same_again(self, choice):
        before, encoded = self.revision, len(self.encoder.batches)
        self.write([self.stored(choice)])
        assert (self.revision, len(self.encoder.batches)) == (before, encoded)

    @precondition(lambda self: self.model.records)
    @rule(choice=CHOICE, change=st.sampled_from(["title", "publishedDateTime"]), value=st.integers(0, 4))
    def change_one_field(self, choice, change, value):
        values = {"title": TITLES, "publishedDateTime": DATES[1:]}[change]
        encoded = len(self.encoder.batches)
        self.write([self.stored(choice) | {change: values[value % len(values)]}])
        if change == "publishedDateTime":
            assert len(self.encoder.batches) == encoded, "a date is no part of the text"

    @precondition(lambda self: self.model.records)
    @rule(choice=CHOICE, article_id=st.sampled_from(IDS))
    def write_a_copy(self, choice, article_id):
        encoded = len(self.encoder.batches)
        self.write([self.stored(choice) | {"id": article_id}])
        assert len(self.encoder.batches) == encoded, "equal text is encoded once"

    @rule()
    def delete_all_but_one(self):
        self.write(deletes=sorted(self.model.records)[1:])

    # Housekeeping.

    @rule(reader=st.integers(0, 1))
    def compact(self, reader):
        self.readers[reader].collection.publish(compact=True)
        assert not self.readers[reader].collection.publish(compact=True), "there is nothing left to write"

    @rule(reader=st.integers(0, 1))
    def reopen(self, reader):
        self.readers[reader].close()
        self.readers[reader] = Recommender.open(self.path)

    @rule()
    def lose_snapshots(self):
        shutil.rmtree(self.path / "snapshots", ignore_errors=True)

    # Questions.

    @rule(reader=st.integers(0, 1), top_k=st.sampled_from([1, 3, 1000]))
    def rank_everything(self, reader, top_k):
        found = self.readers[reader].rank(scorer="dense", top_k=top_k)
        assert list(found) == sorted(self.model.records, key=str.encode)
        for asked, best in found.items():
            check_ranking(self.model.cosines(asked), list(best.items()), top_k)

    @precondition(lambda self: self.model.records)
    @rule(
        reader=st.integers(0, 1),
        choice=CHOICE,
        after=BOUNDS,
        before=BOUNDS,
        fields=FIELDS,
        exclude=st.sets(st.sampled_from(IDS), max_size=2),
        top_k=st.sampled_from([1, 4, 1000]),
    )
    def ask_with_a_filter(self, reader, choice, after, before, fields, exclude, top_k):
        asked = self.model.records[self.some_id(choice)]
        named = {"after": after, "before": before, "where": fields, "exclude": exclude}

        def ask():
            return self.readers[reader].related(asked["id"], scorer="dense", top_k=top_k, **named)

        undated = "publishedDateTime" not in asked and "P" in f"{after}{before}"
        if undated or contradict(after, before):
            with pytest.raises(ConfigError):
                ask()
            return
        expected = {
            article_id: near
            for article_id, near in self.model.related(asked["id"]).items()
            if passes(self.model.records[article_id], asked, after, before, fields, exclude)
        }
        found = ask()
        assert found.revision == self.revision
        assert found.article.to_record() == asked
        # What is not ranked is named as a copy: of the article asked about, or of an item that is shown in its place.
        copies = {copy.article_id: asked for copy in found.duplicates}
        copies |= {copy.article_id: item.article.to_record() for item in found for copy in item.duplicates}
        for article_id, original in copies.items():
            assert tells_the_same_at_last(self.model.records, article_id, original["id"]), (article_id, original)
        expected = {article_id: near for article_id, near in expected.items() if article_id not in copies}
        check_ranking(expected, [(item.article_id, item.score) for item in found], top_k)
        for item in found:
            assert item.article.to_record() == self.model.records[item.article_id]

    @rule(reader=st.integers(0, 1), address=st.sampled_from([*ADDRESSES[1:], "https://site.example/none"]))
    def ask_by_address(self, reader, address):
        having = [
            key for key, record in self.model.records.items() if url_key(record.get("webUrl")) == url_key(address)
        ]
        if len(having) == 1:
            found = self.readers[reader].rank([address], scorer="dense")
            assert list(found) == having
            check_ranking(self.model.cosines(having[0]), list(found[having[0]].items()), 100)
            return
        with pytest.raises(SharedUrlError if having else NotFoundError):
            self.readers[reader].rank([address])

    @rule(article_id=st.sampled_from(IDS))
    def ask_for_what_may_not_be_there(self, article_id):
        if article_id in self.model.records:
            assert self.readers[1].related(article_id).article.id == article_id
        else:
            with pytest.raises(NotFoundError):
                self.readers[1].related(article_id)

    @rule(reader=st.integers(0, 1))
    def compare_with_a_fresh_collection(self, reader):
        self.readers[reader].collection.publish(compact=True)
        # A reader stays with its view while nothing is written; one opened now has the snapshot.
        self.reopen(reader)
        fresh = answers_of_fresh(self.model, self.folder / "fresh")
        assert in_order(answers_of(self.readers[reader])) == in_order(fresh)

    @invariant()
    def counts_agree(self):
        if hasattr(self, "readers"):
            for reader in self.readers:
                with reader.collection.reading() as view:
                    assert (view.revision, len(view)) == (self.revision, len(self.model.records))


CollectionMachine.TestCase.settings = examples(
    50,
    share=7,  # each writes, opens and compares collections thirty times
    stateful_step_count=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
test_a_collection_is_a_dictionary_with_exact_search = CollectionMachine.TestCase
