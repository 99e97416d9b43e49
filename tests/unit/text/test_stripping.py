"""Stripping templates, shortcodes, JSX, code and scripts from Markdown, MDX and titles."""

from __future__ import annotations

import time

from recommender.article import Article
from recommender.config import TextSettings
from recommender.text import article_texts, clean, clean_markdown


def read(markdown: str) -> str:
    return clean_markdown(markdown, 1000)


def test_template_tags_are_removed():
    for markdown, prose in [
        ("The {{ site.title | upcase }} garden", "The garden"),
        ("{% include nav.html items=menu %}\n\nTall trees", "Tall trees"),
        ("{%- if page.wide -%}\nWide\n{%- else -%}\nNarrow\n{%- endif -%}", "Wide Narrow"),
        ("{# a note to ourselves #}Tall trees", "Tall trees"),
        ("{% comment %}old words{% endcomment %}new words", "new words"),
        ("Before\n\n{% highlight ruby linenos %}\nputs 'x'\n\nputs 'y'\n{% endhighlight %}\n\nafter", "Before after"),
        ("Before\n{% codeblock lang:js %}\nlet x\n{% endcodeblock %}\nafter", "Before after"),
        ("{% raw %}\n```\n{{ x }}\n```\nProse in {{ it }} stays\n{% endraw %}", "Prose in stays"),
        ("{% set snippet %}\nconst x = 1;\n{% endset %}\nShown", "Shown"),
        ("{% set x = 1 %}Shown", "Shown"),
        ("{{#each people}} Hello {{{name}}} {{/each}}", "Hello"),
        ("[home]({{ site.url }}/a) and [post]({% post_url 2020-01-01-x %})", "home and post"),
        ("{{raw `\nfunc a() {\n\n}\n`}}\nTall trees", "Tall trees"),
        ("![a {{ b }}](c.png) Tall trees", "Tall trees"),
        ("<% if admin %>Hello<% end %> <?php echo 1; ?>you", "Hello you"),
        ("Show &#123;&#123; page.title }} here", "Show here"),
    ]:
        assert read(markdown) == prose, markdown


def test_shortcodes_are_removed():
    for markdown, prose in [
        ('{{< figure src="a.png" caption="Words" >}}\nTall trees', "Tall trees"),
        ("{{< highlight go >}}\nfunc main() {}\n{{< /highlight >}}\nTall trees", "Tall trees"),
        ("{{% notice tip %}}\nTall *trees*\n{{% /notice %}}", "Tall trees"),
        ("{{< tabs >}}\n{{< tab name='a' >}}\nTall\n{{< /tab >}}\n{{< /tabs >}}", "Tall"),
        ("{{< highlight go />}}Tall trees", "Tall trees"),
        ('[gallery ids="1,2" columns=3]\n\nTall trees', "Tall trees"),
        ('[caption id="a" width="3"]Tall trees[/caption] here', "Tall trees here"),
        ("[quote]Tall trees[/quote] here", "Tall trees here"),
        ('[code lang="js"]\nlet x;\n\nlet y;\n[/code]\nTall trees', "Tall trees"),
        ("[embed]https://video.example/1[/embed]Tall trees", "Tall trees"),
        ("[player id=7 loop] Tall trees", "Tall trees"),
        ("[TOC]\n\nTall [[_TOC_]]trees", "Tall trees"),
    ]:
        assert read(markdown) == prose, markdown


def test_text_that_only_looks_like_code_stays():
    for markdown, prose in [
        ("a [link](/x) and [text][ref]\n\n[ref]: /y", "a link and text"),
        ("an [aside] and a [x] box", "an [aside] and a [x] box"),
        ("- [ ] open\n- [x] done", "[ ] open [x] done"),
        ("[text][far] whose address stands further down", "[text] whose address stands further down"),
        ("a note[^1]\n\n[^1]: Its words.\n\n    More of it.", "a note Its words. More of it."),
        ("[^1]: Word", "Word"),
        ("> [!NOTE]\n> Tall trees", "Tall trees"),
        ("sets {a, b} and } or { alone", "sets {a, b} and } or { alone"),
        ("1 < 2 > 0, a <b and c", "1 < 2 > 0, a <b and c"),
        ("It cost $5 then, $10 now", "It cost $5 then, $10 now"),
        ("an \\{escaped\\} \\[sign\\]", "an {escaped} [sign]"),
        (
            "Importing and exporting\nimport duties and\nexport goods",
            "Importing and exporting import duties and export goods",
        ),
    ]:
        assert read(markdown) == prose, markdown


