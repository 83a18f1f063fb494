/* job.c: see job.h. */
#include "shared/model/job.h"

#include "shared/base/ensure.h"
#include "shared/model/enum_text.h"

#define X(name, text) [JOB_##name] = text,
static const char *const KIND_TEXTS[] = {JOB_KINDS(X)};
#undef X
#define X(name, text) [JOB_REASON_##name] = text,
static const char *const REASON_TEXTS[] = {JOB_REASONS(X)};
#undef X

const char *job_kind_text(enum job_kind kind)
{
	ensure((unsigned)kind < JOB_KIND_COUNT);
	return KIND_TEXTS[kind];
}

bool job_kind_parse(struct slice text, enum job_kind *ret_kind)
{
	size_t i;

	if (!enum_text_find(KIND_TEXTS, ARRAY_LEN(KIND_TEXTS), text, &i))
		return false;
	*ret_kind = (enum job_kind)i;
	return true;
}

const char *job_reason_text(enum job_reason reason)
{
	ensure((unsigned)reason < JOB_REASON_COUNT);
	return REASON_TEXTS[reason];
}

bool job_reason_parse(struct slice text, enum job_reason *ret_reason)
{
	size_t i;

	if (!enum_text_find(REASON_TEXTS, ARRAY_LEN(REASON_TEXTS), text, &i))
		return false;
	*ret_reason = (enum job_reason)i;
	return true;
}

/* The value of field `name`; empty when absent. */
static struct slice field(const struct slice *fields, size_t field_count, const char *name)
{
	for (size_t i = 0; i + 1 < field_count; i += 2)
		if (slice_eq_str(fields[i], name))
			return fields[i + 1];
	return SLICE_LIT("");
}

bool job_from_fields(struct slice entry, const struct slice *fields, size_t field_count, struct job *ret_job,
	struct err *err)
{
	struct job job = {.reason = JOB_REASON_CLOCK};
	struct slice kind = field(fields, field_count, "kind");
	struct slice slot = field(fields, field_count, "slot");
	struct slice reason = field(fields, field_count, "reason");
	struct slice queued_at = field(fields, field_count, "queued_at");

	if (entry.len == 0 || !slice_copy(entry, job.entry, sizeof(job.entry)))
		return err_set(err, ERR_INVALID, "job: no entry id");
	if (!slice_copy(field(fields, field_count, "job"), job.name, sizeof(job.name)) || !job.name[0])
		return err_set(err, ERR_INVALID, "job %s: wrong \"job\"", job.entry);
	if (!job_kind_parse(kind, &job.kind))
		return err_set(err, ERR_INVALID, "job %s: wrong \"kind\"", job.name);
	if (!slice_parse_u64(field(fields, field_count, "id"), &job.id) || job.id == 0)
		return err_set(err, ERR_INVALID, "job %s: wrong \"id\"", job.name);
	if ((slot.len > 0 || job.kind == JOB_ROTATE) && !slice_parse_u64(slot, &job.slot))
		return err_set(err, ERR_INVALID, "job %s: wrong \"slot\"", job.name);
	if (reason.len > 0 && !job_reason_parse(reason, &job.reason))
		return err_set(err, ERR_INVALID, "job %s: wrong \"reason\"", job.name);
	if (queued_at.len > 0 && !slice_parse_i64(queued_at, &job.queued_at))
		return err_set(err, ERR_INVALID, "job %s: wrong \"queued_at\"", job.name);
	if (!slice_copy(field(fields, field_count, "by"), job.by, sizeof(job.by)) ||
		!slice_copy(field(fields, field_count, "region"), job.region, sizeof(job.region)) ||
		!slice_copy(field(fields, field_count, "way"), job.way, sizeof(job.way)) ||
		!slice_copy(field(fields, field_count, "target"), job.target, sizeof(job.target)))
		return err_set(err, ERR_INVALID, "job %s: a text is too long", job.name);
	*ret_job = job;
	return true;
}
