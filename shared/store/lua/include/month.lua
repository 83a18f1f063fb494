-- month.lua: what a proxy has carried in a calendar month, in UTC: `months:<id>`, one field a month ("2026-11"), "up down
-- connections errors". Needs keys, values.
local DAY_MS, MONTHS_KEPT, MONTHS_KEEP_SECONDS = 86400000, 13, 400 * 86400
local MONTH_DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

-- The month of a moment (epoch ms), and when the next one begins.
local function month_of(ms)
	local days, year = math.floor(ms / DAY_MS), 1970
	local function days_of_year() return (year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)) and 366 or 365 end
	while days >= days_of_year() do
		days = days - days_of_year()
		year = year + 1
	end
	for month, length in ipairs(MONTH_DAYS) do
		if month == 2 and days_of_year() == 366 then length = 29 end
		if days < length then
			return string.format('%04d-%02d', year, month), (math.floor(ms / DAY_MS) - days + length) * DAY_MS
		end
		days = days - length
	end
end

local function month_used(id, month)
	local up, down = (redis.call('HGET', key_months(id), month) or '0 0'):match('^(%d+) (%d+)')
	return tonumber(up) + tonumber(down)
end

-- Adds four numbers to a field of four.
local function sums_add(old, counts)
	local i = 0
	return (old:gsub('%d+', function(sum)
		i = i + 1
		return dec(tonumber(sum) + counts[i])
	end))
end

-- Returns the bytes carried in that month by now.
local function month_add(id, month, counts)
	local months = key_months(id)
	local old = redis.call('HGET', months, month)
	local sums = sums_add(old or '0 0 0 0', counts)
	redis.call('HSET', months, month, sums)
	if not old then
		redis.call('EXPIRE', months, MONTHS_KEEP_SECONDS)
		local names = redis.call('HKEYS', months)
		table.sort(names)
		for i = 1, #names - MONTHS_KEPT do redis.call('HDEL', months, names[i]) end
	end
	local up, down = sums:match('^(%d+) (%d+)')
	return tonumber(up) + tonumber(down)
end
