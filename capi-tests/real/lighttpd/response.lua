-- Runs when a response starts: marks those that ask for it.
local r = lighty.r
if r.req_header["X-Mark"] then
  r.resp_header["X-Marked"] = r.req_header["X-Mark"]:upper():reverse()
  r.resp_header["X-Status"] = tostring(r.req_item and r.req_item.http_status)
end
