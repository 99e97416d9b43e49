"""The plugin for WordPress, in a real one: lists of a real service, and what a service that fails does to a page."""

from __future__ import annotations

import html as html_module
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from sites.test_wordpress import HIDDEN, PAPER
from sites.wordpress_pages import expire, form, lists, read, signed_in, use, visit
from support.browsing import NO_BROWSER, browsing, find_chromium
from support.serving import READ_KEY, serving
from support.websites import Answer, Website, unused_address, website
from support.wordpress import ADMIN, WordPress, missing, wordpress

PLUGIN = Path(__file__).parents[2] / "service" / "wordpress" / "related-articles.php"
BLOCK = "<!-- wp:related-articles/list /-->"
HOSTILE = """<script>alert("1")</script> & 'quotes' [gallery]"""
ROUTE = "/v1/related"
QUICK_S = 8.0
"""Less than the ten seconds that WordPress may wait for a connection, and more than a slow machine needs for a page."""


@pytest.fixture(scope="module")
def site() -> Iterator[WordPress]:
    absent = missing()
    if absent:
        pytest.skip(absent)
    with wordpress() as site:
        site.activate(PLUGIN)
        yield site


@pytest.fixture(scope="module")
def posts(site: WordPress) -> list[int]:
    return site.add(PAPER)


@pytest.fixture
def stub() -> Iterator[Website]:
    """A service that knows every post, and always answers the same."""
    with website() as service:
        service.pages[ROUTE] = Answer.json({"related": [{"title": "A ferry", "webUrl": "https://ferry.example/"}]})
        yield service


