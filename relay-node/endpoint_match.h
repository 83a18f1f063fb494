/*
 * endpoint_match.h: which endpoint a client means, judged by all the evidence there is. Pure. Called by the
 * identify stage (what the connection itself tells) and again by the head stage (with the user name).
 */
#ifndef KP_RELAY_ENDPOINT_MATCH_H
#define KP_RELAY_ENDPOINT_MATCH_H

#include "shared/base/slice.h"

/* Subdomains that each way names; empty where it names none. */
struct evidence {
	struct slice port;    /* the listener's own endpoint */
	struct slice address; /* the endpoint whose address was dialled */
	struct slice sni;     /* the name in the TLS ClientHello */
	struct slice user;    /* the user name of the credentials */
};

enum endpoint_verdict {
	ENDPOINT_FOUND,
	ENDPOINT_NEEDS_USER, /* nothing but a user name can tell, and there is none */
	ENDPOINT_CONFLICT,   /* port, address and SNI do not agree */
};

/* Port, address and SNI, where present, must agree and select; the user name selects only where none of them
 * does (else it merely authenticates). Names are compared in any case. */
enum endpoint_verdict endpoint_match(const struct evidence *evidence, struct slice *ret_subdomain);

#endif
