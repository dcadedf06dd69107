#!/usr/bin/env python3
"""The audit log's disk fills under load: new work is refused, groups live on, and it recovers.

The log is on a small disk of its own (a tmpfs). A producer and a group consumer of kafka-python
fill it; the topic's name is long, and stands in every event. While there is no room:

- /readyz answers 503 and says why; the requests of a raw client get the retriable errors that are
  documented, and what needs no record goes on to the broker;
- no record is acknowledged or delivered, and whatever was before is in the log;
- the group keeps its member for longer than the session lasts: heartbeats reach the broker.

When the disk is made larger the same process goes on: in the end every acknowledged and every
delivered record has its outcome in the log. On a disk that cannot be written the daemon does not
start, and says so in one sentence. A disk of 3 MiB is enough, and so is little new room.
"""

import contextlib
import os
import struct
import subprocess
import sys
import time

import audit_log
import outage_requests
from lab_tools import (
    at,
    closed,
    daemon,
    daemon_pid,
    dial,
    metrics,
    readiness,
    ready,
    receive_frame,
    run_in_lab,
    wait_until,
    within,
)
from steady import Steady, spread

TOPIC, RATE = "full-" + "x" * 200, 500
DISK_MIB, ROOM_MIB = 3, 64
SMALL_MIB, LITTLE_ROOM_MIB = 3, 2
CLIENT_ID = "fills-the-disk"
SESSION_SECONDS = 10  # steady_clients.py
FULL_SECONDS_MAX = 60
RECOVERED_SECONDS_MAX = 10  # the log tries once a second, clients back off
STARTS_AGAIN_MAX = 20


def audit_directory():
    return os.environ["SLUICE_AUDIT_DIR"]


def remount(options):
    subprocess.run(["mount", "-o", "remount," + options, audit_directory()], check=True)


def failed():
    return metrics()["sluice_audit_failed"] == 1


def places(seen):
    return {(TOPIC, partition, offset) for partition, offset in dict(seen)}


def check_recorded(load, when):
    """Whatever the clients were told is in the log on disk."""
    acked, read = places(load.acked), places(load.read)
    outcomes = audit_log.Outcomes(audit_directory())
    for what, seen in (("produce", acked), ("fetch", read)):
        missing = seen - outcomes.done[what]
        assert not missing, f"{when}: {len(missing)} of {what}: {sorted(missing)[:5]}"
    print(
        f"{when}: {len(acked)} acknowledged and {len(read)} delivered, all of them among "
        f"{outcomes.events} events",
        flush=True,
    )


def check_answers():
    """What a raw client is told while nothing can be recorded."""
    with dial() as connection:
        for name, (request, error_at, wanted) in outage_requests.requests(TOPIC).items():
            connection.sendall(request)
            answer = receive_frame(connection)
            found = struct.unpack_from(">h", answer, error_at)[0]
            assert found == wanted, f"{name}: error {found}, not {wanted}"
            print(f"  {name:34} error {found}")
    before = closed()["audit_failed_no_answer"]
    with dial() as connection:
        connection.sendall(outage_requests.silent_produce(TOPIC))
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b"", "a Produce that has no answer was answered"
    wait_until(lambda: closed()["audit_failed_no_answer"] == before + 1, 5, "it is counted")
    print("  Produce with acks=0                closed")


def check_group():
    """Asked of the broker, past Sluice: the group is stable and has its one member."""
    command = ["kt", "groups", "--describe", "--state", "--group", TOPIC + "-group"]
    told = at("broker", *command, "--bootstrap-server", os.environ["SLUICE_BOOTSTRAP"])
    fields = told.strip().split("\n")[-1].split()
    assert "Stable" in fields and fields[-1] == "1", told


