-- user_by_name(username): what a login is checked against. Called by api-node.
-- KEYS[1] prefix. ARGV: username (any letter case).
-- OK id username role password_hash active(0|1) | NOT_FOUND
--@include keys
--@include values
local id = redis.call('HGET', key('usernames'), (ARGV[1] or ''):lower())
local user = id and hash_read(key_user(id))
if not user or not user.id then return {'NOT_FOUND'} end
return {'OK', 'id', id, 'username', user.username, 'role', user.role, 'password_hash', user.password_hash,
	'active', user.active}