def test_it_is_valid_php(site: WordPress):
    done = subprocess.run(["php", "-l", PLUGIN], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_pages_show_the_lists_of_the_service(site: WordPress, posts: list[int], related: Any, tmp_path: Path):
    collection = tmp_path / "collection"
    first, second = posts[:2]
    site.change(second, post_title=html_module.escape(HOSTILE))
    done = related("build", site.url, "--collection", collection)
    assert done.returncode == 0, done.stderr
    with serving(collection, read_open=False) as server:
        use(site, server.url, key=READ_KEY, limit=3)
        for number in posts:
            address = site.address(number)
            answer = server.writer.get("/v1/related", params={"url": address, "limit": 3}).json()
            assert visit(site, number) == [[(item["title"], item["webUrl"]) for item in answer["related"]]]
        page = read(site.address(first))
        # WordPress has made the quotation marks of the title typographic.
        assert any(title.startswith("<script>alert(") and "[gallery]" in title for title, _ in lists(page)[0])
        assert "<script>alert(" not in page

        # Where the block stands the list does, and not below the text too.
        site.evaluate(
            "wp_update_post(['ID' => $input[0], 'post_content' => $input[1] . get_post($input[0])->post_content]);",
            [second, BLOCK],
        )
        page = read(site.address(second))
        assert len(lists(page)) == 1
        text = html.fromstring(page).xpath("//article")[0]
        assert [child.tag for child in text][1] == "aside"
        use(site, server.url, key=READ_KEY, where="block")
        assert len(visit(site, second)) == 1
        assert visit(site, first) == []

        # Without its key the service tells nothing.
        use(site, server.url, key="wrong")
        assert visit(site, first) == []


def test_what_is_no_page_of_a_published_post_shows_nothing(site: WordPress, posts: list[int], stub: Website):
    use(site, stub.url, where="pages")
    numbers = site.add([{"post_title": "Hidden", "post_content": BLOCK, **how} for how in HIDDEN.values()])
    hidden = dict(zip(HIDDEN, numbers, strict=True))
    with signed_in(site, ADMIN, site.password) as editor:
        for address in (
            site.url,
            f"{site.url}/?s=the",
            f"{site.url}/feed/",
            f"{site.url}/wp-json/wp/v2/posts/{posts[0]}",
            site.address(hidden["password"]),
            f"{site.url}/?p={hidden['draft']}&preview=true",
            f"{site.url}/?p={hidden['private']}",
        ):
            answer = editor.get(address)
            assert answer.status_code == 200
            assert "ferry.example" not in answer.text
        assert stub.asked == []
        assert "ferry.example" in editor.get(f"{site.url}/?page_id={hidden['not an article: page']}").text
    assert len(stub.asked) == 1


def test_the_preview_of_a_published_post_shows_nothing(site: WordPress, posts: list[int], stub: Website):
    use(site, stub.url)
    site.show_below_posts("""<?php $id = get_queried_object_id();
        $nonce = ['preview_id' => $id, 'preview_nonce' => wp_create_nonce("post_preview_$id")];
        echo '<a id=preview href="', esc_url(get_preview_post_link($id, $nonce)), '">Preview</a>'; ?>""")
    with signed_in(site, ADMIN, site.password) as editor:
        page = editor.get(site.address(posts[0])).text
        site.show_below_posts("")
        assert len(lists(page)) == 1
        assert lists(editor.get(html.fromstring(page).get_element_by_id("preview").get("href")).text) == []


def test_an_excerpt_ends_before_the_list(site: WordPress, stub: Website):
    use(site, stub.url)
    number = site.add([{**PAPER[0], "post_content": "Three short words."}])[0]
    site.show_below_posts("<?php rewind_posts(); the_post(); echo '<p id=excerpt>', get_the_excerpt(), '</p>'; ?>")
    page = read(site.address(number))
    site.show_below_posts("")
    assert len(lists(page)) == 1
    assert html.fromstring(page).get_element_by_id("excerpt").text_content() == "Three short words."


@pytest.mark.parametrize("where", ["posts", "block"])
def test_everything_of_an_answer_is_escaped(site: WordPress, posts: list[int], stub: Website, where: str):
    date = "2021-03-05T23:30:00Z"
    items = [
        {"title": HOSTILE, "webUrl": 'https://ferry.example/?a="><script>&b=[gallery]', "publishedDateTime": date},
        {"title": "By others", "webUrl": "https://ferry.example/b", "provider": {"name": "<b>Ferry</b>"}},
        {"title": "Code", "webUrl": "javascript:alert(1)"},
        {"title": "Nowhere"},
        {"webUrl": "https://ferry.example/c"},
        {"title": ["no text"], "webUrl": {"no": "text"}, "provider": "none"},
        "no item",
        None,
        {
            "title": "The day of 2021",
            "webUrl": "https://ferry.example/d",
            "publishedDateTime": "soon",
            "provider": None,
        },
    ]
    stub.pages[ROUTE] = Answer.json({"related": items})
    use(site, stub.url, where=where, heading="Read <i>on</i> [gallery]")
    number = site.add([{**PAPER[0], "post_content": BLOCK if where == "block" else "Text."}])[0]
    page = read(site.address(number))
    (found,) = html.fromstring(page).xpath("//aside")
    assert [link.text_content() for link in found.iter("a")] == [HOSTILE, "By others", "The day of 2021"]
    assert [note.text_content() for note in found.iter("small")] == ["March 5, 2021", "<b>Ferry</b>"]
    assert {node.tag for node in found.iter()} == {"aside", "h2", "ul", "li", "a", "small", "time"}
    assert found.find("h2").text_content() == "Read <i>on</i> [gallery]"
    assert all(link.get("href").startswith("https://ferry.example/") for link in found.iter("a"))


def test_a_list_is_asked_for_once_and_again_when_it_is_old(site: WordPress, posts: list[int], stub: Website):
    use(site, stub.url, key=READ_KEY, limit=2)
    assert visit(site, posts[0]) == visit(site, posts[0]) == [[("A ferry", "https://ferry.example/")]]
    (asked,) = stub.asked
    assert asked.query == {"url": site.address(posts[0]), "limit": "2"}
    assert asked.headers["authorization"] == f"Bearer {READ_KEY}"
    visit(site, posts[1])
    assert len(stub.asked) == 2

    stub.pages[ROUTE] = Answer.json({"related": []})
    assert len(visit(site, posts[0])) == 1
    expire(site)
    assert visit(site, posts[0]) == visit(site, posts[0]) == []
    assert len(stub.asked) == 3


def test_an_unknown_post_shows_nothing_and_is_not_asked_about_again(site: WordPress, posts: list[int], stub: Website):
    del stub.pages[ROUTE]
    use(site, stub.url)
    assert visit(site, posts[0]) == visit(site, posts[0]) == []
    assert len(stub.asked) == 1
    assert visit(site, posts[1]) == []
    assert len(stub.asked) == 2, "another post may be known"


@pytest.mark.parametrize(
    "answer",
    [
        Answer("down", 503),
        Answer.json(
            {"title": "unknown key"},
        ),
        Answer("<html>", 200),
        Answer("", 302, {"Location": "/elsewhere"}),
    ],
    ids=["error", "no list", "no json", "redirection"],
)
def test_a_failing_service_shows_the_old_list_and_is_left_alone(
    site: WordPress, posts: list[int], stub: Website, answer: Answer
):
    use(site, stub.url)
    old = visit(site, posts[0])
    assert old != []
    good, stub.pages[ROUTE] = stub.pages[ROUTE], answer
    stub.pages["/elsewhere"] = good
    expire(site)
    stub.asked.clear()
    assert visit(site, posts[0]) == visit(site, posts[0]) == old
    assert visit(site, posts[1]) == [], "there is no old one"
    assert stub.paths == [ROUTE]

    stub.pages[ROUTE] = good
    expire(site)
    assert visit(site, posts[1]) == old


@contextmanager
def deaf() -> Iterator[str]:
    """The address of a port whose queue is full: connections to it are neither taken nor refused."""
    with socket.socket() as listener, socket.socket() as one, socket.socket() as two:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (one, two):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["refuses", "takes no connection", "never answers"])
