-- import_users(effect, meeting, keep_hash, user…): takes in people from elsewhere with the hashes of their passwords.
-- Called by api-node.
-- KEYS[1] prefix. ARGV: effect (look: writes nothing | write), meeting (keep: a user of that name stays as he is |
-- replace: he gets the role and password that are brought), keep_hash (the session that stays when its user is replaced,
-- or empty), then 1–100 JSON objects of texts: username, role, password_hash, active (1|0), id it would like ('' = any),
-- and whatever else a user's record holds.
-- OK verdicts(JSON array, in order: {"verdict": "created"|"exists"|"conflict" (another password, which stays)|"replaced",
-- "id": his id here; 0 when it would only then be given})
--@include keys
--@include values
--@include topics
--@include log
--@include people
local effect, meeting, keep, now = ARGV[1], ARGV[2], ARGV[3], now_ms()
if effect ~= 'look' and effect ~= 'write' then return bad_argument('effect') end
if meeting ~= 'keep' and meeting ~= 'replace' then return bad_argument('meeting') end
if not keep or (keep ~= '' and not is_hash(keep)) then return bad_argument('keep_hash') end
if #ARGV < 4 or #ARGV > 103 then return bad_argument('users') end
local users = {}
for i = 4, #ARGV do
	local ok, u = pcall(cjson.decode, ARGV[i])
	if not ok or type(u) ~= 'table' then return bad_argument('users') end
	for name, value in pairs(u) do
		if type(name) ~= 'string' or not name:find('^%l[%l%d_]*$') or type(value) ~= 'string' or #value > 4096 then
			return bad_argument('users')
		end
	end
	if (u.username or '') == '' or #u.username > 128 then return bad_argument('username') end
	if not ROLES[u.role] or (u.password_hash or '') == '' then return bad_argument('role') end
	if u.active ~= '0' and u.active ~= '1' then return bad_argument('active') end
	if u.id and u.id ~= '' and (not int(u.id) or int(u.id) < 1 or int(u.id) > 10 ^ 12) then return bad_argument('id') end
	users[#users + 1] = u
end

-- A login may hash a password anew, and its owner may change it: that it came from there stays known.
local function brought(u) return redis.sha1hex(u.password_hash) end

local function write(id, u)
	u.id, u.imported_hash = id, brought(u)
	if not u.created_at or u.created_at == '' then u.created_at = dec(now) end
	for name, value in pairs(u) do redis.call('HSET', key_user(id), name, value) end
	redis.call('HSET', key('usernames'), u.username:lower(), id)
	change_add('records', 'user', id, '{"user_id":"' .. id .. '","role":"' .. u.role .. '"}')
end

local out = {}
for i, u in ipairs(users) do
	local id = user_id_of(u.username)
	local verdict = 'created'
	if id then
		local there = hash_read(key_user(id))
		local same = there.password_hash == u.password_hash
		if meeting == 'keep' and (same or there.imported_hash == brought(u)) or same and there.role == u.role then
			verdict = 'exists'
		elseif meeting == 'keep' then
			verdict = 'conflict'
		else
			verdict = 'replaced'
			if effect == 'write' then
				write(id, u)
				sessions_end(id, keep)
			end
		end
	elseif effect == 'write' then
		id = u.id
		if not id or id == '' or redis.call('EXISTS', key_user(id)) == 1 then
			id = dec(redis.call('INCR', key('user_ids')))
		elseif tonumber(redis.call('GET', key('user_ids')) or '0') < int(id) then
			redis.call('SET', key('user_ids'), id)
		end
		write(id, u)
	end
	out[i] = '{"verdict":"' .. verdict .. '","id":' .. (id or '0') .. '}'
end
publish()
return {'OK', 'verdicts', '[' .. table.concat(out, ',') .. ']'}
