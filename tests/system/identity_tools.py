"""identity_tools.py: tokens, good and bad, and the clients that show them, for identity_test.py.

For a program that `scripts/lab run` started. Every token made here is remembered in `shown`, so
that the test can look for it where none may be.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys

import lab_tools
from lab_tools import ROOT, dial, receive_frame, request, run, text

DEBIAN_PYTHON = "/usr/bin/python3"  # where python3-kafka and python3-cryptography are
ISSUER = os.path.join(ROOT, "tests", "stack", "issuer.py")
ALICE = ("--sub", "alice", "--email", "alice@example.org", "--groups", "team")
BOB = ("--sub", "bob", "--email", "bob@example.org", "--groups", "others")
OAUTH = "org.apache.kafka.common.security.oauthbearer."
shown = []


def path_of(name):
    return os.path.join(os.environ["SLUICE_LAB_DIR"], name)


# -- tokens


def issue(*arguments, folder=None):
    """A token of the lab's identity provider, or of another one."""
    folder = folder or os.environ["SLUICE_IDP_DIR"]
    made = run(DEBIAN_PYTHON, ISSUER, "--dir", folder, "token", *arguments).strip()
    shown.append(made)
    return made


def rotate(folder=None):
    """New keys under new kids."""
    run(DEBIAN_PYTHON, ISSUER, "--dir", folder or os.environ["SLUICE_IDP_DIR"], "init")


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def with_header(token, signature=None, **header):
    """Alice's claims under another header; `signature` of the text, none without it."""
    head, claims, _ = token.split(".")
    head = encode(json.dumps({**json.loads(decode(head)), **header}).encode())
    signed = f"{head}.{claims}"
    made = f"{signed}.{encode(signature(signed.encode())) if signature else ''}"
    shown.append(made)
    return made


def public_key_as_secret(signed):
    """The classic: HS256 with what everybody knows, the provider's public keys."""
    with open(os.path.join(os.environ["SLUICE_IDP_DIR"], "jwks.json"), "rb") as file:
        return hmac.new(file.read(), signed, hashlib.sha256).digest()


def bad_tokens():
    """{reason it is refused for: [token]}"""
    stranger = path_of("stranger")
    rotate(stranger)
    good = issue(*ALICE)
    head, claims, signature = good.split(".")
    forged = json.loads(decode(claims)) | {"groups": ["team", "owners"]}
    kid = json.loads(decode(head))["kid"]
    return {
        "token_expired": [issue(*ALICE, "--ttl", "-5")],
        "token_wrong_audience": [issue(*ALICE, "--aud", "elsewhere")],
        "token_wrong_issuer": [issue(*ALICE, "--claim", 'iss="https://other.test"')],
        "token_unknown_key": [issue(*ALICE, folder=stranger)],
        "token_bad_signature": [
            issue(*ALICE, f"--kid={kid}", folder=stranger),
            remember(f"{head}.{encode(json.dumps(forged).encode())}.{signature}"),
        ],
        "token_unsupported_algorithm": [
            with_header(good, alg="none"),
            with_header(good, public_key_as_secret, alg="HS256"),
        ],
        "token_malformed": ["garbage", remember(good[:-20] + "!" + good[-19:])],
        # Larger than a token may be, and than the message around it.
        "token_too_large": [
            issue(*ALICE, "--claim", f'padding="{"x" * size}"') for size in (12500, 17000)
        ],
    }


def remember(token):
    shown.append(token)
    return token


