package status_test

import (
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestASumWithoutWorkersIsNone: the server hangs up when it is asked for its workers, beside one that answers, and alone.
func TestASumWithoutWorkersIsNone(t *testing.T) {
	t.Parallel()
	bad := servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"version": "OK 1.1.20\n", "status": "q\t7\t0\t0\n.\n"}))
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", bad, "status", "--by", "server"), commandtest.ExitFailed, bad+": the server closed the connection")
	good := servertest.Embedded(t)
	commandtest.FillQueue(t, good, "q", 2)
	r := commandtest.Gearctl(t, "", "-s", bad+","+good, "status", "--by", "queue", "-o", "csv", "--columns", "queue,waiting")
	commandtest.WantMatch(t, r, commandtest.ExitPartial, `\nq,2\n`, "1 of 2 servers did not answer: "+bad)
}
