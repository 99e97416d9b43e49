"""What axe-core, the checker of accessibility, finds wrong with a page in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What differs between a light and a dark page.
_OF_COLOURS = ["color-contrast", "link-in-text-block"]

# Rules that axe leaves out by itself are asked for too. Contrast of level AAA alone is more than the pages promise.
_CHECK = """async () => {
  const rules = Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: true }]));
  rules["color-contrast-enhanced"].enabled = false;
  return (await axe.run({ rules, resultTypes: ["violations"] })).violations;
}"""
_CHECK_SOME = """async (names) =>
  (await axe.run({ runOnly: { type: "rule", values: names }, resultTypes: ["violations"] })).violations
"""


def findings_in_both_themes(page: Page) -> list[str]:
    """Check the page with all rules in its light theme, and with those of colours in its dark one."""
    page.emulate_media(color_scheme="light")
    light = findings(page)
    page.emulate_media(color_scheme="dark")
    dark = _lines(page.evaluate(_CHECK_SOME, _OF_COLOURS))
    return [*(f"light: {line}" for line in light), *(f"dark: {line}" for line in dark)]


def findings(page: Page) -> list[str]:
    """Check the page as it is now with axe's rules, experimental ones too; a line for each element that breaks one.

    A line names the rule, the element and what is wrong with it, so `assert findings(page) == []` says what to mend.
    What is hidden is not checked: open it first. Colours are those of the theme that the page is in. What is fading is
    waited for, since half-faded text has little contrast.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    page.wait_for_function("() => !document.querySelector('[aria-busy=true]') && !document.getAnimations().length")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return _lines(page.evaluate(_CHECK))


def _lines(broken: list[dict[str, Any]]) -> list[str]:
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for rule in broken
        for node in rule["nodes"]
    ]
