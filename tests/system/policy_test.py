#!/usr/bin/env python3
"""What no grant allows is refused, and real clients say so in Kafka's own words.

One client may do everything with the topic `open` and the groups `g*`, and nothing with `secret`:

- console tools, kcat and kafka-python list, read, write, create and join: what is granted works,
  what is not is an authorisation error, never a hang or a lost connection;
- the broker has stored nothing of what was refused;
- a grant that is taken away ends a running consumer at its next request, inside its session;
- every refusal is in the audit log, with the operation;
- with `shadow: true` the same policy refuses nothing, and the log says what it would have done.
"""

import json
import os
import signal
import subprocess
import sys
import time

from lab_tools import daemon, daemon_log, daemon_pid, run, run_in_lab, wait_until, within

RECORDS = 100
GRANT = """
version: 1
grants:
  - {{id: all, to: ["net:10.91.1.2"], allow: [{operations}], topics: [{topics}], groups: ["g*"]}}
"""
EVERYTHING = GRANT.format(operations='"*"', topics='"open", "secret"')
OPEN = GRANT.format(operations='"*"', topics='"open"')
NO_READ = GRANT.format(operations="topic.describe, topic.write", topics='"open"')
DEBIAN_PYTHON = "/usr/bin/python3"


def put_policy(text):
    """Puts a policy in force as an operator does, in the place of the lab's own."""
    folder = os.path.join(os.environ["SLUICE_LAB_DIR"], "policies")
    with open(os.path.join(folder, "everything.yaml"), "w", encoding="utf-8") as file:
        file.write(text)
    before = daemon_log().count("policy: reloaded")
    os.kill(daemon_pid(), signal.SIGHUP)
    wait_until(lambda: daemon_log().count("policy: reloaded") > before, 10, "the reload")


def records():
    return "".join(f"record {number}\n" for number in range(RECORDS))


def stored(topic):
    """How many records the broker has, asked without the gateway."""
    said = run(*within("broker", "kt", "offsets", "--topic", topic))
    return sum(int(line.rsplit(":", 1)[1]) for line in said.split() if line.count(":") == 2)


def expect(said, *words):
    low = said.lower().replace("_", " ")
    assert any(word in low for word in words), f"none of {words} in:\n{said}"


def granted():
    listed = run("kt", "topics", "--list").split()
    assert listed == ["open"], listed
    run("kcat", "-P", "-t", "open", "-b", BOOTSTRAP, given=records())
    said = run("kcat", "-C", "-t", "open", "-b", BOOTSTRAP, "-e", "-q", "-o", "beginning")
    assert said.count("record") == 2 * RECORDS, said.count("record")
    said = run(*CONSUMER, "--topic", "open", "--group", "g1", "--from-beginning", seconds=90)
    assert said.count("record") >= 2 * RECORDS
    print(f"granted: listed alone, {RECORDS} written, {2 * RECORDS} read by kcat and the console")


def refused():
    topic = ("authorization", "not authorized")
    said = run("kcat", "-C", "-t", "secret", "-b", BOOTSTRAP, "-e", "-o", "beginning", want=None)
    expect(said, "topic authorization failed")
    assert "record" not in said
    expect(run("kcat", "-P", "-t", "secret", "-b", BOOTSTRAP, given="x\n", want=None), *topic)
    said = run(*CONSUMER, "--topic", "secret", "--group", "g1", want=None, seconds=90)
    expect(said, *topic)
    assert "record" not in said
    expect(run("kt", "producer", "--topic", "secret", given="x\n", want=None), *topic)
    expect(run("kt", "topics", "--create", "--topic", "new", want=None), *topic)
    expect(run("kt", "topics", "--delete", "--topic", "secret", want=None), *topic, "not exist")
    said = run(*CONSUMER, "--topic", "open", "--group", "other", want=None, seconds=90)
    expect(said, "group authorization", "not authorized to access group")
    program = (
        "from kafka import KafkaConsumer\n"
        f"c = KafkaConsumer('secret', bootstrap_servers='{BOOTSTRAP}', group_id='g2',\n"
        "                  auto_offset_reset='earliest', consumer_timeout_ms=8000)\n"
        "print(len(list(c)))\n"
    )
    # kafka-python 2.0 keeps the refusal to itself and reads nothing, at a broker with ACLs too.
    assert run(DEBIAN_PYTHON, "-c", program).split()[-1] == "0"
    print(
        "refused: kcat and console tools say that they are not authorised; kafka-python reads none"
    )


def revoked():
    """A consumer that is in the middle of reading."""
    consumer = subprocess.Popen(
        ["kcat", "-C", "-t", "open", "-b", BOOTSTRAP, "-o", "end"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        time.sleep(3)  # it waits for records by now
        put_policy(NO_READ)
        began = time.monotonic()
        run("kcat", "-P", "-t", "open", "-b", BOOTSTRAP, given="late\n")
        for line in consumer.stdout:
            assert "late" not in line, "it read on"
            if "authorization failed" in line.lower():
                break
        print(f"revoked: a running consumer was told after {time.monotonic() - began:.1f} s")
    finally:
        consumer.kill()
        consumer.wait()


def logged(kind):
    said = run(
        *("sluice", "audit", "search", "--dir", os.environ["SLUICE_AUDIT_DIR"]),
        *("--type", kind, "--limit", "10000", "-o", "json"),
    )
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def recorded():
    found = {event["operation"] for event in logged("refused")}
    wanted = {"topic.describe", "topic.create", "group.describe"}
    assert wanted <= found, found
    print(f"recorded: refusals of {', '.join(sorted(found))}")


def observed():
    """The same policy, not in force."""
    path = os.path.join(os.environ["SLUICE_LAB_DIR"], "sluice.yaml")
    with open(path, "a", encoding="utf-8") as file:
        file.write("shadow: true\n")
    put_policy(OPEN)
    daemon("restart")
    said = run("kcat", "-C", "-t", "secret", "-b", BOOTSTRAP, "-e", "-q", "-o", "beginning")
    assert said.count("record") == RECORDS
    would = logged("observed")
    assert any(
        event["topic"] == "secret" and event["operation"] == "topic.read" for event in would
    ), would
    print(f"observed: {RECORDS} read, and {len(would)} decisions that were not in force recorded")


def inside():
    put_policy(EVERYTHING)
    for topic in ("open", "secret"):
        run("kt", "topics", "--create", "--topic", topic)
    wait_until(lambda: "secret" in run("kt", "topics", "--list"), 20, "the topics")
    for topic in ("open", "secret"):
        run("kcat", "-P", "-t", topic, "-b", BOOTSTRAP, given=records())
    put_policy(OPEN)
    granted()
    refused()
    assert stored("secret") == RECORDS, stored("secret")
    revoked()
    recorded()
    observed()


BOOTSTRAP = os.environ.get("SLUICE_BOOTSTRAP", "")
CONSUMER = ["kt", "consumer", "--timeout-ms", "8000"]

if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        run_in_lab(__file__)
