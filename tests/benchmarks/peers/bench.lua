-- The programs in Lua; prints a name and milliseconds a line. Arguments: name, size, name, size, ...
local programs = {}
programs["loop"] = function(size) local i = 0 while i < size do i = i + 1 end end
local function fibonacci(n) if n < 2 then return n end return fibonacci(n - 1) + fibonacci(n - 2) end
programs["fib"] = function(size) fibonacci(size) end
programs["list"] = function(size)
  local values, i = {}, 0
  while i < size do values[#values + 1] = i; i = i + 1 end
  local sum = 0
  for k = 1, #values do sum = sum + values[k] end
end
programs["closures"] = function(size)
  local sum = 0
  for i = size, 1, -1 do local add = function(x) return x + i end; sum = add(sum) end
end
programs["try and throw"] = function(size) for i = size, 1, -1 do pcall(error, i) end end
programs["texts"] = function(size) for i = size, 1, -1 do local text = "number " .. i .. ", "; local length = #text end end
for index = 1, #arg, 2 do
  local run = programs[arg[index]]
  if run then
    local times = {}
    for round = 1, 3 do
      local begun = os.clock()
      run(tonumber(arg[index + 1]))
      times[round] = os.clock() - begun
    end
    table.sort(times)
    print(string.format("%s\t%.3f", arg[index], times[2] * 1000))
  end
end
