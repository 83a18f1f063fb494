/*
 * store_statuses.h: every status an operation of the store can end with, one line each: the enum
 * (store_result.h) and the text come from here. All but the first three are words that a Lua script returns
 * as its first element; a word that is not here is a protocol error (STORE_ERROR).
 */
/* clang-format off */
/* --- made on our side, never sent by a script --- */
STORE_STATUS(LOST)              /* no answer: link down, deadline passed, too many waiting; may have been applied */
STORE_STATUS(ERROR)             /* Redis answered with an error, or with something that is no result */
/* --- done --- */
STORE_STATUS(OK)
STORE_STATUS(QUEUED)
STORE_STATUS(JOINED)
STORE_STATUS(SCHEDULED)
STORE_STATUS(CLAIMED)
STORE_STATUS(COMMITTED)
STORE_STATUS(ALREADY)
STORE_STATUS(CREATED)
STORE_STATUS(EXISTS)
STORE_STATUS(TAKEN)
STORE_STATUS(HELD)
STORE_STATUS(KNOWN)
STORE_STATUS(SEEN)
STORE_STATUS(NEW)
STORE_STATUS(STORED)
STORE_STATUS(NOTHING)
/* --- opening the store --- */
STORE_STATUS(NEWER_SCHEMA)
STORE_STATUS(WRONG_KEY)
STORE_STATUS(NOT_INITIALISED)
/* --- refused by the present state --- */
STORE_STATUS(NOT_FOUND)
STORE_STATUS(DUPLICATE_KEY)
STORE_STATUS(NAME_TAKEN)
STORE_STATUS(LAST_ADMIN)
STORE_STATUS(LIMIT)
STORE_STATUS(LIMITED)
STORE_STATUS(COOLDOWN)
STORE_STATUS(PAUSED)
STORE_STATUS(STATIC)
STORE_STATUS(KEY_INVALID)
STORE_STATUS(KEY_EXPIRED)
STORE_STATUS(INVALID)
STORE_STATUS(MISMATCH)
/* --- jobs, claims, fences, the lease --- */
STORE_STATUS(DONE)
STORE_STATUS(BUSY)
STORE_STATUS(GONE)
STORE_STATUS(SKIPPED)
STORE_STATUS(FULL)
STORE_STATUS(NOT_LEADER)
STORE_STATUS(NOT_HELD)
STORE_STATUS(CLAIM_LOST)        /* the script says LOST: our claim or lease is somebody else's now */
STORE_STATUS(SUPERSEDED)
STORE_STATUS(STALE_FENCE)
STORE_STATUS(STALE_GENERATION)
/* clang-format on */
