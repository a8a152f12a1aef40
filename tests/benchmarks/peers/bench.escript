#!/usr/bin/env escript
%% The programs in Erlang; prints a name and milliseconds a line. Arguments: name, size, name, size, ...
-mode(compile).

main([Name, Size | Rest]) ->
    N = list_to_integer(Size),
    Times = lists:sort([measure(Name, N) || _ <- [1, 2, 3]]),
    case lists:nth(2, Times) of
        none -> ok;
        Time -> io:format("~s\t~.3f~n", [Name, Time / 1000])
    end,
    main(Rest);
main([]) -> ok.

%% In a fresh process, so that a heap grown by the last run helps nobody.
measure(Name, N) ->
    Self = self(),
    spawn(fun() -> Self ! {done, element(1, timer:tc(fun() -> run(Name, N) end))} end),
    receive {done, Time} -> case known(Name) of true -> Time; false -> none end end.

known(Name) -> lists:member(Name, ["loop", "fib", "list", "closures", "try and throw", "ring", "spawn", "ping-pong"]).

run("loop", N) -> loop(0, N);
run("fib", N) -> fib(N);
run("list", N) -> Tuple = list_to_tuple(build(0, N)), add(Tuple, 1, N, 0);
run("closures", N) -> closures(N, 0);
run("try and throw", N) -> throws(N);
run("ring", N) ->
    First = self(),
    Last = lists:foldl(fun(_, Next) -> spawn(fun() -> worker(Next) end) end, First, lists:seq(1, 999)),
    laps(N div 1000, Last),
    exit(Last, kill);
run("spawn", N) -> spawn_all(N);
run("ping-pong", N) ->
    Pong = spawn(fun pong/0),
    ping(N div 2, Pong),
    exit(Pong, kill);
run(_, _) -> ok.

loop(I, N) when I < N -> loop(I + 1, N);
loop(_, _) -> ok.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

build(I, N) when I < N -> [I | build(I + 1, N)];
build(_, _) -> [].

add(Tuple, I, N, Sum) when I =< N -> add(Tuple, I + 1, N, Sum + element(I, Tuple));
add(_, _, _, Sum) -> Sum.

closures(0, Sum) -> Sum;
closures(I, Sum) -> Add = fun(X) -> X + I end, closures(I - 1, Add(Sum)).

throws(0) -> ok;
throws(I) -> try throw(I) catch throw:_ -> ok end, throws(I - 1).

worker(Next) -> receive Message -> Next ! Message, worker(Next) end.

laps(0, _) -> ok;
laps(N, Last) -> Last ! N, receive _ -> laps(N - 1, Last) end.

spawn_all(0) -> ok;
spawn_all(N) -> spawn(fun() -> receive _ -> ok end end) ! N, spawn_all(N - 1).

pong() -> receive {From, I} -> From ! I, pong() end.

ping(0, _) -> ok;
ping(N, Pong) -> Pong ! {self(), N}, receive _ -> ping(N - 1, Pong) end.
