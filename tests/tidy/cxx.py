"""As much of C++ as tidy needs: comments and strings blanked out, co_await forms, functions."""

import re

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>\w*)\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
_DIGIT_SEPARATOR = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")


def blank(text, comments_only=False):
    """The text, comments and strings replaced by blanks; every character keeps its place."""
    text = _DIGIT_SEPARATOR.sub("_", text)

    def spaces(match):
        token = match.group()
        if token.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", token)
        if comments_only or len(token) < 2:
            return token
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]

    return _TOKEN.sub(spaces, text)


def comments(text):
    """(line number, text of the comment) of each // comment line."""
    found = []
    for match in _TOKEN.finditer(_DIGIT_SEPARATOR.sub("_", text)):
        if match.group().startswith("//"):
            found.append((line_of(text, match.start()), match.group()[2:].strip()))
    return found


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def _closing(code, at):
    """Where the bracket opened at `at` is closed, or -1."""
    pairs = {"(": ")", "[": "]", "{": "}", "<": ">"}
    opening, depth = code[at], 0
    for i in range(at, len(code)):
        if code[i] == opening:
            depth += 1
        elif code[i] == pairs[opening] and not (opening == "<" and code[i - 1] == "-"):
            depth -= 1
            if depth == 0:
                return i
        elif opening == "<" and code[i] in ";{}":
            return -1
    return -1


def _opening(code, at):
    """Where the parenthesis closed at `at` was opened, or -1."""
    depth = 0
    for i in range(at, -1, -1):
        depth += {")": 1, "(": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return -1


_WORD = re.compile(r"\s*(?:::)?\s*~?\w+")
_JOIN = re.compile(r"\s*(::|\.|->)\s*(?:template\s+)?")


def _operand_end(code, at):
    """Where the postfix expression starting at `at` ends: names, member access, calls, braces."""
    match = re.compile(r"\s*[*&]*\s*").match(code, at)
    at = match.end()
    if code[at:at + 1] == "(":
        at = _closing(code, at) + 1
    else:
        word = _WORD.match(code, at)
        if not word:
            return at
        at = word.end()
    while at > 0:
        joined = _JOIN.match(code, at)
        if joined:
            word = _WORD.match(code, joined.end())
            if not word:
                return at
            at = word.end()
            continue
        rest = re.compile(r"\s*").match(code, at).end()
        if code[rest:rest + 1] and code[rest] in "([{":
            at = _closing(code, rest) + 1
            continue
        if code[rest:rest + 1] == "<":
            end = _closing(code, rest)
            if end < 0:
                return at
            at = end + 1
            continue
        return rest
    return len(code)


_AUTO_LOCAL = re.compile(
    r"(?:^|[;{}():])\s*(?:const\s+)?auto\s*&{0,2}\s*(?:\w+|\[[\w\s,]+\])\s*=$")


def _begins_statement(before):
    if before == "" or before[-1] in ";{}":
        return True
    if re.search(r"\b(else|do|co_return)$", before):
        return True
    if re.search(r"(^|[;{}])\s*(case\s[^;{}?]*|default|\w+)\s*:$", before):
        return True
    if before.endswith(")"):
        opened = _opening(before, len(before) - 1)
        return re.search(r"\b(if|for|while|switch)\s*(constexpr\s*)?$", before[:opened]) is not None
    return _AUTO_LOCAL.search(before) is not None


def misplaced_awaits(code):
    """Offsets of each co_await in `code` (blanked) that is part of a larger expression."""
    found = []
    for match in re.finditer(r"\bco_await\b", code):
        before = code[:match.start()].rstrip()
        end = _operand_end(code, match.end())
        if not _begins_statement(before) or code[end:end + 1] != ";":
            found.append(match.start())
    return found


def functions(code):
    """(first line, text of that line, number of lines) of each function that begins in column 0.

    The house format puts namespace contents in column 0 and closes a body with a brace in column 0.
    """
    found, start = [], None
    lines = code.split("\n")
    for number, line in enumerate(lines, 1):
        if start is None:
            is_head = re.match(r"(?!namespace\b)[A-Za-z_~\[].*\(", line)
            if is_head and not line.rstrip().endswith((";", "}")):
                start = number
        elif line.startswith("}"):
            found.append((start, lines[start - 1].strip(), number - start + 1))
            start = None
        elif line.endswith(";") and re.match(r"\S", line):
            start = None
    return found
