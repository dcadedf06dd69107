#!/usr/bin/env python3
"""From a gateway that refuses nothing to least privilege: `sluice policy suggest`, end to end.

A gateway whose rules grant nothing runs with `shadow: true`. Console tools and kafka-python create
a topic, write, read with a group, reset its offsets and describe it. Then:

- what is suggested from the audit log has no mistakes and no warnings, and its expectations come
  true;
- with the suggested rules in force, and nothing else, the very same commands pass;
- what was not done is refused: deleting the topic, reading another one, another group.
"""

import os
import sys
import tempfile

from lab_tools import daemon, run, run_in_lab, within

RECORDS = 50
NOTHING = """
version: 1
grants:
  - {id: nothing, to: ["net:nobody"], allow: [topic.describe], topics: ["nothing"]}
"""
DEBIAN_PYTHON = "/usr/bin/python3"
SHADOW = "shadow: true\n"
PYTHON_WRITES = """
from kafka import KafkaProducer
producer = KafkaProducer(bootstrap_servers='{bootstrap}')
for number in range({records}):
    producer.send('orders', b'python %d' % number)
producer.flush()
"""
PYTHON_READS = """
from kafka import KafkaConsumer
consumer = KafkaConsumer('orders', bootstrap_servers='{bootstrap}', group_id='reports',
                         auto_offset_reset='earliest', consumer_timeout_ms=15000)
read = 0
for record in consumer:
    read += 1
    if read == {records}:
        break
consumer.commit()
consumer.close()
print(read)
"""


def python(program, records):
    return run(DEBIAN_PYTHON, "-c", program.format(bootstrap=BOOTSTRAP, records=records))


def work():
    """The commands that are to pass, refused or not: all of them fail loudly."""
    run("kt", "topics", "--create", "--topic", "orders", "--partitions", "1")
    lines = "".join(f"record {number}\n" for number in range(RECORDS))
    run("kt", "producer", "--topic", "orders", given=lines)
    python(PYTHON_WRITES, RECORDS)
    said = run(
        *("kt", "consumer", "--topic", "orders", "--group", "billing", "--from-beginning"),
        *("--max-messages", str(2 * RECORDS), "--timeout-ms", "30000"),
    )
    assert said.count("record") >= RECORDS and said.count("python") == RECORDS, said
    read = python(PYTHON_READS, 2 * RECORDS).split()[-1]
    assert read == str(2 * RECORDS), read
    said = run("kt", "groups", "--describe", "--group", "billing")
    assert "orders" in said, said
    said = run(
        *("kt", "groups", "--reset-offsets", "--group", "billing", "--topic", "orders"),
        *("--to-earliest", "--execute"),
    )
    assert "billing" in said and "Error" not in said, said
    said = run("kt", "configs", "--describe", "--topic", "orders", "--all")
    assert "retention.ms" in said, said


def put_in_force(text, shadow):
    """The only policy file, and whether the gateway refuses: as an operator sets both."""
    lab = os.environ["SLUICE_LAB_DIR"]
    with open(os.path.join(lab, "policies", "everything.yaml"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(CONFIG, encoding="utf-8") as file:
        config = file.read().replace(SHADOW, "")
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(config + (SHADOW if shadow else ""))
    daemon("restart")


def suggested(folder):
    suggest = ("sluice", "policy", "suggest", "--config", CONFIG, "--since", "1h")
    said = run(*suggest, "--out", os.path.join(os.environ["SLUICE_LAB_DIR"], "policies"), want=2)
    assert "in force before anybody read it" in said, said
    assert run(*suggest, "--out", folder) == ""
    assert "is there already" in run(*suggest, "--out", folder, want=2)
    path = os.path.join(folder, "suggested.yaml")
    said = run("sluice", "policy", "lint", path)
    assert "0 warnings" in said, said
    said = run("sluice", "policy", "test", path)
    assert "0 failures" in said, said
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for part in ('"orders"', '"billing"', '"reports"', "topic.create", "group.offset.reset"):
        assert part in text, f"{part} is not in\n{text}"
    assert '"*"' not in text and "topic.delete" not in text, text
    print(f"suggested: {text.count('- id:')} grants; {said.strip()}")
    return text


def expect(said, *words):
    low = said.lower().replace("_", " ")
    assert any(word in low for word in words), f"none of {words} in:\n{said}"


def refused():
    words = ("authorization", "not authorized")
    expect(run("kt", "topics", "--delete", "--topic", "orders", want=None), *words)
    assert "orders" in run(*within("broker", "kt", "topics", "--list")).split()
    said = run("kcat", "-C", "-t", "secret", "-b", BOOTSTRAP, "-e", "-o", "beginning", want=None)
    expect(said, "topic authorization failed")
    assert "hidden" not in said
    said = run(
        *("kt", "consumer", "--topic", "orders", "--group", "other", "--timeout-ms", "8000"),
        want=None,
    )
    expect(said, "group authorization", "not authorized to access group")
    print("refused: deleting the topic, reading another one, another group")


def inside():
    put_in_force(NOTHING, shadow=True)
    run(*within("broker", "kt", "topics", "--create", "--topic", "secret"))
    run(*within("broker", "kt", "producer", "--topic", "secret"), given="hidden\n")
    work()
    with tempfile.TemporaryDirectory() as folder:
        text = suggested(folder)
    # As before the first time, but for the rules.
    run(*within("broker", "kt", "topics", "--delete", "--topic", "orders"))
    for group in ("billing", "reports"):
        run(*within("broker", "kt", "groups", "--delete", "--group", group))
    put_in_force(text, shadow=False)
    work()
    print("the same commands pass with nothing else granted")
    refused()


BOOTSTRAP = os.environ.get("SLUICE_BOOTSTRAP", "")
CONFIG = os.path.join(os.environ.get("SLUICE_LAB_DIR", ""), "sluice.yaml")

if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        run_in_lab(__file__)
