-- Put after claim.lua and ingest.lua, before step.lua: give the lane to `owner` if it is due (`at`): a new fence, a
-- lease, and the first step. The owner is another for each claim: who sends a claim again because its answer was lost
-- gets the same grant.
local k
f, o, b, i, ig, n, s, k = unpack(redis.call('HMGET', M, 'f', 'o', 'b', 'i', 'ig', 'n', 's', 'k'))
again = o == owner
if not again and (not at or tonumber(at) > t) then return {'BUSY'} end
events, reply = redis.call('ZRANGE', Q, 0, 1, 'WITHSCORES'), redis.call('LINDEX', OB, 0)
if not events[1] and not reply then   -- an echo did what its dead holder had left
  redis.call('HDEL', M, 'x', 'o')
  redis.call('ZREM', SCHED, LANE)
  return {'BUSY'}
end
fence = again and f or tostring((f or 0) + 1)
set = {'f', fence, 'o', owner}
granted, fades = true, not k or t - k >= RENEWAL
if fades then put(set, 'k', t) end
