"""Our own rules for code and templates: what bandit and ruff do not know of this program."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from core.settings import ROOT

PROGRAM = ("core", "database", "clients", "webapp", "worker_jobs")
_NAMES_IN_CODE = re.compile(r"_?[A-Z][A-Z_]*")
_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE)\b")
# Said beside it why, for ruff, and in a review: the names are the program's own.
_EXPLAINED = re.compile(r"#.*noqa:.*S608")
_EXPLAINED_FILE = re.compile(r"^# ruff: noqa: S608 - ", re.MULTILINE)
_IN_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_RUNS_SQL = frozenset({"execute", "executemany", "executescript", "scalar", "scalars", "text"})
_ASKS = frozenset({"get", "post", "put", "delete", "head", "patch", "request", "urlopen"})
_HTTP = frozenset({"requests", "urllib3", "httpx"})
_FORMATTED = "SQL by formatting"
_TEMPLATE_RULES = {
    "|safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"autoescape\s+false"),
    "inline script": re.compile(r"<script(?![^>]*(\bsrc=|application/json))"),
    "inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*="),
}


class Broken(NamedTuple):
    rule: str
    where: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}"


def in_program() -> list[Broken]:
    found: list[Broken] = []
    for part in PROGRAM:
        for file in sorted((ROOT / part).rglob("*.py")):
            found += in_code(file.read_text(), str(file.relative_to(ROOT)))
    for file in sorted((ROOT / "templates").rglob("*.html")):
        found += in_template(file.read_text(), str(file.relative_to(ROOT)))
    return found


def in_code(source: str, name: str) -> list[Broken]:
    lines, is_explained = source.splitlines(), bool(_EXPLAINED_FILE.search(source))
    found: list[Broken] = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        own = "\n".join(lines[call.lineno - 1 : call.end_lineno])
        is_told = is_explained or bool(_EXPLAINED.search(own))
        rules = (rule for rule in _of_call(call) if rule != _FORMATTED or not is_told)
        found += [Broken(rule, f"{name}:{call.lineno}") for rule in rules]
    return found


def in_template(source: str, name: str) -> list[Broken]:
    return [
        Broken(rule, f"{name}:{number}")
        for number, line in enumerate(source.splitlines(), 1)
        for rule, pattern in _TEMPLATE_RULES.items()
        if pattern.search(_IN_BRACES.sub(_kept, line))
    ]


def _kept(found: re.Match[str]) -> str:
    """Leave what is said in braces, but nothing that looks like HTML around it."""
    return re.sub(r"\son|=|<", " ", found[0])


def _of_call(call: ast.Call) -> Iterator[str]:
    called = _called(call.func)
    last = called.rpartition(".")[2]
    if last in _RUNS_SQL and call.args and _is_made_up(call.args[0]):
        yield _FORMATTED
    if last == "Markup" and call.args and not isinstance(call.args[0], ast.Constant):
        yield "Markup of a value"
    if called in ("eval", "exec", "pickle.load", "pickle.loads", "yaml.load", "marshal.loads"):
        yield f"{called}"
    named = {word.arg for word in call.keywords}
    is_asking = called.partition(".")[0] in _HTTP and last in _ASKS
    if is_asking and "timeout" not in named:
        yield "a request without timeout"
    if any(word.arg == "shell" and _is_true(word.value) for word in call.keywords):
        yield "a shell"


def _called(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        inner = _called(func.value)
        return f"{inner}.{func.attr}" if inner else func.attr
    return func.id if isinstance(func, ast.Name) else ""


def _is_true(value: ast.expr) -> bool:
    return not (isinstance(value, ast.Constant) and not value.value)


def _is_made_up(value: ast.expr) -> bool:
    """Say whether a statement is put together of more than the code's own constants."""
    parts = _parts(value)
    return bool(parts) and _is_sql(parts[0]) and not all(map(_is_of_code, parts))


def _parts(value: ast.expr) -> list[ast.expr]:
    """Return what a text is put together of; nothing where it is not."""
    if isinstance(value, ast.JoinedStr):
        return [one.value if isinstance(one, ast.FormattedValue) else one for one in value.values]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Mod):
        return [*(_parts(value.left) or [value.left]), *(_parts(value.right) or [value.right])]
    is_format = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    if is_format and value.func.attr == "format":  # type: ignore[attr-defined]
        return [value.func.value, *value.args]  # type: ignore[attr-defined]
    return []


def _is_of_code(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "int"
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Name) and bool(_NAMES_IN_CODE.fullmatch(value.id))
    )


def _is_sql(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and bool(_SQL.match(str(value.value)))


def planted(folder: Path) -> list[Broken]:
    """Return what the rules find in the control."""
    code, page = folder / "careless.txt", folder / "careless.html"
    return [*in_code(code.read_text(), code.name), *in_template(page.read_text(), page.name)]


WANTED = frozenset(
    {
        _FORMATTED,
        "Markup of a value",
        "eval",
        "pickle.loads",
        "a request without timeout",
        "a shell",
        *_TEMPLATE_RULES,
    }
)
