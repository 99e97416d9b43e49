"""No template, script or JSX reaches the texts that are searched, or the reasons that readers see."""

from __future__ import annotations

import numpy as np

from recommender.article import Article
from recommender.config import TextSettings
from recommender.ranking.reasons import PhraseReader, explain
from recommender.text import article_texts
from recommender.text.analysis import terms_in

CODE = """\
import Banner from "@widgets/Banner";
export const Anchorage = { widgetColour: "Crimsonish" };

{% include Headerpart.html %} {{ page.Zonefield | Filterword }} {{< Shortpiece src="Sourceword" >}}

<Banner Bannerprop={{ Innerprop: "Innervalue" }} />

<script>
  var Anchorvar = document.createElement("Scriptword");
</script>

<style>.Styleclass { color: Stylecolour }</style>

```js
let Fencedword = 1;
```

[gallery Galleryattr="1"]

{% highlight js %}
Highlightedword
{% endhighlight %}

See `Statementword = run();` and https://Addressword.example/Pathword.

"""
HIDDEN = [
    *["widgets", "anchorage", "widgetcolour", "crimsonish", "headerpart", "zonefield", "filterword", "shortpiece"],
    *["sourceword", "bannerprop", "innerprop", "innervalue", "anchorvar", "createelement", "scriptword", "styleclass"],
    *["stylecolour", "fencedword", "galleryattr", "highlightedword", "statementword", "addressword"],
    *["pathword", "var", "document", "endhighlight", "include"],
]


def test_code_reaches_neither_texts_nor_reasons():
    settings = TextSettings()
    articles = [
        Article.read(
            {
                "title": f"{{{{ Titleword }}}} {title}",
                "excerpt": f"{{% Excerptword %}} {title} <script>Excerptscript</script>",
                "body": f"{CODE}The harbour of Zylarport freezes.",
                "topics": ["{{ Topicword }}", "Ports &amp; ships"],
            }
        )
        for title in ("Ice in the harbour", "A harbour in winter")
    ]
    texts = [article_texts(article, settings) for article in articles]
    for text in texts:
        assert not {*HIDDEN, "titleword", "excerptword", "excerptscript"} & set(text.whole.casefold().split())
        assert not any(word in text.whole.casefold() for word in HIDDEN if len(word) > 7)
        assert "Zylarport" in text.whole
    reader = PhraseReader(terms_in)
    query = reader.read(articles[0], texts[0], "en")
    candidate = reader.read(articles[1], texts[1], "en", beside=query)
    found = explain(query, candidate, lambda terms: np.ones(len(terms), dtype=np.float32), 1.0)
    assert "harbour" in found
    assert "topic Ports & ships" in found
    said = " ".join(found).casefold()
    assert not any(word in said for word in [*HIDDEN, "topicword", "{"])
