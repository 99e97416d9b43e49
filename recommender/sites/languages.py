"""Recognise language codes in the names of folders and files."""

from __future__ import annotations

import re

_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_CODES = frozenset(_ISO_639_1.split())
_TAG = re.compile(r"([a-z]{2})(?:[-_](?:[a-z]{4}|[a-z]{2}|\d{3}))*", re.IGNORECASE)


def is_language(name: str) -> bool:
    """Return True for a language code such as `de`, `pt-BR` or `zh-Hans`."""
    match = _TAG.fullmatch(name)
    return match is not None and match[1].lower() in _CODES


def without_step(path: str, step: str | None) -> str:
    """Return a path without the first folder with this name, such as that of a language."""
    steps = path.split("/")
    if step is not None:
        steps.remove(step)
    return "/".join(steps)
