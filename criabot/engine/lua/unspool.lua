-- Take entries out of the spool: each is in its lane or needs none, or else becomes a dead letter for a reason.
-- KEYS spool dlq · ARGV entry reason ...
for k = 1, #ARGV, 2 do
  local entry, reason = ARGV[k], ARGV[k + 1]
  local found = reason ~= '' and redis.call('XRANGE', KEYS[1], entry, entry)[1]
  if found then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', DEAD_LETTERS, '*', 'lane', '', 'kind', 'event', 'id', entry,
      'reason', reason, 'payload', found[2][2])
  end
  redis.call('XDEL', KEYS[1], entry)
end
