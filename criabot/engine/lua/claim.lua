-- Take a lane that is due.
-- ARGV lane owner
local owner = ARGV[2]
local at = redis.call('ZSCORE', SCHED, LANE)
t = now()
