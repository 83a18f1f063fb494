-- job_finish(entry, job, result): ends a job that holds no claim: a release, or a check nobody needs any more. Called
-- by schedulers.
-- KEYS[1] prefix. ARGV: entry, job, result (JSON object text).
-- OK
--@include keys
--@include values
--@include topics
--@include record
--@include jobs
local entry, job, result = ARGV[1], ARGV[2], ARGV[3]
local kind, id = job_parts(job or '')
if not is_entry(entry) then return bad_argument('entry') end
if not kind or kind == 'rotate' or kind == 'sync' then return bad_argument('job') end
if not is_json(result, '{') then return bad_argument('result') end
local rec = kind == 'check' and record_read(id)
local asked = kind ~= 'check' and 'somebody' or rec and text(rec, 'check_by') or ''
if rec and text(rec, 'check_entry') == entry then
	set(rec, 'check_entry', '')
	record_save(rec, now_ms())
end
job_end_quiet(entry, job, asked, result)
publish()
return {'OK'}
