local function show() print(debug.traceback("tb")) end
function globalfn() show() return 1 end
local t = { field = function() show() return 1 end, sub = { deep = function() show() return 1 end } } function t:method() show() return 1 end
globalfn() t.field() t.sub.deep() t:method() local function localfn() show() return 1 end localfn() (function() show() return 1 end)()
local up = function() show() return 1 end (function() up() return 1 end)() pcall(show) pcall(function() show() end) string.gsub("x", "x", show) table.sort({ 1, 2 }, function(a, b) show() return a < b end)
load("show = ... show()", "=chunk")(show) load("local s = ... local function inner() s() end inner()", "@file.lua")(show) setmetatable({}, { __index = function() show() end }).x = nil local _ = setmetatable({}, { __index = function() show() end }).x local _ = setmetatable({}, { __add = function() show() end }) + 1 for _ in show do end
