-- session_end(hash): logout. Called by api-node. Open sockets of the session close when they hear of it.
-- KEYS[1] prefix. ARGV: hash (SHA-256 of the token, hex).
-- OK (also when there was none)
--@include keys
--@include values
--@include topics
--@include log
--@include people
local hash = ARGV[1]
if not is_hash(hash) then return bad_argument('hash') end
local user_id = redis.call('HGET', key_session(hash), 'user_id')
if user_id then
	session_drop(user_id, hash)
	log_add(now_ms(), '', 'logout', 'success', redis.call('HGET', key_user(user_id), 'username') or '')
	publish()
end
return {'OK'}
