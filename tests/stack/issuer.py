#!/usr/bin/python3
"""An identity provider in a directory, for labs, demos and tests. Its keys protect nothing.

    issuer.py --dir D init [--issuer URL]      makes keys and writes D/jwks.json
    issuer.py --dir D token --sub alice [--email A] [--groups a,b] [--aud sluice] [--ttl 3600]
                            [--alg RS256|ES256] [--kid K] [--claim NAME=JSON]...

`token` prints one token. A negative --ttl makes an expired one, --claim adds or replaces any claim
(NAME=null takes it away). `init` again is a rotation: new keys under new kids, tokens of the old
ones no longer verify. Needs python3-cryptography, which Debian's own Python has.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

ISSUER = "https://issuer.test"


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def encode_number(number, width):
    return encode(number.to_bytes(width, "big"))


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def make_key(alg):
    if alg == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key, alg):
    """The key's public half; its kid is the thumbprint of RFC 7638."""
    numbers = key.public_key().public_numbers()
    if alg == "RS256":
        jwk = {"e": encode_number(numbers.e, 3), "kty": "RSA",
               "n": encode_number(numbers.n, key.key_size // 8)}
    else:
        jwk = {"crv": "P-256", "kty": "EC", "x": encode_number(numbers.x, 32),
               "y": encode_number(numbers.y, 32)}
    kid = encode(hashlib.sha256(compact(jwk)).digest())
    return {**jwk, "kid": kid, "use": "sig", "alg": alg}


def sign(key, alg, text):
    if alg == "RS256":
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    r, s = utils.decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Issuer:
    ALGORITHMS = ("RS256", "ES256")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def init(self, url):
        self.folder.mkdir(parents=True, exist_ok=True)
        jwks = []
        for alg in self.ALGORITHMS:
            key = make_key(alg)
            self._write(f"{alg}.pem", key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()), 0o600)
            jwks.append(public_jwk(key, alg))
        self._write("issuer", url.encode(), 0o644)
        self._write("jwks.json", json.dumps({"keys": jwks}, indent=2).encode() + b"\n", 0o644)

    def token(self, alg, claims, kid=None):
        """`claims` stand over what every token has: iss, iat and a jti."""
        pem = (self.folder / f"{alg}.pem").read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        header = {"typ": "JWT", "alg": alg, "kid": kid or public_jwk(key, alg)["kid"]}
        now = int(time.time())
        payload = {"iss": (self.folder / "issuer").read_text(), "iat": now,
                   "jti": os.urandom(12).hex(), **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        text = encode(compact(header)) + "." + encode(compact(payload))
        return text + "." + encode(sign(key, alg, text.encode()))

    def _write(self, name, data, mode):
        """Whole or not at all: a gateway may read it meanwhile."""
        fresh = self.folder / f".{name}.new"
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(data)
        fresh.rename(self.folder / name)


def named_json(text):
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"`{value}` is no JSON") from error


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init")
    init.add_argument("--issuer", default=ISSUER)
    token = commands.add_parser("token")
    token.add_argument("--sub", required=True)
    token.add_argument("--email")
    token.add_argument("--groups")
    token.add_argument("--aud", default="sluice")
    token.add_argument("--ttl", type=int, default=3600)
    token.add_argument("--alg", choices=Issuer.ALGORITHMS, default="RS256")
    token.add_argument("--kid")
    token.add_argument("--claim", type=named_json, action="append", default=[])
    return parser.parse_args(arguments)


def main():
    options = parse(None)
    issuer = Issuer(options.dir)
    if options.command == "init":
        issuer.init(options.issuer)
        return
    groups = None if options.groups is None else [g for g in options.groups.split(",") if g]
    claims = {"sub": options.sub, "email": options.email, "groups": groups, "aud": options.aud,
              "exp": int(time.time()) + options.ttl, **dict(options.claim)}
    print(issuer.token(options.alg, claims, options.kid))


if __name__ == "__main__":
    main()
