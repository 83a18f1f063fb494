-- user_rehash(user_id, old_hash, new_hash): the same password under a stronger hash, after a login with it. Called by
-- api-node. Does nothing when the password is another by now. Nobody is told: nothing changed for anybody.
-- KEYS[1] prefix. ARGV: user_id, old_hash, new_hash (crypt texts).
-- OK changed(0|1) | NOT_FOUND
--@include keys
--@include values
local id, old, new = ARGV[1], ARGV[2], ARGV[3]
if not int(id) or (old or '') == '' or (new or '') == '' then return bad_argument('user_id') end
local there = redis.call('HGET', key_user(id), 'password_hash')
if not there then return {'NOT_FOUND'} end
if there ~= old then return {'OK', 'changed', '0'} end
redis.call('HSET', key_user(id), 'password_hash', new)
return {'OK', 'changed', '1'}
