-- Put before every lane script. All times are milliseconds of the Redis server's own clock (now.lua). Names in capitals
-- that are not set here are the lanes' limits, put before this text (scripts.py).
--
-- A lane's keys, all in one hash slot:
--   m   HASH  f fence · o owner · x lease end · h event begun last · a how often, 0 once it is done · b not before
--             s state · w order of the newest finished event · r, ri order and id up to which events are ripe
--             la last arrival · fa first arrival of a burst · hu hold until
--             i reply in flight · ia since when · ig under which fence · n failed tries of the first reply
--             k when m and dd were last given time to live
--   q   ZSET  event id -> order        e   HASH  event id -> payload
--   ob  LIST  replies, first in first out, each "id|yields|body"
--   dd  ZSET  ids seen -> when
-- and of its partition:  sched ZSET lane -> when it needs attention · dlq STREAM dead letters
--
-- Invariant L (liveness): a lane with an event or a reply is in sched, at or before its lease end or due time.
-- Every script leaves it true.
--
-- A holder is valid only while the lease record is open: a release removes the owner, so that a renewal or a
-- commit that arrives after it is refused although its fence is still the newest number.
--
-- What costs are calls and functions: a script reads m once and writes it once, asks for nothing that it knows, and
-- what it shares with others is put after it (grant.lua, step.lua), because each function is made anew in each run.

local SCHED, DLQ, M, Q, E, OB, DD = unpack(KEYS)
local LANE, FENCE = ARGV[1], ARGV[2]
local URGENT = 1e15   -- an urgent event is queued at (order - URGENT): before all others, in order among its kind

local f, o, b, i, ig, n, w   -- of m, as they are after this script
local set = {}               -- fields with values that are still to be written to m
local t, fence, s, events, reply
local again, granted   -- whether a claim is sent once more; whether the answer is a grant
local was_sent         -- whether the reply that was in flight is done
local given            -- the number of the reply among those that came with this call
local fades            -- m and dd live as long as their lane is used, but not every event has to see to that

local function put(list, ...)
  for _, value in ipairs({...}) do list[#list + 1] = value end
end

-- Whether an event has waited for stragglers: it was queued when the last hold ended, or came late for that.
local function ripe(score, id, r, ri)
  local edge = tonumber(r or 0)
  return score < edge or score == edge and id <= (ri or '')
end

local function reply_id(some)
  return string.match(some, '^[^|]+')
end
