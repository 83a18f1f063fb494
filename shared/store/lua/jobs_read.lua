-- jobs_read(worker, count, min_idle_ms): hands out jobs: first those of workers that died (their entries not touched
-- for min_idle_ms), then new ones. Called by each scheduler, with count = its free provider slots. Never blocks.
-- KEYS[1] prefix. ARGV: worker (the scheduler's NODE_ID), count (1–1000), min_idle_ms.
-- What somebody else put into the stream, and nobody could ever end, goes to the list `dead` as it is.
-- OK jobs(JSON array of objects of texts: entry job kind id slot reason by region queued_at way target deliveries)
-- dead(count)
--@include keys
--@include values
local KINDS = {rotate = true, sync = true, check = true, release = true, notify = true, probe = true}
local FIELDS = {'job', 'kind', 'id', 'slot', 'reason', 'by', 'region', 'queued_at', 'way', 'target'}
local SWEEP_EVERY_MS, CONSUMER_GONE_MS = 3600000, 86400000
local worker, count, min_idle_ms = ARGV[1], int(ARGV[2]), int(ARGV[3])
if (worker or '') == '' then return bad_argument('worker') end
if not count or count < 1 or count > 1000 then return bad_argument('count') end
if not min_idle_ms or min_idle_ms < 0 then return bad_argument('min_idle_ms') end
local jobs, dead = {}, 0

-- What every kind of work needs to be claimed and ended.
local function is_job(fields)
	local kind, id, number = (fields.job or ''):match('^(%l+)%-(%d+)%-(%d+)$')
	return KINDS[kind] and fields.kind == kind and fields.id == id and int(id) and int(number)
		and (kind ~= 'rotate' or fields.slot == number)
end

local function bury(entry, deliveries)
	local raw = {}
	for i = 1, #entry[2] do raw[i] = json_text(entry[2][i]:sub(1, 200)) end
	redis.call('XADD', key('dead'), 'MAXLEN', '~', 10000, '*', 'job', '', 'id', '', 'reason', 'not a job',
		'deliveries', dec(deliveries), 'at', dec(now_ms()), 'entry', entry[1],
		'raw', ('[' .. table.concat(raw, ',') .. ']'):sub(1, 4000))
	redis.call('XACK', key('jobs'), 'workers', entry[1])
	redis.call('XDEL', key('jobs'), entry[1])
	dead = dead + 1
end

local function add(entry, deliveries)
	local fields = {}
	for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
	if not is_job(fields) then return bury(entry, deliveries) end
	local out = {'"entry":"' .. entry[1] .. '","deliveries":"' .. dec(deliveries) .. '"'}
	for _, name in ipairs(FIELDS) do
		if fields[name] then out[#out + 1] = '"' .. name .. '":' .. json_text(fields[name]) end
	end
	jobs[#jobs + 1] = '{' .. table.concat(out, ',') .. '}'
end

-- A scheduler that comes back under another name leaves its consumer behind. To one that lives and had nothing for a
-- day it makes no difference: its next job makes its consumer anew.
local function sweep_consumers()
	for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', key('jobs'), 'workers')) do
		local consumer = {}
		for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
		if consumer.pending == 0 and consumer.idle > CONSUMER_GONE_MS then
			redis.call('XGROUP', 'DELCONSUMER', key('jobs'), 'workers', consumer.name)
		end
	end
end

-- XAUTOCLAIM looks at 10 × count entries in work a call; the next call, whoever's, goes on where this one stopped.
local cursor = redis.call('GET', key('jobs:cursor')) or '0-0'
local orphans = redis.pcall('XAUTOCLAIM', key('jobs'), 'workers', worker, min_idle_ms, cursor, 'COUNT', count)
if orphans.err then -- the stream is gone (a store that was flushed)
	redis.call('XGROUP', 'CREATE', key('jobs'), 'workers', '0', 'MKSTREAM')
	orphans = {'0-0', {}}
end
if orphans[1] ~= cursor then redis.call('SET', key('jobs:cursor'), orphans[1]) end
for _, entry in ipairs(orphans[2]) do
	local pending = redis.call('XPENDING', key('jobs'), 'workers', entry[1], entry[1], 1)
	add(entry, pending[1] and pending[1][4] or 1)
end
if #jobs < count then
	local fresh = redis.call('XREADGROUP', 'GROUP', 'workers', worker, 'COUNT', count - #jobs, 'STREAMS', key('jobs'), '>')
	for _, entry in ipairs(fresh and fresh[1] and fresh[1][2] or {}) do add(entry, 1) end
end
if #jobs == 0 and dead == 0 and redis.call('SET', key('jobs:swept'), worker, 'NX', 'PX', SWEEP_EVERY_MS) then
	sweep_consumers()
end
return {'OK', 'jobs', '[' .. table.concat(jobs, ',') .. ']', 'dead', dec(dead)}
