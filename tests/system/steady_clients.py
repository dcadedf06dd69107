#!/usr/bin/env python3
"""steady_clients.py: a producer and a group consumer of kafka-python that tell what they see.

  /usr/bin/python3 steady_clients.py TOPIC RECORDS_PER_SECOND CLIENT_ID

They go on until standard input ends; then the producer waits for what is not acknowledged yet and
the consumer for what it has not read. One line of JSON each, the first field says what:

  ["acked", partition, offset, seconds since it was sent]
  ["read", partition, offset, seconds since it was sent]
  ["assigned", number of partitions]    the group has been balanced
  ["trouble", text]                     a client was told an error; what was sent is sent again
  ["sent", number of records]           at the end: as many as have to be acknowledged
"""

import json
import os
import queue
import sys
import threading
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

END_SECONDS = 30
output = threading.Lock()


def tell(*what):
    with output:
        print(json.dumps(what), flush=True)


class Told(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        tell("assigned", len(assigned))


class Clients:
    def __init__(self, topic, rate, client_id):
        self.topic, self.rate, self.client_id = topic, rate, client_id
        self.bootstrap = os.environ["SLUICE_BOOTSTRAP"].split(",")
        self.acked, self.read = 0, 0
        self.refused = queue.SimpleQueue()  # records
        self.stop, self.written = threading.Event(), threading.Event()

    def produce(self):
        # Retried for as long as the test lasts: what the gateway refuses is to be sent again.
        producer = KafkaProducer(
            bootstrap_servers=self.bootstrap,
            client_id=self.client_id,
            acks="all",
            retries=1_000_000,
            retry_backoff_ms=200,
            linger_ms=5,
            request_timeout_ms=120_000,
            max_block_ms=120_000,
        )
        began, number = time.monotonic(), 0
        while not self.stop.is_set():
            self.send(producer, json.dumps([number, time.monotonic()]).encode())
            number += 1
            if number % self.rate == 0:
                self.send_again(producer)
            ahead = began + number / self.rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        give_up = time.monotonic() + END_SECONDS
        while self.acked < number and time.monotonic() < give_up:
            self.send_again(producer)
            producer.flush(END_SECONDS)
        producer.close(END_SECONDS)
        tell("sent", number)
        self.written.set()

    def send(self, producer, record):
        def acknowledged(place):
            self.acked += 1
            tell("acked", place.partition, place.offset, time.monotonic() - json.loads(record)[1])

        def refused(error):
            self.refused.put(record)
            tell("trouble", type(error).__name__)

        producer.send(self.topic, record).add_callback(acknowledged).add_errback(refused)

    def send_again(self, producer):
        """This client does not know every retriable error and leaves some to its application."""
        for _ in range(self.refused.qsize()):
            self.send(producer, self.refused.get())

    def consume(self):
        consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            client_id=self.client_id,
            group_id=self.topic + "-group",
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            auto_commit_interval_ms=1_000,
        )
        consumer.subscribe([self.topic], listener=Told())
        give_up = None
        while self.read < self.acked or not self.written.is_set():
            if self.written.is_set():
                give_up = give_up or time.monotonic() + END_SECONDS
                if time.monotonic() > give_up:
                    break
            try:
                found = consumer.poll(timeout_ms=200)
            except KafkaError as error:  # this client passes storage errors on to its caller
                tell("trouble", type(error).__name__)
                time.sleep(0.2)
                continue
            for record in (record for records in found.values() for record in records):
                self.read += 1
                late = time.monotonic() - json.loads(record.value)[1]
                tell("read", record.partition, record.offset, late)
        consumer.close()


def main(topic, rate, client_id):
    clients = Clients(topic, int(rate), client_id)
    threads = [threading.Thread(target=work) for work in (clients.produce, clients.consume)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    clients.stop.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
