-- store_open(schema_version, key_check, known_generation): is this our store, and of a schema this program knows?
-- Called by store.c on each new link, after generation_bump. Makes an empty store ours, unless somebody held data of
-- it: a heartbeat reports a generation, or the caller itself has had one open. Then the data are lost, and a fresh
-- start must not look like a valid empty fleet; nor must one that another, fresh process has made meanwhile: its
-- `initialised` is younger than what the caller knew. `routes:allow_empty` naming the generation lifts that: an
-- administrator says that the fleet shall begin anew.
-- KEYS[1] prefix. ARGV: schema_version (number), key_check (text that only our SECRET_KEY gives), known_generation
-- (what this process had open last; 0: nothing yet).
-- OK gen first(0|1) | NEWER_SCHEMA stored | WRONG_KEY | NOT_INITIALISED
--@include keys
--@include values
--@include nodes
local schema, known = int(ARGV[1]), int(ARGV[3])
if not schema then return bad_argument('schema_version') end
if not known or known < 0 then return bad_argument('known_generation') end
local gen = redis.call('GET', key('generation')) or '0'

local function group_ensure()
	if redis.call('EXISTS', key('jobs')) == 1 then
		for _, group in ipairs(redis.call('XINFO', 'GROUPS', key('jobs'))) do
			if group[2] == 'workers' then return end
		end
	end
	redis.call('XGROUP', 'CREATE', key('jobs'), 'workers', '0', 'MKSTREAM')
end

-- `initialised` holds the generation in which the store began; a later one than the caller knew is another store's.
local begun = int(redis.call('GET', key('initialised')) or '0') or 0
local allowed = redis.call('GET', key('routes:allow_empty')) == gen
if known > 0 and not allowed and (begun == 0 or begun > known) then return {'NOT_INITIALISED'} end
if begun == 0 then
	if heartbeats_gen() > 0 and not allowed then return {'NOT_INITIALISED'} end
	redis.call('SET', key('initialised'), gen)
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
