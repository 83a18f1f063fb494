-- token_create(hash, user_id, name, hint, read_only, expires_at, actor): an API token of a person. Called by api-node.
-- KEYS[1] prefix. ARGV: hash (SHA-256 of the token, hex), user_id, name (1–64 bytes, unique among that person's, in any
-- letter case), hint (its first characters, to tell tokens apart), read_only (0|1), expires_at (epoch ms, or empty:
-- never), actor (model/actor.h).
-- CREATED token(JSON object) | NOT_FOUND (no such user, or switched off) | NAME_TAKEN | LIMIT max | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include people
--@include tokens
local TOKENS_PER_USER = 50
local hash, user_id, name, hint, read_only = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local expires_at, actor, now = ARGV[6], ARGV[7], now_ms()
if not is_hash(hash) or not int(user_id) or not actor then return bad_argument('hash') end
if (name or '') == '' or #name > 64 or name:find('%c') then return {'INVALID', 'field', 'name'} end
if (hint or '') == '' or #hint > 16 then return bad_argument('hint') end
if read_only ~= '0' and read_only ~= '1' then return bad_argument('read_only') end
if expires_at ~= '' and (not int(expires_at) or int(expires_at) <= now) then return {'INVALID', 'field', 'expires_at'} end
if redis.call('HGET', key_user(user_id), 'active') ~= '1' then return {'NOT_FOUND'} end
if redis.call('EXISTS', key_token(hash)) == 1 then return bad_argument('hash') end
local there = redis.call('SMEMBERS', key_user_tokens(user_id))
if #there >= TOKENS_PER_USER then return {'LIMIT', 'max', dec(TOKENS_PER_USER)} end
for _, other in ipairs(there) do
	if (redis.call('HGET', key_token(other), 'name') or ''):lower() == name:lower() then return {'NAME_TAKEN'} end
end

local id = dec(redis.call('INCR', key('token_ids')))
local token = {id = id, user_id = user_id, name = name, hint = hint, read_only = read_only, created_at = dec(now),
	expires_at = expires_at}
redis.call('HSET', key_token(hash), 'id', id, 'user_id', user_id, 'name', name, 'hint', hint, 'read_only', read_only,
	'created_at', dec(now), 'expires_at', expires_at)
redis.call('HSET', key('tokens'), id, hash)
redis.call('SADD', key_user_tokens(user_id), hash)
log_add(now, '', 'token_create', 'success', actor, '', '{"token_id":' .. id .. ',"name":' .. json_text(name)
	.. ',"read_only":' .. (read_only == '1' and 'true' or 'false') .. '}')
publish()
return {'CREATED', 'token', token_json(token)}
