"""No template, script or JSX reaches the texts that are searched, or the reasons that readers see."""

from __future__ import annotations

import numpy as np

from recommender.article import Article
from recommender.config import TextSettings
from recommender.index.local.packing import Packer, packed_lead
from recommender.ranking.reasons import Lead, Phrases, explain
from recommender.text import article_texts
from recommender.text.lead_words import unpack_words

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
    packed = [Packer(settings).pack(article, text) for article, text in zip(articles, texts, strict=True)]
    query, candidate = (unpack_words([packed_lead(each.columns)]) for each in packed)
    leads = [
        Lead(*each, frozenset()) for each in zip(articles, *zip(*(p[:2] for p in packed), strict=True), strict=True)
    ]
    phrases = Phrases(leads[0], query, np.ones(len(query.terms), dtype=np.float32), 1.0)
    found = explain(*articles, phrases.shared(leads[1:], candidate)[0])
    assert "harbour" in found
    assert "topic Ports & ships" in found
    said = " ".join(found).casefold()
    assert not any(word in said for word in [*HIDDEN, "topicword", "{"])
