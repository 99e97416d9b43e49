"""Every example of the README and the manual runs, and prints what the page says."""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sites.stories import STORIES, Story, toml_file, yaml_file
from support.commands import run_here
from support.copies import copy_to
from support.examples_of_pages import Example, examples_of
from support.serving import WRITE_KEY, listening
from typer.main import get_command

from recommender.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = {
    page: list(found) for page in PAGES if page.parent.name != "reference" and (found := list(examples_of(page, ROOT)))
}
ACLU = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"
REUTERS = "_news/2021-04-12-plaintiffs-seek-preliminary-injunction-in-clearview-ai-privacy-mdl"
REUTERS_URL = "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL"
SERVICE = "http://127.0.0.1:8000"
OTHERS = ("pip", "pipx", "docker", "npx", "make", "bundle", "git", "pre-commit", "export")
"""Programs of others, which other tests run, or none."""
GENERATORS = ("hugo", "zola", "pelican", "nikola", "mkdocs", "ablog")
"""Run by `make test-sites`."""
ONLY_READ = re.compile(
    r"://|^(serve|demo|distil|tune)\b|^judge (?!.*--(export|agreement))|--review|--model (static|multilingual)"
)
"""Commands that serve until they are stopped, need servers of others, or learn for minutes: options are checked."""
WIDTH = 120
EXPORT = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><link>https://paper.example</link><wp:wxr_version>1.2</wp:wxr_version><item><title>{title}</title>
<link>https://paper.example/bees/</link><content:encoded>Bees.</content:encoded><wp:post_id>1</wp:post_id>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>"""
SITE = "https://paper.example"
SMALL_SITES: dict[str, tuple[str, dict[str, str]]] = {
    "hugo": ("content/posts/{slug}.md", {"hugo.toml": f'baseURL = "{SITE}/"\n'}),
    "jekyll": ("_posts/{date}-{slug}.md", {"_config.yml": f"url: {SITE}\n"}),
    "eleventy": (
        "posts/{slug}.md",
        {"eleventy.config.js": "export default (config) => {};\n", "_data/site.json": f'{{"url": "{SITE}"}}'},
    ),
    "astro": (
        "src/content/blog/{slug}.md",
        {
            "astro.config.mjs": f'export default {{ site: "{SITE}" }};\n',
            "src/pages/blog/[...slug].astro": '---\nconst posts = await getCollection("blog");\n---\n',
        },
    ),
    "docusaurus": (
        "blog/{date}-{slug}.md",
        {"docusaurus.config.js": f'export default {{ url: "{SITE}", baseUrl: "/" }};\n'},
    ),
    "hexo": (
        "source/_posts/{slug}.md",
        {"_config.yml": f"url: {SITE}\nsource_dir: source\npermalink: :year/:title/\n", "package.json": '{"hexo": {}}'},
    ),
    "zola": ("content/{slug}.md", {"config.toml": f'base_url = "{SITE}"\n'}),
    "pelican": ("content/{slug}.md", {"pelicanconf.py": f'SITEURL = "{SITE}"\nPATH = "content"\n'}),
    "nikola": (
        "posts/{slug}.md",
        {"conf.py": f'SITE_URL = "{SITE}/"\nBLOG_TITLE = "Paper"\nPOSTS = (("posts/*.md", "posts", "post.tmpl"),)\n'},
    ),
    "mkdocs": ("docs/{slug}.md", {"mkdocs.yml": f"site_name: Paper\nsite_url: {SITE}/\n"}),
    "sphinx": (
        "posts/{slug}.md",
        {
            "conf.py": f'extensions = ["ablog", "myst_parser"]\nblog_baseurl = "{SITE}"\nblog_path = "blog"\n',
            "index.rst": "Paper\n=====\n",
        },
    ),
    "other": ("notes/{slug}.md", {"related.toml": f'[site]\nurl = "{SITE}/{{path}}/"\n'}),
}
"""By page, where a post stands and what else the site has."""


