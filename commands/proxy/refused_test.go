package proxy_test

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/disk/disktest"
)

// TestRefusedJobsKeepTheirOrder lets the target refuse jobs once, with others before, between and after them, and once more: what was
// refused is sent again before everything else, in its old order.
func TestRefusedJobsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := newPowered(t), disktest.NewSim()
		refusals := map[string]int{"h": 1, "j": 2, "l": 1}
		l := p.begin(d, []string{"g", "h", "i", "j", "k", "l", "m"}, nil, func(key string) bool {
			refusals[key]--
			return refusals[key] >= 0
		})
		r, _, _ := l.finish()
		commandtest.WantRun(t, r, commandtest.ExitOK)
		want := []string{"g", "h", "i", "j", "k", "l", "m", "h", "j", "l", "j"}
		if got := everyNoted(d.Log(), "submit "); !slices.Equal(got, want) {
			t.Errorf("submitted %s, want %s", got, want)
		}
		if got := servertest.Noted(d.Log(), "accepted"); fmt.Sprint(got) != "[g i k m h l j]" {
			t.Errorf("accepted %s", got)
		}
	})
}

// TestAnOutageAfterARefusalKeepsTheOrder breaks the connection to the target between a refusal and the next answer.
func TestAnOutageAfterARefusalKeepsTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, d := newPowered(t), disktest.NewSim()
		var mu sync.Mutex // connections share what follows
		refused, broken, tries := false, false, 0
		p.tap = func(string) servertest.Tap {
			return servertest.Tap{Received: func(packet *wire.Packet) error {
				mu.Lock()
				defer mu.Unlock()
				if packet.Type == wire.JobCreated && refused && !broken {
					broken = true
					return io.ErrUnexpectedEOF
				}
				refused = refused || packet.Type == wire.Error
				return nil
			}}
		}
		r, _, _ := p.begin(d, []string{"g", "h", "i", "j"}, nil, func(key string) bool {
			mu.Lock()
			defer mu.Unlock()
			if key == "h" {
				tries++
			}
			return key == "h" && tries == 1
		}).finish()
		commandtest.WantRun(t, r, commandtest.ExitOK, "retrying")
		if got := everyNoted(d.Log(), "submit "); !slices.Equal(got, []string{"g", "h", "i", "j", "h", "i", "j"}) {
			t.Errorf("submitted %s", got)
		}
	})
}

// everyNoted is servertest.Noted with each key as often as it was noted.
func everyNoted(notes []string, event string) (keys []string) {
	for _, note := range notes {
		if len(note) > len(event) && note[:len(event)] == event {
			keys = append(keys, note[len(event):])
		}
	}
	return keys
}
