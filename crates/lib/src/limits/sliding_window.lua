-- Decides about several windows at once and, when all have room, charges all: one atomic step on the server's clock.
--
-- ARGV: for each window limit, length, grain, cost; times in microseconds.
-- KEYS: one list for each window. Then, where there is a window, the name of this call: one that comes a second time, because
-- its answer was lost, is let through as it was and charged once. Then, where the server keeps all keys together, the mark:
-- it stays as long as the server forgets nothing.
-- An entry of a list is "opened latest units total": units that came from `opened` on and leave together when `latest`
-- is one length ago, and the sum of all units ever put into this list up to and with this entry. What is in use is the
-- difference of two sums, so a decision reads the two ends of a list however long it is.
-- A cost of 0 asks whether one unit would fit, and charges nothing.
-- Answers: now, and for each window what is left, the wait until more is, and the wait until the cost fits or -1; then what
-- the mark says, 0 where there is none.

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local count = #ARGV / 4
local call = count > 0 and KEYS[count + 1]
local mark = KEYS[count > 0 and count + 2 or 1]

local function read(text)
  if not text then return nil end
  local opened, latest, units, total = string.match(text, '^(%d+) (%d+) (%d+) (%d+)$')
  return { opened = tonumber(opened), latest = tonumber(latest), units = tonumber(units), total = tonumber(total) }
end

-- tostring() would round a moment to 14 digits.
local function written(entry)
  return string.format('%.0f %.0f %.0f %.0f', entry.opened, entry.latest, entry.units, entry.total)
end

local function until_freed(window, units)
  local entry = window.first
  if entry.units < units then
    for _, text in ipairs(redis.call('LRANGE', window.key, 0, -1)) do
      entry = read(text)
      if entry.total - window.before >= units then break end
    end
  end
  return entry.latest + window.length - now
end

local windows = {}
local passes = true
for i = 1, count do
  local key = KEYS[i]
  local window = {
    key = key,
    limit = tonumber(ARGV[4 * i - 3]),
    length = tonumber(ARGV[4 * i - 2]),
    grain = tonumber(ARGV[4 * i - 1]),
    cost = tonumber(ARGV[4 * i]),
    used = 0,
    wait = -1,
  }
  window.first = read(redis.call('LINDEX', key, 0))
  while window.first and window.first.latest + window.length <= now do
    redis.call('LPOP', key)
    window.first = read(redis.call('LINDEX', key, 0))
  end
  if window.first then
    window.last = read(redis.call('LINDEX', key, -1))
    window.before = window.first.total - window.first.units
    window.used = window.last.total - window.before
  end
  local missing = math.max(1, window.cost) - math.max(0, window.limit - window.used)
  if missing > 0 then
    passes = false
    window.wait = until_freed(window, missing)
  end
  windows[i] = window
end

local again = call and redis.call('EXISTS', call) == 1
local charges = false
local answer = { now }
for _, window in ipairs(windows) do
  if again then
    window.wait = -1
  elseif passes and window.cost > 0 then
    charges = true
    local last = window.last
    -- The server's clock may have been set back: the list stays sorted, and nothing leaves early.
    local at = last and math.max(now, last.latest) or now
    if last and at - last.opened < math.max(window.grain, 1) then
      last.latest = at
      last.units = last.units + window.cost
      last.total = last.total + window.cost
      redis.call('LSET', window.key, -1, written(last))
      if window.first.opened == last.opened then window.first = last end
    else
      local total = last and last.total or 0
      last = { opened = at, latest = at, units = window.cost, total = total + window.cost }
      redis.call('RPUSH', window.key, written(last))
      window.first = window.first or last
    end
    window.used = window.used + window.cost
    -- For cleaning up only, and never before the last entry has left.
    redis.call('PEXPIREAT', window.key, string.format('%.0f', math.ceil((at + window.length) / 1000)))
  end
  answer[#answer + 1] = math.max(0, window.limit - window.used)
  answer[#answer + 1] = window.first and window.first.latest + window.length - now or 0
  answer[#answer + 1] = window.wait
end

if charges then redis.call('SET', call, '', 'PX', 5000) end
local marked = mark and tonumber(redis.call('GET', mark) or 0) or 0
-- Only beside a charge: a server that refuses to write still answers questions.
if mark and marked == 0 and charges then
  marked = now
  redis.call('SET', mark, string.format('%.0f', now))
end
answer[#answer + 1] = marked
return answer
