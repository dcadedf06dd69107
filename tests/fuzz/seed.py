#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: seed.py, from anywhere in the tree.

Made of our own schema (by tests/unit/kafka/sample.py) and of bytes written here; corpus/*/seed-*
are replaced. What a fuzzer found is kept beside them under another name, by hand.
"""

import base64
import json
import pathlib
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
API_VERSIONS = 18


def write(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{name}").write_bytes(data)


def string(text):
    return struct.pack(">h", -1) if text is None else struct.pack(">h", len(text)) + text.encode()


def compact(text):
    return bytes([len(text) + 1]) + text.encode()


def array(*elements):
    return struct.pack(">i", len(elements)) + b"".join(elements)


def blob(data):
    return struct.pack(">i", -1 if data is None else len(data)) + (data or b"")


def frame(data):
    return struct.pack(">i", len(data)) + data


def batch(base, count, attributes=0, payload=b"\x0e\x00\x00\x00\x01\x02a\x00" * 3):
    return struct.pack(">qiibIHiqqqhii", base, 49 + len(payload), 0, 2, 0, attributes, count - 1,
                       1, 2, -1, -1, -1, count) + payload


def with_crc(made):
    """A batch as a broker has it: CRC-32C over everything behind it."""
    crc = 0xffffffff
    for byte in made[21:]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return made[:17] + struct.pack(">I", crc ^ 0xffffffff) + made[21:]


def message(magic, offset, value=b"value"):
    rest = b"" if magic == 0 else struct.pack(">q", 7)
    rest += blob(None) + blob(value)
    return struct.pack(">qiIbb", offset, 6 + len(rest), 0, magic, 0) + rest


# -- record batches

def batches():
    write("batch", "two", b"\x03" + batch(5, 3) + batch(8, 1, 0x20))
    write("batch", "tail", b"\x10" + batch(0, 1, 4) + batch(1, 2)[:70])
    write("batch", "old", b"\x01" + message(0, 0) + message(1, 1) + batch(2, 1))


# -- messages

def samples():
    """(key, version, "request" or "response", body), one of each version."""
    program = ROOT / "tests/unit/kafka/sample.py"
    out = subprocess.run([sys.executable, "-B", program, ROOT / "userspace/kafka/schema", "3", "1"],
                         check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        words = line.split()
        if words[:1] == ["sample"]:
            data = b"" if words[4] == "-" else bytes.fromhex(words[4])
            yield int(words[1]), int(words[2]), words[3], data


def messages():
    found = {}
    for key, version, kind, data in samples():
        found.setdefault((key, kind), {})[version] = data
    for (key, kind), versions in found.items():
        for version in sorted({min(versions), max(versions)}):
            data = versions[version][:1024]
            head = bytes([key, version])
            name = f"{key}-{version}-{kind}"
            write("walker", name, head + bytes([kind == "response", 4]) + data)
            if kind == "request":
                write("answer", name, head + b"\x1d" + data)
            elif key == API_VERSIONS:
                write("api_versions", name, bytes([version]) + struct.pack(">i", 7) + data)


# -- headers and edits

def headers():
    write("request_header", "classic", b"\0" + struct.pack(">hhi", 3, 1, 7) + string("kcat"))
    write("request_header", "null", b"\0" + struct.pack(">hhi", 0, 7, 7) + string(None))
    flexible = struct.pack(">hhi", 3, 9, 7) + string("rdkafka") + b"\x01\x05\x02ab" + b"body"
    write("request_header", "flexible", b"\x09" + flexible)
    write("response_header", "classic", b"\x03\x01\0" + struct.pack(">i", 7) + b"body")
    write("response_header", "flexible", b"\x03\x09\0" + struct.pack(">i", 7) + b"\x01\x05\x02ab")
    write("edits", "three", b"\x04" + b"\x02\x01\x03abc" + b"\x00\x02\x00" + b"\x01\x00\x01z" +
          bytes(range(14)))


# -- conversations, as fuzz_session.cc plays them

def said(who, data):
    return bytes([0xf0 if who == "client" else 0xf1]) + struct.pack(">H", len(data)) + data


def client(key, version, correlation, body, flexible=False):
    head = struct.pack(">hhi", key, version, correlation) + string("seed")
    return said("client", frame(head + (b"\0" if flexible else b"") + body))


def broker(correlation, body, flexible=False):
    head = struct.pack(">i", correlation) + (b"\0" if flexible else b"")
    return said("broker", frame(head + body))


def partitions(*fields):
    """One topic, one partition."""
    return array(string("orders") + array(b"".join(fields)))


def api_versions():
    ranges = array(*(struct.pack(">hhh", key, 0, 99) for key in (0, 1, 3, 18, 10001)))
    return client(18, 0, 1, b"") + broker(1, struct.pack(">h", 0) + ranges)


def produce(acks, correlation):
    records = blob(batch(0, 2))
    return client(0, 7, correlation, string(None) + struct.pack(">hi", acks, 1000) +
                  partitions(struct.pack(">i", 0), records))


def produced(correlation):
    return broker(correlation, partitions(struct.pack(">ihqqq", 0, 0, 41, -1, 0)) +
                  struct.pack(">i", 0))


def fetch(correlation, session=(0, 0)):
    return client(1, 7, correlation, struct.pack(">iiiibii", -1, 100, 1, 1 << 20, 0, *session) +
                  partitions(struct.pack(">iqqi", 0, 41, -1, 1 << 20)) + array())


def fetched(correlation, records, session=0):
    return broker(correlation, struct.pack(">ihi", 0, 0, session) +
                  partitions(struct.pack(">ihqqq", 0, 0, 43, 43, 0), array(), blob(records)))


def fetch_by_id():
    """Version 13 names the topic by an id that nobody has seen: the session asks for its name."""
    topic = bytes(range(16))
    part = struct.pack(">iiqiqi", 0, -1, 41, -1, -1, 1 << 20) + b"\0"
    body = struct.pack(">iiiibii", -1, 100, 1, 1 << 20, 0, 0, -1)
    body += b"\x02" + topic + b"\x02" + part + b"\0" + b"\x01" + compact("") + b"\0"
    return client(1, 13, 5, body, flexible=True)


def conversations():
    metadata = client(3, 1, 2, array(string("orders"))) + broker(
        2, array(struct.pack(">i", 1) + string("b") + struct.pack(">i", 9092) + string(None)) +
        struct.pack(">i", 1) + array(struct.pack(">h", 0) + string("orders") + b"\0" + array()))
    records = batch(41, 2)
    write("session", "start", b"\x01" + api_versions() + metadata)
    for durability in (0, 1, 2):
        head = bytes([durability])
        write("session", f"produce-{durability}", head + produce(-1, 3) + produced(3))
        write("session", f"fetch-{durability}", head + fetch(4) +
              fetched(4, records + records[:30]))
    write("session", "acks-0", b"\x01" + produce(0, 3) + fetch(4) + fetched(4, records))
    write("session", "fetch-session", b"\x01" + fetch(4, (0, 0)) + fetched(4, records, 9) +
          fetch(5, (9, 1)) + fetched(5, b"", 9) + b"\xf2" + fetch(6, (8, 3)))
    write("session", "topic-id", b"\x01" + api_versions() + fetch_by_id() + b"\xf2" * 7)
    write("session", "pipelined", b"\x01" + api_versions() + produce(1, 3) + fetch(4) + b"\xf2" +
          produced(3) + fetched(4, records))
    write("session", "sasl", b"\x01" + client(17, 1, 1, string("PLAIN")) +
          broker(1, struct.pack(">h", 0) + array(string("PLAIN"))) +
          client(36, 0, 2, blob(b"\0user\0word")) +
          broker(2, struct.pack(">h", 0) + string(None) + blob(b"")))
    write("session", "sasl-raw", b"\x01" + client(17, 0, 1, string("PLAIN")) +
          broker(1, struct.pack(">h", 0) + array(string("PLAIN"))) +
          said("client", frame(b"\0user\0word")) + said("broker", frame(b"")) + metadata)
    write("session", "outage", b"\x01" + api_versions() + b"\xf3" + produce(1, 3) + b"\xf3" +
          fetch(4) + fetched(4, records))
    write("session", "unknown", b"\x01" + client(18, 99, 1, b"") + client(7, 0, 2, b""))
    write("session", "drain", b"\x01" + fetch(4) + b"\xf4" + fetched(4, records) + produce(1, 3))
    texts = [b'{"a":"x","b":"ann@example.org"}', b'["abcdef",7]', b"no json", b""]
    payload = b"".join(record(n, None, text) for n, text in enumerate(texts))
    good = with_crc(batch(41, 4, payload=payload))
    control = with_crc(batch(45, 1, 0x20, record(0, b"abcd", b"efghij")))
    for durability in (0, 1, 2):
        head = bytes([0x90 | durability])
        write("session", f"masked-{durability}", head + fetch(4) +
              fetched(4, good + control + good[:70]) + fetch(5) + fetched(5, good[:-1] + b"x") +
              fetch(6) + fetched(6, b"") + fetch(7) + fetched(7, message(1, 41)))
    write("session", "masked-session", b"\xc1" + fetch(4, (0, 0)) + fetched(4, good, 9) +
          fetch_by_id() + b"\xf2" * 7)
    write("session", "tls", b"\x01" + said("client", b"\x16\x03\x01\x02\x00\x01"))


# -- logins, as fuzz_login.cc plays them

def logins():
    handshake, handshake_raw, plain, token, raw, last, last_raw = 0, 1, 2, 4, 6, 7, 8
    beat, beaten, shook, known, tick, outage, message = 9, 10, 11, 12, 13, 14, 15
    alice, alice_again, bob, short, later, forged = range(6)
    ask, credential, granted = b"\x01", b"\x03", b"\x43"

    def seed(name, *steps, knobs=ask):
        write("login", name, knobs + bytes(steps))

    done = (beat, 9, beaten, 9)
    for version in range(3):
        seed(f"version-{version}", handshake, 3 + version, alice, *done)
    seed("raw", handshake_raw, raw, alice, *done)
    seed("bad", handshake, token, forged, last)
    seed("bad-raw", handshake_raw, raw, forged, last_raw)
    seed("mechanism", plain, handshake, token, alice)
    seed("again", handshake, token, alice, beat, 9, handshake, beaten, 9, token, alice_again, *done)
    seed("changed", handshake, token, alice, handshake, token, bob, last)
    seed("expired", handshake, token, short, *done, tick, tick, *done)
    seed("later", handshake, token, later, beat, 9, *[tick] * 4, beaten, 9)
    seed("later-raw", handshake_raw, raw, later, *[tick] * 4, *done)
    seed("deadline", handshake, *[tick] * 17)
    seed("out-of-turn", beat, 9, handshake, beaten, 9, token, alice)
    seed("no-handshake", token, alice)
    seed("pipelined", handshake, token, alice, beat, 9, beat, 8, beaten, 9, beaten, 8)
    seed("outage", outage, handshake, token, alice, beat, 9, outage, *done)
    words = b"n,a=alice,\1auth=Bearer x\1\1"
    seed("message", handshake, message, len(words), *words, last)
    gateway = (shook, 0, known, 0, 0)
    seed("gateway", beat, 9, *gateway, beaten, 9, knobs=granted)
    seed("gateway-token", handshake, token, alice, beat, 9, *gateway, beaten, 9, knobs=credential)
    seed("gateway-not-granted", beat, 9, knobs=credential)
    seed("gateway-refused", beat, 9, shook, 0, known, 58, 0, knobs=granted)
    seed("gateway-renewed", beat, 9, shook, 0, known, 0, 5, beaten, 9, *[tick] * 5, beat, 8,
         *gateway, beaten, 8, knobs=granted)
    seed("off", handshake, token, alice, knobs=b"\x00")


# -- audit entries: protobuf wire format, as userspace/audit/event.proto says

def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(tag, value):
    return varint(tag << 3) + varint(value)


def text(tag, value):
    return varint(tag << 3 | 2) + varint(len(value)) + value


def entries():
    start = number(1, 7) + varint(2 << 3 | 1) + struct.pack("<q", 1_700_000_000_000_000_000)
    start += varint(3 << 3 | 1) + struct.pack("<q", 9) + text(4, b"orders")
    start += text(5, bytes(range(16)))
    produced_event = start + number(6, 0) + number(8, 82) + number(9, 86) + number(10, 3)
    write("audit", "produce", produced_event + number(12, 1) + text(13, b"net:10.0.0.1"))
    write("audit", "later", produced_event + text(90, b"of a later version"))
    write("audit", "start", number(1, 1))


def segments():
    """fuzz_segment.cc sets the checksums."""
    body = b"".join(struct.pack(">H", n) + b"x" * n for n in (1, 40, 3))
    write("segment", "block", struct.pack(">IIQII", 0x1234, len(body), 7, 3, 0) + bytes(32) + body)
    fields = struct.pack(">IIQQqQIHH", 2, 0x1234, 2, 9, 5, 8192, 1, 6, 0)
    write("segment", "header", b"SLUICEAL" + fields + b"origin" + bytes(range(64)))


# -- tokens: those of RFC 7515 A.2 and A.3 and their keys

RSA_N = ("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEz"
         "P1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf6"
         "3kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5Zw"
         "Kh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
         "yuXpoQ")
RSA_SIGNATURE = ("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Q"
                 "c_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTy"
                 "WzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwu"
                 "sC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5A"
                 "XLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")
EC_X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
EC_Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
EC_SIGNATURE = ("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5d"
                "jxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")


def side_files():
    """fuzz_side_files.cc sets the checksums."""
    frames = struct.pack(">4I", 40, 0, 30, 0)
    head = bytes.fromhex("5e2a4d18") + struct.pack("<I", len(frames) + 28)
    end = struct.pack(">QIII", 1500, 1000, 2, 0) + b"SLUICEFT"
    write("side_files", "frames", b"f" + head + frames + end)
    leaves = bytes(range(32)) * 2
    write("side_files", "pruned",
          b"pSLUICEPR" + struct.pack(">IIQQ", 1, 2, 3, 514) + leaves + bytes(4))
    write("side_files", "holds",
          b"hsluice holds 1\n1 entries 0 99 17 case 12\n3 time -5 99 18 case 13, all of it\n")


def encode(words):
    return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")


def tokens():
    rsa = {"kty": "RSA", "n": RSA_N, "e": "AQAB"}
    ec = {"kty": "EC", "crv": "P-256", "x": EC_X, "y": EC_Y}
    rfc = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
    claims = {"iss": "joe", "sub": "alice", "aud": ["x", "sluice"], "exp": 1300819380, "nbf": 1,
              "iat": 1299999999.5, "groups": ["a", "b"], "realm_access": {"roles": ["r"]}}

    def seed(name, keys, token, payload):
        document = json.dumps({"keys": keys}, separators=(",", ":"))
        write("jwt", name, "\0".join((document, token, payload)).encode())

    def token(alg, signature, payload=rfc, **header):
        head = json.dumps({"alg": alg, **header}, separators=(",", ":"))
        return ".".join((encode(head), encode(payload), signature))

    seed("rsa", [rsa], token("RS256", RSA_SIGNATURE), json.dumps(claims))
    seed("ec", [ec], token("ES256", EC_SIGNATURE), json.dumps({**claims, "aud": "sluice"}))
    named = [{**rsa, "kid": "r", "use": "sig", "alg": "RS256"},
             {**ec, "kid": "e", "key_ops": ["verify"]}, {"kty": "oct", "k": "AA"}]
    seed("kid", named, token("ES256", EC_SIGNATURE, kid="e", typ="at+jwt"), '{"iss":"joe"}')
    seed("none", [], token("none", "", crit=["exp"]), json.dumps({**claims, "a.b": 1}))
    seed("small", [], "e30.e30.", json.dumps({"iss": "joe", "sub": "a", "aud": "sluice",
                                              "exp": 1e12}))


def sasl():
    first = "n,,\1auth=Bearer aaa.bbb.ccc\1\1"
    write("oauthbearer", "good", b"\x01" + first.encode())
    write("oauthbearer", "bad", b"\x00" + f"{first}\0\1".encode())
    write("oauthbearer", "authzid", b"\x01" + first.replace(",,", ",a=alice,").encode())
    more = first.replace("\1auth", "\1host=h\1auth").replace("\1\1", "\1port=9092\1\1")
    write("oauthbearer", "pairs", b"\x01" + more.encode())


# -- batches that are opened

def zigzag(value):
    return varint(value << 1 ^ value >> 63)


def nullable(data):
    return zigzag(-1) if data is None else zigzag(len(data)) + data


def record(delta, key, value, *headers):
    body = b"\0" + zigzag(0) + zigzag(delta) + nullable(key) + nullable(value)
    body += zigzag(len(headers)) + b"".join(nullable(part) for pair in headers for part in pair)
    return zigzag(len(body)) + body


RECORDS = (record(0, b"k", b"secret", (b"h", b"x"), (b"n", None)) + record(1, None, b"") +
           record(2, b"t", None))
# The same three records in the other codecs, as libraries write them.
PACKED = {
    1: bytes.fromhex("1f8b0800000000000003d360606060cae6294e4d2e4a2d6161ca60aa60ca63e4018a3132"
                     "30f03130b0309530320000602255a124000000"),
    2: bytes.fromhex("248c28000000026b0c7365637265740402680278026e010c0000020100000e0000040274"
                     "0100"),
    3: bytes.fromhex("04224d186040822400008028000000026b0c7365637265740402680278026e010c000002"
                     "0100000e0000040274010000000000"),
    4: bytes.fromhex("28b52ffd000021010028000000026b0c7365637265740402680278026e010c0000020100"
                     "000e00000402740100"),
}
XERIAL = b"\x82SNAPPY\0" + struct.pack(">iii", 1, 1, len(PACKED[2])) + PACKED[2]


def opened():
    """fuzz_records.cc sets the checksums where the lowest bit of its first byte is set."""
    for codec, payload in {0: RECORDS, **PACKED}.items():
        write("decompress", f"codec-{codec}", bytes([codec]) + payload)
        write("records", f"codec-{codec}", b"\x53\x05" + batch(5, 3, codec, payload))
    write("decompress", "xerial", b"\x02" + XERIAL)
    write("records", "xerial", b"\x2b\x64" + batch(5, 3, 2, XERIAL) + batch(8, 1, 0x20))
    write("records", "tail", b"\x03\x01" + batch(5, 3, 0, RECORDS) + batch(8, 3, 0, RECORDS)[:80])
    write("records", "old", b"\x01\x00" + message(1, 1))


# -- values that are masked

def values():
    order = b'{"a":{"x":[1,true,null]},"b":"b\\u00e4\\ud83d\\ude00","c":[{"d":"x"},{"d":1e5}]}'
    personal = (b'{"a":"bob\\u0040x.org","n":4.111111111111111E15,"t":"DE89 3704 0044 0532 0130 00'
                b' a@b.cd 4111 1111 1111 1111","b":"{\\"e\\":\\"a\\\\u0040b.cd\\"}"}')
    for plan in range(1, 5):
        write("mask", f"order-{plan}", bytes([plan]) + order)
        write("mask", f"personal-{plan}", bytes([plan]) + personal)
    write("mask", "text", b"\x03to bob@example.org: gb82 west 1234 5698 7654 32")
    write("mask", "framed", b"\x01\0\0\0\0\7" + order)
    path = b"$..c[*]['d']"
    write("mask", "path", bytes([0, len(path)]) + path + order)


# -- policies

SMALL_POLICIES = {
    "grant": 'grants: [{id: a, to: ["*"], allow: ["*"], topics: ["o?d*", "re:a|b"], '
             'groups: ["*-x"]}]',
    "shadow": 'shadow: true\ndenials: [{id: a, to: ["group:team"], deny: [topic.*], reason: r}]',
    "identity": 'identities: [{principal: "user:{claim.email}", groups: "{claim.groups}", '
                'from: {oidc: corp, source: [10.8.0.0/16]}}]',
    "mask": 'masks: [{id: m, topics: [o], fields: [{path: $.a, action: null}]}]',
    "anchor": 'grants: &a [*a]',
    "mistakes": 'grant: 1\nholds: [{id: "a b", to: x, when: {}, hold: 1d}]\naudit: ~',
}


def policies():
    for name, body in SMALL_POLICIES.items():
        write("policy", name, f"version: 1\n{body}\n".encode())
    for path in sorted((ROOT / "policies").glob("*.yaml")):
        write("policy", path.name, path.read_bytes())


# -- requests that wait for humans, as stored; fuzz_approval.cc adds the checksum

PENDING, APPROVED, USED, DENIED = range(4)


def words(*texts):
    return struct.pack(">I", len(texts)) + b"".join(word(text) for text in texts)


def word(text):
    return struct.pack(">I", len(text)) + text.encode()


def vote(human, approve):
    return (word(human) + word(f"user:{human}") + bytes([approve]) + struct.pack(">II", 1, 0) +
            word("on call") + struct.pack(">q", 6))


def held(state, votes, unit="", used=(), ended=0):
    texts = (unit, "east", "user:alice", "alice", "10.0.0.7:5", "cli", "topic.delete", "orders",
             "partitions 3")
    ask = bytes(range(32)) + struct.pack(">Q", 21) + b"".join(word(text) for text in texts)
    ask += struct.pack(">I", 1) + word("lifecycle") + words("owners") + words("user:root")
    ask += struct.pack(">Iq", 1, 1800)
    return (b"\x01" + word("R-7F3KQ2AV") + bytes([state]) + ask + struct.pack(">I", len(votes)) +
            b"".join(votes) + words(*used) + struct.pack(">qqq", 5, 1805, ended))


def requests():
    write("approval", "pending", held(PENDING, []))
    write("approval", "denied", held(DENIED, [vote("bob", 0)], ended=7))
    write("approval", "used", held(USED, [vote("bob", 1)], ended=7))
    write("approval", "units", held(APPROVED, [vote("bob", 1)], "partition 1", ("partition 1",)))


# -- requests to the control socket

CALLS = {
    "whoami": ("GET", "/v1/whoami", ""),
    "list": ("GET", "/v1/approvals?state=all&limit=20", ""),
    "show": ("GET", "/v1/approvals/r-7f3kq2av", ""),
    "approve": ("POST", "/v1/approvals/R-7F3KQ2AV/approve", ""),
    "deny": ("POST", "/v1/approvals/R-7F3KQ2AV/deny", '{"comment": "no \\u00e4 \\"x\\""}'),
    "revoke": ("POST", "/v1/approvals/7F3KQ2AV/revoke", '{"comment":"b\xe4"}'),
    "nested": ("POST", "/v1/approvals/R-7F3KQ2AV/deny", '{"comment":{"comment":[1e9,null]}}'),
}


def calls():
    for name, parts in CALLS.items():
        write("control", name, "\0".join(parts).encode())


def main():
    for old in (HERE / "corpus").glob("*/seed-*"):
        old.unlink()
    for part in (batches, opened, values, messages, headers, conversations, logins, entries,
                 segments, side_files, tokens, sasl, policies, requests, calls):
        part()


if __name__ == "__main__":
    main()
