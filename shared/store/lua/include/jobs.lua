-- jobs.lua: the stream `jobs`, results, and what a record remembers of its queued jobs: <kind>_entry is the stream
-- id of the entry (rotations: job_entry). Set and the entry gone means that the job was lost or put off: the clock
-- queues it again under the same name. Needs keys, values, topics, record.
local JOB_REARM_MS, RESULT_MS = 60000, 60000
local ENTRY_FIELD = {rotate = 'job_entry', sync = 'sync_entry', check = 'check_entry'}

local function job_exists(entry)
	return entry ~= '' and #redis.call('XRANGE', key('jobs'), entry, entry) > 0
end

local function rotate_job(id, slot) return 'rotate-' .. id .. '-' .. dec(slot) end

-- kind, id, slot or number of a job name; nil when it is none.
local function job_parts(job) return job:match('^(%l+)%-(%d+)%-(%d+)$') end

-- Returns the stream id. A result of an earlier try under this name must not answer the new one. Further fields: name,
-- value, …
local function job_add(job, kind, id, slot, reason, by, region, now, ...)
	redis.call('DEL', key_result(job))
	return redis.call('XADD', key('jobs'), '*', 'job', job, 'kind', kind, 'id', id, 'slot', slot,
		'reason', reason, 'by', by, 'region', region, 'queued_at', dec(now), ...)
end

-- Queues the open slot.
local function queue_rotate(rec, reason, by, region, now)
	local slot = num(rec, 'open_slot')
	local job = rotate_job(rec.id, slot)
	set(rec, 'job_entry', job_add(job, 'rotate', rec.id, dec(slot), reason, by, region, now))
	set(rec, 'job_by', by)
	set(rec, 'job_reason', reason)
	set(rec, 'rotate_region', region)
	set(rec, 'idle_wait_until', '')
	redis.call('ZADD', key_due('rotate'), now + JOB_REARM_MS, rec.id)
	return job
end

-- Queues a sync or check. job: nil for a new one, a name to queue that one again.
local function queue_other(rec, kind, reason, by, now, job)
	job = job or (kind .. '-' .. rec.id .. '-' .. dec(redis.call('INCR', key('job:next'))))
	set(rec, kind .. '_entry', job_add(job, kind, rec.id, '0', reason, by, '', now))
	set(rec, kind .. '_job', job)
	set(rec, kind .. '_by', by)
	if kind == 'sync' then redis.call('ZADD', key_due('sync'), now + JOB_REARM_MS, rec.id) end
	return job
end

-- A new upstream is checked before all others: is it alive, and whose address do pages see? A check of the old one that
-- is in work counts no more; one that somebody waits for is proof enough.
local function queue_proof(rec, now)
	if text(rec, 'is_active') ~= '1' then return end
	if text(rec, 'check_by') ~= '' and job_exists(text(rec, 'check_entry')) then return end
	queue_other(rec, 'check', 'proof', '', now)
end

local function job_drop(entry)
	if entry == '' then return end
	redis.call('XACK', key('jobs'), 'workers', entry)
	redis.call('XDEL', key('jobs'), entry)
end

-- Ends a job: its entry goes, its result is kept a minute and told over `records`.
local function job_end(entry, job, result)
	job_drop(entry)
	redis.call('SET', key_result(job), result, 'PX', RESULT_MS)
	change_add('records', 'job', job, result)
end

-- Ends a sync or check. One that the clock queued and nobody joined is dropped without a word: a fleet has thousands
-- of them a second. `asked` is the record's <kind>_by.
local function job_end_quiet(entry, job, asked, result)
	if asked ~= '' then job_end(entry, job, result) else job_drop(entry) end
end

-- told: what else there is to say, as further members (",…"); nil for nothing.
local function result_ok(rec, same_ip, told)
	return '{"outcome":"ok","new_ip":' .. json_text(text(rec, 'remote_ip'))
		.. ',"location":' .. json_text(text(rec, 'location'))
		.. ',"remote_http":' .. json_text(text(rec, 'remote_http'))
		.. ',"same_ip":' .. (same_ip and 'true' or 'false')
		.. ',"version":"' .. topic_version('routes') .. '"' .. (told or '') .. '}'
end

-- class: '' when the refusal is ours. params: JSON object text. provider_message: the vendor's own words; nil or ''
-- when it was not the vendor who refused.
local function result_error(class, message_id, params, retry_in_ms, provider_message)
	return '{"outcome":"error",' .. (class ~= '' and ('"class":"' .. class .. '",') or '')
		.. '"message_id":' .. json_text(message_id) .. ',"params":' .. params
		.. ',"retry_in_ms":' .. dec(retry_in_ms)
		.. ((provider_message or '') ~= '' and (',"provider_message":' .. json_text(provider_message)) or '') .. '}'
end

-- What the ended slot gave: the stored result, or, after its minute, what the record still tells: of the last slot
-- whether it ended well, not why it did not.
local function result_stored(rec, job)
	local result = redis.call('GET', key_result(job))
	if result then return result end
	if text(rec, 'last_slot_ok') == '0' then return result_error('TRANSIENT', 'err.transient', provider_params(rec), 0) end
	return result_ok(rec, false)
end

-- The claim goes; the slot stays open for another try.
local function attempt_end(rec)
	set(rec, 'claim_job', '')
	set(rec, 'claim_until_ms', '')
	set(rec, 'claim_attempted', '')
	set(rec, 'job_entry', '')
	set(rec, 'rotation_state', num(rec, 'rotation_scheduled_at') > 0 and 'scheduled' or 'idle')
end

-- The slot is over, ok: with an upstream: nothing can commit it again. `idle` also stands for a cooldown: readers tell the two apart by
-- next_request_at, since nothing runs when a cooldown ends.
local function slot_end(rec, slot, ok)
	set(rec, 'last_slot', slot)
	set(rec, 'last_slot_ok', ok and '1' or '0')
	set(rec, 'open_slot', slot + 1)
	set(rec, 'attempted_slot', '')
	set(rec, 'rotation_scheduled_at', '')
	set(rec, 'rotate_region', '')
	set(rec, 'job_by', '')
	set(rec, 'job_reason', '')
	set(rec, 'awaited_until_ms', '')
	attempt_end(rec)
end
