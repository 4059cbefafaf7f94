-- Take a lane that is due: a new fence, a lease, and the first step. The owner is another for each claim: who sends a
-- claim again because its answer was lost gets the same grant.
-- KEYS sched m q e ob · ARGV lane owner lease_ms idle_ms
local lane, lease_ms = ARGV[1], tonumber(ARGV[3])
local t = now()
local at = redis.call('ZSCORE', KEYS[1], lane)
local again = redis.call('HGET', KEYS[2], 'o') == ARGV[2]
if not again and (not at or tonumber(at) > t) then return {'BUSY'} end
if redis.call('EXISTS', KEYS[3], KEYS[5]) == 0 then
  release(KEYS[1], KEYS[2], KEYS[3], KEYS[5], lane, t, ARGV[4])   -- an echo did what its dead holder had left
  return {'BUSY'}
end
return grant(KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], lane, ARGV[2], again, t, lease_ms, ARGV[4])
