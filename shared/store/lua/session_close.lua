-- session_close(user_id, id, actor): ends one of somebody's sessions from another one. Called by api-node.
-- KEYS[1] prefix. ARGV: user_id, id (the first 16 digits of its hash), actor (model/actor.h).
-- OK | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include people
local user_id, id, actor = ARGV[1], ARGV[2], ARGV[3]
if not int(user_id) or not actor then return bad_argument('user_id') end
if not id or #id ~= 16 or not id:find('^%x+$') then return {'NOT_FOUND'} end
for _, hash in ipairs(redis.call('SMEMBERS', key_user_sessions(user_id))) do
	if hash:sub(1, 16) == id and redis.call('EXISTS', key_session(hash)) == 1 then
		session_drop(user_id, hash)
		log_add(now_ms(), '', 'session_close', 'success', actor)
		publish()
		return {'OK'}
	end
end
return {'NOT_FOUND'}
