package result

// sendHelp is the Long of result send.
const sendHelp = `Sends results like send_gearman and send_multi: as background jobs with normal priority, many in flight, each with a
random unique key. Results go to the first server that accepts; if a connection breaks with nothing unconfirmed, to
the next one. Otherwise sending stops, and the first unconfirmed line is reported: nothing is sent twice. Dupservers
get copies; an unreachable one is a warning.

A line is HOST, SERVICE, CODE and OUTPUT, or HOST, CODE and OUTPUT, separated by the delimiter, which may be several
characters; CODE is 0 to 3, and in OUTPUT \n is a newline and \\ a backslash, unless --raw-message keeps them as
send_gearman in C does. OUTPUT may contain the delimiter. Empty lines are skipped. Unparsable lines are reported by number, the others are sent, and the exit code is 4. The final
newline of output from stdin is dropped. What a packet cannot carry (output over 10 MiB, a NUL byte, a newline in a
name) is refused, never truncated.

What the core makes of CODE:

  service              0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
  host, passive        0 UP, 1 DOWN, 2 UNREACHABLE; 3 is refused
  host, with --active  0 UP, 2 and 3 DOWN, 1 UP (or DOWN, see below)

The core takes the code of a passive host result as it is: 3 would be a state that does not exist. With --active it is
the code of a plugin, and 1 is DOWN if the core has aggressive host checking.

A line or a child of check_multi with another code is bad: it is reported, and the others are sent.

Results are encrypted if a flag, the environment or --config sets a key. Without a key they are sent unencrypted with
a note, like send_gearman in C; --no-encryption silences the note. With a --config that does not set encryption=no a
missing key is an error.

table, json, csv and templates print a row per server. -o jsonl prints a row per result as it is confirmed (number
server queue host service return_code handle unique state error); state is sent, refused, unanswered or bad.

send_gearman, send_multi     result send
  --server=H:P                 --server H:P, or --config
  --dupserver=H:P              --dupserver H:P
  --host= --service=           --host --service
  --message= -m TEXT           --message -m
  --returncode= -r N           --returncode -r, also as a word
  stdin with --host            the same
  stdin without --host         the same, or --lines
  send_multi                   --check-multi
  --delimiter= -d C            --delimiter -d; a text, not a set of characters
  --active                     --active
  --starttime= --finishtime=   --start-time --finish-time
  --latency=SECONDS            --latency 0.5s
  --result_queue=Q             --queue Q
  --key= --password=           GEARCTL_KEY in the environment, not on the command line
  --keyfile=FILE               --key-file FILE
  --encryption=yes|no          on with a key; --no-encryption
  --timeout= -t N              --input-timeout 10s for stdin, --timeout 10s for the network
  --retries --retry-interval   the same
  --config=FILE                --config FILE
  --debug=N                    --verbose, --trace`
