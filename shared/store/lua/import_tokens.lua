-- import_tokens(effect, token…): takes in API tokens from a backup: the programs that hold them go on working. Called by
-- api-node.
-- KEYS[1] prefix. ARGV: effect (look: writes nothing | write), then 1–100 JSON objects of texts: hash (SHA-256 of the
-- token, hex), user_id (here), name, hint, read_only, created_at, expires_at, …
-- OK verdicts(JSON array, in order: {"verdict": "created"|"exists"|"conflict" (its user has one of that name, or is not
-- here), "id": its id here, 0 when it would only then be given})
--@include keys
--@include values
--@include topics
--@include people
--@include tokens
local effect = ARGV[1]
if effect ~= 'look' and effect ~= 'write' then return bad_argument('effect') end
if #ARGV < 2 or #ARGV > 101 then return bad_argument('tokens') end
local tokens = {}
for i = 2, #ARGV do
	local ok, t = pcall(cjson.decode, ARGV[i])
	if not ok or type(t) ~= 'table' then return bad_argument('tokens') end
	for name, value in pairs(t) do
		if type(name) ~= 'string' or not name:find('^%l[%l%d_]*$') or type(value) ~= 'string' or #value > 4096 then
			return bad_argument('tokens')
		end
	end
	for name, empty in pairs({hint = '', read_only = '0', created_at = dec(now_ms()), expires_at = ''}) do
		t[name] = t[name] or empty -- a backup leaves empty fields out
	end
	if not is_hash(t.hash) or (t.name or '') == '' or not int(t.user_id or '') then return bad_argument('hash') end
	tokens[#tokens + 1] = t
end

local function name_in_use(t)
	for _, other in ipairs(redis.call('SMEMBERS', key_user_tokens(t.user_id))) do
		if (redis.call('HGET', key_token(other), 'name') or ''):lower() == t.name:lower() then return true end
	end
	return false
end

local out = {}
for i, t in ipairs(tokens) do
	local verdict, id = 'created', redis.call('HGET', key_token(t.hash), 'id')
	if id then
		verdict = 'exists'
	elseif effect == 'write' and (redis.call('EXISTS', key_user(t.user_id)) == 0 or name_in_use(t)) then
		verdict = 'conflict'
	elseif effect == 'write' then
		id = t.id
		if not int(id or '') or redis.call('HEXISTS', key('tokens'), id) == 1 then
			id = dec(redis.call('INCR', key('token_ids')))
		elseif tonumber(redis.call('GET', key('token_ids')) or '0') < int(id) then
			redis.call('SET', key('token_ids'), id)
		end
		for name, value in pairs(t) do
			if name ~= 'hash' and name ~= 'id' then redis.call('HSET', key_token(t.hash), name, value) end
		end
		redis.call('HSET', key_token(t.hash), 'id', id)
		redis.call('HSET', key('tokens'), id, t.hash)
		redis.call('SADD', key_user_tokens(t.user_id), t.hash)
	end
	out[i] = '{"verdict":"' .. verdict .. '","id":' .. (id or '0') .. '}'
end
publish()
return {'OK', 'verdicts', '[' .. table.concat(out, ',') .. ']'}
