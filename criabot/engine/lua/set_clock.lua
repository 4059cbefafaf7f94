-- Turn the virtual clock, and with it the time that keys have left to live.
-- KEYS clock · ARGV ahead_ms pattern
local step = ARGV[1] - (redis.call('GET', KEYS[1]) or 0)
redis.call('SET', KEYS[1], ARGV[1])
if step <= 0 then return end
for _, key in ipairs(redis.call('KEYS', ARGV[2])) do
  local left = redis.call('PTTL', key)
  if left >= 0 then redis.call('PEXPIRE', key, left - step) end
end
