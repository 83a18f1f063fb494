-- suspect_report(node, id, reason): a relay could not reach a proxy's upstream; it is checked at once. Called by
-- relay-node, for each failed dial at worst: a check on the queue, one of the last 2 s, or a proxy known to be down
-- answers KNOWN.
-- KEYS[1] prefix. ARGV: node (NODE_ID), id, reason (word; the job's `by` is "relay-1: refused").
-- QUEUED job | KNOWN | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include record
--@include jobs
local RECENT_MS = 2000
local id, now = ARGV[2], now_ms()
if (ARGV[1] or '') == '' or not int(id) or not ARGV[3] then return bad_argument('id') end
local rec = record_read(id)
if not rec then return {'NOT_FOUND'} end
if text(rec, 'status') ~= 'active' or text(rec, 'rotation_state') == 'rotating' or job_exists(text(rec, 'check_entry'))
		or now - num(rec, 'checked_at_ms') < RECENT_MS then
	return {'KNOWN'}
end
local job = queue_other(rec, 'check', 'suspect', (ARGV[1] .. ': ' .. ARGV[3]):sub(1, 90), now)
set(rec, 'check_by', '') -- nobody waits for its result
set(rec, 'suspected_at_ms', now)
record_save(rec, now)
publish()
return {'QUEUED', 'job', job}
