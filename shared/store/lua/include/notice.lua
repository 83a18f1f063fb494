-- notice.lua: what people are told outside the page. A change that a channel wants to hear of is put into that channel's
-- queue by the script that makes the change: neither is without the other. Where no channel wants it, it costs one HGET.
-- Needs keys, values. A channel's queue is a sorted set "<event>:<proxy>" -> when, its texts a hash of the same names;
-- what does not fit is only counted (notice:<id>:more). A proxy that is well again before its trouble was told is not
-- told of at all.
local NOTICE_QUEUE, NOTICE_GATHER_MS = 500, 2000
local NOTICE_TROUBLE = {unhealthy = true, no_upstream = true, no_stock = true, key_invalid = true, key_expired = true,
	quota_reached = true}
local notice_index = {}

-- The channels that want this event: {{id, tag?, user?, tell}, …}, or nil. tell false: only what it calls off counts.
local function notice_channels(event)
	if notice_index[event] == nil then
		local stored = redis.call('HGET', key('notices:events'), event)
		notice_index[event] = stored and cjson.decode(stored) or false
	end
	return notice_index[event]
end

local function notice_matches(channel, fields)
	if channel.user and channel.user ~= fields.user_id then return false end
	if not channel.tag then return true end
	for _, tag in ipairs(cjson.decode(fields.tags or '[]')) do
		if tag == channel.tag then return true end
	end
	return false
end

-- Takes an untold event out of the queue. nil when it was not there, else the status before it.
local function notice_take_back(id, event, proxy_id)
	local member = event .. ':' .. proxy_id
	if redis.call('ZREM', key_notice(id, 'queue'), member) == 0 then return nil end
	local detail = redis.call('HGET', key_notice(id, 'texts'), member)
	redis.call('HDEL', key_notice(id, 'texts'), member)
	return detail:match('^{"from":"([%l_]*)"')
end

-- Takes back what this event makes untrue; whether that leaves nothing to tell.
local function notice_called_off(id, event, proxy_id)
	if redis.call('EXISTS', key_notice(id, 'queue')) == 0 then return false end
	if event ~= 'recovered' then
		-- Ill, well, and ill of the same again, since what was told last: it still holds.
		return NOTICE_TROUBLE[event] and notice_take_back(id, 'recovered', proxy_id) == event
	end
	local untold = false
	for _, trouble in ipairs({'unhealthy', 'no_upstream', 'key_invalid', 'key_expired', 'quota_reached', 'rotation_failed'}) do
		local from = notice_take_back(id, trouble, proxy_id)
		if from and not NOTICE_TROUBLE[from] then untold = true end -- it had begun with this one
	end
	return untold
end

local function notice_queue(id, member, detail, now)
	local queue = key_notice(id, 'queue')
	redis.call('HSET', key_notice(id, 'texts'), member, detail)
	if redis.call('ZADD', queue, 'NX', now, member) == 1 and redis.call('ZCARD', queue) > NOTICE_QUEUE then
		local oldest = redis.call('ZPOPMIN', queue)[1]
		redis.call('HDEL', key_notice(id, 'texts'), oldest)
		redis.call('HINCRBY', key_notice(id, 'more'), oldest:match('^[%l_]+'), 1)
	end
	local next_at = tonumber(redis.call('HGET', key_notice(id), 'next_at') or '') or 0
	redis.call('ZADD', key_due('notify'), 'NX', dec(math.max(now + NOTICE_GATHER_MS, next_at)), id)
end

-- fields: of the proxy, after the change. from: its status before. error: JSON text of last_error, or nil;
-- params: JSON object text, or nil.
local function notice_add(fields, event, from, now, error, params)
	local channels = notice_channels(event)
	if not channels then return end
	local detail = '{"from":' .. json_text(from) .. ',"event":"' .. event .. '","id":' .. fields.id .. ',"subdomain":'
		.. json_text(fields.subdomain or '') .. ',"key_name":' .. json_text(fields.key_name or '') .. ',"at":' .. dec(now)
		.. ',"error":' .. (error or 'null') .. ',"params":' .. (params or '{}') .. '}'
	for _, channel in ipairs(channels) do
		if notice_matches(channel, fields) and not notice_called_off(channel.id, event, fields.id) and channel.tell then
			notice_queue(channel.id, event .. ':' .. fields.id, detail, now)
		end
	end
end

-- last_error, when it was written by this change.
local function notice_error(fields, now)
	local error = fields.last_error or ''
	return error:find('"at":' .. dec(now), 1, true) and error or nil
end

-- Called whenever a status was saved.
local function notice_status(fields, before, now)
	local status = fields.status or ''
	if status == before then return end
	if NOTICE_TROUBLE[status] then
		if notice_channels(status) then notice_add(fields, status, before, now, notice_error(fields, now)) end
	elseif status == 'active' and NOTICE_TROUBLE[before] then
		notice_add(fields, 'recovered', before, now)
	end
end

-- The class of the last failure in a row of failed rotations; '' when the last one went well.
local function notice_failing(fields)
	local class = (fields.last_error or ''):match('"class":"([%u_]+)"')
	if (tonumber(fields.retry_count or '') or 0) == 0 or not class then return '' end
	return (class == 'SAME_IP' or class == 'UNHEALTHY') and '' or class
end

-- A rotation went well after a row that failed (failing: notice_failing before). Where the status tells that as well,
-- once is enough.
local function notice_retried(fields, failing, before, now)
	if failing ~= '' and not NOTICE_TROUBLE[before] then notice_add(fields, 'recovered', before, now) end
end

-- due:paid, proxy -> when to remind that its key ends: three days before, then one. Reminders wait for the morning
-- of their day (include/notice_due.lua).
local NOTICE_DAY_MS = 86400000
local function notice_paid(fields)
	local paid = tonumber(fields.paid_until or '') or 0
	if paid > 0 then
		redis.call('ZADD', key_due('paid'), dec(paid - 3 * NOTICE_DAY_MS), fields.id)
	else
		redis.call('ZREM', key_due('paid'), fields.id)
	end
end
