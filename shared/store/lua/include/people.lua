-- people.lua: users and their sessions. Needs keys, values, topics.

-- Names are compared without case: "Admin" must not be another person than "admin".
local function user_id_of(username) return redis.call('HGET', key('usernames'), username:lower()) end

-- Ends every session of the user but the one kept ('' keeps none); open sockets are told over `records`.
local function sessions_end(user_id, keep_hash)
	local sessions = key_user_sessions(user_id)
	for _, hash in ipairs(redis.call('SMEMBERS', sessions)) do
		if hash ~= keep_hash then
			redis.call('DEL', key_session(hash))
			redis.call('SREM', sessions, hash)
		end
	end
	change_add('records', 'session_end', user_id, '{"keep":' .. json_text(keep_hash) .. '}')
end
local function is_hash(s) return type(s) == 'string' and #s == 64 and s:find('^%x+$') end
