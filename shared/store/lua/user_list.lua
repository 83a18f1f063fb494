-- user_list(id): users by id. Called by api-node.
-- KEYS[1] prefix. ARGV: id ('' = all).
-- OK users(JSON array of {"id","username","role","active","created_at","last_login_at"}; times are epoch ms or null)
--@include keys
--@include values
--@include topics
--@include people
local id, users = ARGV[1], {}
if not id or (id ~= '' and not int(id)) then return bad_argument('id') end
if id == '' then
	users = users_read()
else
	local user = hash_read(key_user(id))
	if user.id then users[1] = user end
end
for i, user in ipairs(users) do users[i] = user_json(user) end
return {'OK', 'users', '[' .. table.concat(users, ',') .. ']'}
