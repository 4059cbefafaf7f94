-- Store events in the order in which they came, before anybody has read them.
-- KEYS spool · ARGV payload ...
local entries = {}
for k, payload in ipairs(ARGV) do entries[k] = redis.call('XADD', KEYS[1], '*', 'payload', payload) end
return entries
