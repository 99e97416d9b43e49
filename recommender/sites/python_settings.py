"""Read the literals that a Python settings file assigns as data, without running it."""

from __future__ import annotations

import ast
import operator
import posixpath
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from recommender.errors import SourceError
from recommender.sites.root import SiteRoot

_MAX_TEXT = 100_000
_MAX_DEPTH = 3
"""Maximum length of a chain of `from ... import *`."""


class _UnknownError(Exception):
    """A value that is known only by running the file."""


def read_python_settings(root: SiteRoot, name: str, depth: int = 0) -> Mapping[str, Any]:
    """Return the values of names to which a Python file assigns literals; none if the file does not exist.

    Strings, numbers, tuples, lists, sets and dicts are literals, and so are `+` and `%` of them, f-strings,
    subscripts of known names, `os.path.join(...)` and the default of `os.environ.get(...)`. An unknown item is left
    out of a list or dict, and is None in a tuple. A name assigned under a condition is unknown.

    Args:
        root: The site.
        name: The path of the file below the site's root.
        depth: How many imports led to this file.

    Raises:
        SourceError: If the file is not valid Python for this version.
    """
    text = root.text(name)
    if text is None:
        return {}
    try:
        tree = _parse(text)
    except SyntaxError as error:
        raise root.broken(name, f"line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise root.broken(name, str(error) or "it is nested too deep") from None
    folder = posixpath.dirname(name)

    def imported(module: str) -> Mapping[str, Any]:
        path = posixpath.join(folder, f"{module.replace('.', '/')}.py")
        return read_python_settings(root, path, depth + 1) if depth < _MAX_DEPTH else {}

    reader = _Reader(imported)
    try:
        reader.run(tree.body)
    except RecursionError:
        raise root.broken(name, "it is nested too deep") from None
    return reader.names


def peek_python_settings(root: SiteRoot, name: str) -> Mapping[str, Any]:
    """Return the same, and nothing for a file that cannot be read."""
    try:
        return read_python_settings(root, name)
    except SourceError:
        return {}


@lru_cache(maxsize=4)
def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # Escapes such as "\d" in strings are not our concern.
        warnings.simplefilter("ignore")
        return ast.parse(text)


class _Reader:
    """Walks the statements of a file and records what they assign."""

    def __init__(self, imported: Callable[[str], Mapping[str, Any]]) -> None:
        self.names: dict[str, Any] = {}
        self._imported = imported

    def run(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    self._assign(target, statement.value)
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                self._assign(statement.target, statement.value)
            elif isinstance(statement, ast.AugAssign):
                self._add(statement)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                self._call(statement.value)
            elif isinstance(statement, ast.ImportFrom):
                if statement.module and any(alias.name == "*" for alias in statement.names):
                    self.names |= self._imported(statement.module)
            elif isinstance(statement, ast.Try):
                self.run(statement.body)
            elif isinstance(statement, ast.If | ast.For | ast.While | ast.With):
                self._forget(statement)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            try:
                self.names[target.id] = self._value(value)
            except _UnknownError:
                self.names.pop(target.id, None)
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for each, item in zip(target.elts, value.elts, strict=False):
                self._assign(each, item)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            held = self.names.get(target.value.id)
            try:
                if isinstance(held, dict):
                    held[self._value(target.slice)] = self._value(value)
            except (_UnknownError, TypeError):
                pass

    def _add(self, statement: ast.AugAssign) -> None:
        if isinstance(statement.target, ast.Name):
            name = ast.Name(statement.target.id, ast.Load())
            self._assign(statement.target, ast.BinOp(name, statement.op, statement.value))

    def _call(self, call: ast.Call) -> None:
        """Follow `NAME.append(...)`, `.extend(...)`, `.insert(...)` and `.update(...)`."""
        function = call.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            return
        held = self.names.get(function.value.id)
        try:
            given = [self._value(argument) for argument in call.args]
            if isinstance(held, list) and function.attr in {"append", "extend", "insert"}:
                getattr(held, function.attr)(*given)
            elif isinstance(held, dict) and function.attr == "update":
                held.update(*given)
        except (_UnknownError, TypeError, ValueError):
            pass

    def _forget(self, statement: ast.stmt) -> None:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.names.pop(node.id, None)

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return self.names[node.id]
            raise _UnknownError
        if isinstance(node, ast.Tuple):
            return tuple(self._or_none(item) for item in node.elts)
        if isinstance(node, ast.List | ast.Set):
            return [item for each in node.elts if (item := self._or_none(each)) is not None]
        if isinstance(node, ast.Dict):
            return self._dict(list(zip(node.keys, node.values, strict=True)))
        if isinstance(node, ast.JoinedStr):
            return "".join(self._part(part) for part in node.values)
        if isinstance(node, ast.BinOp):
            return self._operation(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
            value = self._value(node.operand)
            return not value if isinstance(node.op, ast.Not) else _number(value, operator.neg)
        if isinstance(node, ast.Subscript):
            try:
                return self._value(node.value)[self._value(node.slice)]
            except (KeyError, IndexError, TypeError):
                raise _UnknownError from None
        if isinstance(node, ast.Call):
            return self._result(node)
        raise _UnknownError

    def _or_none(self, node: ast.expr) -> Any:
        try:
            return self._value(node)
        except _UnknownError:
            return None

    def _dict(self, pairs: list[tuple[ast.expr | None, ast.expr]]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value in pairs:
            try:
                if key is None:
                    found |= self._value(value)
                else:
                    found[self._value(key)] = self._value(value)
            except (_UnknownError, TypeError):
                continue
        return found

    def _part(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            if node.format_spec is not None or node.conversion not in {-1, ord("s")}:
                raise _UnknownError
            node = node.value
        value = self._value(node)
        if not isinstance(value, str | int):
            raise _UnknownError
        return str(value)

    def _operation(self, node: ast.BinOp) -> Any:
        left, right = self._value(node.left), self._value(node.right)
        if isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, str | list | tuple | int):
            found = left + right
            if isinstance(found, int) or len(found) <= _MAX_TEXT:
                return found
        if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
            return left | right
        if isinstance(node.op, ast.Mod) and isinstance(left, str) and isinstance(right, str):
            return left.replace("%s", right) if re.findall(r"%.", left) == ["%s"] else _unknown()
        return _unknown()

    def _result(self, node: ast.Call) -> Any:
        name = _dotted(node.func)
        if name == "dict" and not node.args:
            return {word.arg: self._or_none(word.value) for word in node.keywords if word.arg}
        if name in {"tuple", "list", "str"} and len(node.args) == 1:
            value = self._value(node.args[0])
            if name == "str":
                return str(value) if isinstance(value, str | int) else _unknown()
            kind: Callable[[Any], Any] = tuple if name == "tuple" else list
            return kind(value) if isinstance(value, list | tuple) else _unknown()
        if name in {"os.path.join", "path.join", "join"} and node.args:
            parts = [self._value(argument) for argument in node.args]
            return posixpath.join(*parts) if all(isinstance(part, str) for part in parts) else _unknown()
        if name in {"os.environ.get", "environ.get", "os.getenv", "getenv"} and len(node.args) == 2:
            return self._value(node.args[1])
        raise _UnknownError


def _unknown() -> Any:
    raise _UnknownError


def _number(value: Any, change: Callable[[Any], Any]) -> Any:
    return change(value) if isinstance(value, int | float) else _unknown()


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""
