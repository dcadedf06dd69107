#!/usr/bin/env python3
"""A person can be erased from all that Sluice keeps, and every proof holds as before.

alice and bob, told apart by their addresses, read and write; alice asks for a topic and is denied,
and votes on another. Then an admin has alice erased while the gateway runs and bob reads on:

- neither her name nor her address is in any byte of any file of the gateway: segments, names,
  approvals, their write-ahead logs and free pages, checkpoints, the daemon's own log;
- proofs made before and after the erasure are accepted, `verify` finds the log whole and the
  roots are the same;
- the log says that somebody was erased, by whom and why, and not who;
- her entries are shown as those of somebody erased, bob's as his;
- a request that is not over keeps her from being erased; who is no admin erases nobody;
- an auditor's questions through the daemon are answered, and recorded.
"""

import json
import os
import sys
import tempfile

import audit_log
from lab_tools import daemon_log, run, run_in_lab, wait_until

ALICE, BOB, ALICE_NAME = "10.91.1.2", "10.91.1.3", "alice@example.org"
POLICY = """
version: 1
identities:
  - {principal: "user:alice", human: "alice@example.org", from: {source: 10.91.1.2/32}}
  - {principal: "user:bob", human: "bob@example.org", from: {source: 10.91.1.3/32}}
grants:
  - id: all
    to: ["*"]
    allow: [topic.read, topic.write, cluster.describe, group.join]
    topics: ["*"]
    groups: ["*"]
holds:
  - id: lifecycle
    to: ["user:alice", "user:bob"]
    applies: ungranted
    when: {operations: [topic.create], topics: ["orders*"]}
    approvers: {groups: [owners]}
    hold: 2s
"""
CAROL, ALICES_USER, ADMIN, AUDITOR = 61001, 61003, 61005, 61006


def sluice(user, *words, want=0):
    own = ["setpriv", f"--reuid={user}", "--regid=0", "--clear-groups"]
    return run(*own, "sluice", *words, "--control", os.environ["SLUICE_CONTROL"], want=want)


def as_client(namespace, *command, want=0, given=None):
    return run("nsenter", f"--net=/run/netns/{namespace}", *command, want=want, given=given)


def requests():
    lines = sluice(CAROL, "approvals", "ls", "-o", "json").splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [request for request in found if request["state"] == "pending"]


def traffic():
    alice, bob = os.environ["SLUICE_CLIENT_NETNS"].split()[:2]
    as_client(alice, "kt", "topics", "--create", "--topic", "orders", "--partitions", "1", want=1)
    sluice(CAROL, "approvals", "approve", requests()[0]["id"], "-m", "as alice@example.org asked")
    as_client(alice, "kt", "topics", "--create", "--topic", "orders", "--partitions", "1")
    as_client(bob, "kt", "topics", "--create", "--topic", "orders.b", "--partitions", "1", want=1)
    sluice(ALICES_USER, "approvals", "deny", requests()[0]["id"], "-m", "no, says alice")
    for namespace, who in ((alice, "alice"), (bob, "bob")):
        wait_until(lambda: "orders" in as_client(namespace, *LIST), 20, "the topic")
        kcat = ["-b", BOOTSTRAP, "-t", "orders", "-X", f"client.id=console-of-{who}"]
        as_client(namespace, "kcat", "-P", *kcat, given="r\n" * 50)
        as_client(namespace, "kcat", "-C", *kcat, "-e", "-q", "-o", "beginning")


def who():
    words = ["--topic", "orders", "--partition", "0", "--offset", "0", "-o", "json"]
    said = run("sluice", "audit", "who", "--dir", DIRECTORY, *words)
    return [json.loads(line) for line in said.splitlines()]


def files_with(needles):
    found = set()
    for folder, _, names in os.walk(LAB_DIR):
        # What the lab wrote for itself, the policy that names alice, and the brokers' own.
        if not folder.startswith((os.path.join(LAB_DIR, "data"), os.path.join(LAB_DIR, "logs"))):
            continue
        for name in names:
            path = os.path.join(folder, name)
            if "broker" in os.path.relpath(path, LAB_DIR):
                continue
            with open(path, "rb") as file:
                held = file.read()
            found |= {(path, needle) for needle in needles if needle in held}
    return found


def proofs(folder):
    """Of all answers, with the names behind them as far as they are known: {index: principal}."""
    words = ["--topic", "orders", "--partition", "0", "--offset", "0", "--prove", folder]
    run("sluice", "audit", "who", "--dir", DIRECTORY, *words)
    proven = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".tlog-proof"):
            continue
        path, names = os.path.join(folder, name), os.path.join(folder, name[:-11] + ".subject")
        more = ["--subject", names] if os.path.exists(names) else []
        said = run("sluice", "audit", "verify-proof", path, "--vkey", VKEY, "-o", "json", *more)
        proven[int(name[:-11])] = json.loads(said).get("principal")
    return proven


