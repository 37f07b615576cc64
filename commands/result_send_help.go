package commands

// sendHelp is the Long of result send.
const sendHelp = `Sends results as send_gearman and send_multi do: in the background, with normal priority, many in flight, each
with a random unique key. The first server that accepts gets them; when a connection breaks and nothing sent on it is
without an answer, the next one does. Otherwise sending stops, and what is uncertain is told with the line from which
on it is: nothing is sent twice. Dupservers get copies; one that is dead is a warning.

A line is HOST, SERVICE, CODE and OUTPUT, or HOST, CODE and OUTPUT, with the delimiter, taken as a whole, between
them; CODE is 0 to 3, and in OUTPUT \n is a newline and \\ a backslash. OUTPUT may hold the delimiter. Empty lines are
skipped. A line that cannot be read is reported with its number and the others are sent; the exit code is 4 then. Of
an output from stdin the last line end is left out. What a packet cannot carry, an output over 10 MiB, a NUL byte, a
newline in a name, is refused, never cut.

Encryption is on when flag, environment or --config give a key. Without any of them results go in clear, as with
send_gearman in C, and that is noted; --no-encryption means it. With a --config that does not say encryption=no a
missing key is an error.

The table, json, csv and templates have a row for each server. -o jsonl has a row for each result as it is answered
(number server queue host service return_code handle unique state error), state being sent, refused, unanswered or bad.

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
