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

#include "maps.bpf.h"
#include "verdict.h"

/* The license string of the program, which the helpers used here ask for. */
char LICENSE[] SEC("license") = "GPL";

#define FRAGMENT_BITS 0x3fff /* more fragments, and the offset */
#define VLAN_ID_BITS 0x0fff

/* linux/icmp.h asks for a C library that the target bpf does not have. */
#define ICMP_DEST_UNREACH 3
#define ICMP_FRAG_NEEDED 4

/* Every way out: counts, marks what is to be delivered on this host, and says what tc does. */
static __always_inline int finish(struct __sk_buff *skb, enum sluice_verdict verdict)
{
	const struct sluice_settings *now = current_settings();

	count(verdict);
	if (sluice_marks(verdict)) {
		if (!now)
			return SLUICE_TC_SHOT;
		skb->mark = sluice_marked(skb->mark, now->mark, now->mark_mask);
	}
	if (verdict == SLUICE_REFUSED_NO_LISTENER_GUARDED)
		skb->priority = SLUICE_REFUSE_PRIORITY;
	return sluice_action_of(verdict);
}

static __always_inline int bound_for_broker(const struct sluice_headers *seen,
					    const struct iphdr *ip, const struct tcphdr *tcp)
{
	if (sluice_scope_of(seen) == SLUICE_SCOPE_ADDRESS)
		return covers(SLUICE_SCOPE_ADDRESS, 0, ip->daddr);
	return covers_endpoint(tcp->dest, ip->daddr);
}

/* Another network's frame: the tag of a VLAN interface, which has an ingress of its own (id 0 is a
 * mere priority tag), or another host's address, which the stack does not route. */
static __always_inline int for_another(const struct __sk_buff *skb)
{
	return (skb->vlan_present && (skb->vlan_tci & VLAN_ID_BITS)) ||
	       skb->pkt_type == PACKET_OTHERHOST;
}

static __always_inline struct bpf_sock *find_socket(struct __sk_buff *skb, __be32 client,
						    __be16 client_port, __be32 broker,
						    __be16 broker_port)
{
	struct bpf_sock_tuple tuple = {
		.ipv4 =
			{
				.saddr = client,
				.daddr = broker,
				.sport = client_port,
				.dport = broker_port,
			},
	};

	return bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
}

/* A connection that is over tells nobody what size its packets should have. */
static __always_inline int is_established(const struct bpf_sock *sk)
{
	return sk->state != BPF_TCP_LISTEN && sk->state != BPF_TCP_TIME_WAIT;
}

/* Finds the socket the packet belongs to and assigns it: the connection's own, else the listener's,
 * for any packet and not only a SYN. So SYN cookies work, and a packet of a connection older than
 * the capture is answered with a reset, after which the client comes back through us. */
static __always_inline void assign(struct __sk_buff *skb, const struct iphdr *ip,
				   const struct tcphdr *tcp, struct sluice_sockets *seen)
{
	struct bpf_sock *sk;
	__u32 slot = 0;

	sk = find_socket(skb, ip->saddr, tcp->source, ip->daddr, tcp->dest);
	if (sk) {
		/* TIME_WAIT counts. The listener would not take a SYN from ports that a TIME_WAIT
		 * socket holds; that socket answers it with an ACK, which the client resets, and
		 * the SYN that follows a second later finds the listener. */
		seen->established = sk->state != BPF_TCP_LISTEN;
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

/* A router towards a client found a packet of ours too big, and tells the broker so, whose address
 * we answer under. Without this the connection would stall at the first full packet. */
static __always_inline int reports_our_packet(struct __sk_buff *skb, const struct iphdr *ip,
					      __u32 link_header_bytes)
{
	struct {
		__u8 type;
		__u8 code;
		__be16 checksum;
		__be32 mtu;
		struct iphdr ip;
		__be16 ports[2];
	} seen;
	struct bpf_sock *sk;
	int ours;

	if (ip->protocol != IPPROTO_ICMP || (ip->frag_off & bpf_htons(FRAGMENT_BITS)) ||
	    bpf_skb_load_bytes(skb, link_header_bytes + ip->ihl * 4, &seen, sizeof(seen)))
		return 0;
	if (seen.type != ICMP_DEST_UNREACH || seen.code != ICMP_FRAG_NEEDED || seen.ip.ihl != 5 ||
	    seen.ip.protocol != IPPROTO_TCP || seen.ip.saddr != ip->daddr ||
	    !covers_endpoint(seen.ports[0], seen.ip.saddr))
		return 0;
	sk = find_socket(skb, seen.ip.daddr, seen.ports[1], seen.ip.saddr, seen.ports[0]);
	if (!sk)
		return 0;
	ours = is_established(sk);
	bpf_sk_release(sk);
	return ours;
}

static __always_inline int capture(struct __sk_buff *skb, __u32 link_header_bytes)
{
	const struct sluice_settings *now = current_settings();
	struct sluice_headers seen = {};
	struct sluice_sockets sockets = {};
	enum sluice_verdict verdict;
	struct tcphdr tcp = {};
	struct iphdr ip = {};

	if (skb->protocol != bpf_htons(ETH_P_IP) || for_another(skb))
		return finish(skb, SLUICE_NOT_OURS);

	/* Copied out, not read in place: the headers may lie in a fragment of the buffer. */
	seen.readable = bpf_skb_load_bytes(skb, link_header_bytes, &ip, sizeof(ip)) == 0;
	seen.tcp = ip.protocol == IPPROTO_TCP;
	seen.header_words = ip.ihl;
	seen.fragment = (ip.frag_off & bpf_htons(FRAGMENT_BITS)) != 0;
	if (seen.readable && seen.tcp)
		seen.ports_readable = bpf_skb_load_bytes(skb, link_header_bytes + ip.ihl * 4, &tcp,
							 sizeof(tcp)) == 0;
	if (seen.readable && reports_our_packet(skb, &ip, link_header_bytes))
		return finish(skb, SLUICE_DELIVERED_ICMP);

	verdict = sluice_judge_headers(&seen, seen.tcp && bound_for_broker(&seen, &ip, &tcp));
	if (verdict != SLUICE_VERDICT_COUNT)
		return finish(skb, verdict);
	assign(skb, &ip, &tcp, &sockets);
	sockets.guard_verified = now && now->guard_verified == 1;
	return finish(skb, sluice_judge_sockets(&sockets));
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
