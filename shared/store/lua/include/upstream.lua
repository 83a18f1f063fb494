-- upstream.lua: what a provider's answer does to a record. Needs values, record.
local UPSTREAM_FIELDS = {
	remote_http = true, remote_socks5 = true, remote_user = true, remote_password = true, remote_ip = true,
	location = true, ttl = true, ttc = true, provider_expires_at = true,
}

-- Reads name, value, … from ARGV[first]. nil and a name when one is not allowed; `by` comes apart.
local function upstream_args(first)
	local up, by = {}, ''
	for i = first, #ARGV, 2 do
		local name, value = ARGV[i], ARGV[i + 1]
		if name == 'by' and value then
			by = value
		elseif UPSTREAM_FIELDS[name] and value then
			up[name] = value
		else
			return nil, name
		end
	end
	if (up.remote_http or '') == '' and (up.remote_socks5 or '') == '' then return nil, 'remote_http' end
	return up, by
end

-- Whether this is the address that the record already has.
local function upstream_same(rec, up)
	local ip = up.remote_ip or ''
	if ip ~= '' and text(rec, 'remote_ip') ~= '' then return ip == text(rec, 'remote_ip') end
	return has_upstream(rec) and (up.remote_http or '') == text(rec, 'remote_http')
		and (up.remote_socks5 or '') == text(rec, 'remote_socks5')
end

-- What is known of the upstream that was.
local function upstream_forget(rec)
	for _, known in ipairs({'exit_ip', 'exit_ip_checked_at', 'checked_at_ms', 'failure_declined'}) do set(rec, known, '') end
end

-- Fields the answer does not have become empty: the old upstream's password is not the new one's.
local function upstream_set(rec, up, now, expires_in_ms, next_change_in_ms)
	for _, name in ipairs({'remote_http', 'remote_socks5', 'remote_ip'}) do
		if text(rec, name) ~= (up[name] or '') then upstream_forget(rec) end
	end
	for name in pairs(UPSTREAM_FIELDS) do set(rec, name, up[name] or '') end
	set(rec, 'expiration_at', expires_in_ms > 0 and now + expires_in_ms or '')
	set(rec, 'next_request_at', next_change_in_ms > 0 and now + next_change_in_ms or '')
end
