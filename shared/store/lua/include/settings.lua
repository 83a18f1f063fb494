-- settings.lua: the settings as followers see them. Needs keys, values.
local SETTINGS = { -- name, default, least, most
	{'auto_rotate_on_expiration', '1', 0, 1}, {'auto_rotate_interval_enabled', '0', 0, 1},
	{'auto_rotate_interval_minutes', '10', 2, 1440}, {'auto_rotate_on_failure', '1', 0, 1},
	{'auto_rotate_idle_wait_minutes', '30', 1, 1440}, {'auto_update_enabled', '1', 0, 1},
	{'auto_update_interval_seconds', '30', 5, 86400},
}

-- A JSON object of texts, defaults filled in, always in the same order.
local function settings_json()
	local stored, out = hash_read(key('settings')), {}
	for _, s in ipairs(SETTINGS) do out[#out + 1] = '"' .. s[1] .. '":' .. json_text(stored[s[1]] or s[2]) end
	out[#out + 1] = '"settings_version":"' .. (stored.settings_version or '0') .. '"'
	return '{' .. table.concat(out, ',') .. '}'
end
