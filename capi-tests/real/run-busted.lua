-- Runs a suite of busted and prints its results as cases: run-busted.lua [options] folder
require("case").used()
require("busted.runner")({ standalone = false })
