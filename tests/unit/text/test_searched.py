"""The whole of an article as words."""

from __future__ import annotations

import time

import pytest

from recommender.article import Article
from recommender.config import TextSettings
from recommender.text import article_texts
from recommender.text.searched import plain_body, searched_text

CODE = """
Before the listing.

```python
secretcode = 1
```

~~~
secretcode
~~~

> ```
> secretcode
> ```

    secretcode indented

<pre><code>secretcode</code></pre>
<script>secretcode()</script><style>.secretcode {}</style>
<!-- secretcode <b>secretcode</b> -->
{% highlight ruby %}secretcode{% endhighlight %}
{{< highlight go >}}secretcode{{< /highlight >}}
[code lang="x"]secretcode[/code]
<svg><style>secretcode</style><path d="secretcode"/></svg>
<a href="https://secretcode.example/x" class="secretcode">a link</a> [label](https://secretcode.example/ "secretcode")
https://secretcode.example/path?x=1 www.secretcode.example {{ secretcode }} {% secretcode %}
![picture](secretcode.png)
[ref]: https://secretcode.example

After the listing: `inline` &amp; more.
"""


def words(text: str, max_chars: int = 20_000) -> set[str]:
    return set(plain_body(text, max_chars).split())


def test_code_markup_and_addresses_are_no_words_and_prose_stays():
    found = plain_body(CODE, 20_000)
    assert "secretcode" not in found
    for word in ("Before", "listing.", "a link", "[label]", "[picture]", "After", "`inline`", "& more"):
        assert word in found, word


@pytest.mark.parametrize(
    "text",
    [
        "kept <pre> kept",
        "kept ]] [/code] </script> kept",
        "kept {{ kept",
        "a < b kept > c kept",
        "- item\n\n  kept in a list kept",
        "[code] kept kept",
    ],
)
def test_what_is_no_markup_is_kept(text: str):
    assert plain_body(text, 100).count("kept") == 2


def test_an_open_fence_reaches_to_the_end():
    assert words("kept\n\n```\nlost\n") == {"kept"}


def test_mojibake_is_repaired_and_half_a_character_replaced():
    assert plain_body("the residentsâ€™ cafÃ© \ud83d", 100) == "the residents’ café \ufffd"


def test_a_text_is_cut():
    assert len(plain_body("word " * 10_000, 200)) == 200


@pytest.mark.parametrize(
    "text",
    [
        *("<pre>", "{{", "<!--", "[code]", "](", "[a]:", "<a", "&", ">", "</svg>", "<pre><svg>", "x](y", "www."),
        *("data:;base64,", "```\n", "\n \n    ", "{{< highlight ", "> "),
    ],
)
def test_any_text_takes_about_as_long_as_any_other(text: str):
    many = (text * (40_000 // len(text) + 1))[:40_000]
    halves = "<pre>" * 4000 + text * (20_000 // len(text))
    start = time.process_time()
    plain_body(many, 20_000)
    plain_body(halves, 20_000)
    assert time.process_time() - start < 5, "it is not linear"


def searched(settings: TextSettings, **fields: object) -> str:
    article = Article.read({"title": "Title", **fields})
    return searched_text(article, article_texts(article, settings), settings)


def test_the_excerpt_and_the_whole_body_are_searched():
    body = "start " + "middle " * 500 + "end"
    assert searched(TextSettings(), excerpt="An <b>excerpt</b>", body=body).split()[:3] == ["An", "excerpt", "start"]
    assert searched(TextSettings(), body=body).endswith("end")
    assert not searched(TextSettings(searched_chars=0), body=body).endswith("end")
    assert len(searched(TextSettings(searched_chars=2000), body=body)) <= 2001


def test_of_a_short_article_the_lead_is_all():
    assert searched(TextSettings(), excerpt="Excerpt.", body="Body.") == "Excerpt. Body."