def outage(load):
    """From the moment that the disk is full until longer than the group's session lasts."""
    took = wait_until(failed, FULL_SECONDS_MAX, "the disk is full")
    began = time.monotonic()
    time.sleep(0.5)  # what was let go before is on its way to the clients
    before = (len(load.acked), load.times_read)
    status, reasons = readiness()
    print(f"the disk was full after {took:.0f} s; /readyz: {status}, {reasons!r}", flush=True)
    assert status == 503 and "audit" in reasons, reasons
    check_answers()
    time.sleep(max(0.0, began + SESSION_SECONDS + 3 - time.monotonic()))
    check_group()
    assert failed(), "there is room again, and nobody made any"
    got_out = len(load.acked) - before[0], load.times_read - before[1]
    assert got_out == (0, 0), f"acknowledged and delivered without a record: {got_out}"
    check_recorded(load, "while the disk was full")
    assert load.alive() and load.assigned == [3], f"assigned: {load.assigned}"
    return time.monotonic() - began


def recovery(load, lasted):
    remount(f"size={ROOM_MIB}m")
    recovered = wait_until(lambda: not failed(), RECOVERED_SECONDS_MAX, "the log recovers")
    acked, read = len(load.acked), load.times_read
    wait_until(ready, 5, "ready")
    again = wait_until(
        lambda: len(load.acked) > acked + RATE and load.times_read > read + RATE,
        STARTS_AGAIN_MAX,
        "producer and consumer go on",
    )
    print(f"full for {lasted:.0f} s; recovered {recovered:.1f} s after room was made, ", end="")
    print(f"clients {again:.1f} s later", flush=True)


def start_load():
    create = ["kt", "topics", "--create", "--topic", TOPIC, "--partitions", "3"]
    subprocess.run(create, check=True, capture_output=True)
    return Steady(TOPIC, RATE, CLIENT_ID)


def under_load():
    pid, load = daemon_pid(), start_load()
    try:
        recovery(load, outage(load))
        load.finish()
    finally:
        load.kill()
    assert len(load.acked) == load.sent, f"{len(load.acked)} of {load.sent} were acknowledged"
    assert set(load.acked) <= set(load.read), "acknowledged, and never delivered"
    assert load.assigned == [3], f"the group was balanced again: {load.assigned}"
    assert daemon_pid() == pid and ready()
    wait_until(lambda: metrics()["sluice_audit_pending_bytes"] == 0, 10, "all is on disk")
    check_recorded(load, "in the end")
    print(f"  acknowledged after: {spread(load.acked.values())}")
    print(f"  refused: {len(load.troubles)} times, as {set(load.troubles)}; acknowledged later")
    subprocess.run(["sluice", "audit", "verify", "--dir", audit_directory()], check=True)


def read_only():
    daemon("stop")
    remount("ro")
    config = os.path.join(os.environ["SLUICE_LAB_DIR"], "sluice.yaml")
    command = within("gateway", "sluiced", "--config", config)
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    sentences = [line for line in done.stderr.split("\n") if line and " warning " not in line]
    assert done.returncode == 1 and len(sentences) == 1, (done.returncode, done.stderr)
    assert sentences[0].startswith("sluiced: ") and audit_directory() in sentences[0], sentences
    print(f"read-only: {sentences[0]}")
    remount("rw")
    daemon("start")
    assert ready(), readiness()


def small():
    """Less disk, and later less room, than the log would like to take ahead (16 MiB)."""
    assert ready(), readiness()
    load = start_load()
    try:
        wait_until(failed, FULL_SECONDS_MAX, "the small disk is full")
        check_recorded(load, f"on a disk of {SMALL_MIB} MiB")
    finally:
        load.kill()
    remount(f"size={SMALL_MIB + LITTLE_ROOM_MIB}m")
    wait_until(lambda: not failed(), RECOVERED_SECONDS_MAX, "little room is enough")
    assert ready(), readiness()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        for step in sys.argv[2:]:
            {"load": under_load, "read-only": read_only, "small": small}[step]()
    else:
        run_in_lab(__file__, "--audit-size", str(DISK_MIB), arguments=["load", "read-only"])
        run_in_lab(__file__, "--audit-size", str(SMALL_MIB), arguments=["small"])
