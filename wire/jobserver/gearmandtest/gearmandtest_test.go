package gearmandtest

import (
	"strings"
	"testing"
)

func TestAStartedGearmandAnswersUntilItIsKilled(t *testing.T) {
	p := StartProcess(t)
	if got := p.ask("version"); !strings.HasPrefix(got, "OK ") {
		t.Errorf("version: got %q, want OK and a number", got)
	}
	p.Kill()
	if got := p.ask("version"); got != "" {
		t.Errorf("version after Kill: got %q, want no answer", got)
	}
}

func TestTheTailKeepsTheEnd(t *testing.T) {
	var l tail
	l.Write([]byte("begin"))
	l.Write([]byte(strings.Repeat("x", tailSize-3)))
	l.Write([]byte("end"))
	if got := l.String(); len(got) != tailSize || !strings.HasSuffix(got, "xend") || strings.Contains(got, "begin") {
		t.Errorf("tail: got %d bytes ending in %q, want %d ending in %q", len(got), got[len(got)-4:], tailSize, "xend")
	}
}

func TestThePerlServerAnswers(t *testing.T) {
	p := &Process{Addr: StartPerl(t)}
	if got := p.ask("version"); !strings.HasPrefix(got, "v") {
		t.Errorf("version: got %q, want v and a number", got)
	}
}
