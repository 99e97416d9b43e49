"""Editors' rules in a store, with the log of who changed what and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from recommender.errors import ChangedRulesError
from recommender.store.checksums import row_checksum
from recommender.store.history import History

SITE = ""
"""Stands for an article's id where rules hold for the whole site."""


class KeptRules(NamedTuple):
    """The rules that editors set for one article, or for the site.

    Attributes:
        article_id: The article, or `SITE`.
        rules: The rules as JSON; `{}` for none.
        number: The change that set them; 0 if there never was one.
    """

    article_id: str
    rules: str = "{}"
    number: int = 0


class RuleChange(NamedTuple):
    """One change of rules.

    Attributes:
        number: Counts all changes of a collection, from 1.
        changed_at: When, ISO 8601 in UTC.
        editor: Who, as told with the change.
        article_id: The article, or `SITE`.
        before: The rules before, as JSON.
        after: The rules after, as JSON.
    """

    number: int
    changed_at: str
    editor: str
    article_id: str
    before: str
    after: str


class EditedRules(History):
    """The part of a store that keeps editors' rules."""

    def rules_number(self) -> int:
        """Return the number of the last change of any rules; 0 before the first."""
        row = self._one("SELECT max(number) FROM rule_changes")
        return int(row[0]) if row and row[0] else 0

    def rules_of(self, article_id: str) -> KeptRules:
        """Return the rules of an article, which need not be stored (any more)."""
        row = self._one("SELECT article_id, rules, number, checksum FROM rules WHERE article_id = ?", article_id)
        return self._sound_rules(row) if row else KeptRules(article_id)

    def all_rules(self) -> Iterator[KeptRules]:
        """Yield all rules, sorted by article; those of the site come first."""
        for row in self.rows("SELECT article_id, rules, number, checksum FROM rules ORDER BY article_id"):
            yield self._sound_rules(row)

    def set_rules(self, article_id: str, rules: str, editor: str, *, expected: int | None = None) -> KeptRules:
        """Replace the rules of an article, durably, and log the change; what changes nothing is not logged.

        Args:
            article_id: The article, or `SITE`.
            rules: The new rules as JSON.
            editor: Who changes them.
            expected: The number of the rules that the editor saw.

        Raises:
            ChangedRulesError: If they were changed since.
        """
        with self.transaction():
            before = self.rules_of(article_id)
            if expected is not None and expected != before.number:
                last = next(self.rule_changes(article_id, limit=1), None)
                told = f"were changed by {last.editor} at {last.changed_at}" if last else "were never set"
                raise ChangedRulesError(f"the rules {told}", where=article_id or "the site's rules")
            if rules == before.rules:
                return before
            number = self.rules_number() + 1
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            change = RuleChange(number, now, editor, article_id, before.rules, rules)
            self.connection.execute(
                "INSERT INTO rule_changes VALUES (?, ?, ?, ?, ?, ?, ?)", (*change, row_checksum(*change))
            )
            self._keep_rules(KeptRules(article_id, rules, number))
        return KeptRules(article_id, rules, number)

    def _keep_rules(self, kept: KeptRules) -> None:
        self.connection.execute("DELETE FROM rules WHERE article_id = ?", (kept.article_id,))
        self.connection.execute("INSERT INTO rules VALUES (?, ?, ?, ?)", (*kept, row_checksum(*kept)))

    def rule_changes(
        self, article_id: str | None = None, *, before: int | None = None, limit: int = 100
    ) -> Iterator[RuleChange]:
        """Yield the newest changes first, of one article or of all.

        Args:
            article_id: Of which article, or `SITE`; of all if None.
            before: Only changes with a lower number.
            limit: How many at most.
        """
        asked: dict[str, Any] = {"article_id = ?": article_id, "number < ?": before}
        asked = {condition: value for condition, value in asked.items() if value is not None}
        where = " AND ".join(["1 = 1", *asked])
        sql = f"SELECT * FROM rule_changes WHERE {where} ORDER BY number DESC LIMIT ?"
        for *values, checksum in self.rows(sql, *asked.values(), limit):
            change = RuleChange(*values)
            if row_checksum(*change) != checksum:
                raise self._damaged(f"the record of change {change.number} of the rules")
            yield change

    def restore_rules(self) -> None:
        """Set lost rules to what the log says, inside a transaction."""
        lost = self.rows(
            "SELECT article_id, after, number FROM rule_changes AS newest "
            "WHERE article_id NOT IN (SELECT article_id FROM rules) "
            "AND number = (SELECT max(number) FROM rule_changes WHERE article_id = newest.article_id)"
        )
        for row in list(lost):
            self._keep_rules(KeptRules(*row))

    def _sound_rules(self, row: tuple[Any, ...]) -> KeptRules:
        *values, checksum = row
        kept = KeptRules(*values)
        if row_checksum(*kept) != checksum:
            raise self._damaged(f"the record of the rules of {kept.article_id or 'the site'}")
        return kept
