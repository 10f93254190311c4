print(type(nil), type(type), type({}), type("") == "string", type(2), type(1 == 1), type(io.stdout), type(coroutine.create(type)))
