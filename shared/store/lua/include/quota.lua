-- quota.lua: a proxy's limit of bytes a month. Reached, nothing passes until the month ends (due:quota) or the limit is
-- raised; all else goes on, so that the upstream is there when it may serve again. Needs keys, values; record.lua
-- includes it and calls quota_apply with each save, so that no script has to think of it.
--@include month

-- The status says so where nothing graver is the matter.
local QUOTA_STATUSES = {pending = true, active = true, unhealthy = true, no_upstream = true, no_stock = true,
	quota_reached = true}

-- Bytes, or nil. api-node writes the JSON: the pattern is safe, and cheaper than to decode it for each save.
local function quota_limit(limits) return tonumber(limits:match('"bytes_per_month":(%d+)') or nil) end

local function quota_params(used, limit) return '{"used":' .. dec(used) .. ',"limit":' .. dec(limit) .. '}' end

-- rec: a record as record.lua has it. plain: its status if no limit were reached. Returns 'reached' or 'over' when that
-- has just come about, else nil.
local function quota_apply(rec, now, set, plain)
	local fields = rec.fields
	local limit, was = quota_limit(fields.limits or ''), tonumber(fields.quota_used or '')
	if not limit and not was then return nil end
	local month, next_at = month_of(now)
	local used = limit and month_used(rec.id, month) or 0
	if not limit or used < limit then
		if not was then return nil end
		redis.call('ZREM', key_due('quota'), rec.id)
		set(rec, 'quota_used', '')
		if fields.status == 'quota_reached' then set(rec, 'status', plain) end
		if (fields.last_error or ''):find('"class":"QUOTA"', 1, true) then set(rec, 'last_error', '') end
		return 'over'
	end
	if not was then set(rec, 'quota_used', used) end
	redis.call('ZADD', key_due('quota'), next_at, rec.id)
	if QUOTA_STATUSES[fields.status] then
		local error = '{"class":"QUOTA","message_id":"err.quota","params":' .. quota_params(was or used, limit)
		local before = rec.before.last_error or ''
		set(rec, 'status', 'quota_reached')
		if before:find(error, 1, true) then
			set(rec, 'last_error', before) -- it was reached then, whatever else went well or ill since
		elseif not (fields.last_error or ''):find(error, 1, true) then
			set(rec, 'last_error', error .. ',"provider_message":"","at":' .. dec(now) .. ',"retry_at":' .. dec(next_at) .. '}')
		end
	end
	return not was and 'reached' or nil
end
