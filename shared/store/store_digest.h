/*
 * store_digest.h: the number by which two copies of a topic are compared. The digest of a table is the sum,
 * modulo 2^64, of one number for each entry: order-free, and kept up to date by adding and subtracting.
 * Unkeyed on purpose (unlike hash_map.h): all processes, and a test in another language, must get the same.
 *
 *	entry(key, value) = mix(fnv1a64(key + "\0" + value))
 *	fnv1a64: h = 0xcbf29ce484222325; for each byte: h ^= byte; h *= 0x100000001b3
 *	mix:     h ^= h >> 30; h *= 0xbf58476d1ce4e5b9; h ^= h >> 27; h *= 0x94d049bb133111eb; h ^= h >> 31
 *
 * `value` is the exact bytes as they stand in a message and in the store: for topic `routes` the field's
 * value in the hash `routes` (HGETALL); for topic `records` the record's JSON as records_page returns it (it
 * writes the members in one fixed order), and under the key "settings" the JSON that settings_read returns.
 */
#ifndef KP_STORE_STORE_DIGEST_H
#define KP_STORE_STORE_DIGEST_H

#include <stdint.h>

#include "shared/base/slice.h"

uint64_t store_digest_entry(struct slice key, struct slice value);

#endif
