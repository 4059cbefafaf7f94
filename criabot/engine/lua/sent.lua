-- The first reply is done (delivered, or given up with a reason). Popped once by its id: the echo may have won.
-- KEYS sched m q e ob dlq · ARGV lane fence lease_ms idle_ms reply_id dead_reason dlq_max reply...
local lane, m, ob = ARGV[1], KEYS[2], KEYS[5]
if fenced(m, ARGV[2]) then return {'FENCED'} end
local reply = redis.call('LINDEX', ob, 0)
if reply and reply_id(reply) == ARGV[5] then
  if ARGV[6] ~= '' then dead_letter(KEYS[6], ARGV[7], lane, 'reply', ARGV[5], reply, ARGV[6]) end
  redis.call('LPOP', ob)
  redis.call('HDEL', m, 'i', 'ia', 'ig', 'n', 'b')
  for k = 8, #ARGV do redis.call('RPUSH', ob, ARGV[k]) end
end
return step(KEYS[1], m, KEYS[3], KEYS[4], ob, lane, ARGV[2], now(), tonumber(ARGV[3]), ARGV[4])
