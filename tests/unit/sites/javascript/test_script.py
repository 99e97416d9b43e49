"""Settings written in JavaScript and TypeScript are read as data."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recommender.sites.javascript.script import UNKNOWN, Call, Script, at, text_at, unwrap

OBJECT = "{ url: 'https://x.example', baseUrl: '/notes/' }"
READ = {"url": "https://x.example", "baseUrl": "/notes/"}


def test_reads_what_a_file_exports():
    for text in [
        f"module.exports = {OBJECT};",
        f"export default {OBJECT}",
        f"const config = {OBJECT};\nexport default config;",
        f"const config: Config = {OBJECT};\n\nexport default config",
        f"export default {OBJECT} satisfies Config;",
        f"export default defineConfig({OBJECT});",
        f"/** @type {{import('x').Config}} */\nconst config = {OBJECT}\nmodule.exports = config",
        f"export default async function create() {{ const x = 1; return {OBJECT}; }}",
        f"module.exports = async () => ({OBJECT});",
        f"module.exports = function (eleventy) {{ eleventy.add(/[}}]'/g, `a ${{b}} }}`); return {OBJECT}; }};",
        f"export default defineConfig(({{ mode }}) => ({OBJECT}))",
        "const url = 'https://x.example'; export default { url, baseUrl: '/' + 'notes/' }",
        "const place = 'notes'; export default { url: 'https://x.example', baseUrl: `/${place}/` }",
        "const site = { host: 'https://x.example' };\nexport default { url: site.host, ['a']: 1, baseUrl: `/notes/` }",
        "const base = { url: 'a', baseUrl: '/notes/' }\nexport default { ...base, url: 'https://x.example' }",
    ]:
        found = Script(text).exported
        assert {key: found[key] for key in READ} == READ


def test_reads_literals_and_nothing_else() -> None:
    for value, read in [
        ("'a\\'b\\u00e9\\n'", "a'b\u00e9\n"),
        ('"//no comment"', "//no comment"),
        ("`two\nlines`", "two\nlines"),
        ("`${name}/x`", UNKNOWN),
        ("`${f({ a: `}` })}`", UNKNOWN),
        ("[1, -2, 0x10, 1_000, 1.5, .5,]", [1, -2, 16, 1000, 1.5, 0.5]),
        ("[true, false, null, undefined]", [True, False, None, None]),
        ("{ 'a-b': { 2: [] }, /* c */ d: [{}] }", {"a-b": {"2": []}, "d": [{}]}),
        ("['en', 'de'] as const", ["en", "de"]),
        ("('x')", "x"),
        ("process.env.BASE || '/x/'", UNKNOWN),
        ("isProduction ? 'a' : 'b'", UNKNOWN),
        ("new URL('x')", UNKNOWN),
        ("(a, b) => { return { c: 1 } }", UNKNOWN),
        ("function () { return [1, 2] }", UNKNOWN),
        ("/[/'\"]/.test(x)", UNKNOWN),
        ("'a' + b", UNKNOWN),
        ("glob({ base: './posts' })", Call("glob", [{"base": "./posts"}])),
        ("await z.enum(['a'])", Call("enum", [["a"]])),
        ("[...more, 'a']", [UNKNOWN, "a"]),
        ("['}', ']', ',']", ["}", "]", ","]),
    ]:
        # Reading goes on after any value.
        assert Script(f"export default {{ a: {value}, method() {{ return 1 }}, b: 2 }}").exported == {
            "a": read,
            "b": 2,
        }, value


def test_finds_constants_and_calls() -> None:
    script = Script(
        "import { I18n } from 'x';\n"
        "export const config = { dir: { input: 'src' } };\n"
        "module.exports.other = { a: 1 };\n"
        "export default function (e) { e.addPlugin(I18n, { defaultLanguage: 'en' });\n e.setInputDirectory('content') }"
    )
    assert script.constant("config") == {"dir": {"input": "src"}}
    assert script.constant("other") == {"a": 1}
    assert script.constant("none") is UNKNOWN
    assert list(script.calls("addPlugin")) == [[UNKNOWN, {"defaultLanguage": "en"}]]
    assert list(script.calls("setInputDirectory")) == [["content"]]


def test_paths_lead_through_calls_and_unknown_values() -> None:
    found = Script("export default { presets: [['classic', { blog: { path: 'news' } }], f({ a: x })] }").exported
    assert text_at(found, "presets", 0, 1, "blog", "path") == "news"
    assert at(found, "presets", 1, "a") is None
    assert at(found, "presets", 7, "a") is None
    assert text_at(found, "presets") is None
    assert unwrap(found["presets"][1]) == {"a": UNKNOWN}


@given(st.text(alphabet="abc'\"`$[]{}().,:;=/*+-\\\n =>01", max_size=60) | st.text(max_size=40))
def test_reads_any_text_to_the_end(text: str) -> None:
    for part in (text, f"export default {{ a: {text}", f"const x = {text}", f"module.exports = [{text}"):
        assert isinstance(Script(part).exported, dict)


def test_reads_deep_and_long_files_in_time() -> None:
    assert Script(f"module.exports = {'[' * 5000}").exported == {}
    assert Script("const a = {" + "b: 'c', " * 20_000 + "};\nmodule.exports = a;").exported == {"b": "c"}
