-- notice_due.lua: the clock's part in notices: channels with something to tell, and keys that end soon. Needs keys,
-- values, topics, record (with notice), jobs.

-- Queues a delivery for each channel that is due; one at a time.
local function notice_dispatch(now, rearm_ms, limit)
	local queued = 0
	for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_due('notify'), '-inf', now, 'LIMIT', 0, limit)) do
		local entry = redis.call('HGET', key_notice(id), 'entry')
		if not entry then
			redis.call('ZREM', key_due('notify'), id)
		else
			if not job_exists(entry) then
				local job = 'notify-' .. id .. '-' .. dec(redis.call('INCR', key('job:next')))
				redis.call('HSET', key_notice(id), 'entry', job_add(job, 'notify', id, '0', 'clock', '', '', now))
				queued = queued + 1
			end
			redis.call('ZADD', key_due('notify'), dec(now + rearm_ms), id)
		end
	end
	return queued
end

-- Reminds of the keys whose reminder's day has come: until_ms is the end of the last day whose nine o'clock is over.
-- What was told moves on in due:paid, so nothing is told twice, whoever leads.
local function notice_expiring(now, until_ms, limit)
	for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_due('paid'), '-inf', '(' .. dec(until_ms), 'LIMIT', 0, limit)) do
		local fields = hash_read(key_proxy(id))
		local paid = tonumber(fields.paid_until or '') or 0
		if paid > now then
			notice_add(fields, 'key_expiring', fields.status or '', now, nil, '{"paid_until":' .. dec(paid) .. '}')
		end
		if paid - NOTICE_DAY_MS >= until_ms then
			redis.call('ZADD', key_due('paid'), dec(paid - NOTICE_DAY_MS), id)
		else
			redis.call('ZREM', key_due('paid'), id)
		end
	end
end
