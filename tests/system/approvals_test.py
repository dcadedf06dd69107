#!/usr/bin/env python3
"""Risky operations wait for another human, and real clients bear it.

A network identity, for which alice answers, works with the topics `orders*`; carol, dave and alice
herself are approvers. Console tools, kcat and kafka-python see:

- a topic creation that a human approves while it waits passes, and passes once;
- nobody approves for themself: not alice by another name of hers, not root whom nobody knows;
- what nobody decided in time is answered with its ticket (44) and passes when tried again;
- what was denied, and what its client gave up, is never done;
- a reset that goes far back waits, one that goes a little back does not;
- a reader that begins far behind is told that there is nothing yet, and reads all of it once a
  human said yes; its group never rebalances;
- a ticket survives a restart of the daemon;
- each step is an event in the audit log, with who did it.
"""

import json
import os
import signal
import subprocess
import sys
import time

import audit_log
from lab_tools import daemon, run, run_in_lab, wait_until

RECORDS = 300
POLICY = """
version: 1
identities:
  - {principal: "net:team", human: "alice@example.org", from: {source: 10.91.1.0/24}}
grants:
  - id: team
    to: ["net:team"]
    allow: [topic.read, topic.write, group.join, group.offset.reset]
    topics: ["orders*"]
    groups: ["*"]
  - {id: cluster, to: ["*"], allow: [cluster.describe, group.list, config.describe]}
holds:
  - id: lifecycle
    to: ["net:team"]
    applies: ungranted
    when: {operations: [topic.create, topic.delete, config.alter], topics: ["orders*"]}
    approvers: {groups: [owners]}
    hold: 6s
  - id: purge
    to: ["net:team"]
    applies: ungranted
    when: {operations: [topic.records.delete], topics: ["orders*"]}
    approvers: {groups: [owners], count: 2}
    hold: 2s
  - id: rewind
    to: ["*"]
    when: {operations: [group.offset.reset], records_over: 100}
    approvers: {groups: [owners]}
    hold: 2s
  - id: replay
    to: ["*"]
    when: {operations: [topic.read], topics: ["orders.replay"], lag_over: 100}
    approvers: {groups: [owners]}
"""
CAROL, DAVE, ALICE, ROOT = 61001, 61002, 61003, 0


def sluice(user, *words, want=0):
    """A command of a Unix user, over the control socket."""
    own = ["setpriv", f"--reuid={user}", "--regid=0", "--clear-groups"]
    done = subprocess.run(
        [*own, "sluice", *words, "--control", os.environ["SLUICE_CONTROL"]],
        text=True,
        capture_output=True,
        timeout=30,
    )
    assert want is None or done.returncode == want, (
        words,
        done.returncode,
        done.stdout,
        done.stderr,
    )
    return done.stdout + done.stderr


def requests(*words):
    lines = sluice(CAROL, "approvals", "ls", "-o", "json", *words).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and '"id"' in line]


def waiting():
    return [request for request in requests() if request["state"] == "pending"]


def next_request(known=()):
    """The id of a request that is not among those."""
    found = []

    def look():
        found[:] = [request["id"] for request in waiting() if request["id"] not in known]
        return bool(found)

    wait_until(look, 15, "a request for approval")
    return found[0]


