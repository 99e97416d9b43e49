"""A WordPress with the plugin: its settings, its cache, its pages, and who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from lxml import html
from support.wordpress import WordPress


def use(site: WordPress, service: str, **settings: Any) -> None:
    """Save settings as they are, with nothing kept from before."""
    site.evaluate(
        """$wpdb->query("DELETE FROM $wpdb->options WHERE option_name LIKE '%transient%related_articles%'");
        update_option('related_articles', $input);""",
        {"service": service, **settings},
    )


def expire(site: WordPress) -> None:
    """Let the time come when kept lists are no longer new, and a failed service is asked again."""
    site.evaluate("""
        $names = $wpdb->get_col("SELECT option_name FROM $wpdb->options WHERE option_name LIKE '_transient_related_%'");
        foreach ($names as $name) {
            if (str_contains($name, '_pause_')) delete_option($name);
            else update_option($name, ['until' => 0] + get_option($name));
        }""")


def read(address: str) -> str:
    answer = httpx2.get(address, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text


def lists(page: str) -> list[list[tuple[str, str]]]:
    """The lists of a page: titles and addresses."""
    found = html.fromstring(page).xpath("//aside[contains(@class, 'related-articles')]")
    return [[(link.text_content(), link.get("href")) for link in each.iter("a")] for each in found]


def visit(site: WordPress, number: int) -> list[list[tuple[str, str]]]:
    return lists(read(site.address(number)))


@contextmanager
def signed_in(site: WordPress, user: str, password: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=site.url, trust_env=False, timeout=60, follow_redirects=True) as client:
        client.get("/wp-login.php")
        client.post("/wp-login.php", data={"log": user, "pwd": password, "testcookie": "1"})
        yield client


def form(page: str) -> dict[str, str]:
    """The fields of the settings page as a browser sends them."""
    (found,) = html.fromstring(page).xpath("//form[@action='options.php']")
    return {name: value or "" for name, value in found.form_values()}
