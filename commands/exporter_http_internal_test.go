package commands

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A scrape that runs keeps others out when there are too many; a client that does not read its answer does not.
func TestTooManyScrapesAreTurnedAway(t *testing.T) {
	asking, asked, reading, read := make(chan bool), make(chan bool), make(chan bool), make(chan bool)
	h := bounded(make(chan struct{}, 1), func(*http.Request) http.HandlerFunc {
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
	<-asking
	go ask()
	if code := <-codes; code != http.StatusServiceUnavailable {
		t.Errorf("while the first asks: %d", code)
	}
	asked <- true
	<-reading
	go ask()
	<-asking // while the first is still being read
	asked <- true
	<-reading
	close(read)
	for range 2 {
		if code := <-codes; code != http.StatusOK {
			t.Errorf("%d", code)
		}
	}
}
