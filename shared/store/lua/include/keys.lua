-- keys.lua: the only place where scripts spell key names. KEYS[1] is the prefix, e.g. "{kp}:"; its braces keep
-- all of a fleet in one Cluster slot, so that a script may build further names from it.
local function key(name) return KEYS[1] .. name end
local function key_proxy(id) return KEYS[1] .. 'proxy:' .. id end
local function key_deleted(id) return KEYS[1] .. 'deleted:' .. id end
local function key_due(kind) return KEYS[1] .. 'due:' .. kind end
local function key_result(job) return KEYS[1] .. 'result:' .. job end
local function key_log_of(id) return KEYS[1] .. 'log:' .. id end
local function key_months(id) return KEYS[1] .. 'months:' .. id end
local function key_node(node) return KEYS[1] .. 'node:' .. node end
-- part: queue, texts, more, batch; nil: the channel itself.
local function key_notice(id, part) return KEYS[1] .. 'notice:' .. id .. (part and (':' .. part) or '') end
local function key_user(id) return KEYS[1] .. 'user:' .. id end
local function key_user_sessions(id) return KEYS[1] .. 'user:' .. id .. ':sessions' end
local function key_session(hash) return KEYS[1] .. 'session:' .. hash end
local function key_token(hash) return KEYS[1] .. 'token:' .. hash end
local function key_user_tokens(id) return KEYS[1] .. 'user:' .. id .. ':tokens' end
