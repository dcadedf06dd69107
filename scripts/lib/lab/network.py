"""The lab's namespaces, links, addresses and routes."""

import pathlib

from .process import inside, run


def up(lab):
    for netns in lab.netns:
        run("ip", "netns", "add", netns)
        # Addresses must be usable at once, not after duplicate address detection.
        sysctl(netns, "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.disable_ipv6=0",
               "net.ipv6.conf.default.disable_ipv6=0")
        batch(netns, "link set lo up")
    connect_clients(lab)
    connect_brokers(lab)
    sysctl(lab.gateway_netns, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


def down(lab):
    for netns in lab.netns:
        if pathlib.Path(f"/run/netns/{netns}").exists():
            run("ip", "netns", "del", netns)


def connect_clients(lab):
    gateway = lab.gateway_netns
    if lab.clients == 1:
        link("c0", lab.client_netns[0], "g0", gateway)
    else:
        # The gateway has one client interface whatever their number, so a switch stands between.
        batch(lab.switch_netns, "link add sw0 type bridge", "link set sw0 up")
        link("port0", lab.switch_netns, "g0", gateway)
        for number, netns in enumerate(lab.client_netns, start=1):
            link(f"port{number}", lab.switch_netns, "c0", netns)
        for port in range(lab.clients + 1):
            batch(lab.switch_netns, f"link set port{port} master sw0")
    batch(gateway, *addresses("g0", 1, 1))
    for number, netns in enumerate(lab.client_netns, start=1):
        batch(netns, *addresses("c0", 1, number + 1), *default_routes(1))


def connect_brokers(lab):
    link("b0", lab.broker_netns, "g1", lab.gateway_netns)
    batch(lab.gateway_netns, *addresses("g1", 2, 1))
    for node in lab.nodes:
        batch(lab.broker_netns, *addresses("b0", 2, node + 1))
    batch(lab.broker_netns, *default_routes(2))


def link(interface, netns, peer, peer_netns):
    run("ip", "link", "add", interface, "netns", netns, "type", "veth",
        "peer", "name", peer, "netns", peer_netns)
    batch(netns, f"link set {interface} up")
    batch(peer_netns, f"link set {peer} up")


def addresses(interface, network, host):
    return (f"addr add 10.91.{network}.{host}/24 dev {interface}",
            f"addr add fd00:91:{network}::{host:x}/64 dev {interface} nodad")


def default_routes(network):
    return (f"route add default via 10.91.{network}.1",
            f"route add ::/0 via fd00:91:{network}::1")


def batch(netns, *lines):
    run("ip", "-n", netns, "-batch", "-", text="\n".join(lines) + "\n")


def sysctl(netns, *settings):
    run(*inside(netns, "sysctl", "-qw", *settings))
