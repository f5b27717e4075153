"""Small errors put into the code one at a time: those that no test notices show what no test asks for.

    .venv/bin/python -m tools.mutants cues|classifier|provenance [SAMPLE]

tries a random sample (150) with the tests that run the changed line, and says what each came to. POSIX alone: each is
tried in a fork, which has the libraries already.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import os
import random
import re
import resource
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from coverage import CoverageData

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "artifact_check"
CUES = ("cues", "eyes", "skin", "lighting", "shape", "expression", "surroundings", "patterns", "texture")
PROVENANCE = ("provenance", "provenance_corpus", "generator_text", "content_credentials")
AREAS = {  # files, their tests by name, and which of these are left out
    "cues": ("cues/**/*.py", CUES, "adding_a_cue or radii"),
    "classifier": ("model/*.py", ("classifier", "verdict", "encoder"), "code_and_the_data"),
    "provenance": ("provenance/**/*.py", PROVENANCE, "cost_little or within_bounds or command or codes or library"),
}
LIBRARIES = ("c2pa", "cryptography.x509", "cv2", "hypothesis", "mediapipe", "onnx", "scipy.stats")
PROCESSOR_SECONDS = 60  # of the tests of one mutant; its own limit is twice that
SWAPS = (
    ("<", "<="), ("<=", "<"), (">", ">="), (">=", ">"), ("==", "!="), ("!=", "=="), ("is not", "is"), ("is", "is not"),
    ("not in", "in"), ("in", "not in"), ("and", "or"), ("or", "and"), ("+", "-"), ("-", "+"), ("*", "/"), ("/", "*"),
    ("//", "/"), ("%", "*"), ("**", "*"), ("&", "|"), ("|", "&"), ("<<", ">>"), (">>", "<<"),
)  # fmt: skip
NOT_CODE = (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)  # what is only said, or only named


@dataclass(frozen=True)
class Mutant:
    file: Path
    line: int
    lines: range  # those by which it is known to have run
    kept: bool  # in a function whose result is kept: told to have run of the first test alone that asked for it
    begin: int
    end: int
    new: bytes

    def source(self) -> bytes:
        old = self.file.read_bytes()
        return old[: self.begin] + self.new + old[self.end :]

    def __str__(self) -> str:
        old = self.file.read_bytes()[self.begin : self.end].decode()
        where = f"{self.file.relative_to(ROOT)}:{self.line}"
        return f"{where}: {old.strip()} -> {self.new.decode().strip() or 'nothing'}"


class _Finder(ast.NodeVisitor):
    """Collects the mutants of one file."""

    def __init__(self, file: Path) -> None:
        self.file, self.found, self.statement, self.kept = file, [], range(0), False
        self.source = file.read_bytes()
        self.starts = [0]
        for line in self.source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.visit(ast.parse(self.source))

    def span(self, node: ast.expr) -> tuple[int, int]:
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def add(self, node: ast.expr, begin: int, end: int, new: str) -> None:
        lines = range(node.lineno, node.end_lineno + 1)
        # A statement of several lines may be told to have run by its first line alone.
        whole = self.statement if lines.start in self.statement else lines
        self.found.append(Mutant(self.file, lines.start, whole, self.kept, begin, end, new.encode()))

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, NOT_CODE) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            return
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            self.statement = range(node.lineno, node.end_lineno + 1)
        if isinstance(node, ast.FunctionDef):
            self.kept = any("cache" in ast.unparse(decorator) for decorator in node.decorator_list)
        for name, value in ast.iter_fields(node):
            if name not in {"annotation", "returns", "decorator_list"}:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self.visit(child)
        self.mutate(node)

    def mutate(self, node: ast.AST) -> None:
        match node:
            case ast.Constant(value=value) if (new := _other(value)) is not None:
                self.add(node, *self.span(node), new)
            case ast.Compare(left=left, comparators=rest):
                self.swap([left, *rest])
            case ast.BinOp(left=left, right=right):
                self.swap([left, right])
            case ast.BoolOp(values=values):
                self.swap(values)
            case ast.UnaryOp(operand=operand):
                self.add(node, self.span(node)[0], self.span(operand)[0], "")
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                begin, end = self.span(test)
                self.add(test, begin, end, f"(not ({self.source[begin:end].decode()}))")

    def swap(self, operands: list[ast.expr]) -> None:
        """Another operator between each two."""
        for left, right in itertools.pairwise(operands):
            begin, end = self.span(left)[1], self.span(right)[0]
            gap = self.source[begin:end].decode()
            for old, new in SWAPS:
                if re.fullmatch(rf"[\s)]*{re.escape(old)}[\s(]*", gap):
                    self.add(right, begin, end, gap.replace(old, new))


def _other(value: object) -> str | None:
    match value:
        case bool():
            return str(not value)
        case int():
            return str(value + 1)
        case float():
            return repr(value * 1.3 or 1.0)
        case str() | bytes() if value:
            return repr(value[:1] + value)
    return None


def compiles(mutant: Mutant) -> bool:
    try:
        compile(mutant.source(), mutant.file, "exec")
    except (SyntaxError, ValueError):
        return False
    return True


class _Watch:
    """How long each test that passes takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.seconds[report.nodeid] = report.duration


