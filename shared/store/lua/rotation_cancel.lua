-- rotation_cancel(id, actor): takes back a scheduled rotation that is not on the queue yet. Called by api-node.
-- KEYS[1] prefix. ARGV: id, actor (model/actor.h).
-- OK version | NOTHING | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
if not int(ARGV[1]) or not ARGV[2] then return bad_argument('id') end
local rec, now = record_read(ARGV[1]), now_ms()
if not rec then return {'NOT_FOUND'} end
if num(rec, 'rotation_scheduled_at') == 0 or text(rec, 'job_entry') ~= '' then return {'NOTHING'} end
if text(rec, 'job_reason') == 'failure' then set(rec, 'failure_declined', '1') end -- not again for this upstream
for _, name in ipairs({'rotation_scheduled_at', 'rotate_region', 'job_by', 'job_reason'}) do set(rec, name, '') end
set(rec, 'rotation_state', 'idle')
arm_rotate(rec, settings_read(), now, 0)
record_save(rec, now)
log_add(now, rec.id, 'cancel', 'info', ARGV[2])
publish()
return {'OK', 'version', topic_version('routes')}
