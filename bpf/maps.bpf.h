/* maps.bpf.h: the maps of the capture program, and what is looked up in them.
 *
 * Pinned by userspace, so that they outlive both the daemon and the program. For the kernel only.
 */
#ifndef SLUICE_MAPS_BPF_H
#define SLUICE_MAPS_BPF_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "contract.h"

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

static __always_inline int covers_endpoint(__be16 port, __be32 address)
{
	return covers(SLUICE_SCOPE_ENDPOINT, port, address) ||
	       covers(SLUICE_SCOPE_ENDPOINT, 0, address);
}

/* An array's element is always there, but the verifier does not know: NULL is for it alone. */
static __always_inline const struct sluice_settings *current_settings(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&settings, &key);
}

static __always_inline void count(enum sluice_verdict verdict)
{
	__u32 key = verdict;
	__u64 *counter = bpf_map_lookup_elem(&verdicts, &key);

	if (counter)
		(*counter)++;
}

#endif
