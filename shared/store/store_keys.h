/*
 * store_keys.h: the names of the keys that C itself reads, all behind the prefix ("{kp}:"). Every other name
 * is spelled in lua/include/keys.lua only, and nothing is written from here.
 */
#ifndef KP_STORE_STORE_KEYS_H
#define KP_STORE_STORE_KEYS_H

#define STORE_KEY_ROUTES           "routes"         /* hash subdomain → route; also the topic's channel */
#define STORE_KEY_ROUTES_CHANGES   "routes:changes" /* stream <gen>-<ver> → message */
#define STORE_KEY_ALLOW_EMPTY      "routes:allow_empty" /* generation in which the fleet became empty */
#define STORE_KEY_RECORDS          "records"            /* channel only */
#define STORE_KEY_RECORDS_CHANGES  "records:changes"    /* stream */
#define STORE_KEY_JOBS             "jobs"               /* stream of work, group STORE_JOBS_GROUP */
#define STORE_JOBS_GROUP           "workers"
#define STORE_KEY_PROVIDER_KEYS    "provider_keys" /* hash keyed hash of a key → id */
#define STORE_KEY_RESULT           "result:"       /* + job: its outcome, for a minute */
#define STORE_KEY_RATES            "rates"         /* channel only: what relays carry now */
#define STORE_RECORDS_SETTINGS_KEY "settings"      /* key of the settings within topic `records` */

#endif
