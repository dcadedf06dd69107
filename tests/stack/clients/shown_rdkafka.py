"""shown_rdkafka.py: librdkafka, and what it shows to whoever wrote a program with it.

Debian's librdkafka1 through ctypes, since kcat has neither its administration nor its
transactions. README.md has the commands.
"""

import ctypes
import json
import os
import sys
import time
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

PATIENCE = 10
ERRSTR = 512
COPY = 2  # RD_KAFKA_MSG_F_COPY
PRODUCER, CONSUMER = 0, 1
NO_MORE = -191  # RD_KAFKA_RESP_ERR__PARTITION_EOF
FATAL = -150  # RD_KAFKA_RESP_ERR__FATAL


class Message(Structure):
    _fields_ = [
        ("err", c_int),
        ("rkt", c_void_p),
        ("partition", c_int32),
        ("payload", c_void_p),
        ("len", c_size_t),
        ("key", c_void_p),
        ("key_len", c_size_t),
        ("offset", c_int64),
        ("_private", c_void_p),
    ]

    def text(self):
        return ctypes.string_at(self.payload, self.len).decode() if self.payload else ""


class Place(Structure):
    _fields_ = [
        ("topic", c_char_p),
        ("partition", c_int32),
        ("offset", c_int64),
        ("metadata", c_void_p),
        ("metadata_size", c_size_t),
        ("opaque", c_void_p),
        ("err", c_int),
        ("_private", c_void_p),
    ]


class Places(Structure):
    _fields_ = [("cnt", c_int), ("size", c_int), ("elems", POINTER(Place))]


class TopicMetadata(Structure):
    _fields_ = [
        ("topic", c_char_p),
        ("partition_cnt", c_int),
        ("partitions", c_void_p),
        ("err", c_int),
    ]


class Metadata(Structure):
    _fields_ = [
        ("broker_cnt", c_int),
        ("brokers", c_void_p),
        ("topic_cnt", c_int),
        ("topics", POINTER(TopicMetadata)),
    ]


POINTERS = [
    *("conf_new", "new", "topic_new", "queue_new", "queue_poll", "NewTopic_new"),
    *("event_CreateTopics_result", "event_DeleteRecords_result", "topic_result_name"),
    *("event_AlterConsumerGroupOffsets_result", "group_result_error", "init_transactions"),
    *("begin_transaction", "commit_transaction", "consumer_group_metadata"),
    *("DeleteRecords_new", "AlterConsumerGroupOffsets_new", "consumer_group_metadata_write"),
]
TEXTS = ["err2name", "err2str", "topic_name", "error_name", "error_string"]
TEXTS += ["topic_result_error_string", "event_error_string"]
PLACES = ["topic_partition_list_new", "DeleteRecords_result_offsets", "group_result_partitions"]
TYPES = {
    **dict.fromkeys(POINTERS, c_void_p),
    **dict.fromkeys(TEXTS, c_char_p),
    **dict.fromkeys(PLACES, POINTER(Places)),
    "topic_partition_list_add": POINTER(Place),
    "consumer_poll": POINTER(Message),
    "CreateTopics_result_topics": POINTER(c_void_p),
    "AlterConsumerGroupOffsets_result_groups": POINTER(c_void_p),
}
LIBRARY = ctypes.CDLL("librdkafka.so.1")


def rd(name, *arguments):
    function = getattr(LIBRARY, "rd_kafka_" + name)
    function.restype = TYPES.get(name, c_int)
    return function(
        *(
            c_void_p(one) if isinstance(one, int) and (one > 1 << 31 or one == 0) else one
            for one in (text.encode() if isinstance(text, str) else text for text in arguments)
        )
    )


def show(what, **pairs):
    print(json.dumps({"what": what, **pairs}), flush=True)


def failed(what, code, message=None):
    words = message if message is not None else rd("err2str", code)
    show(
        what,
        error=rd("err2name", code).decode(),
        message=words.decode() if isinstance(words, bytes) else words or "",
    )


REPORTED = []


@ctypes.CFUNCTYPE(None, c_void_p, POINTER(Message), c_void_p)
def delivered(_, message, __):
    what = rd("topic_name", message.contents.rkt).decode()
    REPORTED.append(what)
    if message.contents.err:
        failed(what, message.contents.err)
    else:
        show(what, offset=message.contents.offset)


ERRORS = []


@ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p, c_void_p)
def erred(handle, code, reason, _):
    if code == FATAL:  # what it really is, is asked for
        text = ctypes.create_string_buffer(ERRSTR)
        code, reason = rd("fatal_error", handle, text, c_size_t(ERRSTR)), text.value
    ERRORS.append((code, reason.decode()))


def client(kind, **more):
    conf = rd("conf_new")
    settings = {
        "bootstrap.servers": os.environ["SLUICE_BOOTSTRAP"],
        "client.id": "librdkafka",
        **{name.replace("_", "."): value for name, value in more.items()},
    }
    text = ctypes.create_string_buffer(ERRSTR)
    for name, value in settings.items():
        if rd("conf_set", conf, name, value, text, c_size_t(ERRSTR)):
            sys.exit(text.value.decode())
    if kind == PRODUCER:
        rd("conf_set_dr_msg_cb", conf, delivered)
    rd("conf_set_error_cb", conf, erred)
    handle = rd("new", c_int(kind), conf, text, c_size_t(ERRSTR))
    assert handle, text.value
    if kind == CONSUMER:
        rd("poll_set_consumer", handle)
    return handle


def places(topics, offset):
    made = rd("topic_partition_list_new", len(topics))
    for topic in topics:
        rd("topic_partition_list_add", made, topic, 0).contents.offset = offset
    return made


# -- Producers


def send(handle, topics, count):
    made = {topic: rd("topic_new", handle, topic, 0) for topic in topics}
    for number in range(count):
        for topic, rkt in made.items():
            value = f"{topic} {number}".encode()
            code = rd("produce", rkt, 0, COPY, value, c_size_t(len(value)), 0, c_size_t(0), 0)
            if code:
                failed(topic, rd("last_error"))
                REPORTED.append(topic)
    until = time.monotonic() + PATIENCE  # its flush may end before the last report was given
    while len(REPORTED) < count * len(topics) and time.monotonic() < until:
        rd("poll", handle, 100)


def produce(*topics):
    send(client(PRODUCER, linger_ms="300", message_timeout_ms="8000"), topics, 3)


def idempotent(*topics):
    settings = {"enable_idempotence": "true", "message_timeout_ms": "8000"}
    send(client(PRODUCER, **settings), topics, 3)
    # A record says only that it was purged; the client as a whole says why.
    for code, reason in ERRORS:
        failed("client", code, reason)


def transactional(name, topic):
    handle = client(PRODUCER, transactional_id=name)

    def succeeded(error):
        if error:
            show(
                name,
                error=rd("error_name", error).decode(),
                message=rd("error_string", error).decode(),
            )
        return not error

    if not succeeded(rd("init_transactions", handle, PATIENCE * 1000)):
        return
    if not succeeded(rd("begin_transaction", handle)):
        return
    send(handle, [topic], 1)
    if succeeded(rd("commit_transaction", handle, PATIENCE * 1000)):
        show(name, done=1)


# -- Consumers


def polled(handle, wait_ms=500):
    """(topic, error code, text, offset), or None."""
    message = rd("consumer_poll", handle, wait_ms)
    if not message:
        return None
    one = message.contents
    topic = rd("topic_name", one.rkt).decode() if one.rkt else ""
    told = (topic, one.err, one.text(), one.offset)
    rd("message_destroy", message)
    return told


def fetch(count, *topics):
    handle = client(CONSUMER, group_id="ours.librdkafka", enable_auto_commit="false")
    known(handle, topics)  # or the first to be known would be asked for alone
    rd("assign", handle, places(topics, 0))
    left = dict.fromkeys(topics, int(count))
    until = time.monotonic() + PATIENCE
    while left and time.monotonic() < until:
        told = polled(handle)
        if not told or told[1] == NO_MORE:
            continue
        topic, code, text, offset = told
        if code:
            failed(topic, code, text)
            left.pop(topic, None)
            continue
        show(topic, offset=offset, value=text)
        left[topic] = left.get(topic, 1) - 1
        if not left[topic]:
            del left[topic]
    for topic in left:
        show(topic, error="nothing")


def join(group, topic):
    handle = client(CONSUMER, group_id=group, auto_offset_reset="earliest")
    rd("subscribe", handle, places([topic], 0))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        told = polled(handle)
        if told and told[1] != NO_MORE:
            if told[1]:
                failed(group, told[1], told[2])
            else:
                show(group, done=1)
            return
    show(group, error="nothing")


