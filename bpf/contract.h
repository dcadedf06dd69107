/* contract.h: what the capture program and userspace agree on: map keys and values, verdicts,
 * numbers.
 *
 * The single source for both sides; compiled as C for the kernel and as C++ in userspace. A changed
 * layout of a pinned map needs a new SLUICE_LAYOUT_VERSION: the loader then fills maps of its own
 * beside the old ones and swaps the program over.
 */
#ifndef SLUICE_CONTRACT_H
#define SLUICE_CONTRACT_H

#include <linux/types.h>

#define SLUICE_LAYOUT_VERSION 1

/* Broker networks times ports, and learned endpoints. */
#define SLUICE_BROKERS_MAX 16384
#define SLUICE_INTERFACES_MAX 16
#define SLUICE_INTERFACE_NAME_BYTES 16

/* skb->priority of a broker-bound packet that no listener took ("SLUC"). It is delivered locally,
 * where the guard recognises it by this number and resets; without a guard the stack drops it. */
#define SLUICE_REFUSE_PRIORITY 0x534c5543

/* Every exit of the program is one of these. Index into the map `verdicts`. */
enum sluice_verdict {
	SLUICE_NOT_OURS,
	SLUICE_ASSIGNED_ESTABLISHED,
	SLUICE_ASSIGNED_LISTENER,
	SLUICE_REFUSED_NO_LISTENER_GUARDED,
	SLUICE_DROPPED_NO_LISTENER,
	SLUICE_DROPPED_FRAGMENT,
	SLUICE_DROPPED_OPTIONS,
	SLUICE_DROPPED_UNPARSABLE,
	SLUICE_DROPPED_ASSIGN_FAILED,
	SLUICE_DELIVERED_ICMP,
	SLUICE_VERDICT_COUNT,
};

/* What a key of `brokers` says. The scope is never matched partially: it is part of every prefix.
 */
enum sluice_scope {
	SLUICE_SCOPE_ENDPOINT = 1, /* network and port; port 0 means every port */
	SLUICE_SCOPE_ADDRESS = 2, /* network alone, port 0: for packets whose port cannot be read */
};

/* Bits of sluice_broker_key before the address. */
#define SLUICE_KEY_FIXED_BITS 32

struct sluice_broker_key {
	__u32 prefix_bits; /* host order: SLUICE_KEY_FIXED_BITS plus the length of the network's
			      prefix */
	__u16 scope;	   /* host order */
	__be16 port;	   /* network order */
	__be32 address;	   /* network order */
};

enum sluice_origin {
	SLUICE_ORIGIN_CONFIGURED = 1, /* follows the configuration at each start */
	SLUICE_ORIGIN_LEARNED = 2,    /* stays until uncovered: a restart must not open a hole */
};

struct sluice_broker {
	__u32 origin;
};

/* The one element of `settings`. The kernel reads the first three fields; the rest lets an
 * uninstall that knows only the run id find what was set up. Host order. */
struct sluice_settings {
	__u32 mark;
	__u32 mark_mask;
	__u32 guard_verified; /* 1 only after userspace has read the guard back from the kernel */
	__u32 table;
	__u32 preference;
	__u32 interface_count;
	__u64 network_namespace; /* inode of its /proc/PID/ns/net */
	char interfaces[SLUICE_INTERFACES_MAX][SLUICE_INTERFACE_NAME_BYTES];
};

#ifdef __cplusplus
#define SLUICE_STATIC_ASSERT static_assert
#else
#define SLUICE_STATIC_ASSERT _Static_assert
#endif
SLUICE_STATIC_ASSERT(sizeof(struct sluice_broker_key) == 12, "no padding in the key");
SLUICE_STATIC_ASSERT(sizeof(struct sluice_broker) == 4, "no padding in the value");
SLUICE_STATIC_ASSERT(sizeof(struct sluice_settings) == 32 + 16 * 16, "no padding in the settings");
SLUICE_STATIC_ASSERT(SLUICE_VERDICT_COUNT == 10, "name new verdicts in capture/steering.h too");

#endif
