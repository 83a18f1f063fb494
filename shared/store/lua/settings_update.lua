-- settings_update(actor, field, value…): changes settings. Called by api-node. The leader then walks all proxies
-- (settings_rearm): a script that moved every due time at once would block Redis. The history tells what is other
-- than before: msg.settings with changed, old, new.
-- KEYS[1] prefix. ARGV: actor (model/actor.h), then fields; flags are 1|0.
-- OK settings(JSON) version(records topic, "<gen>-<ver>") | INVALID field
--@include keys
--@include values
--@include topics
--@include log
--@include settings
if #ARGV < 3 or #ARGV % 2 == 0 then return bad_argument('fields') end
local ranges = {}
for _, s in ipairs(SETTINGS) do ranges[s[1]] = s end
for i = 2, #ARGV, 2 do
	local range, value = ranges[ARGV[i]], int(ARGV[i + 1])
	if not range or not value or value < range[3] or value > range[4] then return {'INVALID', 'field', ARGV[i]} end
end
local stored, said, old, new = hash_read(key('settings')), {}, {}, {}
for i = 2, #ARGV, 2 do
	local name, was = ARGV[i], stored[ARGV[i]] or ranges[ARGV[i]][2]
	if was ~= ARGV[i + 1] then
		said[#said + 1] = name .. ' ' .. was .. ' → ' .. ARGV[i + 1]
		old[#old + 1], new[#new + 1] = '"' .. name .. '":' .. was, '"' .. name .. '":' .. ARGV[i + 1]
	end
	stored[name] = ARGV[i + 1]
end
redis.call('HSET', key('settings'), unpack(ARGV, 2))
redis.call('HINCRBY', key('settings'), 'settings_version', 1)
redis.call('HSET', key('settings'), 'rearm_cursor', '0')
local settings = settings_json()
change_add('records', 'set', 'settings', settings)
if #said > 0 then
	log_add(now_ms(), '', 'settings', 'success', ARGV[1], 'msg.settings', '{"changed":' .. json_text(table.concat(said, ', '))
		.. ',"old":{' .. table.concat(old, ',') .. '},"new":{' .. table.concat(new, ',') .. '}}')
end
publish()
return {'OK', 'settings', settings, 'version', topic_version('records')}
