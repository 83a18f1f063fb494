-- fail.lua: what a failed call means for the proxy, whether it was a rotation or a sync. Needs keys, values, topics,
-- log, record, due, failure.
local PERMANENT = {INVALID_KEY = 'key_invalid', EXPIRED_KEY = 'key_expired'}
local PERMANENT_STATUS = {key_invalid = true, key_expired = true}

-- The provider does not take the key: the clock stops; an expired key is tried again once an hour. What is left of
-- the upstream's life still serves.
local function key_refused(rec, f, now)
	set(rec, 'status', text(rec, 'is_active') == '1' and PERMANENT[f.class] or 'paused')
	local retry_at = f.class == 'EXPIRED_KEY' and now + HOUR_MS or 0
	set(rec, 'retry_count', retry_at > 0 and 1 or '')
	set(rec, 'due_at', retry_at > 0 and retry_at or '')
	set(rec, 'last_error', failure_json(f.class, f.message_id, f.params, f.provider_message, now, retry_at))
	redis.call('ZREM', key_due('sync'), rec.id)
end

-- The status after a failure that says nothing about the key. A living upstream goes on serving under its status.
local function status_after(rec, class, now)
	local status = text(rec, 'status')
	if (class == 'COOLDOWN' or class == 'NO_STOCK') and PERMANENT_STATUS[status] then
		status = status_plain(rec, now) -- the provider takes the key again
	end
	if text(rec, 'is_active') ~= '1' or PERMANENT_STATUS[status] or upstream_alive(rec, now) then
		return status
	end
	if class == 'NO_STOCK' then return 'no_stock' end
	return has_upstream(rec) and 'no_upstream' or 'pending'
end
