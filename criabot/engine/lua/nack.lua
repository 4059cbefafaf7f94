-- Give a lane back undone, for some time: after a failed turn, a reply to try again later, or a shutdown.
-- KEYS sched m q ob · ARGV lane fence idle_ms delay_ms what
--   what: 'turn' a failed turn · 'unsure' a reply whose fate is unknown (stays in flight) · 'unsent' a reply that
--         certainly did not leave · 'undo' nothing was tried, the attempt does not count
local lane, m, what = ARGV[1], KEYS[2], ARGV[5]
if fenced(m, ARGV[2]) then return {'FENCED'} end
local t, delay = now(), tonumber(ARGV[4])
if what == 'unsent' then redis.call('HDEL', m, 'i', 'ia', 'ig') end
if what == 'unsent' or what == 'unsure' then redis.call('HINCRBY', m, 'n', 1) end
if what == 'undo' and redis.call('HEXISTS', m, 'a') == 1 then redis.call('HINCRBY', m, 'a', -1) end
if delay > 0 then redis.call('HSET', m, 'b', t + delay) end
local head = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
local failed = what == 'turn' and head[1] == redis.call('HGET', m, 'h')
if head[2] and tonumber(head[2]) < 0 and not failed then delay = 0 end   -- an urgent event waits for nothing but itself
return {'IDLE', release(KEYS[1], m, KEYS[3], KEYS[4], lane, t + delay, ARGV[3]) and delay or -1}
