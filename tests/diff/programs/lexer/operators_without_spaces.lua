local a, b = 7, 2
print(a+b,a-b,a*b,a/b,a//b,a%b,a^b,a..b,a<<b,a>>b,a&b,a|b,a~b,-a,~a,#"x",a==b,a~=b,a<=b,a>=b,a<b,a>b)
local t={[1]=1;["x"]=2,y=3,4}print(t[1],t.x,t.y)::lbl::print"done"