def described(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", EXAMPLES, ids=described)
def test_examples_run_and_print_what_the_page_says(page: Path, site: Path, site_collection: Path, tmp_path: Path):
    place = _place_of(page, site, site_collection, tmp_path / "here")
    names: dict[str, object] = {}
    with _served(page, site_collection, tmp_path) as url:
        for example in EXAMPLES[page]:
            _run(example, place, url, names)


@contextlib.contextmanager
def _served(page: Path, collection: Path, folder: Path) -> Iterator[str]:
    """Serve a copy of the collection if the page asks the service."""
    if SERVICE not in page.read_text(encoding="utf-8"):
        yield ""
        return
    with listening(copy_to(collection, folder), warm_model=False) as server:
        yield server.url


def _run(example: Example, place: Path, url: str, names: dict[str, object]) -> None:
    text = re.sub(r"\b(SLUG|ID)\b", ACLU, re.sub(r"\bKEY\b", WRITE_KEY, example.text.replace(SERVICE, url)))
    # Variables that are set for one command.
    text = re.sub(r"^[A-Z_]+=\S+ ", "", text)
    if example.language == "python":
        printed = io.StringIO()
        with contextlib.chdir(place), contextlib.redirect_stdout(printed):
            exec(compile(text, f"{example.page}:{example.line}", "exec"), names)
        _compare(example, [printed.getvalue()] if example.output else [])
    elif text.startswith("related "):
        _run_related(example, text, place)
    elif text.startswith("curl "):
        _run_curl(example, text, place)
    else:
        assert text.split()[0] in OTHERS + GENERATORS, f"{example.page}:{example.line}: nothing runs {text}"


def _place_of(page: Path, site: Path, collection: Path, folder: Path) -> Path:
    """Make what the examples of a page find: a small site of the generator, or the sample site and its collection."""
    if page.stem in SMALL_SITES:
        return _write_small_site(page.stem, folder)
    for name in ("site", "data/site"):
        shutil.copytree(site, folder / name)
    # A page that builds a collection begins without one.
    builds = any(re.match("related build ", each.text) and not ONLY_READ.search(each.text) for each in EXAMPLES[page])
    if not builds:
        shutil.copytree(collection, folder / "collection")
    _add_what_pages_name(folder)
    if page.stem in {"wordpress", "ghost"}:
        _add_exports(folder / "site")
    if page.name in {"evaluate.md", "tune.md"}:
        _judge(folder)
    return folder / "site" if page.name == "start.md" or page.parent.name == "sites" else folder


def _add_what_pages_name(folder: Path) -> None:
    [article] = re.findall(r"^```json\n(\{\n.+?)^```", (ROOT / "docs/cms.md").read_text("utf-8"), re.M | re.S)
    files = {
        "drafts/new.md": "---\ntitle: Police try face recognition at the station\n---\n",
        "articles.jsonl": json.dumps({"id": ACLU, "title": "ACLU suit"}),
        "article.json": article,
        "all.jsonl": '{"id": "4711", "title": "A robot picks strawberries in Kent"}\n{"id": "4712"}\n',
    }
    shutil.copytree(ROOT / "data/qrels", folder / "data/qrels")
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _add_exports(site: Path) -> None:
    """Add what WordPress and Ghost export."""
    ghost = {"id": "1", "title": "Bees", "slug": "bees", "html": "<p>Bees.</p>", "status": "published", "type": "post"}
    files = {
        "export.xml": EXPORT.format(title="Bees on the town hall"),
        "ghost-export.json": json.dumps({"db": [{"data": {"posts": [ghost]}}]}),
        "related.toml": f'[site]\nurl = "{SITE}"\n',
    }
    for name, text in files.items():
        (site / name).write_text(text, encoding="utf-8")


def _judge(folder: Path) -> None:
    """Add a list of an editor's own, and the grades of two judges."""
    story = folder / f"site/{ACLU}.md"
    head, _, rest = story.read_text(encoding="utf-8").partition("secured:")
    assert rest
    related = f'related:\n  - title: "Plaintiffs"\n    webUrl: "{REUTERS_URL}"\n'
    story.write_text(f"{head}{related}secured:{rest}", encoding="utf-8")
    judged = [
        {"query": ACLU, "article": REUTERS, "grade": 2, "judge": judge, "at": "2026-01-01T00:00:00Z"}
        for judge in ("anna", "ben")
    ]
    if (folder / "collection").exists():
        (folder / "collection/judgements.jsonl").write_text(
            "".join(json.dumps(each) + "\n" for each in judged), encoding="utf-8"
        )


def _write_small_site(generator: str, folder: Path) -> Path:
    place, files = SMALL_SITES[generator]
    posts = {place.format(slug=story.slug, date=story.date): _post(story, generator) for story in STORIES}
    articles = "".join(
        json.dumps({"id": story.slug, "title": story.title, "excerpt": story.body, "webUrl": f"{SITE}/{story.slug}"})
        + "\n"
        for story in STORIES
    )
    for name, text in {**files, **posts, **({"articles.jsonl": articles} if generator == "other" else {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _post(story: Story, generator: str) -> str:
    if generator == "pelican":
        return f"Title: {story.title}\nDate: {story.date}\n\n{story.body}\n"
    if generator == "zola":
        return toml_file({"title": story.title, "date": story.date}, story.body)
    return yaml_file({"title": story.title, "date": story.date, "blogpost": generator == "sphinx" or None}, story.body)


def _run_related(example: Example, text: str, place: Path) -> None:
    words = shlex.split(text, comments=True)[1:]
    line, target = (words[: words.index(">")], words[words.index(">") + 1]) if ">" in words else (words, None)
    if ONLY_READ.search(" ".join(line)):
        get_command(app).commands[line[0]].make_context(line[0], line[1:]).close()  # type: ignore[attr-defined]
        return
    done = run_here(*line, cwd=place, columns=WIDTH)
    assert done.returncode == 0, f"{example.page}:{example.line}: {text}\n{done.stderr}"
    if target:
        (place / target).write_text(done.stdout, encoding="utf-8")
    if example.output:
        _compare(example, [done.stdout, done.stderr + done.stdout, done.stdout + done.stderr])


def _run_curl(example: Example, text: str, place: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    command = [*shlex.split(text), "--silent"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=60, check=True)
    # A route that answers 204 prints nothing.
    _compare(example, [done.stdout.removesuffix("\n") + "\n"] if done.stdout or example.output else [])


def _compare(example: Example, printed: list[str]) -> None:
    checker = doctest.OutputChecker()
    # A line of `...` alone stands for any lines, within a line it stands for anything.
    agrees = any(checker.check_output(example.output, re.sub(" +\n", "\n", each), doctest.ELLIPSIS) for each in printed)
    assert agrees or not printed, f"{example.page}:{example.line}: {example.text}\n--- prints\n{printed[-1]}"
