"""What a search reads of a collection."""

from __future__ import annotations


def answers(opened):
    """What a search reads of every article: its candidates and the numbers of its profile."""
    with opened.reading() as view:
        return {
            name: (
                list(view.propose(view.profile(name), 2)),
                view.profile(name).text.idf.tolist(),
                view.profile(name).vector.tolist(),
            )
            for name in view.ids()
        }
