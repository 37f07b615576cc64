package health_test

import (
	"fmt"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestWhatAWorkerAnswersDecidesTheState: a worker without processes, or with something to report, is a warning; what is no
// answer of a worker is nothing to go by.
func TestWhatAWorkerAnswersDecidesTheState(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer, want string
		state        int
	}{
		{"w has 0 worker and is working on 0 jobs. Version: 1.0|worker=0", "w has 0 workers, 0 jobs running, version 1.0", commandtest.StateWarning},
		{"w has 1 worker and is working on 1 jobs. Version: 1.0; old config|worker=1", "w has 1 worker, 1 job running, version 1.0, old config", commandtest.StateWarning},
		{"w has 1 worker and is working on 0 jobs. Version: 1.0|worker=1", "w has 1 worker, 0 jobs running, version 1.0\n", commandtest.StateOK},
		{"hello world", "probe: the answer is not from a worker, the module or a proxy", commandtest.StateUnknown},
	} {
		t.Run(tt.answer, func(t *testing.T) {
			t.Parallel()
			addr := servertest.Embedded(t)
			servertest.Answering(t, addr, "worker_w", tt.answer)
			says(t, health(t, tt.state, "-s", addr, "--probe", "w"), tt.want)
		})
	}
}

// TestTheStateInAnAnswer of a module or a proxy is the first character before a colon, if it is a state.
func TestTheStateInAnAnswer(t *testing.T) {
	t.Parallel()
	for answer, state := range map[string]int{
		"0:fine": commandtest.StateOK, "1:slow": commandtest.StateWarning, "2:down": commandtest.StateCritical, "3:none": commandtest.StateUnknown,
		"4:four": commandtest.StateOK, "/:slash": commandtest.StateOK, "22:two": commandtest.StateOK, "2 down": commandtest.StateOK, "2": commandtest.StateOK,
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			addr := servertest.Embedded(t)
			servertest.Answering(t, addr, "q", answer)
			shown := answer
			if len(answer) > 1 && answer[1] == ':' && answer[0] >= '0' && answer[0] <= '3' {
				shown = answer[2:]
			}
			says(t, health(t, state, "-s", addr, "--probe-queue", "q", "--send", "ping"), fmt.Sprintf("q: sent %q, got %q", "ping", shown))
		})
	}
}

func TestProbesAsMetrics(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	servertest.Answering(t, addr, "worker_w", "w has 0 worker and is working on 0 jobs. Version: 1.0|worker=0")
	e := servertest.ParseExposition(t, commandtest.Gearctl(t, "", "health", "-s", addr, "-o", "prometheus", "--probe", "w", "--probe", "gone").Stdout)
	series := func(name, queue string) (float64, bool) {
		v, ok := e[fmt.Sprintf("gearctl_health_probe_%s{function=%q,server=%q}", name, queue, addr)]
		if !ok {
			v, ok = e[fmt.Sprintf("gearctl_health_probe_%s{server=%q,function=%q}", name, addr, queue)]
		}
		return v, ok
	}
	if state, ok := series("state", "worker_w"); !ok || state != commandtest.StateWarning {
		t.Errorf("the state of a worker that answers is %v, %v, in %v", state, ok, e)
	}
	if state, ok := series("state", "worker_gone"); !ok || state != commandtest.StateCritical {
		t.Errorf("the state of a worker that is gone is %v, %v, in %v", state, ok, e)
	}
	if _, ok := series("seconds", "worker_w"); !ok {
		t.Errorf("no time of a worker that answers in %v", e)
	}
	if seconds, ok := series("seconds", "worker_gone"); ok {
		t.Errorf("a worker that is gone answered in %v s", seconds)
	}
}

func TestFlagsThatContradict(t *testing.T) {
	t.Parallel()
	addr := servertest.StartStatus(t, "a\t0\t0\t1\n")
	for _, flags := range [][]string{
		{"--perfdata", "some"},
		{"--probe", "w", "--probe-queue", "worker_w", "--send", "x"},
		{"--probe", "q", "--probe-queue", "q", "--send", "x"},
		{"--probe-queue", "q", "--send", "x", "--unique", strings.Repeat("u", 65)},
		{"--probe-queue", "q"},
		{"--end-to-end", "--end-to-end-warning", "x"},
		{"--waiting-warning", "x"},
		{"a*", "[a"},
	} {
		if out := health(t, commandtest.StateUnknown, append([]string{"-s", addr}, flags...)...); !strings.HasPrefix(out, "UNKNOWN") {
			t.Errorf("%q: %s", flags, out)
		}
	}
}

// TestLongReasonsAreShortInTheFirstLine, which some programs cut, if there are several.
func TestLongReasonsAreShortInTheFirstLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("q", 120)
	one := servertest.StartStatus(t, long+"\t9\t0\t0\n")
	line, _, _ := strings.Cut(health(t, commandtest.StateCritical, "-s", one, "--perfdata", "none"), "\n")
	says(t, line, long+": ")
	two := servertest.StartStatus(t, long+"\t9\t0\t0\n"+long+"r\t9\t0\t0\n")
	line, rest, _ := strings.Cut(health(t, commandtest.StateCritical, "-s", two, "--perfdata", "none"), "\n")
	if strings.Contains(line, long) || strings.Count(line, "…") != 2 {
		t.Errorf("the first line holds all of %q", line)
	}
	says(t, rest, long+": ", long+"r: ")
}
