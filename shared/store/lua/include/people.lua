-- people.lua: users and their sessions. Needs keys, values, topics.
local ROLES = {admin = true, user = true, operator = true}

-- Names are compared without case: "Admin" must not be another person than "admin".
local function user_id_of(username) return redis.call('HGET', key('usernames'), username:lower()) end

local function is_username(s) return type(s) == 'string' and #s <= 64 and s:find('^[%w%._@%-]+$') ~= nil end
local function is_hash(s) return type(s) == 'string' and #s == 64 and s:find('^%x+$') end

-- What administrators may see of a user: everything but the password's hash. Times are epoch ms or null.
local function user_json(user)
	local function number(name) return '"' .. name .. '":' .. ((user[name] or '') ~= '' and user[name] or 'null') end
	return '{"id":' .. user.id .. ',"username":' .. json_text(user.username) .. ',"role":' .. json_text(user.role)
		.. ',"active":' .. (user.active == '1' and 'true' or 'false')
		.. ',' .. number('created_at') .. ',' .. number('last_login_at') .. '}'
end

local function users_read()
	local users = {}
	for _, id in ipairs(redis.call('HVALS', key('usernames'))) do
		local user = hash_read(key_user(id))
		if user.id then users[#users + 1] = user end
	end
	table.sort(users, function(a, b) return tonumber(a.id) < tonumber(b.id) end)
	return users
end

-- Whether nobody could manage the fleet any more without this user.
local function is_last_admin(id)
	for _, user in ipairs(users_read()) do
		if user.id ~= id and user.role == 'admin' and user.active == '1' then return false end
	end
	local user = hash_read(key_user(id))
	return user.role == 'admin' and user.active == '1'
end

-- Open sockets of the session are told over `records`.
local function session_drop(user_id, hash)
	redis.call('DEL', key_session(hash))
	redis.call('SREM', key_user_sessions(user_id), hash)
	change_add('records', 'session_end', user_id, '{"hash":"' .. hash .. '"}')
end

-- Ends every session of the user but the one kept ('' keeps none).
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
