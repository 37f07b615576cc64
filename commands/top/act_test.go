package top

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/cmderr"
)

// question returns what the screen asks, on one line.
func (s *state) question() string {
	if s.prompt == nil {
		return ""
	}
	return strings.Join(s.prompt.lines(1000, &s.glyphs), " ")
}

func TestQuestionsNameQueueServerAndCount(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 20, "gm1:4730", "gm2:4730")
	s.polled(0, true, status("evil\x1b[2J", 64, 12, 1), status("empty", 0, 0, 1))
	s.polled(1, true, status("evil\x1b[2J", 3, 0, 1))
	for _, c := range []struct{ keys, want string }{
		{"p", `show the first 10 of 52 waiting jobs of evil\x1b[2J on gm1:4730? All are held for a moment, and get 2 retries more. [y/N]`},
		{"j p", `show the 3 waiting jobs of evil\x1b[2J on gm2:4730? All are held for a moment, and get 2 retries more. [y/N]`},
		{"d", `drain 52 waiting jobs of evil\x1b[2J on gm1:4730 to file (.zst or .gz compresses, Esc cancels): evil__2J-20261122-211950.jsonl_`},
		{"l", `limit evil\x1b[2J on gm1:4730, which has 52 waiting and 12 running, to how many jobs? 0 removes the limit: _`},
		{"l 7 enter", `limit evil\x1b[2J on gm1:4730 to 7 jobs? The server refuses jobs beyond; it has 64 now. [y/N]`},
		{"l 0 enter", `remove the limit of evil\x1b[2J on gm1:4730? [y/N]`},
		{"l - 1 enter", `not a number from 0 to 2147483647 limit evil\x1b[2J on gm1:4730, which has 52 waiting and 12 running, to how many jobs? 0 removes the limit: -1_`},
		{"tab d", `drain 55 waiting jobs of evil\x1b[2J on gm1:4730, gm2:4730 to file (.zst or .gz compresses, Esc cancels): evil__2J-20261122-211950.jsonl_`},
		{"G p", `no job waits in empty on gm1:4730 [any key]`},
		{"G d", `no job waits in empty on gm1:4730 [any key]`},
		{"p n", ""},
		{"p enter", ""},
		{"p esc", ""},
		{"d esc", ""},
		{"G p x", ""},
		{"l 7 enter n", ""},
	} {
		s.view, s.prompt = viewAll, nil
		s.rebuild()
		s.move(0)
		if do := s.pressed(c.keys); do != actionNone {
			t.Errorf("%s: runs something before it has asked", c.keys)
		}
		if diff := cmp.Diff(c.want, s.question()); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.keys, diff)
		}
	}
	s.context, s.view, s.prompt = "prod", viewAll, nil
	s.rebuild()
	s.move(0)
	s.pressed("l 0 enter")
	if want := `remove the limit of evil\x1b[2J on gm1:4730 of context prod? [y/N]`; s.question() != want {
		t.Errorf("the context is not named: got %q, want %q", s.question(), want)
	}
	s.prompt = nil
	s.servers[0].failed(s.now, errDial)
	s.view = viewAll
	s.rebuild()
	s.move(0)
	s.pressed("d")
	if want := "the server does not answer"; !strings.Contains(s.question(), want) {
		t.Errorf("got %q, want %q", s.question(), want)
	}
}

func TestAnswersLeadToCommandLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		queue, keys, typed, then string
		want                     cmderr.CmdLine
	}{
		{"a*b", "p", "y", "", cmderr.Try("peek").Of(`a\*b`)},
		{"q", "p", "Y", "", cmderr.Try("peek").Of("q")},
		{"-q", "d ctrl+u", "x y.gz", "enter", cmderr.Try("drain", "--to", "x y.gz").Of("-q")},
		{"q", "d ctrl+u", "-", "enter", cmderr.Try("drain", "--to", "./-").Of("q")},
		{"../q", "d", "", "enter", cmderr.Try("drain", "--to", "_q-20261122-211950.jsonl").Of("../q")},
		{"a*b", "l", "12", "enter y", cmderr.Try("queue", "limit").Of("a*b", "12")},
	} {
		s := newTestState(80, 20, "gm1:4730", "gm2:4730")
		s.polled(0, true, status(c.queue, 5, 0, 1))
		s.polled(1, true, status(c.queue, 5, 0, 1))
		s.pressed("tab " + c.keys)
		do := action(actionNone)
		for _, r := range c.typed {
			do = s.key(string(r), string(r))
		}
		if c.then != "" {
			do = s.pressed(c.then)
		}
		if do != actionRun {
			t.Errorf("%s %s: action %d, asks %q", c.queue, c.keys, do, s.question())
			continue
		}
		if diff := cmp.Diff(&onServers{[]string{"gm1:4730", "gm2:4730"}, c.want}, s.run, cmp.AllowUnexported(onServers{})); diff != "" {
			t.Errorf("%s %s: -want +got\n%s", c.queue, c.keys, diff)
		}
	}
	s := newTestState(80, 20, "gm1:4730")
	s.polled(0, true, status("q", 5, 0, 1))
	if do := s.pressed("d ctrl+u enter"); do != actionNone || !strings.HasPrefix(s.question(), "a file name is needed") {
		t.Errorf("without a file: action %d, %q", do, s.question())
	}
}

// A question that does not fit cannot be answered.
func TestNoAnswerToAQuestionThatIsNotShown(t *testing.T) {
	t.Parallel()
	s := newTestState(20, 5, "gm1:4730")
	s.polled(0, true, status(strings.Repeat("long", 100), 5, 0, 1))
	s.pressed("p")
	if frame := s.frame(20, 5, nil); !strings.Contains(frame, "no room to ask") {
		t.Errorf("got\n%s", frame)
	}
	if do := s.pressed("y"); do != actionNone {
		t.Errorf("the answer to a question that nobody could read was taken: %d", do)
	}
}

// The queue that was acted on stays chosen, also when it was the first row and moves down.
func TestTheChosenQueueStaysChosen(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 20, "gm1:4730")
	s.polled(0, true, status("drained", 64, 0, 1), status("next", 3, 0, 1))
	s.pressed("d esc")
	s.later()
	s.polled(0, false, status("drained", 0, 0, 1), status("next", 3, 0, 1))
	if row, _ := s.rowAt(s.cursor); s.row(row).queue != "drained" {
		t.Errorf("the cursor is on %s", s.row(row).queue)
	}
}
