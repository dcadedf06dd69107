#!/usr/bin/env python3
"""What a reader may not see leaves masked, and everything else as it was.

10,000 records with planted personal data, in five codecs, are read by two clients:

- the masked one, with kafka-python, librdkafka and Kafka's own client: every record at its offset,
  with its key, headers and timestamp, and the value that the masks make of it by this test's own
  reckoning (HMAC of Python's standard library);
- the one that `unless` names: every byte as it was written.

All bytes on the masked client's link were captured. Put together from the packets, decompressed and
decoded without any code of Sluice's, they hold none of the planted values, nor their JSON-escaped,
base64 or hex forms.

A mask that is added reaches a consumer that is in the middle of reading. A batch that is too large
to be held is not delivered, and the daemon does not grow by it. Masks that cannot be carried out
are refused with file, line and column, and the running ones stay. The audit log says for each
partition how much was masked, and by which rules.
"""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import audit_log
import pcap
from frames_test import tcpdump, wait_for_quiet
from lab_tools import (
    daemon_log,
    daemon_pid,
    ended,
    metrics,
    resident_kib,
    run_in_lab,
    wait_until,
    within,
)

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
RECORDS = 2000  # a codec
TOTAL = RECORDS * len(CODECS)
READERS = 3
TOPIC = "people"
BIG = 18 * 1024 * 1024
DEBIAN_PYTHON = "/usr/bin/python3"
CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mask_clients.py")
MARKER = '{"sluice":"withheld"}'

# What all planted values of a kind have in common.
CARD, IBAN = "400000123", "500105171234"
CORES = ["lanted", CARD, IBAN]

POLICY = """\
version: 1
identities:
  - {{principal: "net:masked", from: {{source: 10.91.1.2/32}}}}
  - {{principal: "net:clear", from: {{source: 10.91.1.3/32}}}}
grants:
  - {{id: all, to: ["*"], allow: ["*"], topics: ["*"], groups: ["*"]}}
masks:
  - id: people
    topics: [{topics}]
    unless: ["net:clear"]
    fields:
      - {{path: $.email, action: hmac, key: pii}}
      - {{path: $.name, action: redact}}
      - {{path: "{path}", action: partial, keep_last: 4}}
    detect: {{types: [email, pan, iban], action: redact}}
  - id: births
    topics: [{topics}]
    unless: ["net:clear"]
    fields: [{{path: ..birth, action: null}}]
"""


def policy(topics=TOPIC, path="$.card.number"):
    return POLICY.format(topics=topics, path=path)


def run(*command, seconds=120, **how):
    return ended(*command, seconds=seconds, **how).stdout


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


# -- The records, and what masks make of them.


def card(number):
    digits = f"{CARD}{number:06d}"
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(digits)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return digits + str(-total % 10)


def iban(number):
    account = f"{IBAN}{number:06d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def escaped(text):
    return "".join(f"\\u{ord(char):04x}" for char in text)


def value_of(number, secret):
    """A value, and what the masked client gets."""
    if number % 50 == 49:
        return None, None
    if number % 100 == 98:
        return f"no JSON, but planted.{number}@mail.example.org", MARKER
    form = (
        '{{"id":{id}, "email":"{email}","name": "{name}","birth":{birth},'
        '"card":{{"number":"{card}","kind":"visa"}},"note":"{note}"}}'
    )
    email = f"planted.{number:05d}@mail.example.org"
    mac = hmac.new(secret, email.encode(), hashlib.sha256).hexdigest()[:32]
    spelled = escaped(email[:9]) + email[9:] if number % 7 == 0 else email
    text = "write to {} or pay {}, or {} by bank"
    clear = form.format(
        id=number,
        email=spelled,
        name=f"Plantedname {number}",
        birth=f'"1980-02-{number % 28 + 1:02d}"',
        card=card(number),
        note=text.format(
            f"planted.again.{number}@mail.example.org", card(number + 1), iban(number)
        ),
    )
    masked = form.format(
        id=number,
        email=f"m:pii:{mac}",
        name="***",
        birth="null",
        card="*" * 12 + card(number)[-4:],
        note=text.format("***", "***", "***"),
    )
    return clear, masked


def forms_of(core):
    """A text as it is, JSON-escaped, in hexadecimal digits, and in base64 wherever it begins."""
    data = core.encode()
    yield from (data, data.upper())
    yield from (escaped(core).encode(), escaped(core).upper().replace("\\U", "\\u").encode())
    yield from (data.hex().encode(), data.hex().upper().encode())
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data).rstrip(b"=")
        first = (before * 8 + 5) // 6  # characters that hold bits of what stands before
        whole = (before * 8 + len(data) * 8) // 6
        yield coded[first:whole]


# -- What is checked.


def client(number, *command):
    return ["nsenter", "--net=/run/netns/" + CLIENT_NETNS[number], *command]


