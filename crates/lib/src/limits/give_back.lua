-- Gives back what was charged at one moment to several windows, as far as it still counts: one atomic step.
--
-- KEYS: one list for each window, as `sliding_window.lua` writes them; then the name of this call: one that comes a second
-- time, because its answer was lost, gives nothing back again. ARGV: the moment, and for each window length and cost;
-- times in microseconds.
-- The units are those of the first entry whose latest moment is no earlier: of that entry, and never more than it has. The
-- sums of all entries from there on are less by as much.

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local charged = tonumber(ARGV[1])

if not redis.call('SET', KEYS[#KEYS], '', 'PX', 5000, 'NX') then return {} end
for i = 1, #KEYS - 1 do
  local key = KEYS[i]
  local length, cost = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local given, ends, kept, removed = nil, 0, {}, nil
  -- What has left its window by now is nobody's any more.
  local entries = charged + length > now and redis.call('LRANGE', key, 0, -1) or {}
  for _, text in ipairs(entries) do
    local opened, latest, units, total = string.match(text, '^(%d+) (%d+) (%d+) (%d+)$')
    units, total = tonumber(units), tonumber(total)
    if not given and tonumber(latest) >= charged then
      given = math.min(cost, units)
      units = units - given
    end
    removed = units == 0
    if not removed then
      kept[#kept + 1] = { opened, latest, units, total - (given or 0) }
      ends = tonumber(latest) + length
    end
  end
  -- The newest is gone: nobody joins the one before it, which is closed.
  if removed and #kept > 0 then kept[#kept][1] = '0' end
  if given and given > 0 then
    redis.call('DEL', key)
    for _, entry in ipairs(kept) do
      redis.call('RPUSH', key, string.format('%s %s %.0f %.0f', entry[1], entry[2], entry[3], entry[4]))
    end
    if #kept > 0 then redis.call('PEXPIREAT', key, string.format('%.0f', math.ceil(ends / 1000))) end
  end
end
return {}
