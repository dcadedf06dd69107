#!/usr/bin/env python3
"""The daemon is killed at random moments under load: nothing gets around it, and nothing
acknowledged or read is unrecorded.

  kill_test.py [--kills N] [--rate RECORDS_PER_SECOND]

A franz-go producer (acks=all) and a consumer run through three brokers while `kill -9` ends sluiced
N times; in each outage connections to the brokers are tried. Durability is `durable`. Then, from
the audit log alone, read by the tests' own reader:

- every acknowledged record has a produce outcome, every consumed record a fetch outcome (none rests
  on a lease alone);
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

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAB = os.path.join(ROOT, "scripts", "lab")
TOPIC = "kills"
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


def inside(options):
    folder = os.environ["SLUICE_LAB_DIR"]
    subprocess.run(
        ["kt", "topics", "--create", "--topic", TOPIC, "--partitions", "6"],
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
        queued = 0
        for kill in range(options.kills):
            time.sleep(random.uniform(1.0, SECONDS_PER_KILL - 2.0))
            assert producer.poll() is None, f"the producer was done before kill {kill + 1}"
            daemon("kill")
            queued += try_to_connect()
            daemon("start")
        assert producer.wait() == 0 and consumer.wait() == 0, (
            producer.returncode,
            consumer.returncode,
        )
    report(options, count, folder, queued)


def report(options, count, folder, queued):
    outcomes = audit_log.Outcomes(os.environ["SLUICE_AUDIT_DIR"])
    written, read = set(seen(f"{folder}/produced")), set(seen(f"{folder}/consumed"))
    assert len(written) == count and len(read) >= count, (len(written), len(read), count)
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
