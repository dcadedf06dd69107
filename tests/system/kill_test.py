#!/usr/bin/env python3
"""The daemon is killed at random moments under load: nothing gets around it, and nothing
acknowledged or read is unrecorded.

  kill_test.py [--kills N] [--rate RECORDS_PER_SECOND]

Producers (acks=all) and consumers of franz-go and kafka-python and a consumer of Java run through
three brokers while `kill -9` ends sluiced N times; in each outage connections to the brokers are
tried. Durability is `durable`. Then, from the audit log alone, read by the tests' own reader:

- every acknowledged record has a produce outcome, every consumed record a fetch outcome (none rests
  on a lease alone), and each of these is of the client that did it;
- the log is whole, and nothing that was signed at any kill is gone;
- not one packet reached a broker from anyone but the gateway, counted at the broker host's
  interface.
"""

import argparse
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import time

import audit_log
from steady import Steady

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAB = os.path.join(ROOT, "scripts", "lab")
TOPIC, STEADY_TOPIC = "kills", "kills.steady"
STEADY_RATE = 200
FRANZ, PYTHON, JAVA = "franz", "steady-python", "steady-java"
ATTEMPTS = 6
SECONDS_PER_KILL = 5

API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)

WATCH = """
table inet watch {
  chain arrivals {
    type filter hook prerouting priority -300; policy accept;
    iifname "b0" tcp dport 9092 ip saddr 10.91.2.1 counter accept comment "gateway"
    iifname "b0" tcp dport 9092 counter accept comment "others"
  }
}
"""


def in_broker(*command, given=None):
    return subprocess.run(
        ["nsenter", "--net=/run/netns/" + os.environ["SLUICE_BROKER_NETNS"], *command],
        input=given,
        text=True,
        check=True,
        capture_output=True,
    ).stdout


def daemon(verb):
    subprocess.run(
        [LAB, verb + "-daemon", os.environ["SLUICE_LAB_ID"]], check=True, capture_output=True
    )


def try_to_connect():
    """What a client meets in an outage: refused at once. While the killed process is still being
    taken apart its listener may
    queue a connection, which the kernel then resets: no byte of a broker comes over it. Returns how
    many were queued.
    """
    brokers, queued = os.environ["SLUICE_BOOTSTRAP"].split(","), 0
    for attempt in range(ATTEMPTS):
        host, port = brokers[attempt % len(brokers)].split(":")
        began = time.monotonic()
        try:
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                queued += 1
                connection.sendall(API_VERSIONS)
                assert connection.recv(1) == b"", "a broker answered while nothing listened"
        except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
            pass
        assert time.monotonic() - began < 2, "refused, but not at once"
    return queued


