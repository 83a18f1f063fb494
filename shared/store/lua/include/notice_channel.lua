-- notice_channel.lua: a channel's record. Needs keys, values, topics, record (with notice).
local NOTICE_EVENTS = {'rotation_failed', 'key_expired', 'key_invalid', 'key_expiring', 'unhealthy', 'recovered',
	'no_upstream', 'quota_reached', 'same_ip', 'rotated'}
-- What readers see, in this order; sealed fields only where something is sent.
local NOTICE_FIELDS = {'id', 'name', 'kind', 'language', 'events', 'active', 'tag', 'user_id', 'interval_ms', 'shown',
	'chat_id', 'created_at', 'last_error', 'failing_since', 'last_sent_at', 'next_at', 'tries', 'lost'}

local function notice_channel_json(fields, sealed)
	local out = {}
	for _, name in ipairs(NOTICE_FIELDS) do out[#out + 1] = '"' .. name .. '":' .. json_text(fields[name] or '') end
	if sealed then
		for _, name in ipairs({'url', 'bot_token', 'secret'}) do
			out[#out + 1] = '"' .. name .. '":' .. json_text(fields[name] or '')
		end
	end
	local queued = redis.call('ZCARD', key_notice(fields.id, 'queue')) + (tonumber(fields.sending or '') or 0)
	for _, count in ipairs(redis.call('HVALS', key_notice(fields.id, 'more'))) do queued = queued + count end
	out[#out + 1] = '"queued":"' .. dec(queued) .. '"'
	return '{' .. table.concat(out, ',') .. '}'
end

-- notices:events anew: event -> who wants it.
local function notice_reindex()
	local index = {}
	for _, id in ipairs(redis.call('ZRANGE', key('notices'), 0, -1)) do
		local fields, wants = hash_read(key_notice(id)), {}
		for _, event in ipairs(fields.active == '1' and cjson.decode(fields.events) or {}) do wants[event] = true end
		local calls_off = not wants.recovered and next(wants) ~= nil
		for _, event in ipairs(NOTICE_EVENTS) do
			if wants[event] or (event == 'recovered' and calls_off) then
				index[event] = index[event] or {}
				table.insert(index[event], '{"id":"' .. id .. '"'
					.. ((fields.tag or '') ~= '' and (',"tag":' .. json_text(fields.tag)) or '')
					.. ((fields.user_id or '') ~= '' and (',"user":' .. json_text(fields.user_id)) or '')
					.. ',"tell":' .. (wants[event] and 'true' or 'false') .. '}')
			end
		end
	end
	redis.call('DEL', key('notices:events'))
	for event, channels in pairs(index) do
		redis.call('HSET', key('notices:events'), event, '[' .. table.concat(channels, ',') .. ']')
	end
end

-- What waits to be told is dropped: the channel is off, or gone.
local function notice_clear(id)
	redis.call('ZREM', key_due('notify'), id)
	redis.call('SREM', key('notices:failing'), id)
	redis.call('HDEL', key_notice(id), 'sending')
	for _, part in ipairs({'queue', 'texts', 'more', 'batch'}) do redis.call('DEL', key_notice(id, part)) end
end

-- When the channel is looked at next: at `at` if something waits, else not.
local function notice_arm(id, at)
	if redis.call('EXISTS', key_notice(id, 'batch'), key_notice(id, 'queue'), key_notice(id, 'more')) > 0 then
		redis.call('ZADD', key_due('notify'), dec(at), id)
	else
		redis.call('ZREM', key_due('notify'), id)
	end
end
