-- user_set_password(user_id, password_hash, keep_hash): a new password; every other session ends. Called by api-node.
-- KEYS[1] prefix. ARGV: user_id, password_hash (crypt text), keep_hash (session to keep, or empty).
-- OK | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include people
local id, hash, keep = ARGV[1], ARGV[2], ARGV[3]
if not int(id) or (hash or '') == '' or not keep then return bad_argument('user_id') end
local username = redis.call('HGET', key_user(id), 'username')
if not username then return {'NOT_FOUND'} end
redis.call('HSET', key_user(id), 'password_hash', hash)
sessions_end(id, keep)
log_add(now_ms(), '', 'password', 'success', username)
publish()
return {'OK'}
