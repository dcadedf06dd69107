"""outage_requests.py: one request of each kind, and what it is answered without an audit log.

As design and documentation say: retriable errors for all that would have to be recorded; what
keeps a client and its group alive goes on to the broker.
"""

import struct

from lab_tools import request, text

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, FIND_COORDINATOR = 0, 1, 2, 3, 8, 10
JOIN_GROUP, HEARTBEAT, LEAVE_GROUP, SYNC_GROUP, API_VERSIONS, CREATE_TOPICS = 11, 12, 13, 14, 18, 19
INIT_PRODUCER_ID = 22

NONE, COORDINATOR_LOADING, COORDINATOR_NOT_AVAILABLE, TIMED_OUT = 0, 14, 15, 7
UNKNOWN_MEMBER, REBALANCING, STORAGE_ERROR = 25, 27, 56

CORRELATION, THROTTLE, COUNT = 4, 4, 4
NO_RECORDS = struct.pack(">i", 0)
GROUP, MEMBER = text("nobodys-group"), text("nobody")


def one_partition(topic, fields):
    """An array of one topic, with an array of one partition, number 0."""
    return struct.pack(">i", 1) + text(topic) + struct.pack(">ii", 1, 0) + fields


def produce(topic, acks):
    head = struct.pack(">hhi", -1, acks, 10_000)
    return request(PRODUCE, 3, head + one_partition(topic, NO_RECORDS))


def silent_produce(topic):
    return produce(topic, 0)


def requests(topic):
    """{what: (request, where its answer has the error, which)}."""
    partition = COUNT + len(text(topic)) + COUNT + 4  # in front of a partition's error
    fetch = struct.pack(">iiiib", -1, 100, 1, 1 << 20, 0)
    commit = GROUP + struct.pack(">i", -1) + text("") + struct.pack(">q", -1)
    join = GROUP + struct.pack(">ii", 10_000, 10_000) + text("") + text("consumer")
    join += struct.pack(">i", 1) + text("range") + struct.pack(">i", 0)
    generation = struct.pack(">i", 1)
    create = struct.pack(">i", 1) + text("new") + struct.pack(">ihii", 1, 1, 0, 0)
    create += struct.pack(">ib", 10_000, 0)
    in_commit = one_partition(topic, struct.pack(">q", 0) + text(""))
    in_fetch = one_partition(topic, struct.pack(">qi", 0, 1 << 20))
    in_list = struct.pack(">i", -1) + one_partition(topic, struct.pack(">q", -1))
    first, second = CORRELATION, CORRELATION + THROTTLE
    topic_created = second + COUNT + len(text("new"))
    refused = {
        "Produce": (produce(topic, -1), first + partition, STORAGE_ERROR),
        "Fetch": (request(FETCH, 4, fetch + in_fetch), second + partition, STORAGE_ERROR),
        "ListOffsets": (request(LIST_OFFSETS, 1, in_list), first + partition, STORAGE_ERROR),
        "OffsetCommit": (
            request(OFFSET_COMMIT, 2, commit + in_commit),
            first + partition,
            COORDINATOR_LOADING,
        ),
        "FindCoordinator": (
            request(FIND_COORDINATOR, 1, GROUP + b"\0"),
            second,
            COORDINATOR_NOT_AVAILABLE,
        ),
        "JoinGroup": (request(JOIN_GROUP, 2, join), second, COORDINATOR_LOADING),
        "SyncGroup": (
            request(SYNC_GROUP, 1, GROUP + generation + MEMBER + struct.pack(">i", 0)),
            second,
            REBALANCING,
        ),
        "InitProducerId": (
            request(INIT_PRODUCER_ID, 0, struct.pack(">hi", -1, 10_000)),
            second,
            COORDINATOR_LOADING,
        ),
        "CreateTopics": (request(CREATE_TOPICS, 2, create), topic_created, TIMED_OUT),
    }
    # A broker that knows no such member says so: they have reached it.
    passed_on = {
        "Heartbeat, by the broker": (
            request(HEARTBEAT, 1, GROUP + generation + MEMBER),
            second,
            UNKNOWN_MEMBER,
        ),
        "LeaveGroup, by the broker": (
            request(LEAVE_GROUP, 1, GROUP + MEMBER),
            second,
            UNKNOWN_MEMBER,
        ),
        "ApiVersions, by the broker": (request(API_VERSIONS, 0), first, NONE),
    }
    return refused | passed_on
