-- user_delete(id, actor, sure): a user goes, with sessions and API tokens. Called by api-node, which has given the proxies to
-- somebody else before, and looks once more after: from here on no script assigns one to this user (user_exists).
-- KEYS[1] prefix. ARGV: id, actor (model/actor.h), sure (0: only tell whether it may be done | 1).
-- OK | NOT_FOUND | LAST_ADMIN
--@include keys
--@include values
--@include topics
--@include log
--@include people
--@include tokens
local id, actor, sure = ARGV[1], ARGV[2], ARGV[3]
if not int(id) or not actor then return bad_argument('id') end
if sure ~= '0' and sure ~= '1' then return bad_argument('sure') end
local user = hash_read(key_user(id))
if not user.id then return {'NOT_FOUND'} end
if is_last_admin(id) then return {'LAST_ADMIN'} end
if sure == '0' then return {'OK'} end
for _, hash in ipairs(redis.call('SMEMBERS', key_user_tokens(id))) do
	local token = hash_read(key_token(hash))
	if token.id then token_end(token, hash) end
end
sessions_end(id, '')
redis.call('DEL', key_user(id), key_user_sessions(id), key_user_tokens(id))
redis.call('HDEL', key('usernames'), user.username:lower())
change_add('records', 'user', id, '{"user_id":"' .. id .. '"}')
log_add(now_ms(), '', 'user_delete', 'success', actor, '', '{"user_id":' .. id .. ',"username":'
	.. json_text(user.username) .. '}')
publish()
return {'OK'}
