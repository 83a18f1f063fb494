-- proxy_args.lua: what people may write into a record, and the cheap checks of it; api-node has checked the texts
-- already, so a refusal here is a second fence. Needs keys, values.
--@include limits
local MODES = {inherit = true, expiration = true, interval = true, manual = true}
local ON_ROTATES = {drain = true, cut = true, keep = true}
local function is_text(most) return function(v) return #v <= most end end
local function is_int(least, most)
	return function(v)
		local n = int(v)
		return n and n >= least and n <= most
	end
end
local function is_json_kind(open) return function(v) return #v <= 65536 and is_json(v, open) end end
local DAY_MAX = 10 ^ 14 -- epoch ms

local PROXY_ARGS = {
	key_name = is_text(512), region = function(v) return v:find('^[%w_%-]*$') and #v <= 16 end,
	user_id = is_int(0, 10 ^ 15), is_active = is_int(0, 1), tags = is_json_kind('['), note = is_text(8192),
	allow = is_json_kind('['), password = is_text(1024), password_hash = is_text(64), limits = is_limits,
	on_rotate = function(v) return ON_ROTATES[v] end, drain_seconds = is_int(0, 3600),
	rotate_mode = function(v) return MODES[v] end,
	rotate_interval_minutes = function(v) return v == '' or is_int(2, 1440)(v) end,
	rotate_idle_only = is_int(0, 1),
	paid_until = function(v) return v == '' or is_int(0, DAY_MAX)(v) end,
	price_vnd = function(v) return v == '' or is_int(0, 10 ^ 12)(v) end,
	plan_days = function(v) return v == '' or is_int(0, 3650)(v) end,
	provider_key = is_text(2048), provider_key_hmac = is_text(64),
	remote_http = is_text(128), remote_socks5 = is_text(128), remote_user = is_text(512),
	remote_password = is_text(1024), remote_ip = is_text(64), location = is_text(256),
}
local STATIC_ARGS = {remote_http = true, remote_socks5 = true, remote_user = true, remote_password = true,
	remote_ip = true, location = true}

-- A proxy is nobody's (nil, '0') or a user's who is there: that one may be gone since the request came.
local function user_there(user_id)
	return not user_id or user_id == '0' or redis.call('EXISTS', key_user(user_id)) == 1
end
