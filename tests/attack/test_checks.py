"""The 48 checks of docs/security.md: all are there, and each names tests that are there."""

import ast
import re

from attack import rules
from core.settings import ROOT

_ROW = re.compile(r"^\| (\d+) \| ([\d., to]+) \| (.+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([^`]+)::(test_\w+)`")
# What no code of ours calls: it makes objects, programs or templates of what it is given, or
# numbers that can be guessed.
_NEVER = {
    "compile", "eval", "exec", "os.popen", "os.system", "pickle", "marshal", "shelve", "yaml",
    "render_template_string", "jinja_env.from_string", "tempfile.mktemp", "random.random",
    "random.choice", "random.randint", "random.getrandbits", "random.randbytes", "uuid.uuid1",
}  # fmt: skip


def test_all_checks_are_there_and_each_has_a_test() -> None:
    told = (ROOT / "docs" / "security.md").read_text()
    rows = _ROW.findall(told.partition("## The 48 checks")[2].partition("\n## ")[0])

    assert [int(number) for number, *_ in rows] == list(range(1, 49))
    for number, _, _, tests in rows:
        named = _TEST.findall(tests)
        assert named and len(named) == tests.count("`") // 2, number
        for file, name in named:
            assert f"def {name}(" in (ROOT / file).read_text(), (number, file, name)


def test_what_is_otherwise_is_told() -> None:
    told = (ROOT / "docs" / "security.md").read_text().partition("## Otherwise")[2]

    for number in ("6.3.3", "12.2.2", "5.4.3"):
        assert f"* **{number}, " in told, number


def test_the_code_keeps_its_rules() -> None:
    """SQL, shells, templates, objects out of data, numbers that can be guessed, weak sums."""
    assert rules.in_program() == []
    files = [file for part in rules.PROGRAM for file in (ROOT / part).rglob("*.py")]
    found = [
        f"{file.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)[:80]}"
        for file in files
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and _is_careless(call)
    ]
    assert found == []
    assert len(files) > 400


def _is_careless(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    if name in _NEVER or name.partition(".")[0] in _NEVER - {"compile"}:
        return True
    is_weak = name in ("hashlib.md5", "hashlib.sha1")
    said = {word.arg: ast.unparse(word.value) for word in call.keywords}
    return is_weak and said.get("usedforsecurity") != "False"


def test_a_careless_call_is_known_when_it_is_seen() -> None:
    for line in (
        "pickle.loads(x)",
        "os.system(x)",
        "hashlib.md5(x)",
        "random.choice(x)",
        "eval(x)",
    ):
        assert any(_is_careless(it) for it in ast.walk(ast.parse(line)) if isinstance(it, ast.Call))
