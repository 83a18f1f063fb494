/* import_report.h: what an import has done, or would do: one entry an item. A dry run gives the same but
 * `dry_run`. */
#ifndef KP_API_IMPORT_IMPORT_REPORT_H
#define KP_API_IMPORT_IMPORT_REPORT_H

struct import_run;
struct request;

/* 200 with the report, which is written on the helper's thread: it may be long. No secret is in it: keys are
 * masked. */
void import_report_reply(struct request *req, struct import_run *run);

#endif
