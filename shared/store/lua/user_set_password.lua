-- user_set_password(user_id, password_hash, keep_hash, actor): somebody's own new password; every other session ends.
-- Called by api-node.
-- KEYS[1] prefix. ARGV: user_id, password_hash (crypt text), keep_hash (session to keep, or empty), actor
-- (model/actor.h).
-- OK | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include people
local id, hash, keep, actor = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if not int(id) or (hash or '') == '' or not keep or not actor then return bad_argument('user_id') end
if redis.call('EXISTS', key_user(id)) == 0 then return {'NOT_FOUND'} end
redis.call('HSET', key_user(id), 'password_hash', hash)
sessions_end(id, keep)
log_add(now_ms(), '', 'password', 'success', actor)
publish()
return {'OK'}
