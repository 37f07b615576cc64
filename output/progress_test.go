package output

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressIsSilentWhenNotEnabled(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, false, "drain", 10)
	p.Set(5)
	p.SetTotal(20)
	p.Finish()
	var none *Progress
	none.Set(1)
	none.SetTotal(1)
	none.Finish()
	if b.Len() > 0 {
		t.Errorf("got %q, want nothing", b.String())
	}
}

func TestProgressShowsCountRateAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := NewProgress(&b, true, "drain\x1b[2J", 1000)
		p.Set(250)
		<-time.After(2100 * time.Millisecond)
		synctest.Wait()
		draws := strings.Count(b.String(), "\r")
		p.SetTotal(2000)
		p.Set(2000)
		p.Finish()
		p.Finish()
		last := b.String()[strings.LastIndexByte(b.String(), '\r')+1:]
		for _, want := range []string{`drain\x1b[2J 2000 / 2000 [`, " 100.00% ", "/s ", " 2.1s"} {
			if !strings.Contains(last, want) {
				t.Errorf("last line %q lacks %q", last, want)
			}
		}
		if strings.Contains(b.String(), "\x1b") || strings.Count(b.String(), "\n") != 1 || !strings.HasSuffix(last, "\n") {
			t.Errorf("got %q, want no escapes and one line end, the last byte", b.String())
		}
		if draws < 4 || draws > 20 {
			t.Errorf("drawn %d times in 2 s, want a few times a second", draws)
		}
	})
}

func TestProgressWithoutTotal(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, true, "read", 0)
	p.Set(7)
	p.Finish()
	if got := b.String(); !strings.HasPrefix(got, "\rread 7 ") || strings.Contains(got, "/ 0") {
		t.Errorf("got %q, want the count without a total", got)
	}
}

func TestProgressTakesConcurrentSets(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, true, "submit", 100)
	var wg sync.WaitGroup
	for i := range int64(50) {
		wg.Go(func() { p.Set(i); p.SetTotal(100 + i) })
	}
	wg.Wait()
	p.Set(149)
	p.SetTotal(149)
	p.Finish()
	if !strings.Contains(b.String(), "149 / 149") {
		t.Errorf("got %q, want the last count", b.String())
	}
}
