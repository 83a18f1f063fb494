-- user_update(id, actor, keep_hash, field, value…): what an administrator changes of a user. Called by api-node and by
-- `api-node --reset-password`. Switching off or a new password ends the sessions; a new role counts from the next
-- request on. A new password also forgives the failed logins, whose limit may be what kept the person out.
-- KEYS[1] prefix. ARGV: id, actor (model/actor.h), keep_hash (session of that user that stays, or empty), then fields:
-- username, role, active (0|1), password_hash (crypt text).
-- OK user(JSON object) | NOT_FOUND | NAME_TAKEN | LAST_ADMIN | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include people
--@include login
local id, actor, keep, now = ARGV[1], ARGV[2], ARGV[3], now_ms()
if not int(id) or not actor or not keep then return bad_argument('id') end
if #ARGV < 5 or #ARGV % 2 == 0 then return bad_argument('fields') end
local CHECKS = {
	username = is_username, role = function(v) return ROLES[v] end,
	active = function(v) return v == '0' or v == '1' end, password_hash = function(v) return v ~= '' and #v < 384 end,
}
local user, fields = hash_read(key_user(id)), {}
if not user.id then return {'NOT_FOUND'} end
for i = 4, #ARGV, 2 do
	local name, value = ARGV[i], ARGV[i + 1]
	if not CHECKS[name] or not CHECKS[name](value) then return {'INVALID', 'field', name} end
	fields[name] = value
end
if fields.username then
	local holder = user_id_of(fields.username)
	if holder and holder ~= id then return {'NAME_TAKEN'} end
end
if (fields.active == '0' or (fields.role or 'admin') ~= 'admin') and is_last_admin(id) then return {'LAST_ADMIN'} end

local old_name, changed, names = user.username, false, {}
for name, value in pairs(fields) do
	if user[name] ~= value then
		changed = true
		names[#names + 1] = json_text(name == 'password_hash' and 'password' or name)
		redis.call('HSET', key_user(id), name, value)
	end
end
if not changed then return {'OK', 'user', user_json(user)} end
user = hash_read(key_user(id))
if user.username ~= old_name then
	redis.call('HDEL', key('usernames'), old_name:lower())
	redis.call('HSET', key('usernames'), user.username:lower(), id)
end
if fields.password_hash then redis.call('DEL', login_bucket_key('user', user.username:lower())) end
if fields.active == '0' or fields.password_hash then sessions_end(id, fields.active == '0' and '' or keep) end
change_add('records', 'user', id, '{"user_id":"' .. id .. '","role":' .. json_text(user.role) .. '}')
table.sort(names)
log_add(now, '', 'user_update', 'success', actor, '', '{"user_id":' .. id .. ',"username":' .. json_text(user.username)
	.. ',"fields":[' .. table.concat(names, ',') .. '],"role":' .. json_text(user.role)
	.. ',"active":' .. (user.active == '1' and 'true' or 'false') .. '}')
publish()
return {'OK', 'user', user_json(user)}
