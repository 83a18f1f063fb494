-- session_list(user_id): where somebody is signed in, the last used first. Called by api-node.
-- KEYS[1] prefix. ARGV: user_id.
-- OK sessions(JSON array of {"id","hash","address","created_at","last_seen_at","ends_at"}; id: the first 16 digits of the
-- hash; times are epoch ms)
--@include keys
--@include values
local sessions = {}
if not int(ARGV[1]) then return bad_argument('user_id') end
for _, hash in ipairs(redis.call('SMEMBERS', key_user_sessions(ARGV[1]))) do
	local s = hash_read(key_session(hash))
	if s.user_id then
		s.hash = hash
		sessions[#sessions + 1] = s
	end
end
table.sort(sessions, function(a, b) return tonumber(a.seen_at) > tonumber(b.seen_at) end)
for i, s in ipairs(sessions) do
	sessions[i] = '{"id":"' .. s.hash:sub(1, 16) .. '","hash":"' .. s.hash .. '","address":' .. json_text(s.address or '')
		.. ',"created_at":' .. s.created_at .. ',"last_seen_at":' .. s.seen_at .. ',"ends_at":' .. s.ends_at .. '}'
end
return {'OK', 'sessions', '[' .. table.concat(sessions, ',') .. ']'}
