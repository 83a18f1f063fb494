-- user_ensure_admin(username, password_hash): the first administrator, when there is no user at all. Called by each
-- api-node at start; of several at once one creates, the others find it.
-- KEYS[1] prefix. ARGV: username, password_hash (crypt text).
-- CREATED id | EXISTS
--@include keys
--@include values
--@include topics
--@include log
--@include people
local username, hash, now = ARGV[1], ARGV[2], now_ms()
if (username or '') == '' or #username > 128 or (hash or '') == '' then return bad_argument('username') end
if redis.call('HLEN', key('usernames')) > 0 then return {'EXISTS'} end
local id = dec(redis.call('INCR', key('user_ids')))
redis.call('HSET', key_user(id), 'id', id, 'username', username, 'role', 'admin', 'password_hash', hash, 'active', '1',
	'created_at', dec(now))
redis.call('HSET', key('usernames'), username:lower(), id)
change_add('records', 'user', id, '{"user_id":"' .. id .. '","role":"admin"}')
log_add(now, '', 'user_create', 'success', '', '', '{"username":' .. json_text(username) .. ',"role":"admin"}')
publish()
return {'CREATED', 'id', id}
