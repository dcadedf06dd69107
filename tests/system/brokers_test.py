#!/usr/bin/env python3
"""Leaders move and brokers restart under load: clients carry on, and the log keeps up.

  brokers_test.py [--records N] [--rate RECORDS_PER_SECOND]

A franz-go producer (idempotent, acks=all) and a group consumer run through three brokers, with
replication factor 3 and min.insync 2. Meanwhile, one after the other: the preferred leader of every
partition is made another one and elected; a broker is stopped in order and started again, which
moves the leaders it had away. Afterwards:

- each key was acknowledged once, at a place of its own, and was read there and nowhere else;
- the audit log has a produce outcome for exactly the places the producer was told, and a fetch
  outcome for exactly those the consumer was given;
- Sluice ended no connection of its own accord.
"""

import argparse
import contextlib
import functools
import itertools
import json
import os
import subprocess
import time

import audit_log
from lab_tools import broker, closed, ended, metrics, run_in_lab, wait_until, within

TOPIC, GROUP, PARTITIONS, BROKERS = "moves", "movers", 6, 3
# A step is begun only where the load surely lasts until a stopped broker is up again.
LOAD_SECONDS_MIN = 18
# Connections end because a client or a broker ended them, or because the broker was down.
EXPECTED_ENDS = {
    "client_closed",
    "broker_closed",
    "client_reset",
    "broker_reset",
    "broker_unreachable",
    "idle",
    # A client that reads a connection only while it waits for an answer sees a broker's end late.
    "half_close_timeout",
}


def run(*command):
    return ended(*command).stdout


def partitions():
    """{partition: what its metadata says}, asked of whichever broker answers."""
    found = json.loads(run("franz", "describe", "-topic", TOPIC))["partitions"]
    return {entry["partition"]: entry for entry in found}


def leaders():
    return {number: entry["leader"] for number, entry in partitions().items()}


def all_in_sync():
    found = partitions().values()
    return len(found) == PARTITIONS and all(len(entry["isr"]) == BROKERS for entry in found)


def admin_tool(name, *arguments):
    """At the brokers: Sluice hides these APIs from clients (kafka/schema/hidden.schema)."""
    bootstrap = ["--bootstrap-server", os.environ["SLUICE_BOOTSTRAP"]]
    tool = ["kt", "run", "org.apache.kafka.tools." + name]
    run(*within("broker", *tool, *bootstrap, *arguments))


def move_preferred_leaders():
    """Every partition's second replica becomes its first: the leader that the brokers prefer."""
    wanted = {
        number: entry["replicas"][1:] + entry["replicas"][:1]
        for number, entry in partitions().items()
    }
    path = os.path.join(os.environ["SLUICE_LAB_DIR"], "assignment.json")
    plan = [
        {"topic": TOPIC, "partition": number, "replicas": replicas}
        for number, replicas in wanted.items()
    ]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "partitions": plan}, file)
    admin_tool("reassign.ReassignPartitionsCommand", "--reassignment-json-file", path, "--execute")
    admin_tool("LeaderElectionCommand", "--election-type", "preferred", "--path-to-json-file", path)
    preferred = {number: replicas[0] for number, replicas in wanted.items()}
    wait_until(lambda: leaders() == preferred, 10, "the preferred leaders lead")


def restart_broker(number):
    broker("restart", number)
    # Two replicas in sync are enough to go on, but the next step must not take one of two.
    wait_until(all_in_sync, 30, f"broker {number} is back in sync")


