-- read_barrier(hash…): one call for all reads that wait in an api-node: the version that its copy must have reached
-- before it answers, and who the sessions and API tokens are. Their last use is noted at most once a minute: a write
-- per read would fill the AOF.
-- KEYS[1] prefix. ARGV: 0–100 hashes (SHA-256 of a session's or a token's text, hex).
-- OK gen records_ver now_ms sessions(JSON array, one each, in order: {"user_id","username","role"}, with "token" (its
-- name), "read_only" and "ends_in_ms" (where it has an end) for an API token, or null)
--@include keys
--@include values
local TOUCH_MS = 60000
if #ARGV > 100 then return bad_argument('hashes') end
local now, sessions = now_ms(), {}

local function who(user_id, more)
	local user = redis.call('HMGET', key_user(user_id), 'username', 'role', 'active')
	if user[3] ~= '1' then return nil end
	return '{"user_id":' .. json_text(user_id) .. ',"username":' .. json_text(user[1])
		.. ',"role":' .. json_text(user[2]) .. more .. '}'
end

local function token(hash)
	local t = hash_read(key_token(hash))
	if not t.user_id or (t.expires_at ~= '' and tonumber(t.expires_at) <= now) then return 'null' end
	local known = who(t.user_id, ',"token":' .. json_text(t.name)
		.. (t.read_only == '1' and ',"read_only":true' or '')
		.. (t.expires_at ~= '' and ',"ends_in_ms":' .. dec(tonumber(t.expires_at) - now) or ''))
	if known and now - tonumber(t.last_used_at or '0') >= TOUCH_MS then
		redis.call('HSET', key_token(hash), 'last_used_at', dec(now))
	end
	return known or 'null'
end

local function session(hash)
	local s = hash_read(key_session(hash))
	if not s.user_id then return token(hash) end
	if tonumber(s.ends_at) <= now then return 'null' end
	local known = who(s.user_id, '')
	if known and now - tonumber(s.seen_at) >= TOUCH_MS then
		redis.call('HSET', key_session(hash), 'seen_at', dec(now))
		redis.call('PEXPIRE', key_session(hash), math.min(tonumber(s.idle_ms), tonumber(s.ends_at) - now))
	end
	return known or 'null'
end

for i, hash in ipairs(ARGV) do sessions[i] = session(hash) end
return {'OK', 'gen', redis.call('GET', key('generation')) or '0',
	'records_ver', redis.call('GET', key('records:version')) or '0', 'now_ms', dec(now),
	'sessions', '[' .. table.concat(sessions, ',') .. ']'}
