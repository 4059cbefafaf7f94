-- Give a lane back undone, for some time: after a failed turn, a reply to try again later, or a shutdown.
-- ARGV lane fence delay_ms what
--   what: 'turn' a failed turn · 'unsure' a reply whose fate is unknown (stays in flight) · 'unsent' a reply that
--         certainly did not leave · 'undo' nothing was tried, the attempt does not count
local delay, what = tonumber(ARGV[3]), ARGV[4]
local h, a
f, o, n, h, a = unpack(redis.call('HMGET', M, 'f', 'o', 'n', 'h', 'a'))
if f ~= FENCE or not o then return {'FENCED'} end
t = now()
if what == 'unsent' then redis.call('HDEL', M, 'i', 'ia', 'ig') end
if what == 'unsent' or what == 'unsure' then put(set, 'n', (n or 0) + 1) end
if what == 'undo' and tonumber(a or 0) > 0 then put(set, 'a', a - 1) end
if delay > 0 then put(set, 'b', t + delay) end
if set[1] then redis.call('HSET', M, unpack(set)) end
redis.call('HDEL', M, 'x', 'o')
local id, score = unpack(redis.call('ZRANGE', Q, 0, 0, 'WITHSCORES'))
if not id and redis.call('EXISTS', OB) == 0 then
  redis.call('ZREM', SCHED, LANE)
  return {'IDLE', -1}
end
local failed = what == 'turn' and id == h
if id and tonumber(score) < 0 and not failed then delay = 0 end   -- an urgent event waits for nothing but itself
redis.call('ZADD', SCHED, t + delay, LANE)
return {'IDLE', delay}
