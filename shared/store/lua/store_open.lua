-- store_open(schema_version, key_check): is this our store, and of a schema this program knows?
-- Called by store.c on each new link, after generation_bump. Makes an empty store ours, unless a heartbeat reports
-- a generation: then the store has lost its data, and a fresh start must not look like a valid empty fleet.
-- KEYS[1] prefix. ARGV: schema_version (number), key_check (text that only our SECRET_KEY gives).
-- OK gen first(0|1) | NEWER_SCHEMA stored | WRONG_KEY | NOT_INITIALISED
--@include keys
--@include values
--@include nodes
local schema = int(ARGV[1])
if not schema then return bad_argument('schema_version') end
local gen = redis.call('GET', key('generation')) or '0'

local function group_ensure()
	if redis.call('EXISTS', key('jobs')) == 1 then
		for _, group in ipairs(redis.call('XINFO', 'GROUPS', key('jobs'))) do
			if group[2] == 'workers' then return end
		end
	end
	redis.call('XGROUP', 'CREATE', key('jobs'), 'workers', '0', 'MKSTREAM')
end

if redis.call('EXISTS', key('initialised')) == 0 then
	if heartbeats_gen() > 0 then return {'NOT_INITIALISED'} end
	redis.call('SET', key('initialised'), dec(now_ms()))
	redis.call('SET', key('schema_version'), dec(schema))
	redis.call('SET', key('key_check'), ARGV[2])
	group_ensure()
	return {'OK', 'gen', gen, 'first', '1'}
end
local stored = tonumber(redis.call('GET', key('schema_version')) or '0')
if stored > schema then return {'NEWER_SCHEMA', 'stored', dec(stored)} end
if redis.call('GET', key('key_check')) ~= ARGV[2] then return {'WRONG_KEY'} end
group_ensure()
return {'OK', 'gen', gen, 'first', '0'}