def test_a_dead_service_slows_no_page(site: WordPress, posts: list[int], stub: Website, kind: str):
    stub.pages[ROUTE] = stub.never
    with deaf() as nobody:
        use(site, {"refuses": unused_address(), "takes no connection": nobody, "never answers": stub.url}[kind])
        for number in posts[:6]:
            before = time.monotonic()
            assert visit(site, number) == []
            assert time.monotonic() - before < QUICK_S
    assert len(stub.asked) == (kind == "never answers"), "after one failure nobody waits"


def test_the_settings_page_saves_and_refuses(site: WordPress, stub: Website):
    use(site, "")
    stub.pages["/v1/status"] = Answer.json({"articles": 1985})
    page = "/wp-admin/options-general.php?page=related-articles"

    def saved() -> dict[str, Any]:
        return dict(site.evaluate("return get_option('related_articles');"))

    with signed_in(site, ADMIN, site.password) as admin:

        def save(**fields: str) -> str:
            sent = form(admin.get(page).text) | {f"related_articles[{name}]": value for name, value in fields.items()}
            answer = admin.post("/wp-admin/options.php", data=sent)
            assert answer.status_code == 200, answer.text
            return answer.text

        told = save(
            service=f" {stub.url}/ ",
            key=READ_KEY,
            limit="99",
            heading="<b>More</b> to read",
            where="pages",
            minutes="0",
        )
        assert "It has 1,985 articles." in told
        wanted = {
            "service": stub.url,
            "key": READ_KEY,
            "limit": 20,
            "heading": "More to read",
            "where": "pages",
            "minutes": 1,
        }
        assert saved() == wanted
        assert stub.asked[-1].headers["authorization"] == f"Bearer {READ_KEY}"
        assert READ_KEY not in told, "a saved key is not shown"

        for address in (
            "javascript:alert(1)",
            "ftp://related.example",
            "related.example",
            "//related.example",
            "https://",
            "https://keeper:secret@related.example",
            "https://related.example/?a=b",
            "https://related.example/#a",
            'https://related.example/"><script>',
        ):
            assert "The address must be one of http or https" in save(service=address), address
        assert "The key must not have spaces" in save(key="a b")
        save(where="everywhere")
        assert saved() == wanted

        assert save(forget="1").count("Forget the saved key") == 0
        assert save(service="").count("The service") == 0
        assert saved() == {**wanted, "service": "", "key": ""}

        # Nobody else: a form without its nonce, and an editor.
        forged = form(admin.get(page).text) | {"_wpnonce": "0", "related_articles[service]": "https://other.example"}
        assert admin.post("/wp-admin/options.php", data=forged).status_code == 403
        nonce = form(admin.get(page).text)
    site.evaluate("wp_insert_user(['user_login' => 'ann', 'user_pass' => $input, 'role' => 'editor']);", site.password)
    with signed_in(site, "ann", site.password) as editor:
        assert editor.get("/wp-admin/edit.php").status_code == 200
        assert editor.get(page).status_code == 403
        assert editor.post("/wp-admin/options.php", data=nonce).status_code == 403
    assert saved()["service"] == ""


