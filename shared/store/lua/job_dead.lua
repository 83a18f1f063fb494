-- job_dead(entry, job, id, reason, deliveries): a job that was delivered again and again (it kills its workers) goes to
-- the list `dead`; other proxies' work goes on. Called by schedulers after 5 deliveries. The slot of a rotation ends:
-- a later one starts afresh, with backoff.
-- KEYS[1] prefix. ARGV: entry, job, id, reason (text for operators), deliveries (number).
-- OK
--@include keys
--@include values
--@include topics
--@include log
--@include record
--@include jobs
--@include due
--@include failure
local entry, job, id, reason, deliveries = ARGV[1], ARGV[2], ARGV[3], ARGV[4], int(ARGV[5])
local kind, job_id, slot = job_parts(job or '')
if not is_entry(entry) then return bad_argument('entry') end
if not kind or job_id ~= id then return bad_argument('job') end
if not reason or not deliveries then return bad_argument('reason') end
local now, rec = now_ms(), kind ~= 'notify' and record_read(id) or nil
local ended, params, failure = rec and num(rec, 'last_slot'), '{}', nil
redis.call('XADD', key('dead'), 'MAXLEN', '~', 10000, '*', 'job', job, 'id', id, 'reason', reason,
	'deliveries', dec(deliveries), 'at', dec(now))
if rec then
	local tries = num(rec, 'retry_count') + 1
	local wait = backoff_ms('RATE_LIMITED', tries)
	if kind == 'rotate' and tonumber(slot) == num(rec, 'open_slot') then
		slot_end(rec, tonumber(slot), false)
		set(rec, 'retry_count', tries)
		set(rec, 'due_at', now + wait)
		params = params_with_provider('{"s":' .. dec(math.ceil(wait / 1000)) .. '}', rec)
		failure = failure_json('TRANSIENT', 'err.transient', params, '', now, now + wait)
		set(rec, 'last_error', failure)
		arm_rotate(rec, settings_read(), now, 0)
	elseif kind == 'sync' then
		set(rec, 'sync_entry', '')
		if text(rec, 'claim_job') == job then set(rec, 'claim_job', '') end
		arm_sync(rec, settings_read(), now, wait)
	elseif kind == 'check' then
		set(rec, 'check_entry', '')
	end
	record_save(rec, now)
	if failure and tries == 1 then notice_add(rec.fields, 'rotation_failed', text(rec, 'status'), now, failure) end
elseif kind == 'notify' and redis.call('HGET', key_notice(id), 'entry') == entry then
	-- Its message kills who sends it: it goes, others may be sent.
	redis.call('HINCRBY', key_notice(id), 'lost', redis.call('HGET', key_notice(id), 'sending') or 0)
	redis.call('DEL', key_notice(id, 'batch'))
	redis.call('HDEL', key_notice(id), 'sending', 'tries')
	redis.call('HSET', key_notice(id), 'entry', '')
end
if params == '{}' and rec then params = provider_params(rec) end
log_add(now, rec and id or '', 'dead', 'error', '', 'err.transient', '{"job":' .. json_text(job) .. ',"reason":'
	.. json_text(reason) .. ',"deliveries":' .. dec(deliveries) .. (params == '{}' and '}' or (',' .. params:sub(2))))
if rec and kind == 'rotate' and tonumber(slot) <= ended then
	job_drop(entry) -- the slot had ended before, and has its result
else
	job_end(entry, job, result_error('TRANSIENT', 'err.transient', params, 0))
end
publish()
return {'OK'}
