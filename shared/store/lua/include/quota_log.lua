-- quota_log.lua: the history's line when the month's limit was reached, and when it no longer holds. Needs log, record.

-- change: what record_save returned.
local function quota_log(rec, change, now)
	if change == 'reached' then
		log_add(now, rec.id, 'quota', 'warning', '', 'err.quota', quota_params(num(rec, 'quota_used'), quota_limit(text(rec, 'limits'))))
	elseif change == 'over' then
		log_add(now, rec.id, 'quota_over', 'success', '', '')
	end
end
