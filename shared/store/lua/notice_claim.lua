-- notice_claim(entry, job, id, reason): what a delivery job has to send. Called by schedulers. What waits in the queue
-- becomes a batch with an id of its own, which stays the same, and the batch as it is, until it was sent or given up:
-- whoever reads the job again sends the same message. A test (reason manual) takes no batch.
-- KEYS[1] prefix. ARGV: entry (stream id), job, id (of the channel), reason (of the job).
-- CLAIMED channel(JSON, with sealed fields) batch(JSON; of a test: {}) now_ms | GONE | NOTHING
-- All but CLAIMED have ended the entry.
--@include keys
--@include values
--@include topics
--@include record
--@include jobs
--@include notice_channel
local entry, job, id, reason, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], now_ms()
if (entry or '') == '' or not is_entry(entry) then return bad_argument('entry') end
local kind, job_id = job_parts(job or '')
if kind ~= 'notify' or job_id ~= id then return bad_argument('job') end
if reason ~= 'clock' and reason ~= 'manual' then return bad_argument('reason') end
local fields = hash_read(key_notice(id))
if not fields.id then
	job_end(entry, job, result_error('', 'err.not_found', '{}', 0))
	publish()
	return {'GONE'}
end
if reason == 'manual' then return {'CLAIMED', 'channel', notice_channel_json(fields, true), 'batch', '{}', 'now_ms', dec(now)} end
if fields.entry ~= entry then -- another job has taken its place
	job_drop(entry)
	return {'NOTHING'}
end

local batch = redis.call('GET', key_notice(id, 'batch'))
if not batch then
	local members = redis.call('ZRANGE', key_notice(id, 'queue'), 0, -1)
	local more, total = {}, #members
	for event, count in pairs(hash_read(key_notice(id, 'more'))) do
		more[#more + 1] = '"' .. event .. '":' .. count
		total = total + count
	end
	if #members == 0 and #more == 0 then -- all of it was called off
		job_drop(entry)
		redis.call('HSET', key_notice(id), 'entry', '')
		redis.call('ZREM', key_due('notify'), id)
		return {'NOTHING'}
	end
	local events = #members > 0 and redis.call('HMGET', key_notice(id, 'texts'), unpack(members)) or {}
	batch = '{"id":"msg_' .. gen .. '_' .. dec(redis.call('INCR', key('notices:messages'))) .. '","at":' .. dec(now)
		.. ',"events":[' .. table.concat(events, ',') .. '],"more":{' .. table.concat(more, ',') .. '}}'
	redis.call('SET', key_notice(id, 'batch'), batch)
	redis.call('HSET', key_notice(id), 'sending', dec(total))
	redis.call('DEL', key_notice(id, 'queue'), key_notice(id, 'texts'), key_notice(id, 'more'))
end
return {'CLAIMED', 'channel', notice_channel_json(fields, true), 'batch', batch, 'now_ms', dec(now)}
