"""The HTTP client's limits and errors, and the detection of a live site's kind."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from support.websites import Answer, Asked, Reading, Website, client, unused_address, website

from recommender.errors import SourceError
from recommender.sources.web import WebError, open_site
from recommender.sources.web_client import FetchLimits, WebClient
from recommender.sources.web_errors import redacted

RSS = '<rss version="2.0"><channel><title>t</title><item><title>One</title><link>{}/one</link></item></channel></rss>'
SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}/one</loc></url></urlset>'


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as made:
        yield made


# One request.


def test_an_answer_is_read_whole_and_says_who_asks(site: Website):
    site.pages["/"] = Answer.html("<p>Grüße", ETag='"1"')
    with client() as one:
        response = one.get(f"{site.url}/#part")
    assert (response.status, response.body.decode(), response.content_type) == (200, "<p>Grüße", "text/html")
    assert response.headers["etag"] == '"1"'
    agent = site.asked[0].headers["User-Agent"]
    assert agent.startswith("related-articles/") and "+https://pypi.org/project/related-articles/" in agent


def test_a_compressed_answer_is_unpacked(site: Website):
    site.pages["/"] = Answer(gzip.compress(b"text"), headers={"Content-Encoding": "gzip"})
    with client() as one:
        assert one.get(site.url).body == b"text"


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (Answer(status=404), "there is nothing at this address (status 404)"),
        (Answer(status=403), "the server denies access (status 403)"),
        (Answer(status=500), "the server failed (status 500)"),
        (Answer(status=418), "the server answered with status 418"),
        (Answer(status=429), "the server asks for fewer requests (status 429)"),
        (Answer(b"x" * 3000), "the answer is larger than 2,000 bytes"),
        (Answer(gzip.compress(b"x" * 3000), headers={"Content-Encoding": "gzip"}), "larger than 2,000 bytes"),
        (Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "the compressed answer is invalid"),
        (Answer(status=302, headers={"Location": "ftp://files.example/"}), "only http:// and https://"),
        (Answer(status=302, headers={"Location": "/"}), "it redirects in a circle"),
        (lambda asked: Answer(status=302, headers={"Location": f"/?{len(asked.query)}"}), "in a circle"),
    ],
)
def test_an_error_says_what_is_wrong_with_the_address(site: Website, page: Any, message: str):
    site.pages["/"] = page
    with client(limits=FetchLimits(max_bytes=2000)) as one, pytest.raises(WebError) as error:
        one.get(f"{site.url}/")
    assert message in str(error.value)
    assert "127.0.0.1" in str(error.value) or "ftp" in str(error.value)


def test_five_redirects_are_followed_and_no_more(site: Website):
    for number in range(8):
        site.pages[f"/{number}"] = Answer(status=301, headers={"Location": f"{number + 1}"})
    site.pages["/5"] = Answer("here")
    with client() as one:
        assert one.get(f"{site.url}/0").url == f"{site.url}/5"
        site.pages["/5"] = Answer(status=301, headers={"Location": "6"})
        with pytest.raises(WebError, match="it redirects more than 5 times"):
            one.get(f"{site.url}/0")


def test_a_silent_server_is_not_waited_for(site: Website):
    site.pages["/"] = site.never
    with (
        client(limits=FetchLimits(read_s=0.05)) as one,
        pytest.raises(WebError, match=r"no answer within 0\.05 seconds"),
    ):
        one.get(site.url)


def test_an_answer_that_takes_too_long_is_given_up(site: Website):
    site.pages["/"] = Answer("x")
    with client(limits=FetchLimits(total_s=0)) as one, pytest.raises(WebError, match="not complete after 0 seconds"):
        one.get(site.url)


def test_an_address_that_leads_nowhere_is_an_error():
    for url, message in [
        ("ftp://files.example/a", "only http"),
        ("file:///etc/hostname", "only http"),
        ("no address", "only http"),
        ("http://", "only http"),
    ]:
        with client() as one, pytest.raises(WebError, match=message):
            one.get(url)


def test_a_host_that_has_no_address_is_an_error(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with client() as one, pytest.raises(WebError, match=r"unknown host nobody\.example"):
        one.get("https://nobody.example/")


def test_a_server_that_is_down_is_said_to_be():
    with client() as one, pytest.raises(WebError, match="the connection was refused") as error:
        one.get(unused_address())
    assert error.value.is_outage


def test_a_plain_server_has_no_secure_connection(site: Website):
    with client() as one, pytest.raises(WebError, match="no secure connection"):
        one.get(site.url.replace("http:", "https:"))


def test_what_is_not_json_is_an_error_that_says_what_came(site: Website):
    site.pages["/"] = Answer.html("<p>hello")
    with client() as one, pytest.raises(WebError, match=r"the answer is not JSON \(text/html\)"):
        one.get(site.url).json()


# Politeness.


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [("7", [7.0, 7.0]), (None, [1.0, 2.0]), ("3600", []), ("soon", [1.0, 2.0])],
)
def test_a_busy_server_is_asked_again_when_it_says(site: Website, retry_after: str | None, waits: list[float]):
    slept: list[float] = []
    site.pages["/"] = Answer(status=503, headers={"Retry-After": retry_after} if retry_after else {})
    with client(sleep=slept.append) as one, pytest.raises(WebError):
        one.get(site.url)
    assert slept == waits


def test_a_busy_server_may_name_a_time(site: Website):
    slept: list[float] = []
    answers = iter([Answer(status=429, headers={"Retry-After": formatdate(time.time() + 30)}), Answer("now")])
    site.pages["/"] = lambda asked: next(answers)
    with client(sleep=slept.append) as one:
        assert one.get(site.url).body == b"now"
    assert 25 < slept[0] <= 30


def test_requests_to_other_hosts_are_spread_over_time(site: Website, monkeypatch: pytest.MonkeyPatch):
    site.pages["/"] = Answer("x")
    slept: list[float] = []
    monkeypatch.setattr("recommender.sources.web_client.is_loopback", lambda host: False)
    with client(requests_per_second=2, sleep=slept.append) as one:
        for _ in range(3):
            one.get(site.url)
    assert len(slept) == 2 and 0 < slept[0] <= 0.5 < slept[1] <= 1


def test_this_machine_is_asked_without_waiting(site: Website):
    site.pages["/"] = Answer("x")
    slept: list[float] = []
    with client(requests_per_second=0.01, sleep=slept.append) as one:
        one.get(site.url)
        one.get(site.url)
    assert slept == []


# Credentials.


def with_credentials(url: str) -> str:
    return url.replace("http://", "http://ann:s3cret@")


def test_credentials_go_to_their_host_alone(site: Website):
    with website() as other:
        site.pages["/"] = Answer("x")
        site.pages["/away"] = Answer(status=302, headers={"Location": f"{other.url}/"})
        site.pages["/trap"] = Answer(status=302, headers={"Location": with_credentials(f"{other.url}/")})
        other.pages["/"] = Answer("y")
        with client(with_credentials(site.url)) as one:
            for path in ("/", "/away", "/trap"):
                one.get(f"{site.url}{path}")
        assert [asked.headers["Authorization"] for asked in site.asked] == ["Basic YW5uOnMzY3JldA=="] * 3
        assert [asked.headers["Authorization"] for asked in other.asked] == [None, None]


def test_no_error_shows_credentials():
    address = with_credentials(unused_address())
    with WebClient(address) as one, pytest.raises(WebError) as error:
        one.get(address)
    assert "s3cret" not in f"{error.value!r} {error.value} {error.value.where}"
    with pytest.raises(SourceError) as failed:
        open_site(address)
    assert "s3cret" not in f"{failed.value!r} {failed.value}"


def test_an_address_is_shown_without_what_is_secret():
    for url, shown in [
        ("https://a:b@x.example/p?q=1", "https://***@x.example/p?q=1"),
        ("https://x.example/p?key=abc&page=2", "https://x.example/p?key=***&page=2"),
        ("https://x.example/?access_token=abc", "https://x.example/?access_token=***"),
        ("https://x.example/a,b", "https://x.example/a,b"),
    ]:
        assert redacted(url) == shown, url


# What a site is.


def chosen(site: Website, path: str = "/", *, with_client: bool = True) -> tuple[str, str]:
    said: list[str] = []
    source = open_site(f"{site.url}{path}", say=said.append, client=client())
    assert len(said) == 1
    return source.kind, said[0].removeprefix(f"{site.url}{path}: ")


def wordpress(asked: Asked) -> Answer:
    return Answer.json({"name": "A blog", "namespaces": ["oembed/1.0", "wp/v2"]})


def home(site: Website, head: str = "", **headers: str) -> None:
    site.pages["/"] = Answer.html(f"<html><head><title>Home</title>{head}</head><body>Hello</body></html>", **headers)


def by_header(site: Website) -> None:
    home(site, Link=f'<{site.url}/api/>; rel="https://api.w.org/"')
    site.pages["/api/"] = wordpress


def by_tag(site: Website) -> None:
    home(site, f'<link rel="https://api.w.org/" href="{site.url}/api/" />')
    site.pages["/api/"] = wordpress


def by_place(site: Website) -> None:
    home(site)
    site.pages["/wp-json/"] = wordpress


def without_permalinks(site: Website) -> None:
    html = Answer.html("<html><body>Hello</body></html>")
    site.pages["/"] = lambda asked: wordpress(asked) if asked.query.get("rest_route") == "/" else html


def with_everything(site: Website) -> None:
    by_place(site)
    home(site, '<link rel="alternate" type="application/rss+xml" href="/feed">')
    site.pages["/feed"] = Answer.xml(RSS)
    site.pages["/sitemap.xml"] = Answer.xml(SITEMAP)


@pytest.mark.parametrize("make", [by_header, by_tag, by_place, without_permalinks, with_everything])
def test_wordpress_is_known_by_its_api(site: Website, make: Callable[[Website], None]):
    make(site)
    kind, why = chosen(site)
    assert kind == "wordpress_site" and why.startswith("WordPress, read over its REST API at http://127.0.0.1")


def test_a_page_that_answers_everything_is_no_wordpress(site: Website):
    home(site, '<link rel="alternate" type="application/atom+xml" href="feed.xml">')
    site.pages["/wp-json/"] = site.pages["/"]
    site.pages["/feed.xml"] = Answer.xml(RSS)
    kind, why = chosen(site)
    assert (kind, why.partition(",")[0]) == ("feed", f"its feed {site.url}/feed.xml")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (RSS, "feed"),
        ('{"version": "https:\\/\\/jsonfeed.org\\/version\\/1.1", "items": []}', "feed"),
        (SITEMAP, "sitemap_site"),
    ],
)
def test_an_address_may_be_what_is_read(site: Website, body: str, kind: str):
    site.pages["/it.xml"] = Answer.xml(body)
    assert chosen(site, "/it.xml")[0] == kind
    assert site.paths == ["/it.xml"]


@pytest.mark.parametrize("place", ["/sitemap.xml", "/sitemap_index.xml", "/maps/mine.xml"])
def test_a_sitemap_is_found_where_it_is_usual_or_where_robots_say(site: Website, place: str):
    home(site)
    site.pages[place] = Answer.xml(SITEMAP.format(site.url))
    site.pages["/robots.txt"] = Answer(f"Sitemap: {site.url}{place}" if "maps" in place else "User-agent: *")
    kind, why = chosen(site)
    assert kind == "sitemap_site" and f"its sitemap {site.url}{place}" in why


def test_a_site_that_offers_nothing_is_told_what_was_tried(site: Website):
    home(site)
    with pytest.raises(SourceError) as error:
        open_site(site.url, client=client())
    assert "tried WordPress's REST API, a feed named by the page, a sitemap in robots.txt" in str(error.value)
    assert "sitemap" in (error.value.hint or "")


@pytest.mark.parametrize("broken", ["/", "/wp-json/", "/robots.txt", "/feed"])
def test_a_site_that_is_down_is_not_taken_for_one_that_offers_less(site: Website, broken: str):
    home(site, '<link rel="alternate" type="application/rss+xml" href="/feed">' if broken == "/feed" else "")
    site.pages["/sitemap.xml"] = Answer.xml(SITEMAP)
    site.pages[broken] = Answer(status=503)
    with pytest.raises(SourceError, match=r"the server failed|fewer requests"):
        open_site(site.url, client=client())


def test_a_page_may_be_closed_and_its_sitemap_open(site: Website):
    site.pages["/"] = Answer(status=403)
    site.pages["/sitemap.xml"] = Answer.xml(SITEMAP.format(site.url))
    assert chosen(site)[0] == "sitemap_site"


def test_ghost_is_asked_where_there_is_a_key(site: Website, monkeypatch: pytest.MonkeyPatch):
    home(site)
    site.pages["/ghost/api/content/posts/"] = lambda asked: (
        Answer.json({"posts": []}) if asked.query["key"] == "0a1b" else Answer(status=401)
    )
    site.pages["/sitemap.xml"] = Answer.xml(SITEMAP.format(site.url))
    monkeypatch.setenv("RELATED_GHOST_KEY", "0a1b")
    assert chosen(site) == ("ghost_site", "Ghost, read over its Content API")
    monkeypatch.setenv("RELATED_GHOST_KEY", "wrong")
    assert chosen(site)[0] == "sitemap_site"


def test_the_chosen_source_reads_the_site(site: Website):
    site.pages["/feed"] = Answer.xml(RSS.format(site.url))
    assert list(Reading(open_site(f"{site.url}/feed", client=client())).articles) == [f"{site.url}/one"]
