-- session_create(hash, user_id, idle_ms, absolute_ms, address, old_hash): a session after a good login, which ends the
-- one that the browser came with: nobody who planted or kept it is signed in by this login. Called by api-node.
-- A person has at most 100 sessions: the one not used for longest makes room.
-- KEYS[1] prefix. ARGV: hash (SHA-256 of the token, hex), user_id, idle_ms, absolute_ms, address (for the user to see),
-- old_hash (or empty).
-- OK | NOT_FOUND (no such user, or switched off)
--@include keys
--@include values
--@include topics
--@include log
--@include people
local SESSIONS_PER_USER = 100
local hash, user_id, idle_ms, absolute_ms, now = ARGV[1], ARGV[2], int(ARGV[3]), int(ARGV[4]), now_ms()
local address, old_hash = ARGV[5], ARGV[6]
if not is_hash(hash) or not int(user_id) then return bad_argument('hash') end
if not idle_ms or idle_ms < 1 or not absolute_ms or absolute_ms < 1 then return bad_argument('idle_ms') end
if not address or not old_hash or (old_hash ~= '' and not is_hash(old_hash)) then return bad_argument('old_hash') end
local user = redis.call('HMGET', key_user(user_id), 'active', 'username')
if user[1] ~= '1' then return {'NOT_FOUND'} end
local old_user = old_hash ~= '' and redis.call('HGET', key_session(old_hash), 'user_id')
if old_user then session_drop(old_user, old_hash) end
local sessions, count, oldest, oldest_at = key_user_sessions(user_id), 0, nil, now
for _, other in ipairs(redis.call('SMEMBERS', sessions)) do -- those that ran out leave the set here
	local seen_at = tonumber(redis.call('HGET', key_session(other), 'seen_at') or '0')
	if seen_at == 0 then
		redis.call('SREM', sessions, other)
	else
		count = count + 1
		if seen_at <= oldest_at then oldest, oldest_at = other, seen_at end
	end
end
if count >= SESSIONS_PER_USER then session_drop(user_id, oldest) end
redis.call('HSET', key_session(hash), 'user_id', user_id, 'created_at', dec(now), 'seen_at', dec(now),
	'idle_ms', dec(idle_ms), 'ends_at', dec(now + absolute_ms), 'address', address)
redis.call('PEXPIRE', key_session(hash), math.min(idle_ms, absolute_ms))
redis.call('SADD', sessions, hash)
redis.call('HSET', key_user(user_id), 'last_login_at', dec(now))
log_add(now, '', 'login', 'success', user[2], '', '{"address":' .. json_text(address) .. '}')
publish()
return {'OK'}
