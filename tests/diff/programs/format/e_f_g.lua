for _, v in ipairs { 0, 1, -1.5, 1e10, 1e-10, 123456789, 0.1, 1e100, math.huge, -math.huge, 1 / 3, 5e-324, -0.0 } do
  print(("%e|%f|%g|%E|%G|%.0f|%.3e|%10.2f|%-10.2f|%+g|% g|%#g|%010.3f|%.14g|%.17g|%#.0f"):format(v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v))
end
print((("%f"):format(0 / 0):gsub("-", ""))) print(pcall(string.format, "%f", "x")) print(pcall(string.format, "%f", {})) print(("%f %g"):format("1.5", "0x10"))
