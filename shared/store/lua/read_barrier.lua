-- read_barrier(hash…): one call for all reads that wait in an api-node: the version that its copy must have reached
-- before it answers, and who the sessions are. Idle time is pushed on at most once a minute: a write per read would
-- fill the AOF.
-- KEYS[1] prefix. ARGV: 0–100 session hashes (SHA-256 of the token, hex).
-- OK gen records_ver now_ms sessions(JSON array, one each, in order: {"user_id","username","role"} or null)
--@include keys
--@include values
local TOUCH_MS = 60000
if #ARGV > 100 then return bad_argument('hashes') end
local now, sessions = now_ms(), {}

local function session(hash)
	local s = hash_read(key_session(hash))
	if not s.user_id or tonumber(s.ends_at) <= now then return 'null' end
	local user = redis.call('HMGET', key_user(s.user_id), 'username', 'role', 'active')
	if user[3] ~= '1' then return 'null' end
	if now - tonumber(s.seen_at) >= TOUCH_MS then
		redis.call('HSET', key_session(hash), 'seen_at', dec(now))
		redis.call('PEXPIRE', key_session(hash), math.min(tonumber(s.idle_ms), tonumber(s.ends_at) - now))
	end
	return '{"user_id":' .. json_text(s.user_id) .. ',"username":' .. json_text(user[1])
		.. ',"role":' .. json_text(user[2]) .. '}'
end

for i, hash in ipairs(ARGV) do sessions[i] = session(hash) end
return {'OK', 'gen', redis.call('GET', key('generation')) or '0',
	'records_ver', redis.call('GET', key('records:version')) or '0', 'now_ms', dec(now),
	'sessions', '[' .. table.concat(sessions, ',') .. ']'}
