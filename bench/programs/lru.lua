-- tables: a cache as hash table and doubly linked list
local capacity, size, map, head, tail, hits = 500, 0, {}, {}, {}, 0
head.next, tail.prev = tail, head
local function unlink(n) n.prev.next, n.next.prev = n.next, n.prev end
local function front(n) n.next, n.prev = head.next, head head.next.prev = n head.next = n end
local seed = 1
for _ = 1, tonumber(arg[1]) or 4400000 do
  seed = (seed * 16807) % 2147483647
  local key = seed % 700
  local n = map[key]
  if n then
    hits = hits + 1
    unlink(n)
  else
    if size == capacity then
      local old = tail.prev
      unlink(old)
      map[old.key] = nil
      size = size - 1
    end
    n = { key = key }
    map[key] = n
    size = size + 1
  end
  front(n)
end
print(hits, size)
