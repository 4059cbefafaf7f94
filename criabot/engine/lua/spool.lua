-- Store events in the order in which they came, before anybody has read them; nothing if another process is alive,
-- for what comes in there would overtake them.
-- KEYS spool alive · ARGV owner alive_ms payload ...
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[2], now, ARGV[1])
local entries = {}
if redis.call('ZCOUNT', KEYS[2], now - ARGV[2], '+inf') > 1 then return entries end
for k = 3, #ARGV do entries[k - 2] = redis.call('XADD', KEYS[1], '*', 'payload', ARGV[k]) end
return entries
