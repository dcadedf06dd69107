"""shown_kafka_python.py: kafka-python, and what it shows to whoever wrote a program with it.

For /usr/bin/python3, where Debian's python3-kafka is. README.md has the commands.
"""

import json
import os
import sys
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

PATIENCE = 10
COMMON = {
    "bootstrap_servers": os.environ["SLUICE_BOOTSTRAP"].split(","),
    "client_id": "kafka-python",
}


def show(what, **pairs):
    print(json.dumps({"what": what, **pairs}), flush=True)


def failed(what, error):
    show(what, error=type(error).__name__, message=str(error))


def attempt(what, function):
    try:
        function()
        show(what, done=1)
    except KafkaError as error:
        failed(what, error)


def produce(*topics):
    producer = KafkaProducer(**COMMON, linger_ms=300, acks="all", max_block_ms=PATIENCE * 1000)
    sent, known = [], []
    for topic in topics:  # their metadata first, or the first topic's batch leaves alone
        try:
            producer.partitions_for(topic)
            known.append(topic)
        except KafkaError as error:
            failed(topic, error)
    for number in range(3):
        for topic in known:
            try:
                value = f"{topic} {number}".encode()
                sent.append((topic, number, producer.send(topic, value, partition=0)))
            except KafkaError as error:
                failed(topic, error)
    producer.flush(PATIENCE)
    for topic, number, future in sent:
        try:
            show(topic, offset=future.get(PATIENCE).offset, number=number)
        except KafkaError as error:
            failed(topic, error)


def fetch(count, *topics):
    consumer = KafkaConsumer(**COMMON, enable_auto_commit=False)
    parts = [TopicPartition(topic, 0) for topic in topics]
    for topic in topics:  # or the first to be known would be asked for alone
        consumer.partitions_for_topic(topic)
    consumer.assign(parts)
    for part in parts:
        consumer.seek(part, 0)
    left = dict.fromkeys(topics, int(count))
    until = time.monotonic() + PATIENCE
    while left and time.monotonic() < until:
        try:
            polled = consumer.poll(timeout_ms=500)
        except KafkaError as error:
            # The error names its topic by a set of the name's letters.
            for topic in topics:
                if error.args and error.args[0] == set(topic) and left.pop(topic, None):
                    failed(topic, error)
            continue
        for records in polled.values():
            for record in records:
                show(record.topic, offset=record.offset, value=record.value.decode())
                if record.topic in left:
                    left[record.topic] -= 1
                    if not left[record.topic]:
                        del left[record.topic]
    for topic in left:
        show(topic, error="nothing")


def create(topic):
    admin = KafkaAdminClient(**COMMON)
    attempt(topic, lambda: admin.create_topics([NewTopic(topic, 1, 1)]))


def metadata(*topics):
    from kafka.errors import for_code

    for told in KafkaAdminClient(**COMMON).describe_topics(list(topics)):
        if told["error_code"]:
            show(told["topic"], error=for_code(told["error_code"]).__name__, message="")
        else:
            show(told["topic"], done=1)


def join(group, topic):
    consumer = KafkaConsumer(topic, **COMMON, group_id=group, auto_offset_reset="earliest")
    until = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            if consumer.poll(timeout_ms=500):
                show(group, done=1)
                return
        show(group, error="nothing")
    except KafkaError as error:
        failed(group, error)


def reset(group, topic, offset):
    consumer = KafkaConsumer(**COMMON, group_id=group, enable_auto_commit=False)
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    attempt(group, lambda: consumer.commit({place: OffsetAndMetadata(int(offset), "")}))


def member(group, *topics):
    consumer = KafkaConsumer(
        *topics,
        **COMMON,
        group_id=group,
        auto_offset_reset="earliest",
        session_timeout_ms=6000,
        heartbeat_interval_ms=1000,
        auto_commit_interval_ms=1000,
    )
    seen, generations, told = {}, set(), 0
    while True:
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                seen[record.topic] = seen.get(record.topic, 0) + 1
        now = consumer._coordinator.generation()  # it shows it nowhere else
        if now:
            generations.add(now.generation_id)
        if time.monotonic() < told + 1:
            continue
        told = time.monotonic()
        show(
            group,
            generation=now.generation_id if now else -1,
            generations=len(generations),
            member=now.member_id if now else "",
            seen=seen,
        )


VERBS = {f.__name__: f for f in (produce, fetch, create, metadata, join, reset, member)}

if __name__ == "__main__":
    VERBS[sys.argv[1]](*sys.argv[2:])
