%% The remote benchmarks of remote_definition.h in Erlang: two nodes, bare processes and messages.
%% remote_table starts both nodes, and epmd.
%%
%%   erlc remote.erl
%%   erl -noshell -name server@127.0.0.1 -run remote serve
%%   erl -noshell -name client@127.0.0.1 -run remote main -extra
%%       server@127.0.0.1 ask --messages=20000 --outstanding=256
-module(remote).
-export([main/0, serve/0]).

main() ->
  [Server, Benchmark | Arguments] = init:get_plain_arguments(),
  Options = maps:from_list([option(Argument) || Argument <- Arguments]),
  Messages = maps:get("--messages", Options),
  Peer = connect(list_to_atom(Server), 100),
  Payload = binary:copy(<<"x">>, 64),
  case Benchmark of
    "ask" -> ask(Peer, Messages, maps:get("--outstanding", Options, 1), Payload);
    "tell" -> tell(Peer, Messages, Payload)
  end,
  halt(0).

option(Argument) ->
  [Name, Value] = string:split(Argument, "="),
  {Name, list_to_integer(Value)}.

%% --- The server ---

serve() ->
  register(peer, self()),
  io:format("ready~n"),
  answer().

answer() ->
  receive
    {ask, From, Number, Asked, Payload} ->
      From ! {answer, Number + 1, Asked, Payload},
      answer();
    {add, From} -> add(From, 0);
    {hello, From} ->
      From ! {hello, self()},
      answer()
  end.

add(From, Sum) ->
  receive
    {tell, Number, _Payload} -> add(From, Sum + Number);
    done ->
      From ! {sum, Sum},
      answer()
  end.

%% --- The client ---

connect(_, 0) ->
  io:format(standard_error, "no connection to the server~n", []),
  halt(1);
connect(Server, Attempts) ->
  {peer, Server} ! {hello, self()},
  receive {hello, Peer} -> Peer after 100 -> connect(Server, Attempts - 1) end.

ask(Peer, Messages, Outstanding, Payload) ->
  Begin = erlang:monotonic_time(),
  First = min(Messages, Outstanding),
  [request(Peer, Number, Payload) || Number <- lists:seq(0, First - 1)],
  {Sum, Latencies} = answers(Peer, First, Messages, Messages, Payload, 0, []),
  print(Sum, Begin, lists:sort(Latencies)).

request(Peer, Number, Payload) ->
  Peer ! {ask, self(), Number, erlang:monotonic_time(), Payload}.

answers(_, _, _, 0, _, Sum, Latencies) -> {Sum, Latencies};
answers(Peer, Next, Messages, Left, Payload, Sum, Latencies) ->
  receive
    {answer, Number, Asked, Payload} ->
      Latency = erlang:monotonic_time() - Asked,
      if Next < Messages -> request(Peer, Next, Payload); true -> ok end,
      answers(Peer, Next + 1, Messages, Left - 1, Payload, Sum + Number, [Latency | Latencies])
  end.

tell(Peer, Messages, Payload) ->
  Begin = erlang:monotonic_time(),
  Peer ! {add, self()},
  send(Peer, 0, Messages, Payload),
  Peer ! done,
  receive {sum, Sum} -> print(Sum, Begin, []) end.

send(_, Messages, Messages, _) -> ok;
send(Peer, Number, Messages, Payload) ->
  Peer ! {tell, Number, Payload},
  send(Peer, Number + 1, Messages, Payload).

print(Result, Begin, Latencies) ->
  Wall = nanoseconds(erlang:monotonic_time() - Begin),
  io:format("{\"result\": ~b, \"wall_seconds\": ~.6f, \"p50_us\": ~.1f, \"p99_us\": ~.1f}~n",
            [Result, Wall / 1.0e9, percentile(50, Latencies), percentile(99, Latencies)]).

percentile(_, []) -> 0.0;
percentile(Percent, Latencies) ->
  Place = (length(Latencies) - 1) * Percent div 100,
  nanoseconds(lists:nth(Place + 1, Latencies)) / 1.0e3.

nanoseconds(Native) -> erlang:convert_time_unit(Native, native, nanosecond).