def put_policy(text, taken=True):
    folder = os.path.join(os.environ["SLUICE_LAB_DIR"], "policies")
    name = os.listdir(folder)[0]
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    word = "policy: reloaded" if taken else "policy: refused"
    before = daemon_log().count(word)
    os.kill(daemon_pid(), signal.SIGHUP)
    wait_until(lambda: daemon_log().count(word) > before, 10, word)


def plant():
    with open(os.path.join(os.environ["SLUICE_LAB_DIR"], "keys", "pii"), "rb") as file:
        secret = file.read()
    values = [value_of(number, secret) for number in range(TOTAL)]
    planted = [
        json.dumps([CODECS[number % len(CODECS)], f"key {number}", value[0]])
        for number, value in enumerate(values)
    ]
    # Not on the clients' link, which is captured.
    run(
        *within("broker", DEBIAN_PYTHON, CLIENTS, "write", BOOTSTRAP, TOPIC),
        given="\n".join(planted) + "\n",
    )
    return values


def stored():
    found = lines(run(*within("broker", DEBIAN_PYTHON, CLIENTS, "read", BOOTSTRAP, TOPIC)))
    assert len(found) == TOTAL, len(found)
    assert len({codec for record in found for _, codec in record[5]}) == len(CODECS)
    return found


def decoded(text):
    return None if text is None else base64.b64decode(text).decode()


def masked_of(record, values):
    """The record as the masked client should see it."""
    number = int(decoded(record[3]).split()[1])
    clear, masked = values[number]
    assert decoded(record[4]) == clear
    return [
        *record[:4],
        None if masked is None else base64.b64encode(masked.encode()).decode(),
        record[5],
    ]


def read_masked(truth, values):
    wanted = [masked_of(record, values) for record in truth]
    seen = lines(run(DEBIAN_PYTHON, CLIENTS, "read", BOOTSTRAP, TOPIC))
    assert sorted(seen) == sorted(wanted), "kafka-python"
    said = run("kcat", "-C", "-b", BOOTSTRAP, "-t", TOPIC, "-o", "beginning", "-e", "-q", "-J")
    # kcat leaves a null payload out.
    rows = {(row["partition"], row["offset"]): row.get("payload") for row in lines(said)}
    assert rows == {(row[0], row[1]): decoded(row[4]) for row in wanted}, "kcat"
    said = run(
        *("kt", "consumer", "--topic", TOPIC, "--from-beginning"),
        *("--max-messages", str(TOTAL), "--timeout-ms", "60000"),
    )
    texts = sorted(decoded(row[4]) or "null" for row in wanted)
    assert sorted(said.splitlines()) == texts, "console consumer"
    print(f"masked: {TOTAL} records at their offsets, by kafka-python, librdkafka and Kafka's own")


def read_clear(truth):
    seen = lines(run(*client(1, DEBIAN_PYTHON, CLIENTS, "read", BOOTSTRAP, TOPIC)))
    assert sorted(seen) == sorted(truth)
    print(f"unless: {TOTAL} records, every byte of them as it was written")


def captured_streams(path):
    return [pair[1].bytes() for pair in pcap.connections(path, 9092).values()]


def opened(streams):
    """All bytes that went to the client, and every batch in them without its compression."""
    given = "".join(base64.b64encode(stream).decode() + "\n" for stream in streams)
    found = lines(run(DEBIAN_PYTHON, CLIENTS, "batches", given=given, seconds=600))
    return sum(count for count, _ in found), [base64.b64decode(payload) for _, payload in found]


def found_in(haystacks):
    forms = {form for core in CORES for form in forms_of(core)}
    return {form for form in forms for haystack in haystacks if form in haystack}


def check_capture(path, records, masked=True):
    streams = captured_streams(path)
    count, payloads = opened(streams)
    assert count == records, f"{count} records in the capture, not {records}"
    found = found_in(streams) | found_in(payloads)
    if not masked:
        return found
    assert not found, found
    size = sum(map(len, streams)), sum(map(len, payloads))
    print(f"capture: {count} records in {size[0]:,} bytes, {size[1]:,} opened, nothing planted")
    return found


def fetches(since=0):
    return [
        event
        for event in list(audit_log.events(os.environ["SLUICE_AUDIT_DIR"]))[since:]
        if event["type"] == "fetch" and event["topic"] == TOPIC
    ]


def recorded(values):
    events = [event for event in fetches() if event["principal"] == "net:masked"]
    assert all(event["rules"].endswith(",births,people") for event in events)
    whole = sum(masked not in (None, MARKER) for _, masked in values)
    withheld = sum(masked == MARKER for _, masked in values)
    # Each reader read each record once, or a batch again where it began in the middle.
    assert sum(event["masked_values"] for event in events) >= READERS * 5 * whole
    assert sum(event["withheld_records"] for event in events) >= READERS * withheld
    assert sum(event["records"] for event in events) >= READERS * TOTAL
    others = [event for event in fetches() if event["principal"] == "net:clear"]
    assert others and not any(
        "people" in event["rules"] or event["masked_values"] or event["withheld_records"]
        for event in others
    )
    numbers = metrics()
    assert numbers["sluice_masked_values_total"] >= READERS * 5 * whole
    assert numbers["sluice_withheld_records_total"] >= READERS * withheld
    assert numbers["sluice_opened_bytes_total"] > 0
    assert numbers['sluice_edits_total{kind="fetch_bytes"}'] > 0
    print(
        f"recorded: {whole} records masked and {withheld} withheld, for each of {READERS} readers"
    )


