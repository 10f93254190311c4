-- strings: a lexer by patterns and positions
local source = ("local x1 = foo(bar, 42) + 3.14 -- comment\nif x1 >= 10 then return 'text' end\n"):rep(60)
local find, sub = string.find, string.sub
local kinds, total = {}, 0
for _ = 1, tonumber(arg[1]) or 2700 do
  local pos = 1
  while pos <= #source do
    local s, e = find(source, "^%s+", pos)
    if s then pos = e + 1 end
    if pos > #source then break end
    local kind
    s, e = find(source, "^[%a_][%w_]*", pos)
    if s then kind = "name" else
      s, e = find(source, "^%d+%.?%d*", pos)
      if s then kind = "number" else
        s, e = find(source, "^%-%-[^\n]*", pos)
        if s then kind = "comment" else
          s, e = find(source, "^'[^']*'", pos)
          if s then kind = "string" else kind, s, e = "symbol", pos, pos end
        end
      end
    end
    kinds[kind] = (kinds[kind] or 0) + 1
    total = total + #sub(source, s, e)
    pos = e + 1
  end
end
print(total, kinds.name, kinds.number, kinds.comment, kinds.string, kinds.symbol)
