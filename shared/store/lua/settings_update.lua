-- settings_update(actor, field, value…): changes settings. Called by api-node. The leader then walks all proxies
-- (settings_rearm): a script that moved every due time at once would block Redis.
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
redis.call('HSET', key('settings'), unpack(ARGV, 2))
redis.call('HINCRBY', key('settings'), 'settings_version', 1)
redis.call('HSET', key('settings'), 'rearm_cursor', '0')
local settings = settings_json()
change_add('records', 'set', 'settings', settings)
log_add(now_ms(), '', 'settings', 'success', ARGV[1], '', settings)
publish()
return {'OK', 'settings', settings, 'version', topic_version('records')}