def write_line(topic, text):
    run(*within("broker", "kcat", "-P", "-t", topic, "-b", BOOTSTRAP), given=text + "\n")


def added_later():
    """A mask reaches a consumer that is reading."""
    for name, number in (("masked", 0), ("clear", 1)):
        with subprocess.Popen(
            client(number, "kcat", "-C", "-t", "late", "-b", BOOTSTRAP, "-o", "end", "-u", "-q"),
            stdout=subprocess.PIPE,
            text=True,
        ) as reader:
            try:
                put_policy(policy())
                time.sleep(3)  # it waits for records by now
                write_line("late", '{"name":"Plantedname"}')
                assert json.loads(reader.stdout.readline())["name"] == "Plantedname"
                put_policy(policy(f"{TOPIC}, late"))
                write_line("late", '{"name":"first after"}')
                reader.stdout.readline()  # its request may have been on its way before the mask
                write_line("late", '{"name":"Plantedname"}')
                last = json.loads(reader.stdout.readline())["name"]
                assert last == ("***" if name == "masked" else "Plantedname"), last
            finally:
                reader.kill()
    print("added: a mask reached a consumer inside its session")


def too_large():
    run(
        *("kt", "topics", "--create", "--topic", "big", "--partitions", "1"),
        *("--config", f"max.message.bytes={2 * BIG}"),
    )
    put_policy(policy(f"{TOPIC}, big"))
    run(*within("broker", DEBIAN_PYTHON, CLIENTS, "big", BOOTSTRAP, "big", str(BIG)))
    before = resident_kib(daemon_pid())
    options = ["-X", f"receive.message.max.bytes={4 * BIG}", "-X", f"fetch.message.max.bytes={BIG}"]
    said = subprocess.run(
        ["kcat", "-C", "-t", "big", "-b", BOOTSTRAP, "-o", "beginning", "-e", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "authorization failed" in (said.stdout + said.stderr).lower(), said
    assert "bbbb" not in said.stdout
    grown = resident_kib(daemon_pid()) - before
    assert grown < 64 * 1024, f"the daemon has grown by {grown} KiB"
    denied = metrics()['sluice_mask_denied_total{reason="mask_too_large"}']
    assert denied >= 1, denied
    events = [
        event
        for event in audit_log.events(os.environ["SLUICE_AUDIT_DIR"])
        if event["type"] == "fetch" and event["topic"] == "big"
    ]
    assert events and all(
        (event["outcome"], event["reason"], event["error_code"], event["records"])
        == ("refused", "mask_too_large", 29, 0)
        for event in events
    ), events
    seen = run(
        *client(
            1, "kcat", "-C", "-t", "big", "-b", BOOTSTRAP, "-o", "beginning", "-e", "-q", *options
        )
    )
    assert seen == "b" * BIG + "\n"
    print(f"too large: a batch of {BIG:,} bytes is denied to the masked reader, at {grown} KiB")


def mistaken():
    put_policy(policy(path="$.card["), taken=False)
    said = daemon_log().rsplit("policy: refused", 1)[1]
    assert ".yaml:8:9: masking rule `people`: path `$.card[`, position 8: " in said, said
    put_policy(policy(f"{TOPIC}, late"))
    print("mistaken: a path that cannot be is refused with its place")


def inside():
    # A topic's partitions, so that an answer carries several.
    run("kt", "topics", "--create", "--topic", TOPIC, "--partitions", "3")
    run("kt", "topics", "--create", "--topic", "late", "--partitions", "1")
    values = plant()
    truth = stored()
    folder = os.environ["SLUICE_LAB_DIR"]
    path, dump = tcpdump(folder, "g0", "masked")
    read_masked(truth, values)
    wait_for_quiet(path)
    dump.terminate()
    assert "\n0 packets dropped by kernel" in dump.stderr.read()
    check_capture(path, READERS * TOTAL)
    path, dump = tcpdump(folder, "g0", "clear")
    read_clear(truth)
    wait_for_quiet(path)
    dump.terminate()
    # The same search over what was not masked finds what it looks for.
    found = check_capture(path, TOTAL, masked=False)
    assert {core.encode() for core in CORES} <= found, found
    recorded(values)
    added_later()
    too_large()
    mistaken()


BOOTSTRAP = os.environ.get("SLUICE_BOOTSTRAP", "")
CLIENT_NETNS = os.environ.get("SLUICE_CLIENT_NETNS", "").split()

if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as first:
            first.write(policy())
            first.flush()
            run_in_lab(
                __file__,
                *("--clients", "2", "--mask-key", "pii", "--policy", first.name),
                *("--broker-config", f"message.max.bytes={2 * BIG}"),
            )