def in_a_fork(arguments: list[str], *, mutant: Mutant | None = None, told: Path | None = None) -> int:
    """Run pytest, with the mutant in place of its file; give what it says in the end, or the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        watch = _Watch()
        try:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            if mutant is not None:
                resource.setrlimit(resource.RLIMIT_CPU, (2 * PROCESSOR_SECONDS,) * 2)
                _put(mutant)
            code = pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", *arguments], plugins=[watch])
            if told is not None:
                told.write_text(json.dumps(watch.seconds))
        except BaseException:  # noqa: BLE001 - a mutant may raise anything
            code = pytest.ExitCode.INTERNAL_ERROR
        os._exit(int(code))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _put(mutant: Mutant) -> None:
    whole, source = SourceFileLoader.get_code, mutant.source()

    def get_code(loader: SourceFileLoader, name: str) -> object:
        return compile(source, loader.path, "exec") if loader.path == str(mutant.file) else whole(loader, name)

    SourceFileLoader.get_code = get_code


def tests_by_line(folder: Path, names: tuple[str, ...], without: str) -> tuple[dict[str, float], dict]:
    """Seconds by test, and the tests that run each (file, line); "" among them: it is run when it is imported."""
    files = [str(ROOT / "tests" / f"test_{name}.py") for name in names]
    settings, told, data = folder / "coveragerc", folder / "seconds", folder / "data"
    settings.write_text(f"[run]\nsource = artifact_check\ndata_file = {data}\n")
    cov = ["--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report="]
    in_a_fork([*files, *(["-k", f"not ({without})"] if without else []), *cov], told=told)
    seconds, by_line, by_file = json.loads(told.read_text()), defaultdict(set), defaultdict(set)
    for test in seconds:
        by_file[test.partition("::")[0]].add(test)
    measured = CoverageData(str(data))
    measured.read()
    for file in measured.measured_files():
        for line, contexts in measured.contexts_by_lineno(file).items():
            for test, _, phase in (context.rpartition("|") for context in contexts):
                # What a fixture of a whole file runs is told of the first of its tests alone.
                by_line[file, line] |= by_file[test.partition("::")[0]] if phase == "setup" else {test}
    return seconds, by_line


def chosen(mutant: Mutant, seconds: dict[str, float], by_line: dict) -> Iterator[str]:
    """The tests to try it with, the quickest first."""
    of_file = {line: tests for (file, line), tests in by_line.items() if file == str(mutant.file)}
    tests = set().union(*(of_file.get(line, ()) for line in mutant.lines))
    if "" in tests or mutant.kept:  # what is made then, any may use
        tests.update(*of_file.values())
    left = PROCESSOR_SECONDS
    for test in sorted(tests & seconds.keys(), key=seconds.get):
        left -= seconds[test]
        if left > 0:
            yield test


def main(area: str, sample: str = "150", seed: str = "7") -> None:
    pattern, names, without = AREAS[area]
    os.chdir(ROOT)
    for library in LIBRARIES:
        importlib.import_module(library)
    mutants = [mutant for file in sorted(SOURCES.glob(pattern)) for mutant in _Finder(file).found if compiles(mutant)]
    random.Random(int(seed)).shuffle(mutants)  # noqa: S311 - no secret
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        seconds, by_line = tests_by_line(Path(folder), names, without)
        for mutant in mutants[: int(sample)]:
            tests = Path(folder) / "tests"
            tests.write_text("\n".join(chosen(mutant, seconds, by_line)))
            result = "killed" if tests.stat().st_size and in_a_fork(["-x", f"@{tests}"], mutant=mutant) else "survived"
            counts[result] += 1
            print(result, mutant, flush=True)  # noqa: T201
    print(f"{area}: {dict(counts)} of {len(mutants)}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
