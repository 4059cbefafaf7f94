-- The platform's echo proves that the first reply was delivered, perhaps before its own answer came.
-- KEYS sched m q ob · ARGV lane reply_id
local reply = redis.call('LINDEX', KEYS[4], 0)
if not reply or reply_id(reply) ~= ARGV[2] then return 0 end
redis.call('LPOP', KEYS[4])
redis.call('HDEL', KEYS[2], 'i', 'ia', 'ig', 'n', 'b')
if not redis.call('HGET', KEYS[2], 'o') then schedule(KEYS[1], KEYS[3], KEYS[4], ARGV[1], now()) end
return 1
