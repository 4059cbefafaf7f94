-- Entries of the spool that have lain there for a time, the oldest first; by the server's own clock, as their names are.
-- KEYS spool · ARGV age_ms (0: all, for the clock may have been turned back) count
local last = '+'
if tonumber(ARGV[1]) > 0 then
  local t = redis.call('TIME')
  last = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[1])
end
return redis.call('XRANGE', KEYS[1], '-', last, 'COUNT', ARGV[2])