class Started:
    """A client's command, running."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def end(self, seconds=60):
        said = self.process.communicate(timeout=seconds)[0]
        return self.process.returncode, said

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)  # the tools are a shell and its JVM
        self.process.communicate()


def create(topic, partitions=1):
    return ["kt", "topics", "--create", "--topic", topic, "--partitions", str(partitions)]


def topics():
    return run("kt", "topics", "--list").split()


def events(**wanted):
    found = audit_log.events(os.environ["SLUICE_AUDIT_DIR"])
    return [e for e in found if all(e[name] == value for name, value in wanted.items())]


def approved_while_waiting():
    client = Started(*create("orders"))
    ticket = next_request()
    said = sluice(ALICE, "approvals", "approve", ticket, want=None)
    assert "self_approval" in said or "their own" in said or "yourself" in said, said
    sluice(ROOT, "approvals", "approve", ticket, want=None)
    assert [request["id"] for request in waiting()] == [ticket]
    sluice(CAROL, "approvals", "approve", ticket, "-m", "as agreed")
    code, said = client.end()
    assert code == 0, said
    wait_until(lambda: "orders" in topics(), 20, "the topic")
    refused = [e for e in events(type="approval", ticket=ticket) if e["outcome"] == "refused"]
    assert {e["reason"] for e in refused} >= {"self_approval"}, refused
    steps = [e["reason"] for e in events(type="approval", ticket=ticket) if e["outcome"] == "ok"]
    assert steps == ["requested", "vote_approve", "approved", "used"], steps
    assert events(type="admin_intent", ticket=ticket), "the change names its ticket"
    print("approved: refused by alice herself and by root; carol approved, and it was created")


def expired_then_retried():
    code, said = Started(*create("orders.later")).end()
    ticket = next_request()
    assert code != 0 and ticket in said and "waits for approval" in said, said
    sluice(CAROL, "approvals", "approve", ticket)
    daemon("restart")
    run(*create("orders.later"))
    wait_until(lambda: "orders.later" in topics(), 20, "the topic")
    run("kt", "topics", "--delete", "--topic", "orders.later", want=1)
    assert "orders.later" in topics()
    sluice(CAROL, "approvals", "deny", next_request(), "-m", "keep it")
    print(
        "expired: answered with its ticket; approved, the daemon restarted, and tried again: done"
    )


def denied_and_given_up():
    before = topics()
    client = Started(*create("orders.denied"))
    ticket = next_request()
    sluice(DAVE, "approvals", "deny", ticket, "-m", "not this one")
    code, said = client.end()
    assert code != 0 and ticket in said, said
    gone = Started(*create("orders.gone"))
    ticket = next_request()
    gone.kill()
    wait_until(lambda: not waiting(), 15, "the end of a wish whose client left")
    sluice(CAROL, "approvals", "approve", ticket, want=None)
    time.sleep(1)
    assert topics() == before, topics()
    ended = {r["id"]: r["state"] for r in requests("--all")}
    assert ended[ticket] == "cancelled", ended
    print("denied: 44 with a human's words; given up: cancelled, and never done")


def two_people():
    body = {"partitions": [{"topic": "orders", "partition": 0, "offset": 1}], "version": 1}
    path = os.path.join(os.environ["SLUICE_LAB_DIR"], "delete.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(body, file)
    purge = [
        *["kt", "run", "org.apache.kafka.tools.DeleteRecordsCommand"],
        *["--bootstrap-server", BOOTSTRAP, "--offset-json-file", path],
    ]
    said = run(*purge, want=None)
    assert "uthoriz" in said or "denied" in said, said
    ticket = next_request()
    sluice(CAROL, "approvals", "approve", ticket)
    sluice(CAROL, "approvals", "approve", ticket, want=None)
    assert [request["id"] for request in waiting()] == [ticket]
    sluice(DAVE, "approvals", "approve", ticket)
    said = run(*purge)
    assert "low_watermark: 1" in said, said
    print("two people: deleted when both had approved, and not when one did twice")


def rewound():
    run("kcat", "-P", "-t", "orders", "-b", BOOTSTRAP, given="one\n" * RECORDS)
    read = ["kt", "consumer", "--topic", "orders", "--group", "g", "--from-beginning"]
    run(*read, "--max-messages", str(RECORDS - 1), "--timeout-ms", "20000", want=None)
    reset = ["kt", "groups", "--group", "g", "--topic", "orders", "--reset-offsets", "--execute"]
    said = run(*reset, "--shift-by", "-5")
    assert not waiting(), waiting()
    said = run(*reset, "--to-earliest", want=None)
    assert "uthoriz" in said, said
    ticket = next_request()
    assert waiting()[0]["operation"] == "group.offset.reset"
    sluice(CAROL, "approvals", "approve", ticket)
    said = run(*reset, "--to-earliest")
    assert "orders" in said, said
    print("rewind: five records back at once, all of them once carol approved")


CONSUMER = """
import json, os, sys, time
from kafka import KafkaConsumer
brokers = os.environ["SLUICE_BOOTSTRAP"].split(",")
consumer = KafkaConsumer("orders.replay", bootstrap_servers=brokers, group_id="replay",
                         auto_offset_reset="earliest", session_timeout_ms=6000,
                         heartbeat_interval_ms=1000)
seen, generations, until = 0, set(), time.monotonic() + 40
while seen < int(sys.argv[1]) and time.monotonic() < until:
    for records in consumer.poll(timeout_ms=500).values():
        seen += len(records)
    generations.add(consumer._coordinator.generation() and
                    consumer._coordinator.generation().generation_id)
print(json.dumps({"seen": seen, "generations": len(generations - {None, False})}))
"""


def replayed():
    client = Started(*create("orders.replay", 2))
    sluice(CAROL, "approvals", "approve", next_request())
    assert client.end()[0] == 0
    wait_until(lambda: "orders.replay" in topics(), 20, "the topic")
    for partition in ("0", "1"):  # as many in each: the hold looks at the lag of one partition
        produce = ["kcat", "-P", "-t", "orders.replay", "-p", partition, "-b", BOOTSTRAP]
        run(*produce, given="r\n" * RECORDS)
    reader = Started("/usr/bin/python3", "-c", CONSUMER, str(2 * RECORDS))
    ticket = next_request()
    assert waiting()[0]["operation"] == "topic.read"
    time.sleep(8)  # longer than the session of a group's member lasts without heartbeats
    assert not [e for e in events(type="fetch", topic="orders.replay") if e["records"]]
    for request in waiting():
        sluice(CAROL, "approvals", "approve", request["id"])
    code, said = reader.end()
    told = json.loads(said.splitlines()[-1])
    assert code == 0 and told["seen"] == 2 * RECORDS, said
    assert told["generations"] == 1, told
    print(f"replay: parked for 8 s, then {told['seen']} records; no rebalance; {ticket}")


def inside():
    approved_while_waiting()
    expired_then_retried()
    denied_and_given_up()
    rewound()
    two_people()
    replayed()
    humans = {e["actor"] for e in events(type="approval") if e["reason"].startswith("vote_")}
    assert humans == {"carol@example.org", "dave@example.org"}, humans
    print(f"recorded: {len(events(type='approval'))} steps, votes of {', '.join(sorted(humans))}")


BOOTSTRAP = os.environ.get("SLUICE_BOOTSTRAP", "")

if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"approvals-{os.getpid()}.yaml")
        with open(path, "w", encoding="utf-8") as policy_file:
            policy_file.write(POLICY)
        try:
            run_in_lab(__file__, "--policy", path)
        finally:
            os.unlink(path)
