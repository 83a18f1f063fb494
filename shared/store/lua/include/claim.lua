-- claim.lua: whether a worker may still end its job. Needs keys, values, topics, record, jobs, due.

-- nil, or the refusal. slot: nil for a sync. After a refused end the provider may have done something that the
-- record does not know: a sync follows. Writes only when it refuses.
local function claim_refusal(rec, entry, job, id, slot, fence, claim_gen, now)
	if claim_gen ~= gen then
		if rec then redis.call('ZADD', key_due('sync'), now, id) end
		return {'STALE_GENERATION', 'gen', gen} -- the entry stays: whoever reads it next knows this generation
	end
	if not rec then
		job_end(entry, job, result_error('', 'err.unknown', '{}', 0))
		publish()
		return {'GONE'}
	end
	if slot and slot == num(rec, 'last_slot') then
		job_drop(entry)
		if num(rec, 'fence') ~= fence then redis.call('ZADD', key_due('sync'), now, id) end -- another's end, not ours
		return {'ALREADY', 'result', result_stored(rec, job)}
	end
	if slot and slot ~= num(rec, 'open_slot') then
		job_drop(entry)
		redis.call('ZADD', key_due('sync'), now, id)
		return {'SUPERSEDED'}
	end
	if text(rec, 'claim_job') ~= job or num(rec, 'fence') ~= fence then
		redis.call('ZADD', key_due('sync'), now, id)
		return {'STALE_FENCE', 'fence', text(rec, 'fence')}
	end
	return nil
end