def test_a_key_of_the_configuration_is_not_shown_and_not_saved(site: WordPress, posts: list[int], stub: Website):
    use(site, stub.url)
    config = site.root / "wp-config.php"
    before = config.read_text(encoding="utf-8")
    constant = f"<?php define('RELATED_ARTICLES_KEY', '{READ_KEY}');"
    config.write_text(before.replace("<?php", constant, 1), encoding="utf-8")
    visit(site, posts[0])
    assert stub.asked[-1].headers["authorization"] == f"Bearer {READ_KEY}"
    with signed_in(site, ADMIN, site.password) as admin:
        page = admin.get("/wp-admin/options-general.php?page=related-articles").text
        assert "The key is set in wp-config.php." in page
        assert READ_KEY not in page
        admin.post("/wp-admin/options.php", data=form(page))
    assert READ_KEY not in json.dumps(site.evaluate("return get_option('related_articles');"))
    config.write_text(before, encoding="utf-8")


def test_the_editor_inserts_the_block(site: WordPress, posts: list[int], stub: Website):
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(NO_BROWSER)
    use(site, stub.url, where="block")
    with browsing(chromium) as browser:
        page = browser.new_page()
        page.goto(f"{site.url}/wp-login.php")
        page.fill("#user_login", ADMIN)
        page.fill("#user_pass", site.password)
        page.click("#wp-submit")
        page.goto(f"{site.url}/wp-admin/post-new.php")
        page.wait_for_function("() => window.wp?.data?.select('core/editor')?.getCurrentPostId()")
        number = page.evaluate("""async () => {
            const { dispatch, select } = wp.data, block = wp.blocks.createBlock("related-articles/list");
            dispatch("core/block-editor").insertBlocks([block]);
            dispatch("core/editor").editPost({ title: "From the editor", status: "publish" });
            await dispatch("core/editor").savePost();
            return select("core/editor").getCurrentPostId();
        }""")
        assert page.locator("[data-type='related-articles/list']").inner_text().count("is shown here") == 1
    assert site.evaluate("return get_post($input)->post_content;", number) == BLOCK
    assert visit(site, number) == [[("A ferry", "https://ferry.example/")]]


def test_deleting_the_plugin_leaves_nothing(stub: Website):
    with wordpress() as other:
        other.activate(PLUGIN)
        use(other, stub.url)
        (number,) = other.add(PAPER[:1])
        visit(other, number)
        like = "WHERE option_name LIKE '%related_articles%'"
        names = f'return $wpdb->get_col("SELECT option_name FROM $wpdb->options {like}");'
        assert len(other.evaluate(names)) == 3
        other.evaluate("""require_once ABSPATH . 'wp-admin/includes/plugin.php';
            deactivate_plugins('related-articles.php'); uninstall_plugin('related-articles.php');""")
        assert other.evaluate(names) == []
