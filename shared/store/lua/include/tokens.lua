-- tokens.lua: API tokens: token:<sha256> holds one; `tokens` finds it by id; user:<id>:tokens names a person's. Needs
-- keys, values, topics.

-- What people may see of one: everything but its hash.
local function token_json(token)
	local function number(name) return '"' .. name .. '":' .. ((token[name] or '') ~= '' and token[name] or 'null') end
	return '{"id":' .. token.id .. ',"user_id":' .. token.user_id .. ',"name":' .. json_text(token.name)
		.. ',"hint":' .. json_text(token.hint) .. ',"read_only":' .. (token.read_only == '1' and 'true' or 'false')
		.. ',' .. number('created_at') .. ',' .. number('expires_at') .. ',' .. number('last_used_at')
		.. ',"username":' .. json_text(redis.call('HGET', key_user(token.user_id), 'username') or '') .. '}'
end

-- Open sockets of the token are told over `records`, as those of an ended session.
local function token_end(token, hash)
	redis.call('DEL', key_token(hash))
	redis.call('HDEL', key('tokens'), token.id)
	redis.call('SREM', key_user_tokens(token.user_id), hash)
	change_add('records', 'session_end', token.user_id, '{"hash":"' .. hash .. '"}')
end
