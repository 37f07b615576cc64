package exporter

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"gearctl/wire/waittest"
)

// A scrape that runs keeps others out when there are too many; a client that does not read its answer does not.
func TestTooManyScrapesAreTurnedAway(t *testing.T) {
	t.Parallel()
	asking, asked, reading, read := make(chan bool), make(chan bool), make(chan bool), make(chan bool)
	h := limitConcurrency(make(chan struct{}, 1), func(*http.Request) http.HandlerFunc {
		asking <- true
		<-asked
		return func(http.ResponseWriter, *http.Request) {
			reading <- true
			<-read
		}
	})
	codes := make(chan int)
	ask := func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		codes <- w.Code
	}
	go ask()
	waittest.Receive(t, "the first scrape asks the servers", asking)
	go ask()
	if code := waittest.Receive(t, "a request is answered", codes); code != http.StatusServiceUnavailable {
		t.Errorf("while the first asks: %d", code)
	}
	waittest.Send(t, "a scrape has asked the servers", asked, true)
	waittest.Receive(t, "a scrape is read", reading)
	go ask()
	waittest.Receive(t, "the next scrape asks the servers", asking) // while the first is still being read
	waittest.Send(t, "a scrape has asked the servers", asked, true)
	waittest.Receive(t, "a scrape is read", reading)
	close(read)
	for range 2 {
		if code := waittest.Receive(t, "a request is answered", codes); code != http.StatusOK {
			t.Errorf("%d", code)
		}
	}
}

// Only so many requests wait for a password at the same time: the others end when their clients leave, and a request
// whose password was right keeps nobody out.
func TestPasswordsAreCheckedInTurn(t *testing.T) {
	t.Parallel()
	turns, checking, check, served, serve := &passwordLimiter{slots: make(chan struct{}, 1)}, make(chan bool), make(chan bool), make(chan bool), make(chan bool)
	inner := turns.release(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		served <- true
		<-serve
	}))
	h := turns.acquire(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		checking <- true
		<-check
		inner.ServeHTTP(w, r)
	}))
	codes := make(chan int)
	ask := func(ctx context.Context) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		codes <- w.Code
	}
	go ask(t.Context())
	waittest.Receive(t, "a password is checked", checking)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	go ask(gone)
	if code := waittest.Receive(t, "a request is answered", codes); code != http.StatusServiceUnavailable {
		t.Errorf("who left gets %d", code)
	}
	waittest.Send(t, "a password was checked", check, true)
	waittest.Receive(t, "a request is served", served)
	go ask(t.Context())
	waittest.Receive(t, "a password is checked", checking) // while the first is being served
	waittest.Send(t, "a password was checked", check, true)
	waittest.Receive(t, "a request is served", served)
	close(serve)
	for range 2 {
		if code := waittest.Receive(t, "a request is answered", codes); code != http.StatusOK {
			t.Error(code)
		}
	}
}

// However many wrong passwords there were, the next request has its turn.
func TestAWrongPasswordKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	turns := &passwordLimiter{slots: make(chan struct{}, 2)}
	h := turns.acquire(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusUnauthorized) }))
	waittest.Return(t, "every request is answered", func() {
		for range 10 {
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(t.Context())); w.Code != http.StatusUnauthorized {
				t.Errorf("got %d", w.Code)
			}
		}
	})
}

// While others occupy every slot with wrong passwords, the last right one is checked at once, and no other.
func TestTheLastRightPasswordWaitsForNoSlot(t *testing.T) {
	t.Parallel()
	limiter := &passwordLimiter{slots: make(chan struct{}, 1)}
	inner := limiter.release(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	h := limiter.acquire(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "right" {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	ask := func(authorization string) int {
		r := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(gone)
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	limiter.slots <- struct{}{}
	if code := ask("right"); code != http.StatusServiceUnavailable {
		t.Errorf("before it is known: %d", code)
	}
	<-limiter.slots
	for range 100 { // either case of a select that is ready
		if ask("right") == http.StatusOK {
			break
		}
	}
	limiter.slots <- struct{}{}
	if code := ask("right"); code != http.StatusOK {
		t.Errorf("the last right one: %d", code)
	}
	if code := ask("wrong"); code != http.StatusServiceUnavailable {
		t.Errorf("a wrong one: %d", code)
	}
}

// A target that does not answer takes only some of the room for probes, and who waits for room leaves with the request.
func TestProbesAreBounded(t *testing.T) {
	t.Parallel()
	g := newProbeGate()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var leave []func()
	for i := range maxProbes {
		target := string(rune('a' + i/maxProbesOfATarget))
		l, err := g.enter(t.Context(), target)
		if err != nil {
			t.Fatal(i, err)
		}
		leave = append(leave, l)
	}
	if _, err := g.enter(t.Context(), "a"); err != errCrowded {
		t.Errorf("one more of a target: %v", err)
	}
	for range 2 { // who leaves is not counted
		if _, err := g.enter(gone, "z"); err == nil || err == errCrowded {
			t.Errorf("one more than there is room for: %v", err)
		}
	}
	leave[0]()
	l, err := g.enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range append(leave[1:], l) {
		l()
	}
	if len(g.running) != 0 || len(g.slots) != 0 {
		t.Errorf("left behind: %v, %d slots", g.running, len(g.slots))
	}
}