def seen(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            place = json.loads(line)
            if "offset" in place:
                yield TOPIC, place["partition"], place["offset"]


def seen_by_java(path):
    with open(path, encoding="utf-8") as file:
        for partition, offset in re.findall(r"^Partition:(\d+)\tOffset:(\d+)", file.read(), re.M):
            yield TOPIC, int(partition), int(offset)


def signed_entries():
    """What the checkpoint states: it must never be taken back."""
    with open(os.path.join(os.environ["SLUICE_AUDIT_DIR"], "checkpoint"), encoding="utf-8") as file:
        return int(file.read().split("\n")[1])


def inside(options):
    folder = os.environ["SLUICE_LAB_DIR"]
    for topic in (TOPIC, STEADY_TOPIC):
        subprocess.run(
            ["kt", "topics", "--create", "--topic", topic, "--partitions", "6"],
            check=True,
            capture_output=True,
        )
    in_broker("nft", "-f", "-", given=WATCH)
    count = options.rate * options.kills * SECONDS_PER_KILL
    limit = ["-timeout", f"{options.kills * SECONDS_PER_KILL * 3 + 60}s"]
    with open(f"{folder}/produced", "w") as produced, open(f"{folder}/consumed", "w") as consumed:
        producer = subprocess.Popen(
            [
                "franz",
                "produce",
                "-topic",
                TOPIC,
                "-count",
                str(count),
                "-rate",
                str(options.rate),
                "-acks",
                "all",
                *limit,
            ],
            stdout=produced,
        )
        consumer = subprocess.Popen(
            ["franz", "consume", "-topic", TOPIC, "-count", str(count), *limit], stdout=consumed
        )
        with open(f"{folder}/java", "w") as java_out, open(f"{folder}/java.log", "w") as java_log:
            java = subprocess.Popen(
                ["kt", "consumer", "--topic", TOPIC, "--group", JAVA, "--from-beginning"]
                + ["--max-messages", str(count), "--timeout-ms", "60000"]
                + ["--formatter-property", "print.partition=true"]
                + ["--formatter-property", "print.offset=true"]
                + ["--command-property", f"client.id={JAVA}"],
                stdout=java_out,
                stderr=java_log,
            )
        steady = Steady(STEADY_TOPIC, STEADY_RATE, PYTHON)
        queued = signed = 0
        for kill in range(options.kills):
            time.sleep(random.uniform(1.0, SECONDS_PER_KILL - 2.0))
            assert producer.poll() is None, f"the producer was done before kill {kill + 1}"
            daemon("kill")
            assert signed_entries() >= signed, "a checkpoint was taken back"
            signed = signed_entries()
            queued += try_to_connect()
            daemon("start")
        assert producer.wait() == 0 and consumer.wait() == 0, (
            producer.returncode,
            consumer.returncode,
        )
        steady.finish()
        assert java.wait() == 0, "the console consumer did not read all in time"
    report(options, count, folder, queued, steady)


def places_of(steady, what):
    return {(STEADY_TOPIC, partition, offset) for partition, offset in getattr(steady, what)}


def report(options, count, folder, queued, steady):
    outcomes = audit_log.Outcomes(os.environ["SLUICE_AUDIT_DIR"])
    families = {
        FRANZ: (set(seen(f"{folder}/produced")), set(seen(f"{folder}/consumed"))),
        PYTHON: (places_of(steady, "acked"), places_of(steady, "read")),
        JAVA: (set(), set(seen_by_java(f"{folder}/java"))),
    }
    written, read = families[FRANZ]
    assert len(written) == count and len(read) >= count, (len(written), len(read), count)
    for client, (wrote, got) in families.items():
        of_client = outcomes.by_client.get(client, {"produce": set(), "fetch": set()})
        print(f"{client}: {len(wrote)} records acknowledged, {len(got)} read")
        assert len(got) > count // 2 or client == PYTHON and len(got) >= steady.sent, client
        assert wrote <= of_client["produce"], f"{client}: written, and recorded as another's"
        assert got <= of_client["fetch"], f"{client}: read, and recorded as another's"
    written = written | families[PYTHON][0]
    read = read | families[PYTHON][1] | families[JAVA][1]
    unrecorded = {
        "acknowledged": written - outcomes.done["produce"],
        "consumed": read - outcomes.done["fetch"],
    }
    print(
        f"kills: {options.kills}, connections tried meanwhile: {options.kills * ATTEMPTS}, "
        f"all refused or reset ({queued} met a listener that was being closed)"
    )
    print(f"acknowledged: {len(written)}, consumed: {len(read)}, audit events: {outcomes.events}")
    for what, places in unrecorded.items():
        lease = outcomes.leases["write_lease" if what == "acknowledged" else "read_lease"]
        resting = sum((topic, partition) in lease for topic, partition, _ in places)
        print(
            f"{what} without an outcome event: {len(places)} (resting on a lease alone: {resting})"
        )
        for place in sorted(places)[:5]:
            print("  ", place)
    packets = {
        name: int(number)
        for number, name in re.findall(
            r'packets (\d+) bytes \d+ accept comment "(\w+)"',
            in_broker("nft", "list", "table", "inet", "watch"),
        )
    }
    print(
        f"packets to the brokers: {packets['gateway']} from the gateway, "
        f"{packets['others']} from anyone else"
    )
    assert not any(unrecorded.values()) and packets["others"] == 0 and packets["gateway"] > 0
    verified = subprocess.run(
        ["sluice", "audit", "verify", "--dir", os.environ["SLUICE_AUDIT_DIR"]],
        capture_output=True,
        text=True,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--rate", type=int, default=1500)
    parser.add_argument("--inside", action="store_true")
    chosen = parser.parse_args()
    if chosen.inside:
        inside(chosen)
    else:
        sys.exit(
            subprocess.run(
                [
                    LAB,
                    "run",
                    "--brokers",
                    "3",
                    "--",
                    sys.executable,
                    "-B",
                    os.path.abspath(__file__),
                    "--inside",
                    "--kills",
                    str(chosen.kills),
                    "--rate",
                    str(chosen.rate),
                ]
            ).returncode
        )