def test_jsx_and_statements_are_removed():
    for markdown, prose in [
        ("import Tabs from '@theme/Tabs';\nimport {\n  a,\n  b,\n} from 'x'\n\nTall trees", "Tall trees"),
        ("export const meta = {\n  tags: ['a', 'b'],\n\n  run() { return 1; }\n};\n\nTall trees", "Tall trees"),
        (
            "export default function Page({ children }) {\n  return <div>{children}</div>;\n}\n\nTall trees",
            "Tall trees",
        ),
        ("{/* a note\n\nof ours */}\nTall trees", "Tall trees"),
        (
            "<Tabs\n  values={[{ label: 'A > B', value: 'a' }]}\n>\n  <Tab>\n\n    Tall *trees*\n\n  </Tab>\n</Tabs>",
            "Tall trees",
        ),
        ("<Badge text='new' /> Tall {count + 1} trees", "Tall trees"),
        ("<Card.Title>Tall trees</Card.Title>", "Tall trees"),
        ("<div style={{ color: 'red' }} onClick={() => run()}>Tall trees</div>", "Tall trees"),
        ("<>\nTall trees\n</>\n\n<Note />", "<> Tall trees </>"),
        ("<CodeBlock>{`const x`}</CodeBlock>Tall trees", "Tall trees"),
    ]:
        assert read(markdown) == prose, markdown


def test_block_markers_and_attributes_are_removed_and_their_text_stays():
    for markdown, prose in [
        (":::note Mind this\nTall trees\n:::", "Mind this Tall trees"),
        (":::tip[Mind this]{.wide}\n\nTall trees\n\n:::", "Mind this Tall trees"),
        ('!!! note "Mind this"\n    Tall trees\n\n    stand\n\nhere', "Mind this Tall trees stand here"),
        ("??? info\n    Tall\n\n    !!! tip\n        trees\n", "Tall trees"),
        ('=== "One"\n\n    Tall\n\n=== "Two"\n\n    trees', "One Tall Two trees"),
        ("1. One\n\n    !!! note\n        Tall\n\n    trees", "One Tall trees"),
        ("Tall trees{: .wide #here}\n{: target='_blank'}\n## Head {#head}\ntext {.lead}", "Tall trees Head text"),
        ("* Contents will stand here\n{:toc}\n\nTall trees", "Tall trees"),
        ("{::comment}old{:/comment}Tall trees", "Tall trees"),
        ("<!-- more -->Tall<!-- x -->trees", "Tall trees"),
    ]:
        assert read(markdown) == prose, markdown


def test_elements_without_prose_are_removed():
    for name in ["script", "style", "pre", "svg", "iframe", "noscript", "template", "math", "SCRIPT"]:
        assert read(f"Tall\n\n<{name} a='>'>\nvar x = 1;\n\n    y\n\n</{name}>\n\ntrees") == "Tall trees", name
        assert clean(f"Tall <{name}>var x</{name}> trees") == "Tall trees", name


def test_code_that_is_part_of_a_sentence_stays():
    for code, told in [
        ("git rebase --onto", "git rebase --onto"),
        ("open()", "open()"),
        ("var anchor = document.querySelector", ""),
        ("x += 1", ""),
        ("f(x);", ""),
        ("median(field, n)", "median"),
        ("{{ page.title }}", ""),
        ("() => run", ""),
        ("word " * 12, ""),
        ("import os", ""),
    ]:
        expected = " ".join(f"Use {told} here".split())
        assert read(f"Use `{code}` here") == expected, code
        assert read(f"Use <code>{code}</code> here") == expected, code


