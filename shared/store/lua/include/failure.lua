-- failure.lua: how a failed call to the provider is told and when it is tried again. Needs values, record.
local HOUR_MS = 3600000
-- First wait and longest wait between two tries, ms; each try doubles.
local BACKOFF = {
	NO_STOCK = {30000, 600000}, RATE_LIMITED = {60000, 1800000}, TRANSIENT = {5000, 300000},
	FIREWALL = {60000, 600000}, NOT_ASSIGNED = {5000, 300000}, COOLDOWN = {60000, 60000},
	INVALID_KEY = {HOUR_MS, HOUR_MS}, EXPIRED_KEY = {HOUR_MS, HOUR_MS},
	NOT_OFFERED = {HOUR_MS, HOUR_MS},
}

-- The wait before try number `count` (1 …), with 10 % of jitter so that a fleet does not come back as one.
local function backoff_ms(class, count)
	local range = BACKOFF[class]
	local wait = math.min(range[1] * 2 ^ math.min(count - 1, 20), range[2])
	local usec = tonumber(redis.call('TIME')[2])
	return math.floor(wait * (0.9 + (usec % 1000) / 5000))
end

local function failure_json(class, message_id, params, provider_message, now, retry_at)
	return '{"class":"' .. class .. '","message_id":' .. json_text(message_id) .. ',"params":' .. params
		.. ',"provider_message":' .. json_text(provider_message) .. ',"at":' .. dec(now)
		.. ',"retry_at":' .. dec(retry_at) .. '}'
end

-- The sentences of most failures tell when the next try is: {s} seconds from now, at {time}. Who called knows only the
-- provider's wish, not our backoff.
local function params_with_wait(params, wait, now)
	if params:find('"s":', 1, true) then return params end
	local head = '{"s":' .. dec(math.ceil(wait / 1000)) .. ',"time":' .. dec(now + wait)
	return head .. (params:find('^{%s*}$') and '}' or (',' .. params:sub(2)))
end

-- The sentences name the vendor: params with its id, unless it is there.
local function params_with_provider(params, rec)
	if params:find('"provider":', 1, true) then return params end
	local head = provider_params(rec)
	return params:find('^{%s*}$') and head or (head:sub(1, -2) .. ',' .. params:sub(2))
end

-- At most 300 bytes, cut at the start of a UTF-8 character.
local function trimmed(s)
	if #s <= 300 then return s end
	local cut = 300
	while cut > 0 and s:byte(cut + 1) >= 128 and s:byte(cut + 1) < 192 do cut = cut - 1 end
	return s:sub(1, cut)
end

-- The texts of a failure from four arguments: class, message_id, params, provider_message; nil and a name if bad.
local function failure_args(class, message_id, params, provider_message)
	if not BACKOFF[class] then return nil, 'class' end
	if not message_id or not provider_message then return nil, 'message_id' end
	if params == '' then params = '{}' end
	if not is_json(params, '{') then return nil, 'params' end
	return {class = class, message_id = message_id, params = params, provider_message = trimmed(provider_message)}
end