class Load:
    """A producer and a group consumer of one topic; what they print is kept."""

    def __init__(self, options):
        self.count, self.seconds = options.records, options.records / options.rate
        self.files = contextlib.ExitStack()
        self.began = time.monotonic()
        self.producer = self.start("produce", "-rate", str(options.rate), "-acks", "all")
        self.consumer = self.start("consume", "-group", GROUP)

    def path(self, verb):
        return os.path.join(os.environ["SLUICE_LAB_DIR"], verb)

    def start(self, verb, *options):
        limits = ["-count", str(self.count), "-timeout", f"{self.seconds + 40:.0f}s"]
        output = self.files.enter_context(open(self.path(verb), "w", encoding="utf-8"))
        command = ["franz", verb, "-topic", TOPIC, *limits, *options]
        return subprocess.Popen(command, stdout=output)

    def seconds_left(self):
        return self.began + self.seconds - time.monotonic()

    def check_alive(self):
        assert self.producer.poll() in (None, 0), "the producer gave up"
        assert self.consumer.poll() in (None, 0), "the consumer gave up"

    def finish(self):
        codes = self.producer.wait(), self.consumer.wait()
        self.files.close()
        assert codes == (0, 0), f"producer and consumer ended with {codes}"

    def seen(self, verb):
        """[(key, place)] in the order the client told."""
        with open(self.path(verb), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return [(line["key"], (TOPIC, line["partition"], line["offset"])) for line in lines]


def disturb(load):
    """Moves leaders and restarts brokers in turn while there is load. Returns both counts."""
    moved = restarts = 0
    for number in itertools.cycle(range(1, BROKERS + 1)):
        restart = functools.partial(restart_broker, number)
        for what, step in (("elected", move_preferred_leaders), (f"restarted {number}", restart)):
            if load.seconds_left() < LOAD_SECONDS_MIN:
                return moved, restarts
            before, began = leaders(), time.monotonic()
            step()
            load.check_alive()
            after = leaders()
            changed = sum(after[partition] != before[partition] for partition in before)
            moved += changed
            restarts += step is restart
            print(
                f"  {what}: {changed} leaders moved, {time.monotonic() - began:.1f} s", flush=True
            )


def check_clients(load):
    """What the clients saw. Returns the places."""
    written, read = load.seen("produce"), load.seen("consume")
    place_of = dict(written)
    assert len(written) == len(place_of) == load.count, "a key was acknowledged twice or never"
    assert len(set(place_of.values())) == load.count, "two keys were told the same place"
    assert len(read) == load.count, f"{len(read)} records were consumed"
    elsewhere = [(key, place) for key, place in read if place_of[key] != place]
    assert not elsewhere, f"read where they were not acknowledged: {elsewhere[:5]}"
    assert set(dict(read)) == set(place_of), "not every key was consumed"
    return set(place_of.values())


def check_log(places):
    """The log has the clients' places, no less and no more. Returns it, and the sessions in it."""
    outcomes = audit_log.Outcomes(os.environ["SLUICE_AUDIT_DIR"])
    for verb, done in outcomes.done.items():
        recorded = {place for place in done if place[0] == TOPIC}
        missing, invented = places - recorded, recorded - places
        assert not missing, f"{verb}: {len(missing)} without outcome: {sorted(missing)[:5]}"
        assert not invented, f"{verb}: {len(invented)} never happened: {sorted(invented)[:5]}"
    opened = [
        event
        for event in audit_log.events(os.environ["SLUICE_AUDIT_DIR"])
        if event["type"] == "session_open"
    ]
    return outcomes, len(opened)


def inside(options):
    run("kt", "topics", "--create", "--topic", TOPIC, "--partitions", str(PARTITIONS))
    wait_until(all_in_sync, 20, "the topic is there")
    load = Load(options)
    try:
        time.sleep(3)
        moved, restarts = disturb(load)
        load.finish()
    finally:
        load.producer.kill()
        load.consumer.kill()
    assert moved >= PARTITIONS and restarts >= 1, "too little load for what was to be tried"
    places = check_clients(load)
    wait_until(lambda: metrics()["sluice_connections"] == 0, 10, "all connections are closed")
    ends = {reason: number for reason, number in closed().items() if number}
    outcomes, connections = check_log(places)
    print(f"records: {len(places)}, each acknowledged once and consumed where it was acknowledged")
    print(f"leaders moved: {moved}, restarts: {restarts}")
    print(f"audit events: {outcomes.events}, none missing and none invented")
    print(f"connections: {connections}, ended: {ends}")
    assert set(ends) <= EXPECTED_ENDS, f"Sluice ended connections of its own accord: {ends}"
    run("sluice", "audit", "verify", "--dir", os.environ["SLUICE_AUDIT_DIR"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--inside", action="store_true")
    chosen = parser.parse_args()
    if chosen.inside:
        inside(chosen)
    else:
        sizes = ["--records", str(chosen.records), "--rate", str(chosen.rate)]
        run_in_lab(__file__, "--brokers", str(BROKERS), arguments=sizes)