def test_math_urls_and_code_blocks_are_removed():
    for markdown, prose in [
        ("Let $$x^2$$ be\n\n$$\na + b\n\n= c\n$$\n\ngiven", "Let be given"),
        ("Let $x_1$ and $n$ and \\\\(a^2\\\\) be\n\n\\begin{align}\nx\n\\end{align}", "Let and and be"),
        ("See https://site.example/a?b=c. And www.site.example, <https://x.example>", "See . And ,"),
        ("- ```js\n  let x\n  ```\n\n  Tall\n- ~~~\n  x\n  ~~~\n", "Tall"),
        ("```\n{% highlight %}\n```\nTall `{% raw %}` trees", "Tall trees"),
        ("````\n```\n````\nTall ```x = 1;``` trees", "Tall trees"),
        ("| a | `b` |\n| - | - |\n| {{ c }} | d |", "a b d"),
    ]:
        assert read(markdown) == prose, markdown


def test_an_unclosed_construct_ends_with_its_paragraph():
    for opening in [
        "{{",
        "{%",
        "{#",
        "{/*",
        "{{<",
        "{{%",
        "<script>",
        "<script",
        "<!--",
        "<div",
        "<Tabs a={",
        "[a b='",
        "$$",
        "`",
        "<%",
        *[
            "export const x = {",
            "import {",
            "\\begin{align}",
            "<pre>",
            "{% highlight %}",
            "{{< highlight >}}",
            "<Tabs>",
        ],
    ]:
        text = read(f"Tall trees\n\n{opening} x\n\nStand here\n\nand *there*")
        assert text.startswith("Tall trees"), opening
        assert text.endswith("Stand here and there"), opening


def test_an_article_about_templates_keeps_its_prose():
    body = (
        "Liquid prints a value with `{{ page.title }}`, and `{% for %}` begins a loop.\n\n"
        "{% raw %}\n```liquid\n{% for post in site.posts %}{{ post.url }}{% endfor %}\n```\n{% endraw %}\n\n"
        "The `include` tag reads a file."
    )
    assert read(body) == "Liquid prints a value with , and begins a loop. The include tag reads a file."


def test_prose_after_a_long_listing_is_found():
    for block in ["```\n{}\n```", "<script>\n{}\n</script>", "{{% highlight c %}}\n{}\n{{% endhighlight %}}"]:
        listing = block.replace("{}", "x = x + 1;\n" * 2000).replace("{{", "{").replace("}}", "}")
        assert read(f"{listing}\n\nTall trees") == "Tall trees", block
        indented = "    x = x + 1;\n" * 1000
        assert clean_markdown(f"Tall\n\n{indented}\n\ntrees", 500) == "Tall trees", block


def test_a_bounded_part_of_a_text_is_read():
    assert clean_markdown(f"```\n{'x' * 50_000}\n```\n\nTall trees", 1000) == ""


def test_titles_and_excerpts_lose_templates_and_tags():
    for title, plain in [
        ("{{ page.title }} of trees", "of trees"),
        ("Tall {% include x %}<b>trees</b>", "Tall trees"),
        ("{{< icon >}}Tall trees", "Tall trees"),
        ("Sets {a} and [b] and C<T>: a < b", "Sets {a} and [b] and C : a < b"),
        ("#{tag} and `code`", "#{tag} and `code`"),
    ]:
        assert clean(title) == plain, title
        texts = article_texts(Article.read({"title": title, "excerpt": title, "body": "Body"}), TextSettings())
        assert texts.title == plain, title


def test_many_openings_are_read_in_linear_time():
    for unit in [
        *["{{", "{%", "<", "[", "<script", "<script>", "` ``", "$", "<a ='", '<a="<a"'],
        *["<a b={", "[a b='", "[^1", "{/*", "<!--", "\\[", "import {", "export const x = {\n", ":::\n", "!!! a\n    "],
        *["{% highlight %}", "<Aa>", "```\n", "&#123;&#123;"],
    ]:
        text = unit * (40_000 // len(unit))
        start = time.process_time()
        clean_markdown(text, 2_500)
        clean(text)
        # Linear is a fraction of a second; quadratic would be half a minute.
        assert time.process_time() - start < 10, unit