def generation_of(handle):
    """Its generation and member id, from the only form in which it hands them out."""
    data, size = c_void_p(), c_size_t()
    group = rd("consumer_group_metadata", handle)
    if not group or rd("consumer_group_metadata_write", group, byref(data), byref(size)):
        return -1, ""
    written = ctypes.string_at(data, size.value)
    magic = len(b"CGMDv2:")
    number = int.from_bytes(written[magic : magic + 4], "little", signed=True)
    return number, written[magic + 4 :].split(b"\0")[1].decode()


def member(group, *topics):
    handle = client(
        CONSUMER,
        group_id=group,
        auto_offset_reset="earliest",
        session_timeout_ms="6000",
        heartbeat_interval_ms="1000",
        auto_commit_interval_ms="1000",
    )
    rd("subscribe", handle, places(topics, 0))
    seen, generations, said = {}, set(), 0
    while True:
        told = polled(handle, 200)
        if told and not told[1]:
            seen[told[0]] = seen.get(told[0], 0) + 1
        number, name = generation_of(handle)
        if number >= 0:
            generations.add(number)
        if time.monotonic() < said + 1:
            continue
        said = time.monotonic()
        show(group, generation=number, generations=len(generations), member=name, seen=seen)


# -- Administration, with the settings that a program has that gives none


def answered(handle, start):
    queue = rd("queue_new", handle)
    start(queue)
    event = rd("queue_poll", queue, 65000)
    assert event, "no answer"
    if rd("event_error", event):
        failed("request", rd("event_error", event), rd("event_error_string", event))
        sys.exit()
    return event


def array(*pointers):
    return (c_void_p * len(pointers))(*pointers)


def create(topic):
    handle = client(PRODUCER)
    text = ctypes.create_string_buffer(ERRSTR)
    wanted = array(rd("NewTopic_new", topic, 1, 1, text, c_size_t(ERRSTR)))
    event = answered(
        handle,
        lambda queue: rd("CreateTopics", handle, wanted, c_size_t(1), 0, queue),
    )
    count = c_size_t()
    results = rd("CreateTopics_result_topics", rd("event_CreateTopics_result", event), byref(count))
    for result in results[: count.value]:
        code = rd("topic_result_error", result)
        if code:
            failed(topic, code, rd("topic_result_error_string", result))
        else:
            show(topic, done=1)


def tell_places(what, told):
    for place in told.contents.elems[: told.contents.cnt]:
        if place.err:
            failed(what, place.err)
        else:
            show(what, done=1)


def purge(topic, offset):
    handle = client(PRODUCER)
    wanted = array(rd("DeleteRecords_new", places([topic], int(offset))))
    event = answered(
        handle, lambda queue: rd("DeleteRecords", handle, wanted, c_size_t(1), 0, queue)
    )
    tell_places(topic, rd("DeleteRecords_result_offsets", rd("event_DeleteRecords_result", event)))


def reset(group, topic, offset):
    handle = client(PRODUCER)
    wanted = array(rd("AlterConsumerGroupOffsets_new", group, places([topic], int(offset))))
    event = answered(
        handle,
        lambda queue: rd("AlterConsumerGroupOffsets", handle, wanted, c_size_t(1), 0, queue),
    )
    count = c_size_t()
    told = rd("event_AlterConsumerGroupOffsets_result", event)
    for result in rd("AlterConsumerGroupOffsets_result_groups", told, byref(count))[: count.value]:
        error = rd("group_result_error", result)
        if error:
            show(
                group,
                error=rd("error_name", error).decode(),
                message=rd("error_string", error).decode(),
            )
        else:
            tell_places(group, rd("group_result_partitions", result))


def known(handle, topics):
    """The metadata of these topics, by one request."""
    for topic in topics:
        rd("topic_new", handle, topic, 0)
    told = POINTER(Metadata)()
    code = rd("metadata", handle, 0, 0, byref(told), PATIENCE * 1000)
    if code:
        failed("request", code)
        sys.exit()
    return told


def metadata(*topics):
    told = known(client(PRODUCER), topics)
    for topic in told.contents.topics[: told.contents.topic_cnt]:
        if topic.err:
            failed(topic.topic.decode(), topic.err)
        else:
            show(topic.topic.decode(), done=1)


VERBS = {
    f.__name__: f
    for f in (
        *(produce, idempotent, transactional, fetch, join, member),
        *(create, purge, reset, metadata),
    )
}

if __name__ == "__main__":
    VERBS[sys.argv[1]](*sys.argv[2:])
