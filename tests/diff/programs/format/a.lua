for _, v in ipairs { 0, 1, 0.5, -1.5, 255.75, 1e300, 5e-324, math.huge, 1 / 3 } do print(("%a|%A|%.3a|%20a|%-20a|%+a|%.0a"):format(v, v, v, v, v, v, v)) end
