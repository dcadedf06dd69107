// SPDX-License-Identifier: GPL-2.0
/* capture.bpf.c: on the ingress of a client-side interface, hands every broker-bound TCP packet to
 * the transparent listener of the daemon on this host, and refuses it where there is none.
 *
 * Two entry points, for interfaces with and without an Ethernet header. Not a filter for anything
 * else: what is not bound for a broker goes on as if the program were not there.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "verdict.h"

/* The license string of the program, which the helpers used here ask for. */
char LICENSE[] SEC("license") = "GPL";

#define FRAGMENT_BITS 0x3fff /* more fragments, and the offset */
#define VLAN_ID_BITS 0x0fff

/* Slot 0: the daemon's listener. It empties by itself when the last descriptor of the listener
 * closes. The value is 64 bits wide: only then may userspace look into the slot. No program is
 * attached to it. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SLUICE_BROKERS_MAX);
	__type(key, struct sluice_broker_key);
	__type(value, struct sluice_broker);
} brokers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sluice_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLUICE_VERDICT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

static __always_inline int finish(enum sluice_verdict verdict)
{
	__u32 key = verdict;
	__u64 *count = bpf_map_lookup_elem(&verdicts, &key);

	if (count)
		(*count)++;
	return sluice_action_of(verdict);
}

static __always_inline int covers(enum sluice_scope scope, __be16 port, __be32 address)
{
	struct sluice_broker_key key = {
		.prefix_bits = SLUICE_KEY_FIXED_BITS + 32,
		.scope = scope,
		.port = port,
		.address = address,
	};

	return bpf_map_lookup_elem(&brokers, &key) != NULL;
}

static __always_inline int bound_for_broker(const struct sluice_headers *seen,
					    const struct iphdr *ip, const struct tcphdr *tcp)
{
	if (sluice_scope_of(seen) == SLUICE_SCOPE_ADDRESS)
		return covers(SLUICE_SCOPE_ADDRESS, 0, ip->daddr);
	return covers(SLUICE_SCOPE_ENDPOINT, tcp->dest, ip->daddr) ||
	       covers(SLUICE_SCOPE_ENDPOINT, 0, ip->daddr);
}

/* Another network's frame: the tag of a VLAN interface, which has an ingress of its own (id 0 is a
 * mere priority tag), or another host's address, which the stack does not route. */
static __always_inline int for_another(const struct __sk_buff *skb)
{
	return (skb->vlan_present && (skb->vlan_tci & VLAN_ID_BITS)) ||
	       skb->pkt_type == PACKET_OTHERHOST;
}

/* Finds the socket the packet belongs to and assigns it: the connection's own, else the listener's,
 * for any packet and not only a SYN. So SYN cookies work, and a packet of a connection older than
 * the capture is answered with a reset, after which the client comes back through us. */
static __always_inline void assign(struct __sk_buff *skb, const struct iphdr *ip,
				   const struct tcphdr *tcp, struct sluice_sockets *seen)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;
	__u32 slot = 0;

	tuple.ipv4.saddr = ip->saddr;
	tuple.ipv4.daddr = ip->daddr;
	tuple.ipv4.sport = tcp->source;
	tuple.ipv4.dport = tcp->dest;
	sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (sk) {
		/* A TIME_WAIT socket does not count: a new SYN may reuse its ports. */
		seen->established = sk->state != BPF_TCP_LISTEN && sk->state != BPF_TCP_TIME_WAIT;
		seen->foreign_listener = sk->state == BPF_TCP_LISTEN;
		if (seen->established)
			seen->assign_failed = bpf_sk_assign(skb, sk, 0) != 0;
		bpf_sk_release(sk);
	}
	if (seen->established)
		return;
	sk = bpf_map_lookup_elem(&listeners, &slot);
	if (!sk)
		return;
	seen->listener = 1;
	seen->assign_failed = bpf_sk_assign(skb, sk, 0) != 0;
	bpf_sk_release(sk);
}

static __always_inline int capture(struct __sk_buff *skb, __u32 link_header_bytes)
{
	struct sluice_headers seen = {};
	struct sluice_sockets sockets = {};
	struct sluice_settings *now;
	enum sluice_verdict verdict;
	struct tcphdr tcp = {};
	struct iphdr ip = {};
	__u32 zero = 0;

	if (skb->protocol != bpf_htons(ETH_P_IP) || for_another(skb))
		return finish(SLUICE_NOT_OURS);

	/* Copied out, not read in place: the headers may lie in a fragment of the buffer. */
	seen.readable = bpf_skb_load_bytes(skb, link_header_bytes, &ip, sizeof(ip)) == 0;
	seen.tcp = ip.protocol == IPPROTO_TCP;
	seen.header_words = ip.ihl;
	seen.fragment = (ip.frag_off & bpf_htons(FRAGMENT_BITS)) != 0;
	if (seen.readable && seen.tcp)
		seen.ports_readable = bpf_skb_load_bytes(skb, link_header_bytes + ip.ihl * 4, &tcp,
							 sizeof(tcp)) == 0;

	verdict = sluice_judge_headers(&seen, seen.tcp && bound_for_broker(&seen, &ip, &tcp));
	if (verdict != SLUICE_VERDICT_COUNT)
		return finish(verdict);

	now = bpf_map_lookup_elem(&settings, &zero);
	if (!now) /* an array's element is always there; the verifier does not know */
		return finish(SLUICE_DROPPED_NO_LISTENER);
	assign(skb, &ip, &tcp, &sockets);
	sockets.guard_verified = now->guard_verified == 1;
	verdict = sluice_judge_sockets(&sockets);
	if (sluice_marks(verdict))
		skb->mark = sluice_marked(skb->mark, now->mark, now->mark_mask);
	if (verdict == SLUICE_REFUSED_NO_LISTENER_GUARDED)
		skb->priority = SLUICE_REFUSE_PRIORITY;
	return finish(verdict);
}

SEC("tc")
int sluice_l2(struct __sk_buff *skb)
{
	return capture(skb, ETH_HLEN);
}

SEC("tc")
int sluice_l3(struct __sk_buff *skb)
{
	return capture(skb, 0);
}
