#!/usr/bin/env python3
"""Checks the tree against the rules of rules.py and prints `file:line: what` for each breach.

    tidy.py SOURCE_DIRECTORY

Not a compiler and not a formatter: it knows what neither can, such as who may include whom.
"""

import ast
import pathlib
import re
import sys

import cxx
import rules

SKIPPED_DIRECTORIES = re.compile(r"^(build.*|\.git|\.cache|__pycache__|node_modules|\.vagrant)$")
TEXT = re.compile(
    r"\.(cc|h|c|py|sh|cmake|txt|md|ya?ml|json|proto|schema|go|java|xml|service|rules)$")
LENGTH_CHECKED = re.compile(r"\.(cc|h|c|py|sh|cmake)$|CMakeLists\.txt$|^scripts/[^.]+$")


class Tidy:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.findings = []

    def say(self, path, line, what):
        self.findings.append((path, line, what))

    # -- which files

    def paths(self):
        pending = [self.root]
        while pending:
            for entry in sorted(pending.pop().iterdir()):
                if entry.is_symlink():
                    continue
                if entry.is_dir() and not SKIPPED_DIRECTORIES.match(entry.name):
                    pending.append(entry)
                elif entry.is_file():
                    yield entry.relative_to(self.root).as_posix()

    def read(self, path):
        """The text of a file tidy looks at; None for all others."""
        if path.startswith("tests/fuzz/corpus/"):
            return None
        data = (self.root / path).read_bytes()
        is_script = "." not in path.rsplit("/", 1)[-1] and data.startswith(b"#!")
        if not TEXT.search(path) and not is_script:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.say(path, 1, "not UTF-8")
            return None

    def run(self):
        for path in self.paths():
            text = self.read(path)
            if text is None:
                continue
            self.check_words(path, text)
            self.check_size(path, text)
            if path.endswith((".cc", ".h")):
                self.check_cxx(path, text)
            if path.endswith((".cc", ".h", ".c")):
                self.check_functions(path, text)
            if path.endswith(".py"):
                self.check_python(path, text)
            if path.endswith(".md"):
                self.check_links(path, text)
        self.check_exceptions()
        return sorted(self.findings)

    # -- words and sizes

    def check_words(self, path, text):
        code = cxx.blank(text) if path.endswith((".cc", ".h", ".c")) else text
        for table, where in ((rules.ANYWHERE, text), (rules.CODE, code)):
            for pattern, files, why in table:
                if not re.search(files, path) or (path, why) in rules.ALLOWED_WORDS:
                    continue
                for match in re.finditer(pattern, where, re.M):
                    self.say(path, cxx.line_of(text, match.start()),
                             f"`{match.group().strip()}`: {why}")
        if text and not text.endswith("\n"):
            self.say(path, text.count("\n") + 1, "the last line has no end")

    def check_size(self, path, text):
        if not LENGTH_CHECKED.search(path):
            return
        lines = text.split("\n")[:-1]
        for number, line in enumerate(lines, 1):
            if len(line) > rules.COLUMNS_MAX:
                self.say(path, number, f"{len(line)} columns ({rules.COLUMNS_MAX} allowed)")
        allowed = rules.TEST_LINES_MAX if path.startswith("tests/") else rules.SOURCE_LINES_MAX
        allowed, _ = rules.LONG_FILES.get(path, (allowed, ""))
        if len(lines) > allowed:
            self.say(path, allowed + 1, f"{len(lines)} lines ({allowed} allowed): split it")

    def check_links(self, path, text):
        """What a document sends its reader to is there."""
        folder = path.rpartition("/")[0]
        for pattern, base in ((r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", folder),
                              (r"`((?:docs|policies|tests|userspace)/[\w./-]+\.md)`", "")):
            for match in re.finditer(pattern, text):
                if not (self.root / base / match[1]).is_file():
                    self.say(path, cxx.line_of(text, match.start()), f"{match[1]} is not there")

    def check_function_length(self, path, line, head, lines):
        allowed, _ = rules.LONG_FUNCTIONS.get((path, head), (rules.FUNCTION_LINES_MAX, ""))
        if lines > allowed:
            self.say(path, line, f"a function of {lines} lines ({allowed} allowed): `{head}`")

    def check_functions(self, path, text):
        for line, head, lines in cxx.functions(cxx.blank(text)):
            self.check_function_length(path, line, head, lines)

    def check_exceptions(self):
        """An exception whose file is gone must go too."""
        keyed = [*rules.LONG_FUNCTIONS, *rules.ALLOWED_WORDS]
        for path in [*rules.LONG_FILES, *rules.UNTESTED, *(key[0] for key in keyed)]:
            if not (self.root / path).is_file():
                self.say("tests/tidy/rules.py", 1, f"exception for {path}, which does not exist")

    # -- C++

    def check_cxx(self, path, text):
        code = cxx.blank(text)
        for at in cxx.misplaced_awaits(code):
            self.say(path, cxx.line_of(text, at),
                     "co_await must stand alone: a statement, the whole initialiser of an `auto` "
                     "local, or after co_return")
        for line, comment in cxx.comments(text):
            if looks_like_code(comment):
                self.say(path, line, "commented-out code: delete it; git remembers")
        if path.endswith(".h") and not path.startswith("bpf/"):
            if not re.search(r"^#pragma once$", code, re.M):
                self.say(path, 1, "no `#pragma once`")
            name = path.rsplit("/", 1)[-1]
            if path.startswith("userspace/") and not text.startswith(f"// {name}: "):
                self.say(path, 1, f"open with `// {name}: ` and what it is and is not")
        parts = path.split("/")
        if parts[0] == "userspace" and len(parts) > 2:
            self.check_includes(path, parts[1], cxx.blank(text, comments_only=True))
            if path.endswith(".cc"):
                self.check_mirror(path, parts)

    def check_mirror(self, path, parts):
        folder = parts[1]
        if folder not in rules.TESTED or path in rules.UNTESTED:
            return
        test = "/".join(["tests", "unit"] + parts[1:])[:-len(".cc")] + "_test.cc"
        if not (self.root / test).is_file():
            self.say(path, 1, f"no test: {test} is missing")

    def check_includes(self, path, folder, code):
        if folder not in rules.SEES:
            self.say(path, 1, f"folder `{folder}` is not in SEES of tests/tidy/rules.py")
            return
        for match in re.finditer(r'^\s*#\s*include\s*(["<])([^">]+)[">]', code, re.M):
            line = cxx.line_of(code, match.start())
            check = self.check_own_include if match[1] == '"' else self.check_foreign_include
            check(path, line, folder, match[2])

    def check_own_include(self, path, line, folder, header):
        target = header.split("/")[0]
        if "/" not in header:
            self.say(path, line, f'"{header}": name our headers from the root, "folder/{header}"')
        elif target not in rules.SEES and target != "bpf":
            self.say(path, line, f'"{header}": no folder of ours; third-party headers go in <>')
        elif target != folder and target not in rules.SEES[folder]:
            self.say(path, line, f"{folder} may not include {target}")

    def check_foreign_include(self, path, line, folder, header):
        owners = [prefix for prefix in rules.OWNERS if header.startswith(prefix)]
        if owners:
            if folder not in rules.OWNERS[max(owners, key=len)]:
                self.say(path, line, f"<{header}> does not belong in {folder}")
        elif header.startswith(rules.SYSTEM_PREFIXES) or header in rules.SYSTEM_HEADERS:
            if folder in rules.PURE:
                self.say(path, line, f"<{header}> in pure folder {folder}: it does no I/O")
        elif re.fullmatch(r"[a-z_0-9]+", header):
            if folder in rules.PURE and header in rules.IMPURE_STANDARD_HEADERS:
                self.say(path, line, f"<{header}> in pure folder {folder}: no I/O, no threads")
        elif header.split("/")[0] in rules.SEES:
            self.say(path, line, f'<{header}>: our headers go in ""')
        else:
            self.say(path, line, f"<{header}> has no owner in tests/tidy/rules.py")

    # -- Python

    def check_python(self, path, text):
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            self.say(path, error.lineno or 1, "not Python")
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                self.check_function_length(path, node.lineno, f"def {node.name}",
                                           node.end_lineno - node.lineno + 1)
        for number, line in enumerate(text.split("\n"), 1):
            comment = re.match(r"\s*#\s?(?!!)(.*)$", line)
            if comment and looks_like_python(comment[1]):
                self.say(path, number, "commented-out code: delete it; git remembers")


_CODE_COMMENT = re.compile(
    r"^(#\s*include\b.*"
    r"|(return|auto|const|break|continue|co_\w+)\b.*;"
    r"|(if|for|while|switch) \(.*\)( \{|.*;)"
    r"|[\w:.<>-]+\(.*\);"
    r"|[\w:.<>\[\]*& -]+ [-+|&]?= [^;]*;"
    r"|[{}]+;?)$")


def looks_like_code(comment):
    return _CODE_COMMENT.match(comment) is not None


def looks_like_python(comment):
    if not re.match(r"(import|from|return|raise|assert)\b|[\w.\[\]]+ [-+]?= |[\w.]+\(", comment):
        return False
    try:
        body = ast.parse(comment.strip()).body
    except SyntaxError:
        return False
    return any(not isinstance(statement, ast.Expr) or isinstance(statement.value, ast.Call)
               for statement in body)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    findings = Tidy(sys.argv[1]).run()
    for path, line, what in findings:
        print(f"{path}:{line}: {what}")
    print(f"tidy: {len(findings)} findings" if findings else "tidy: clean", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
