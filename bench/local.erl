%% The benchmarks of local_definition.h in Erlang, written to be as fast as Erlang goes: bare
%% processes and messages, no OTP behaviours; requests are matched by a fresh reference, which the
%% compiler knows how to receive without looking at older messages.
%%
%%   erlc local.erl
%%   erl -noshell +S 2:2 +P 2000000 -run local main -extra ring --actors=1000 --messages=100000
-module(local).
-export([main/0]).

-define(MASK, 16#ffffffff).
-define(ROUNDS, 10000).

main() ->
  [Benchmark | Arguments] = init:get_plain_arguments(),
  Options = maps:from_list([option(Argument) || Argument <- Arguments]),
  Actors = maps:get("--actors", Options, 0),
  Messages = maps:get("--messages", Options, 0),
  case Benchmark of
    "ping_pong" -> ping_pong(Messages);
    "ring" -> ring(Actors, Messages);
    "many_to_one" -> many_to_one(Actors, Messages);
    "create" -> create(Actors);
    "skynet" -> skynet(Actors);
    "independent" -> independent(Actors, Messages)
  end,
  halt(0).

option(Argument) ->
  [Name, Value] = string:split(Argument, "="),
  {Name, list_to_integer(Value)}.

%% Starts the clock, lets the work begin, waits for its result.
measure(Start) ->
  Memory = resident_memory(),
  Processor = processor_time(),
  Begin = erlang:monotonic_time(),
  Start(),
  receive {result, Result} -> ok end,
  Wall = erlang:convert_time_unit(erlang:monotonic_time() - Begin, native, microsecond),
  io:format("{\"result\": ~b, \"wall_seconds\": ~.6f, \"processor_seconds\": ~.3f, "
            "\"memory_bytes\": ~b}~n",
            [Result, Wall / 1.0e6, (processor_time() - Processor) / 1.0e3,
             max(0, resident_memory() - Memory)]).

%% What all threads have used, in milliseconds.
processor_time() -> element(1, statistics(runtime)).

%% What the whole process has, as for the other programs; 0 where the system has no such file.
resident_memory() ->
  case file:read_file("/proc/self/status") of
    {ok, Status} ->
      {match, [Kibibytes]} =
        re:run(Status, "VmRSS:\\s*([0-9]+)", [{capture, all_but_first, list}]),
      list_to_integer(Kibibytes) * 1024;
    {error, _} -> 0
  end.

%% --- ping_pong ---

ping_pong(Messages) ->
  Main = self(),
  Ponger = spawn_link(fun ponger/0),
  Pinger = spawn_link(fun() ->
    receive start -> Main ! {result, ask(Ponger, 0, Messages, 0)} end
  end),
  measure(fun() -> Pinger ! start end).

ponger() ->
  receive
    {Reference, From, Number} ->
      From ! {Reference, Number + 1},
      ponger()
  end.

ask(_, Messages, Messages, Sum) -> Sum;
ask(Ponger, Number, Messages, Sum) ->
  Reference = make_ref(),
  Ponger ! {Reference, self(), Number},
  receive {Reference, Answer} -> ask(Ponger, Number + 1, Messages, Sum + Answer) end.

%% --- ring ---

ring(Actors, Messages) ->
  Main = self(),
  Last = spawn_link(fun() -> receive {next, First} -> ring_node(Actors - 1, First, Main) end end),
  First = lists:foldl(
    fun(Number, Next) -> spawn_link(fun() -> ring_node(Number, Next, Main) end) end,
    Last, lists:seq(Actors - 2, 0, -1)),
  Last ! {next, First},
  First ! {Actors, 0},
  receive {result, _} -> ok end,
  measure(fun() -> First ! {Messages, 0} end).

ring_node(Number, Next, Main) ->
  receive
    {0, Check} ->
      Main ! {result, next_check(Check, Number)},
      ring_node(Number, Next, Main);
    {Left, Check} ->
      Next ! {Left - 1, next_check(Check, Number)},
      ring_node(Number, Next, Main)
  end.

next_check(Check, Number) -> (Check * 31 + Number) band ?MASK.

%% --- many_to_one ---

many_to_one(Actors, Messages) ->
  Main = self(),
  Collector = spawn_link(fun() -> Main ! {result, collect(Actors * Messages, 0)} end),
  Senders = [spawn_link(fun() ->
    receive start -> send(Collector, I * Messages, (I + 1) * Messages) end
  end) || I <- lists:seq(0, Actors - 1)],
  measure(fun() -> [Sender ! start || Sender <- Senders] end).

collect(0, Sum) -> Sum;
collect(Left, Sum) -> receive Number -> collect(Left - 1, Sum + Number) end.

send(_, End, End) -> ok;
send(To, Number, End) ->
  To ! Number,
  send(To, Number + 1, End).

%% --- create ---

create(Actors) ->
  Main = self(),
  Maker = spawn_link(fun() ->
    receive start -> ok end,
    Children = make(Actors, 0, self(), []),
    Main ! {result, collect(Actors, 0)},
    receive stop -> length(Children) end
  end),
  measure(fun() -> Maker ! start end).

make(Actors, Actors, _, Children) -> Children;
make(Actors, Number, Maker, Children) ->
  Child = spawn(fun() -> Maker ! Number, receive stop -> ok end end),
  make(Actors, Number + 1, Maker, [Child | Children]).

%% --- skynet ---

skynet(Leaves) ->
  Main = self(),
  Begin = fun() -> spawn(fun() -> Main ! {result, skynet_sum(0, Leaves)} end) end,
  measure(Begin).

skynet_node(Maker, First, 1) -> Maker ! First;
skynet_node(Maker, First, Leaves) -> Maker ! skynet_sum(First, Leaves).

skynet_sum(First, Leaves) ->
  Maker = self(),
  Part = Leaves div 10,
  make_ten(Maker, First, Part, 10),
  collect(10, 0).

make_ten(_, _, _, 0) -> ok;
make_ten(Maker, First, Part, Left) ->
  spawn(fun() -> skynet_node(Maker, First, Part) end),
  make_ten(Maker, First + Part, Part, Left - 1).

%% --- independent ---

independent(Actors, Messages) ->
  Main = self(),
  Collector = spawn_link(fun() -> Main ! {result, collect(Actors, 0)} end),
  Workers = [spawn_link(fun() -> worker(Number, Collector) end)
             || Number <- lists:seq(0, Actors - 1)],
  measure(fun() -> [Worker ! Messages || Worker <- Workers] end).

worker(State, Collector) ->
  receive
    1 -> Collector ! work(?ROUNDS, State);
    Left ->
      self() ! Left - 1,
      worker(work(?ROUNDS, State), Collector)
  end.

work(0, State) -> State;
work(Left, State) -> work(Left - 1, ((State bxor (State bsr 15)) * 69069 + 1) band ?MASK).
