local o = {}
function o:method() local t = self.missing return t.field end
o:method()
