-- token_list(user_id): API tokens, oldest first. Called by api-node.
-- KEYS[1] prefix. ARGV: user_id ('' = everybody's).
-- OK tokens(JSON array of {"id","user_id","username","name","hint","read_only","created_at","expires_at","last_used_at"};
-- times are epoch ms or null)
--@include keys
--@include values
--@include topics
--@include tokens
local user_id, tokens = ARGV[1], {}
if not user_id or (user_id ~= '' and not int(user_id)) then return bad_argument('user_id') end
local hashes = user_id == '' and redis.call('HVALS', key('tokens')) or redis.call('SMEMBERS', key_user_tokens(user_id))
for _, hash in ipairs(hashes) do
	local token = hash_read(key_token(hash))
	if token.id then tokens[#tokens + 1] = token end
end
table.sort(tokens, function(a, b) return tonumber(a.id) < tonumber(b.id) end)
for i, token in ipairs(tokens) do tokens[i] = token_json(token) end
return {'OK', 'tokens', '[' .. table.concat(tokens, ',') .. ']'}
