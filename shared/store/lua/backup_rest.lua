-- backup_rest(): everything of a backup that is not proxies. Called by api-node.
-- KEYS[1] prefix. No ARGV.
-- OK users tokens channels(JSON arrays of objects of texts; a token's `hash` is among its fields) settings numbers(JSON
-- objects of texts: next, ids, user_ids, token_ids, and free: "number:reuse_at,…")
--@include keys
--@include values
--@include topics
--@include tokens
--@include import
local users, tokens, channels, free = {}, {}, {}, {}
for _, id in ipairs(redis.call('HVALS', key('usernames'))) do
	local user = hash_read(key_user(id))
	if user.id then users[#users + 1] = import_object(user, {}) end
end
for _, hash in ipairs(redis.call('HVALS', key('tokens'))) do
	local token = hash_read(key_token(hash))
	if token.id then
		token.hash = hash
		tokens[#tokens + 1] = import_object(token, {last_used_at = true})
	end
end
-- How a channel does is not how it will do elsewhere.
local STATE_OF_CHANNEL = {entry = true, last_error = true, failing_since = true, tries = true, next_at = true,
	last_sent_at = true, lost = true, sending = true}
for _, id in ipairs(redis.call('ZRANGE', key('notices'), 0, -1)) do
	local channel = hash_read(key_notice(id))
	if channel.id then channels[#channels + 1] = import_object(channel, STATE_OF_CHANNEL) end
end
for _, set in ipairs({'numbers:free', 'numbers:ready'}) do
	local flat = redis.call('ZRANGE', key(set), 0, -1, 'WITHSCORES')
	for i = 1, #flat, 2 do -- those that may be used are ready: their score is no time
		free[#free + 1] = flat[i] .. ':' .. (set == 'numbers:free' and dec(tonumber(flat[i + 1])) or '0')
	end
end
local function counter(name) return redis.call('GET', key(name)) or '0' end
return {'OK', 'users', '[' .. table.concat(users, ',') .. ']', 'tokens', '[' .. table.concat(tokens, ',') .. ']',
	'channels', '[' .. table.concat(channels, ',') .. ']', 'settings', import_object(hash_read(key('settings')), {settings_version = true, rearm_cursor = true}),
	'numbers', import_object({next = counter('numbers:next'), ids = counter('ids'), user_ids = counter('user_ids'),
		token_ids = counter('token_ids'), free = table.concat(free, ',')}, {})}
