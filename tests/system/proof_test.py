#!/usr/bin/env python3
"""What the audit log proves, and to whom: real traffic, then everything offline.

- Every entry is proved under the signed checkpoint; our own check and a verifier that is not ours
  (Go's sumdb packages) accept the proofs, and neither accepts one with a byte changed.
- A moved copy is verified with nothing but the public key. A byte that was flipped, entries that
  are gone, another key, and a newer checkpoint that the copy does not reach are each told apart.
- A daemon refuses to start over a log that lost what was signed, whose directory was put back to
  an older state (found by the anchor), or whose key is gone; and starts when all is back.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from lab_tools import LAB, daemon, daemon_log, run, run_in_lab

RECORDS = 400
POLICY = """
version: 1
grants:
  - {id: all, to: ["*"], allow: ["*"], topics: ["*"], groups: ["*"], transactional_ids: ["*"]}
  - {id: cluster, to: ["*"], allow: ["*"]}
"""


def audit(*words, want=0):
    return run("sluice", "audit", *words, want=want)


def traffic():
    run("kcat", "-P", "-t", "orders", "-b", BOOTSTRAP, given="r\n" * RECORDS)
    said = run("kcat", "-C", "-t", "orders", "-b", BOOTSTRAP, "-e", "-q", "-o", "beginning")
    assert said.count("\n") >= RECORDS


def refuses_to_start(why):
    before = len(daemon_log())
    done = subprocess.run(
        [LAB, "start-daemon", os.environ["SLUICE_LAB_ID"]], text=True, capture_output=True
    )
    said = done.stdout + done.stderr + daemon_log()[before:]
    assert done.returncode != 0 and re.search(why, said), said


def proofs(folder):
    """Of entries all over the log; {index: file}."""
    entries = int(re.search(r"(\d+) entr", audit("verify", "--dir", DIRECTORY)).group(1))
    made = {}
    for index in sorted({0, 1, entries // 2, entries - 1, *range(0, entries, 1 + entries // 25)}):
        made[index] = os.path.join(folder, f"{index}.tlog-proof")
        with open(made[index], "w", encoding="utf-8") as file:
            file.write(audit("prove", str(index), "--dir", DIRECTORY))
    audit("prove", str(entries), "--dir", DIRECTORY, want=2)
    return made


def proved(folder):
    made = proofs(folder)
    key = open(VKEY, encoding="utf-8").read().strip()
    accepted = run(TLOG, key, *made.values()).splitlines()
    assert [int(line.split()[0]) for line in accepted] == sorted(made), accepted
    for index, name in made.items():
        said = audit("verify-proof", name, "--vkey", VKEY)
        assert f"proven: entry {index} of " in said, said
    text = open(name, encoding="utf-8").read()
    for at in (text.index("extra ") + 8, text.index("index ") + 6, len(text) - 20):
        other = "1" if text[at] != "1" else "2"
        changed = os.path.join(folder, "changed")
        with open(changed, "w", encoding="utf-8") as file:
            file.write(text[:at] + other + text[at + 1 :])
        audit("verify-proof", changed, "--vkey", VKEY, want=1)
        run(TLOG, key, changed, want=1)
    print(f"proved: {len(made)} entries, accepted here and by a verifier that is not ours")


def told_apart(folder):
    copy = os.path.join(folder, "moved")

    def fresh():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(DIRECTORY, copy)
        return next(os.path.join(copy, f) for f in sorted(os.listdir(copy)) if f.endswith(".seg"))

    fresh()
    assert "signed: the first" in audit("verify", "--dir", copy, "--vkey", VKEY)
    segment = fresh()
    with open(segment, "r+b") as file:
        file.seek(4096 + 300)
        byte = file.read(1)[0]
        file.seek(4096 + 300)
        file.write(bytes([byte ^ 1]))
    said = audit("verify", "--dir", copy, "--vkey", VKEY, want=1)
    assert f"byte {4096 + 300}," in said and f"was 0x{byte:02x}" in said, said
    segment = fresh()
    os.truncate(segment, 4096)
    said = audit("verify", "--dir", copy, "--vkey", VKEY, want=2)
    assert "was signed for" in said, said
    fresh()
    stranger = "stranger+" + "0" * 8 + "+AR" + "A" * 42
    audit("verify", "--dir", copy, "--vkey", stranger, want=4)  # an id that is not the key's
    os.remove(os.path.join(copy, "checkpoint"))
    audit("verify", "--dir", copy, "--vkey", VKEY, want=3)
    print("told apart: a flipped byte, entries that are gone, a missing signature")


def put_back(folder):
    old = os.path.join(folder, "old")
    shutil.copytree(DIRECTORY, old)
    anchor = os.path.join(folder, "anchor")
    with open(CONFIG, "a", encoding="utf-8") as file:
        file.write(f"audit: {{anchor: {anchor}}}\n")
    daemon("start")
    traffic()
    daemon("stop")
    newer = os.path.join(folder, "newer")
    shutil.move(DIRECTORY, newer)
    shutil.copytree(old, DIRECTORY)
    said = audit("verify", "--dir", DIRECTORY, "--vkey", VKEY, "--checkpoint", anchor, want=2)
    assert "was signed for" in said, said
    refuses_to_start("entries are gone")
    shutil.rmtree(DIRECTORY)
    shutil.move(newer, DIRECTORY)
    os.rename(KEY, KEY + ".away")
    refuses_to_start("put the key back")
    os.rename(KEY + ".away", KEY)
    daemon("start")
    traffic()
    daemon("stop")
    said = audit("verify", "--dir", DIRECTORY, "--vkey", VKEY, "--checkpoint", anchor)
    assert "whole" in said and "signed" in said, said
    print("put back: a daemon does not start over an older log, nor without its key")


def inside():
    run("kt", "topics", "--create", "--topic", "orders", "--partitions", "1")
    traffic()
    daemon("stop")
    with tempfile.TemporaryDirectory() as folder:
        # An auditor has the public key from elsewhere.
        shutil.copy(os.path.join(DIRECTORY, "log.vkey"), VKEY)
        proved(folder)
        told_apart(folder)
        put_back(folder)
    daemon("start")


BOOTSTRAP = os.environ.get("SLUICE_BOOTSTRAP", "")
LAB_DIR = os.environ.get("SLUICE_LAB_DIR", "")
DIRECTORY = os.path.join(LAB_DIR, "data", "audit")
CONFIG = os.path.join(LAB_DIR, "sluice.yaml")
KEY = os.path.join(LAB_DIR, "data", "audit.key")
VKEY = os.path.join(LAB_DIR, "noted.vkey")
TLOG = os.path.join(os.path.dirname(LAB), "..", "tests", "stack", "tlog")

if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        with tempfile.TemporaryDirectory() as policies:
            policy = os.path.join(policies, "all.yaml")
            with open(policy, "w", encoding="utf-8") as rules:
                rules.write(POLICY)
            run_in_lab(__file__, "--policy", policy)
