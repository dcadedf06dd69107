#!/usr/bin/env python3
"""Every rule of tidy catches a bad sample, and lets the good one beside it pass."""

import pathlib
import tempfile
import unittest

import cxx
import rules
import tidy


class TidyTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for table in (rules.LONG_FILES, rules.LONG_FUNCTIONS, rules.UNTESTED, rules.ALLOWED_WORDS):
            kept = dict(table)
            table.clear()
            self.addCleanup(table.update, kept)
            self.addCleanup(table.clear)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def findings(self):
        return tidy.Tidy(self.root).run()

    def expect(self, path, text, *expected):
        """The file gives exactly these findings, each `(line, part of the message)`."""
        self.write(path, text)
        found = [(line, what) for where, line, what in self.findings() if where == path]
        self.assertEqual(len(found), len(expected), found)
        for (line, what), (expected_line, part) in zip(found, expected):
            self.assertEqual(line, expected_line, what)
            self.assertIn(part, what)

    # -- documents

    def test_a_document_sends_nobody_to_what_is_not_there(self):
        self.write("docs/there.md", "")
        self.expect("docs/a.md", "[it](there.md#part), `docs/there.md`, [that](https://a/b.md)\n")
        self.expect("docs/b.md", "see\n[it](gone.md)\nand `docs/lost.md`\n",
                    (2, "gone.md is not there"), (3, "docs/lost.md is not there"))

    # -- includes

    def test_an_arrow_may_not_point_up(self):
        self.expect("userspace/net/a.cc", '#include "session/session.h"\n#include "base/bytes.h"\n')
        self.expect("userspace/net/b.cc", '#include "base/log.h"\n#include "kafka/walker.h"\n',
                    (2, "net may not include kafka"))
        self.expect("userspace/session/a.h", '// a.h: x.\n#pragma once\n#include "net/relay.h"\n',
                    (3, "session may not include net"))

    def test_pure_folders_do_not_see_each_other(self):
        for folder in rules.PURE - {"session", "record"}:
            for other in rules.PURE - {folder}:
                self.assertNotIn(other, rules.SEES[folder])

    def test_every_third_party_header_has_owners(self):
        self.expect("userspace/net/a.cc", "#include <boost/asio/io_context.hpp>\n")
        self.expect("userspace/net/b.cc", "#include <boost/beast/http.hpp>\n",
                    (1, "<boost/beast/http.hpp> does not belong in net"))
        self.expect("userspace/capture/a.cc", "#include <openssl/ssl.h>\n#include <bpf/bpf.h>\n",
                    (1, "<openssl/ssl.h> does not belong in capture"))
        self.expect("userspace/net/c.cc", "#include <openssl/ssl.h>\n#include <rdkafka.h>\n",
                    (2, "<rdkafka.h> has no owner"))
        for owners in rules.OWNERS.values():
            self.assertLessEqual(owners, set(rules.SEES))

    def test_an_include_in_a_comment_or_string_is_none(self):
        self.expect("userspace/net/a.cc", '/*\n#include "kafka/walker.h"\n*/\n')

    def test_our_headers_are_named_from_the_root(self):
        self.expect("userspace/net/a.cc", '#include "relay.h"\n#include "zlib/zlib.h"\n',
                    (1, 'name our headers from the root, "folder/relay.h"'),
                    (2, "no folder of ours"))
        self.expect("userspace/net/b.cc", "#include <session/session.h>\n", (1, 'go in ""'))

    def test_pure_folders_do_no_io(self):
        self.write("tests/unit/kafka/a_test.cc", "\n")
        self.expect("userspace/kafka/a.cc",
                    "#include <vector>\n#include <sys/socket.h>\n#include <thread>\n",
                    (2, "it does no I/O"), (3, "no threads"))
        self.expect("userspace/net/a.cc", "#include <sys/socket.h>\n#include <thread>\n")

    def test_a_new_folder_is_entered_in_the_table(self):
        self.expect("userspace/helper/a.cc", "\n", (1, "`helper` is not in SEES"))

    # -- mirrored tests

    def test_a_source_without_its_test_is_named(self):
        self.expect("userspace/audit/encode.cc", "\n",
                    (1, "tests/unit/audit/encode_test.cc is missing"))
        self.write("tests/unit/audit/encode_test.cc", "\n")
        self.expect("userspace/audit/encode.cc", "\n")
        self.expect("userspace/net/relay.cc", "\n")

    # -- co_await

    def test_co_await_stands_alone(self):
        for good in ("{ co_await f(); }",
                     "{ auto n = co_await g(a, b).h<int>(c); }",
                     "{ const auto& [error, n] = co_await ns::read(s, x{1}); }",
                     "{ co_return co_await f(); }",
                     "if (x) co_await f();",
                     "for (;;) { if (y(z)) x(); else co_await (a() || b()); }",
                     "case Kind::a: co_await timer->wait(t[1]); break;",
                     "while (go()) co_await f();"):
            self.assertEqual(cxx.misplaced_awaits(good), [], good)
        for bad in ("{ x = co_await f(); }",
                    "{ std::size_t n = co_await f(); }",
                    "{ auto n = co_await f() + 1; }",
                    "{ auto n = 1 + co_await f(); }",
                    "{ auto n = g(co_await f()); }",
                    "if (co_await f()) x();",
                    "{ while (!co_await f()) {} }",
                    "{ co_await f(), g(); }",
                    "{ auto n = y ? co_await f() : z; }",
                    "{ auto n = y ? z : co_await f(); }",
                    "{ (void)co_await f(); }",
                    "{ co_return (co_await f()); }",
                    "{ co_return co_await f() == 1; }",
                    "{ f() && co_await g(); }",
                    "{ auto n = *co_await f(); }"):
            self.assertEqual(len(cxx.misplaced_awaits(bad)), 1, bad)

    def test_a_misplaced_co_await_is_reported_with_its_line(self):
        self.expect("userspace/net/a.cc",
                    "// co_await here is a word\nint f() {\n    x = co_await g();\n}\n",
                    (3, "co_await must stand alone"))

    # -- sizes

    def test_files_and_functions_have_a_limit(self):
        self.expect("userspace/net/a.cc", "\n" * 400)
        self.expect("userspace/net/a.cc", "\n" * 401, (401, "401 lines (400 allowed)"))
        self.expect("tests/unit/net/a_test.cc", "\n" * 600)
        self.expect("tests/unit/net/a_test.cc", "\n" * 601, (601, "601 lines (600 allowed)"))
        self.expect("userspace/net/b.cc",
                    "void f(int a,\n       int b) {\n" + "    g();\n" * 57 + "}\n")
        self.expect("userspace/net/b.cc", "int x(1);\nvoid f() {\n" + "    g();\n" * 59 + "}\n",
                    (2, "a function of 61 lines (60 allowed): `void f() {`"))
        self.expect("bpf/a.c", "static int f(void)\n{\n" + "\tg();\n" * 58 + "}\n",
                    (1, "a function of 61 lines"))
        self.expect("tests/system/a.py", "def f():\n" + "    g()\n" * 60,
                    (1, "a function of 61 lines (60 allowed): `def f`"))

    def test_lines_have_a_limit_in_characters(self):
        self.expect("scripts/run", "#!/bin/sh\n" + "\u00e9" * 100 + "\n")
        self.expect("scripts/run", "#!/bin/sh\n" + "x" * 101 + "\n", (2, "101 columns"))

    def test_an_exception_is_data_and_dies_with_its_file(self):
        rules.LONG_FILES["userspace/net/a.cc"] = (410, "a table")
        self.expect("userspace/net/a.cc", "\n" * 410)
        (self.root / "userspace/net/a.cc").unlink()
        self.assertEqual([what for _, _, what in self.findings()],
                         ["exception for userspace/net/a.cc, which does not exist"])

    # -- words

    def test_words_that_mean_unfinished(self):
        self.expect("userspace/net/a.cc", "// TO" "DO: later\n#if 0\n#endif\n",
                    (1, "finish it"), (2, "git remembers"))
        self.expect("userspace/net/a.cc", "f();  // NOLIN" "T\n", (1, "say which check"))
        self.expect("userspace/net/a.cc", "f();  // NOLIN" "T(bugprone-x): Kafka's own name\n")

    def test_paths_of_one_machine(self):
        self.expect("docs/a.md", "See /wor" "k/main.\n", (1, "no absolute path"))
        self.expect("docs/a.md", "See /var/lib/sluice.\n")

    def test_words_in_code(self):
        self.expect("userspace/net/a.cc", "void f() { co_spawn(x, g(), asio::detached); }\n",
                    (1, "give co_spawn a completion handler"))
        self.expect("userspace/net/a.cc", "// a detached, throw away assert (x)\n")
        self.expect("userspace/net/a.cc", "    assert(x);\n    throw 1;\n",
                    (1, "use SLUICE_CHECK"))
        self.expect("userspace/app/a.cc", "    throw;\n    throw 1;\n", (2, "return an Error"))
        self.expect("tests/unit/net/a_test.cc", "    std::this_thread::sleep_for(1s);\n",
                    (1, "waits for an event"))
        self.write("tests/unit/kafka/a_test.cc", "\n")
        self.expect("userspace/kafka/a.cc", "    std::chrono::steady_clock::now();\n",
                    (1, "is told the time"))

    def test_commented_out_code(self):
        self.expect("userspace/net/a.cc",
                    "// return x;\n// f(x);\n// a.b = c;\n// if (x) {\n// }\n",
                    *((line, "commented-out code") for line in range(1, 6)))
        self.expect("userspace/net/a.cc",
                    "// return to the caller when x is 1\n// is held; f(x) is not;\n"
                    "// x = 1 means on\n// \"//f(x);\" in a string\n")
        self.expect("tests/a.py",
                    "# x = f(1)\n# import os\n# f(x)\n# from here on, nothing\n# note\n",
                    (1, "commented-out"), (2, "commented-out"), (3, "commented-out"))

    # -- form

    def test_a_header_opens_with_what_it_is(self):
        self.expect("userspace/net/a.h", "// a.h: sends bytes.\n#pragma once\n")
        self.expect("userspace/net/a.h", "#ifndef A\n#endif\n",
                    (1, "no `#pragma once`"), (1, "open with"))

    def test_blanks_and_the_last_line(self):
        self.expect("userspace/net/a.cc", "int a; \n\tint b;\nint c;",
                    (1, "trailing blanks"), (2, "indent with blanks"), (3, "has no end"))

    def test_what_is_not_ours_is_left_alone(self):
        self.write("build/x/a.cc", "// TO" "DO\n")
        self.write("tests/fuzz/corpus/walker/a.json", "TO" "DO")
        self.assertEqual(self.findings(), [])


class BlankTest(unittest.TestCase):
    def test_every_character_keeps_its_place(self):
        text = 'a = "x // y"; // z\nb = \'"\'; /* c\nd */ e = 1\'000; R"(f\n")" g'
        blanked = cxx.blank(text)
        self.assertEqual(len(blanked), len(text))
        self.assertEqual(blanked,
                         'a = "      ";     \nb = \' \';     \n     e = 1_000; R   \n  " g')


if __name__ == "__main__":
    unittest.main()
