/* verdict.h: the decisions of the capture program, pure: facts in, verdict out.
 *
 * No map, no socket, no packet is touched here, so the same text compiles for the kernel and in a
 * test without privileges. Doubt about a covered destination is a drop.
 */
#ifndef SLUICE_VERDICT_H
#define SLUICE_VERDICT_H

#include "contract.h"

/* The values of linux/pkt_cls.h that are used. -1 is TC_ACT_UNSPEC, and TCX_NEXT for a tcx program:
 * later programs and the stack go on. TC_ACT_OK would hide the packet from programs after ours. */
#define SLUICE_TC_NEXT (-1)
#define SLUICE_TC_OK 0
#define SLUICE_TC_SHOT 2

/* What the IPv4 packet looks like. */
struct sluice_headers {
	__u8 readable;	     /* the fixed 20 bytes of the IPv4 header were there */
	__u8 tcp;	     /* its protocol is TCP */
	__u8 header_words;   /* ihl */
	__u8 fragment;	     /* offset not 0, or more fragments follow */
	__u8 ports_readable; /* the TCP header was there */
};

/* What the sockets look like, for a packet to a covered endpoint. */
struct sluice_sockets {
	__u8 established;      /* the connection is already ours */
	__u8 listener;	       /* the slot holds a listener */
	__u8 assign_failed;    /* the kernel did not take the socket */
	__u8 guard_verified;   /* settings: the guard was read back */
	__u8 foreign_listener; /* somebody else on this host would accept the connection */
};

/* Which lookup answers "is this packet for a broker?". A fragment has no port to trust: reassembly
 * could put another one in its place. */
static inline enum sluice_scope sluice_scope_of(const struct sluice_headers *seen)
{
	if (seen->fragment || seen->header_words < 5 || !seen->ports_readable)
		return SLUICE_SCOPE_ADDRESS;
	return SLUICE_SCOPE_ENDPOINT;
}

/* The verdict that the headers alone allow; SLUICE_VERDICT_COUNT where the sockets decide.
 * `covered` is the answer of the lookup in sluice_scope_of(). */
static inline enum sluice_verdict sluice_judge_headers(const struct sluice_headers *seen,
						       int covered)
{
	/* Shorter than an IPv4 header: no host accepts it, and nobody can say whose it is. */
	if (!seen->readable)
		return SLUICE_DROPPED_UNPARSABLE;
	if (!seen->tcp || !covered)
		return SLUICE_NOT_OURS;
	if (seen->header_words < 5)
		return SLUICE_DROPPED_UNPARSABLE;
	if (seen->fragment)
		return SLUICE_DROPPED_FRAGMENT;
	if (!seen->ports_readable)
		return SLUICE_DROPPED_UNPARSABLE;
	/* Clients do not send IP options; a source route among them would lead around us. */
	if (seen->header_words > 5)
		return SLUICE_DROPPED_OPTIONS;
	return SLUICE_VERDICT_COUNT;
}

static inline enum sluice_verdict sluice_judge_sockets(const struct sluice_sockets *seen)
{
	if (seen->established || seen->listener) {
		if (seen->assign_failed)
			return SLUICE_DROPPED_ASSIGN_FAILED;
		return seen->established ? SLUICE_ASSIGNED_ESTABLISHED : SLUICE_ASSIGNED_LISTENER;
	}
	/* Nobody listens: down or restarting. The refused packet is delivered locally, so it must
	 * not meet a listener that is not ours; and only a guard makes refusing better than
	 * dropping. */
	if (seen->guard_verified && !seen->foreign_listener)
		return SLUICE_REFUSED_NO_LISTENER_GUARDED;
	return SLUICE_DROPPED_NO_LISTENER;
}

static inline int sluice_action_of(enum sluice_verdict verdict)
{
	switch (verdict) {
	case SLUICE_NOT_OURS:
	case SLUICE_REFUSED_NO_LISTENER_GUARDED:
	case SLUICE_DELIVERED_ICMP:
		return SLUICE_TC_NEXT;
	case SLUICE_ASSIGNED_ESTABLISHED:
	case SLUICE_ASSIGNED_LISTENER:
		return SLUICE_TC_OK;
	case SLUICE_DROPPED_NO_LISTENER:
	case SLUICE_DROPPED_FRAGMENT:
	case SLUICE_DROPPED_OPTIONS:
	case SLUICE_DROPPED_UNPARSABLE:
	case SLUICE_DROPPED_ASSIGN_FAILED:
	case SLUICE_VERDICT_COUNT:
		break;
	}
	return SLUICE_TC_SHOT;
}

/* Whether the packet is to be delivered on this host: the capture mark selects the local route. A
 * refused packet is marked too: with the guard gone it ends in the local stack, and never on the
 * way to a broker. */
static inline int sluice_marks(enum sluice_verdict verdict)
{
	return verdict == SLUICE_ASSIGNED_ESTABLISHED || verdict == SLUICE_ASSIGNED_LISTENER ||
	       verdict == SLUICE_REFUSED_NO_LISTENER_GUARDED || verdict == SLUICE_DELIVERED_ICMP;
}

/* OR in, within the mask: the other bits belong to others. */
static inline __u32 sluice_marked(__u32 before, __u32 mark, __u32 mask)
{
	return (before & ~mask) | (mark & mask);
}

#endif
