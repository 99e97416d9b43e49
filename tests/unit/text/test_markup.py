"""The prose of HTML and reStructuredText, and the heading of a body."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recommender.text import clean_markdown
from recommender.text.markup import heading_of, prose_of_html, prose_of_rst


def test_html_becomes_paragraphs():
    for html, prose in [
        ("", ""),
        (" \n\0", ""),
        ("plain", "plain"),
        ("One\n\ntwo\nlines", "One\n\ntwo lines"),
        ("<p>One <b>bo</b>ld</p><p>two<br>lines", "One bold\n\ntwo lines"),
        ("One\n\n<em>two</em>\n\n<!-- wp:more -->three", "One\n\ntwo\n\nthree"),
        ("<ul><li>a<li>b</ul>tail", "a\n\nb\n\ntail"),
        ("<table><tr><td>a<td>b</table>", "a\n\nb"),
        ("<figure><img alt='x'><figcaption>Words</figcaption></figure>", "Words"),
        ("AT&amp;T &eacute; &lt;b&gt; &#8217;", "AT&T é < b> ’"),
        ("<p>use <code>git rebase</code> not <code>x = f(y);</code></p>", "use git rebase not"),
        ("<h1># Head</h1><p>    indented</p><p>``` open</p><p>> said", "Head\n\nindented\n\nopen\n\nsaid"),
        ("<?xml version='1.0' encoding='latin-1'?><p>é", "é"),
        ("<p>a<p/><//p><b>c</i>", "a\n\nc"),
        ("\ud800<p>a\0b", "?\n\nab"),
    ]:
        assert prose_of_html(html) == prose, html


def test_elements_without_prose_are_removed_with_their_content():
    for name in ["script", "style", "pre", "nav", "form", "svg", "iframe", "noscript", "template", "select"]:
        assert "hidden" not in prose_of_html(
            f"<html><{name}>hidden <i>hidden</i></{name}><body><p>shown</p></body></html>"
        ), name


def test_deeply_nested_html_keeps_its_words():
    for depth in [300, 1500, 50_000]:
        html = f"{'<div>' * depth}deep{'</div>' * depth}<script>hidden</script><p>after</p>"
        assert prose_of_html(html) == "deep\n\nafter", depth


RST = """\
.. title: Metadata
.. slug: metadata

:Author: Somebody

Trees
=====

Tall :ref:`trees <target>` and :doc:`woods`, :func:`~park.open`, `a link <https://x.example>`_, ``git rebase``.

.. note:: Mind this
   well.

   A second paragraph.

.. code-block:: python
   :linenos:

   hidden()

.. unheard-of:: hidden
   :option: hidden

   Kept words.

   .. warning::

      Nested::

          hidden()

      Kept too.

- An item::

      hidden()

  More of it.

.. include:: FILE
.. raw:: html

   <b>hidden</b>

.. figure:: hidden.png
   :alt: hidden

   A caption.

.. |name| replace:: hidden

.. a comment, hidden

:math:`hidden` |name|

>>> hidden()

+-----+-----+
| one | two |
+-----+-----+

# no heading
"""


def test_restructured_text_becomes_paragraphs(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    prose = prose_of_rst(RST.replace("FILE", str(secret)))
    assert "hidden" not in prose
    assert prose.split("\n\n")[:9] == [
        "Trees",
        "Tall trees and woods, park.open, a link, git rebase.",
        "Mind this well.",
        "A second paragraph.",
        "Kept words.",
        "Nested:",
        "Kept too.",
        "An item:",
        "More of it.",
    ]
    assert prose.endswith("one\n\ntwo\n\nno heading")
    assert "A caption." in prose
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "rst",
    [
        *["", "\0", "Title\n===", "a\n=\n\nb\n-\n\nc\n~\n\nd\n=\n\ne\n~", "+--+\n|a", "`a", "|a| `b`_ [1]_"],
        *[".. role:: x\n\n:x:`a`", ":nosuchrole:`a`", ".. include:: /etc/hostname"],
        "\n".join(" " * depth + "- a" for depth in range(900)),
    ],
)
def test_unusual_restructured_text_is_read_without_warnings(rst: str, capfd: pytest.CaptureFixture[str]):
    assert "system" not in prose_of_rst(rst).lower()
    assert capfd.readouterr() == ("", "")


def test_restructured_text_is_read_without_shared_state():
    from docutils.parsers.rst import directives, roles

    before = dict(directives._directives), dict(roles._roles)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(prose_of_rst, [RST + ".. role:: mine\n\n:mine:`x` ``y``"] * 20))
    assert len(found) == 1
    assert (dict(directives._directives), dict(roles._roles)) == before


def test_long_restructured_text_is_read_in_time():
    for unit in ["`a ", "*a ", "|a| ", "a_ ", ".. note::\n\n   x\n\n", "a::\n\n    b\n\n"]:
        assert prose_of_rst(unit * (100_000 // len(unit))), unit


@pytest.mark.parametrize("read", [prose_of_html, prose_of_rst])
def test_extracted_prose_is_unchanged_by_markdown(read):
    source = "Tall trees stand here.\n\nThere is more than one of them."
    assert clean_markdown(read(source), 1000) == "Tall trees stand here. There is more than one of them."


def test_the_heading_of_a_body():
    for body, heading in [
        ("", None),
        ("No heading\n\n## A second", None),
        ("# Title", "Title"),
        ("# Title {#id}\n", "Title"),
        ("# A *bold* `x = 1` [link](/y) ![picture](z) #\n", "A bold x = 1 link"),
        ("Title\n=====\n", "Title"),
        ("Title\n---\n", None),
        ("```sh\n# comment\n```\n\n# Title", "Title"),
        ("    # code\n\n# Title", "Title"),
        ("import A from 'a'\n\nexport const x = {\n  a: 1,\n};\n\n<!-- # no -->\n\n# Title", "Title"),
        ("{/* # no */}\n:::note\nWords\n:::\n\n# Title", "Title"),
        ("!!! note\n    # no\n\n# Title", "Title"),
        ("#\n\n# {{ page.title }}\n\n# Title", "Title"),
        ("\ufeff# Title", "Title"),
        ("#hashtag", None),
    ]:
        assert heading_of(body) == heading, body
