#!/usr/bin/env python3
"""The example policies are without a mistake and say what their expectations say they do.

    policy_examples_test.py SLUICE

A newcomer copies them. Each file is a set of its own and has its expectations beside it.
"""

import pathlib
import subprocess
import sys
import tempfile

POLICIES = pathlib.Path(__file__).resolve().parents[3] / "policies"

# What lint says of a file on purpose, and says it no more often.
WARNED = {
    "legacy.yaml": [
        "`legacy-everything` grants `topic.write` on all `topics`",
        "`legacy-everything` grants `group.member.remove` on all `groups`",
    ]
}


def asked(sluice, *words):
    done = subprocess.run([sluice, "policy", *words], text=True, capture_output=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def check_example(sluice, path):
    code, said = asked(sluice, "lint", path)
    warned = WARNED.get(path.name, [])
    count = len([line for line in said.splitlines() if f"{path.name}:" in line])
    assert (code, count) == (1 if warned else 0, len(warned)), f"lint {path.name}: {said}"
    assert all(words in said for words in warned), f"lint {path.name}: {said}"
    assert path.with_suffix(".expect.yaml").is_file(), f"{path.name} has no expectations"
    code, said = asked(sluice, "test", path)
    assert code == 0 and "\n0 cases" not in f"\n{said}", f"test {path.name}: {said}"
    assert f"`{path.name}`" in (POLICIES / "README.md").read_text(), f"README knows no {path.name}"
    print(f"{path.name}: {said.strip()}")


def check_that_it_can_fail(sluice, path):
    """The same expectations beside a policy that holds later are not met."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / path.name
        copy.write_text(path.read_text().replace("records_over: 100}", "records_over: 5000}"))
        expected = path.with_suffix(".expect.yaml")
        (copy.parent / expected.name).write_text(expected.read_text())
        code, said = asked(sluice, "test", copy)
        assert code == 1, f"another policy passes as well: {said}"


def main(sluice):
    examples = [
        path for path in sorted(POLICIES.glob("*.yaml")) if not path.name.endswith(".expect.yaml")
    ]
    assert len(examples) >= 5, examples
    for path in examples:
        check_example(sluice, path)
    check_that_it_can_fail(sluice, POLICIES / "customers.yaml")


if __name__ == "__main__":
    main(sys.argv[1])