def stored(name, token):
    """The path of a file with the token, replaced in one step: a client may be reading it."""
    path = path_of(name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(token)
    os.rename(path + ".new", path)
    return path


# -- clients


def java(tool, token_file, *arguments, version="4.3.1", **how):
    """A console tool of Kafka. `jdk.net.hosts.file`: Java asks for the name of a broker before
    it logs in there, and in a lab nobody answers."""
    properties = token_file + ".properties"
    with open(properties, "w", encoding="utf-8") as file:
        file.write(
            "security.protocol=SASL_PLAINTEXT\n"
            "sasl.mechanism=OAUTHBEARER\n"
            f"sasl.login.callback.handler.class={OAUTH}OAuthBearerLoginCallbackHandler\n"
            f"sasl.oauthbearer.token.endpoint.url=file:{token_file}\n"
            f"sasl.jaas.config={OAUTH}OAuthBearerLoginModule required;\n"
        )
    options = (
        f"-Djdk.net.hosts.file={os.environ['IDENTITY_HOSTS']} "
        f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file:{token_file}"
    )
    option = "--command-config" if version.startswith("4") else f"--{tool}.config"
    environment = {"KT_JOPTS": options, "KT_VERSION": version}
    return run("kt", tool, *arguments, option, properties, environment=environment, **how)


KAFKA_PYTHON = """
import sys
from kafka import KafkaConsumer
from kafka.oauth.abstract import AbstractTokenProvider
path, bootstrap, group, seconds = sys.argv[1:]
class FromFile(AbstractTokenProvider):
    def token(self):
        with open(path, encoding="utf-8") as file:
            return file.read()
consumer = KafkaConsumer(
    "orders", bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest",
    consumer_timeout_ms=int(seconds) * 1000, security_protocol="SASL_PLAINTEXT",
    sasl_mechanism="OAUTHBEARER", sasl_oauth_token_provider=FromFile())
print("read", len(list(consumer)))
"""


def kafka_python(token_file, group, seconds=5):
    """The command line of a consumer that reads until nothing comes for so long."""
    bootstrap = os.environ["SLUICE_BOOTSTRAP"]
    return [DEBIAN_PYTHON, "-c", KAFKA_PYTHON, token_file, bootstrap, group, str(seconds)]


# -- the exchange by hand

HANDSHAKE, AUTHENTICATE = 17, 36
CHALLENGE = b'{"status":"invalid_token"}'


def client_first(token):
    return f"n,,\x01auth=Bearer {token}\x01\x01".encode()


def framed(data):
    return struct.pack(">i", len(data)) + data


def begun(version):
    connection = dial()
    connection.sendall(request(HANDSHAKE, version, text("OAUTHBEARER")))
    answer = receive_frame(connection)
    assert answer == struct.pack(">ihi", 7, 0, 1) + text("OAUTHBEARER"), answer
    return connection


def refused_by_hand(token):
    """Shows a bad token in both framings; checks every byte that comes back, and the end."""
    with begun(1) as connection:
        authenticate(connection, client_first(token))
        challenged = receive_frame(connection)
        if challenged != refusal():  # too large, or not even a message: the end at once
            assert challenged == answer_v1(0, None, CHALLENGE), challenged
            authenticate(connection, b"\x01")
            last = receive_frame(connection)
            assert last == refusal(), last
        assert connection.recv(1) == b""
    with begun(0) as connection:
        connection.sendall(framed(client_first(token)))
        if connection.recv(4, socket.MSG_PEEK):
            assert receive_frame(connection) == CHALLENGE
            connection.sendall(framed(b"\x01"))
            assert connection.recv(1) == b""


def log_in(connection, token):
    authenticate(connection, client_first(token))
    answer = receive_frame(connection)
    assert answer[:8] == struct.pack(">ihh", 7, 0, -1), answer


def authenticate(connection, message):
    connection.sendall(request(AUTHENTICATE, 1, framed(message)))


def answer_v1(code, message, token):
    said = struct.pack(">h", -1) if message is None else text(message)
    return struct.pack(">ih", 7, code) + said + framed(token) + struct.pack(">q", 0)


def refusal():
    return answer_v1(58, "the token is not accepted", b"")


# -- numbers


def refusals(numbers=None):
    """{reason: logins refused for it}"""
    found = {}
    for name, value in (numbers or lab_tools.metrics()).items():
        if name.startswith("sluice_logins_refused_total{"):
            found[name.split('"')[1]] = int(value)
    return found


def logged(kind, *more):
    said = run(
        *("sluice", "audit", "search", "--dir", os.environ["SLUICE_AUDIT_DIR"]),
        *("--type", kind, "--limit", "10000", "-o", "json", *more),
    )
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


if __name__ == "__main__":
    sys.exit("a module of identity_test.py")
