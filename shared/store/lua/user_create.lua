-- user_create(username, role, password_hash, actor): another user. Called by api-node.
-- KEYS[1] prefix. ARGV: username, role (admin | user | operator), password_hash (crypt text), actor (model/actor.h).
-- CREATED user(JSON object) | NAME_TAKEN | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include people
local username, role, hash, actor, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], now_ms()
if not is_username(username) then return {'INVALID', 'field', 'username'} end
if not ROLES[role or ''] then return {'INVALID', 'field', 'role'} end
if (hash or '') == '' or not actor then return bad_argument('password_hash') end
if user_id_of(username) then return {'NAME_TAKEN'} end
local id = dec(redis.call('INCR', key('user_ids')))
redis.call('HSET', key_user(id), 'id', id, 'username', username, 'role', role, 'password_hash', hash, 'active', '1',
	'created_at', dec(now))
redis.call('HSET', key('usernames'), username:lower(), id)
change_add('records', 'user', id, '{"user_id":"' .. id .. '","role":' .. json_text(role) .. '}')
log_add(now, '', 'user_create', 'success', actor, '', '{"user_id":' .. id .. ',"username":' .. json_text(username)
	.. ',"role":' .. json_text(role) .. '}')
publish()
return {'CREATED', 'user', user_json(hash_read(key_user(id)))}
