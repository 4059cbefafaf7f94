-- Entries of the spool that have lain there for a time, the oldest first; by the server's own clock, as their names are.
-- KEYS spool · ARGV age_ms count
local t = redis.call('TIME')
local until_ms = t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[1]
return redis.call('XRANGE', KEYS[1], '-', string.format('%.0f', until_ms), 'COUNT', ARGV[2])
