-- session_create(hash, user_id, idle_ms, absolute_ms, address): a session after a good login. Called by api-node.
-- KEYS[1] prefix. ARGV: hash (SHA-256 of the token, hex), user_id, idle_ms, absolute_ms, address (for the user to see).
-- OK | NOT_FOUND (no such user, or switched off)
--@include keys
--@include values
--@include topics
--@include people
local hash, user_id, idle_ms, absolute_ms, now = ARGV[1], ARGV[2], int(ARGV[3]), int(ARGV[4]), now_ms()
if not is_hash(hash) or not int(user_id) then return bad_argument('hash') end
if not idle_ms or idle_ms < 1 or not absolute_ms or absolute_ms < 1 then return bad_argument('idle_ms') end
if redis.call('HGET', key_user(user_id), 'active') ~= '1' then return {'NOT_FOUND'} end
redis.call('HSET', key_session(hash), 'user_id', user_id, 'created_at', dec(now), 'seen_at', dec(now),
	'idle_ms', dec(idle_ms), 'ends_at', dec(now + absolute_ms), 'address', ARGV[5] or '')
redis.call('PEXPIRE', key_session(hash), math.min(idle_ms, absolute_ms))
local sessions = key_user_sessions(user_id)
for _, old in ipairs(redis.call('SMEMBERS', sessions)) do -- those that ran out leave the set here
	if redis.call('EXISTS', key_session(old)) == 0 then redis.call('SREM', sessions, old) end
end
redis.call('SADD', sessions, hash)
return {'OK'}
