-- jobs_read(worker, count, min_idle_ms): hands out jobs: first those of workers that died (their entries not touched
-- for min_idle_ms), then new ones. Called by each scheduler, with count = its free provider slots. Never blocks.
-- KEYS[1] prefix. ARGV: worker (the scheduler's NODE_ID), count (1–1000), min_idle_ms.
-- OK jobs(JSON array of objects of texts: entry job kind id slot reason by region queued_at deliveries)
--@include keys
--@include values
local worker, count, min_idle_ms = ARGV[1], int(ARGV[2]), int(ARGV[3])
if (worker or '') == '' then return bad_argument('worker') end
if not count or count < 1 or count > 1000 then return bad_argument('count') end
if not min_idle_ms or min_idle_ms < 0 then return bad_argument('min_idle_ms') end
local jobs = {}

local function add(entry, deliveries)
	local out = {'"entry":"' .. entry[1] .. '","deliveries":"' .. dec(deliveries) .. '"'}
	for i = 1, #entry[2], 2 do out[#out + 1] = json_text(entry[2][i]) .. ':' .. json_text(entry[2][i + 1]) end
	jobs[#jobs + 1] = '{' .. table.concat(out, ',') .. '}'
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
return {'OK', 'jobs', '[' .. table.concat(jobs, ',') .. ']'}
