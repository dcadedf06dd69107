"""pcap.py: TCP byte streams out of a capture file that tcpdump wrote.

Not a general reader: classic pcap files, Ethernet or raw IPv4 frames, no IP fragments, whole
packets. It exists because the test must not trust the code under test, or a dissector that knows
Kafka only up to old versions.
"""

import struct

FIN, SYN, RST = 1, 2, 4


def packets(path):
    """Yields (seconds, IPv4 packet bytes)."""
    with open(path, "rb") as file:
        header = file.read(24)
        order = "<" if header[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        nano = header[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
        link = struct.unpack(order + "I", header[20:24])[0]
        while len(record := file.read(16)) == 16:
            seconds, fraction, kept, length = struct.unpack(order + "IIII", record)
            data = file.read(kept)
            assert kept == length, "the capture cut a packet short"
            if link == 1:
                if data[12:14] != b"\x08\x00":
                    continue
                data = data[14:]
            yield seconds + fraction / (1e9 if nano else 1e6), data


class Stream:
    """One direction of one connection."""

    def __init__(self, started):
        self.started = started  # when its first packet was seen
        self.first = None  # sequence number of the first byte
        self.parts = {}  # relative offset -> bytes
        self.ended = False  # its sender said FIN or RST

    def add(self, sequence, flags, payload):
        self.ended |= bool(flags & (FIN | RST))
        if flags & SYN:
            self.first = (sequence + 1) & 0xFFFFFFFF
            return
        if self.first is None or not payload:
            return
        at = (sequence - self.first) & 0xFFFFFFFF
        if len(payload) > len(self.parts.get(at, b"")):
            self.parts[at] = payload

    def bytes(self):
        """All bytes up to the first gap (a keepalive probe or a retransmission adds nothing)."""
        out = bytearray()
        for at in sorted(self.parts):
            payload = self.parts[at]
            if at > len(out):
                break
            if at + len(payload) > len(out):
                out += payload[len(out) - at :]
        return bytes(out)


def connections(path, port):
    """{(client address, client port, server address): (to server, to client)}, in order of their
    SYN."""
    found = {}
    for when, packet in packets(path):
        if packet[9] != 6:
            continue
        words = (packet[0] & 15) * 4
        source, target = packet[12:16], packet[16:20]
        total = struct.unpack(">H", packet[2:4])[0] or len(packet)
        segment = packet[words:total]
        source_port, target_port, sequence = struct.unpack(">HHI", segment[:8])
        payload = segment[(segment[12] >> 4) * 4 :]
        if target_port == port:
            key, direction = (text(source), source_port, text(target)), 0
        elif source_port == port:
            key, direction = (text(target), target_port, text(source)), 1
        else:
            continue
        streams = found.setdefault(key, (Stream(when), Stream(when)))
        streams[direction].add(sequence, segment[13], payload)
    return found


def text(address):
    return ".".join(str(byte) for byte in address)