def not_yet():
    alice = os.environ["SLUICE_CLIENT_NETNS"].split()[0]
    as_client(alice, "kt", "topics", "--create", "--topic", "orders.c", "--partitions", "1", want=1)
    said = sluice(ADMIN, "audit", "erase", ALICE_NAME, "-m", "DSR-17", want=1)
    assert "still_live" in said, said
    sluice(CAROL, "approvals", "deny", requests()[0]["id"], "-m", "not now")
    for user in (CAROL, AUDITOR):
        assert "role_missing" in sluice(user, "audit", "erase", ALICE_NAME, "-m", "x", want=1)


def asked_through_the_daemon():
    def ask(user, target):
        own = ["setpriv", f"--reuid={user}", "--regid=0", "--clear-groups", "curl", "-s"]
        return json.loads(
            run(*own, "--unix-socket", os.environ["SLUICE_CONTROL"], "http://s" + target)
        )

    question = "/v1/audit/who?topic=orders&partition=0&offset=0"
    answers = ask(AUDITOR, question)["answers"]
    assert [a["index"] for a in answers] == [a["index"] for a in who()]
    assert {a["principal"] for a in answers} == {"user:alice", "user:bob"}
    assert ask(AUDITOR, f"/v1/audit/show?index={answers[0]['index']}")["topic"] == "orders"
    found = ask(AUDITOR, "/v1/audit/search?principal=user:alice&type=produce&limit=5")["entries"]
    assert found and {e["principal"] for e in found} == {"user:alice"}
    assert "error" in ask(AUDITOR, "/v1/audit/search?colour=blue")
    assert ask(CAROL, question)["error"]["code"] == "role_missing"
    reads = [e for e in audit_log.events(DIRECTORY) if e["type"] == "log_read"]
    assert [e["operation"] for e in reads] == ["audit.who", "audit.show", "audit.search"]
    assert reads[2]["resource"] == "limit,principal,type"
    assert {e["actor"] for e in reads} == {"ann@example.org"}
    assert (reads[0]["topic"], reads[0]["partition"], reads[0]["fetch_offset"]) == ("orders", 0, 0)


def inside():
    needles = [b"alice", ALICE.encode(), bytes(int(part) for part in reversed(ALICE.split(".")))]
    traffic()
    not_yet()
    asked_through_the_daemon()
    shown = who()
    assert {a["principal"] for a in shown} == {"user:alice", "user:bob"}, shown
    assert {needle for _, needle in files_with(needles)} == set(needles)
    with tempfile.TemporaryDirectory() as folder:
        before = proofs(os.path.join(folder, "before"))
        assert before == {a["index"]: a["principal"] for a in shown}, before
        said = sluice(ADMIN, "audit", "erase", ALICE_NAME, "-m", "request DSR-17")
        assert "every proof holds" in said, said
        left = files_with(needles)
        assert not left, left
        after = proofs(os.path.join(folder, "after"))
        nameless = {i: who if who != "user:alice" else None for i, who in before.items()}
        assert after == nameless, after
        # What somebody took along before holds as well, for whoever has the names.
        for index, principal in before.items():
            path = os.path.join(folder, "before", f"{index}.tlog-proof")
            names = os.path.join(folder, "before", f"{index}.subject")
            said = run("sluice", "audit", "verify-proof", path, "--vkey", VKEY, "--subject", names)
            assert principal in said, said
    assert "whole" in run("sluice", "audit", "verify", "--dir", DIRECTORY)
    again = who()
    assert [a["index"] for a in again] == [a["index"] for a in shown]
    assert {a.get("principal") for a in again} == {None, "user:bob"}
    assert all(a["erased"] for a in again if "principal" not in a)
    bob = os.environ["SLUICE_CLIENT_NETNS"].split()[1]
    as_client(bob, "kcat", "-C", "-b", BOOTSTRAP, "-t", "orders", "-e", "-q", "-o", "beginning")
    erased = [e for e in audit_log.events(DIRECTORY) if e["type"] == "erased"]
    assert len(erased) == 1 and erased[0]["records"] > 5
    assert (erased[0]["actor"], erased[0]["comment"]) == ("adm@example.org", "request DSR-17")
    assert "alice" not in daemon_log()
    nothing = sluice(ADMIN, "audit", "erase", ALICE_NAME, "-m", "again")
    assert "nothing was known" in nothing, nothing
    print(
        f"erased: {erased[0]['records']} names and requests of alice; no byte of them left in "
        f"{sum(len(names) for _, _, names in os.walk(os.path.join(LAB_DIR, 'data')))} files; "
        f"{len(before)} proofs from before and {len(after)} from after hold"
    )


BOOTSTRAP = os.environ.get("SLUICE_BOOTSTRAP", "")
LAB_DIR = os.environ.get("SLUICE_LAB_DIR", "")
DIRECTORY = os.path.join(LAB_DIR, "data", "audit")
VKEY = os.path.join(DIRECTORY, "log.vkey")
LIST = ["kt", "topics", "--list"]

if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        with tempfile.TemporaryDirectory() as policies:
            path = os.path.join(policies, "people.yaml")
            with open(path, "w", encoding="utf-8") as rules:
                rules.write(POLICY)
            run_in_lab(__file__, "--policy", path, "--clients", "2")
