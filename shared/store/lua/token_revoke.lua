-- token_revoke(id, user_id, actor): ends an API token. Called by api-node. It is refused from now on, at every node;
-- its open sockets close when they hear of it.
-- KEYS[1] prefix. ARGV: id, user_id (whose it must be; '' = anybody's), actor (model/actor.h).
-- OK | NOT_FOUND
--@include keys
--@include values
--@include topics
--@include log
--@include tokens
local id, user_id, actor = ARGV[1], ARGV[2], ARGV[3]
if not int(id) or not user_id or (user_id ~= '' and not int(user_id)) or not actor then return bad_argument('id') end
local hash = redis.call('HGET', key('tokens'), id)
local token = hash and hash_read(key_token(hash))
if not token or not token.id or (user_id ~= '' and token.user_id ~= user_id) then return {'NOT_FOUND'} end
token_end(token, hash)
log_add(now_ms(), '', 'token_revoke', 'success', actor, '', '{"token_id":' .. id .. ',"name":' .. json_text(token.name)
	.. ',"username":' .. json_text(redis.call('HGET', key_user(token.user_id), 'username') or '') .. '}')
publish()
return {'OK'}
