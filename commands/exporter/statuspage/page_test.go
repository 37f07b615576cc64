package statuspage

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/servertest"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/waittest"
)

// testStart is 12:00 of the clock that pages show.
var testStart = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// testPage is a page whose polls are made up by the test.
type testPage struct {
	*Page
	now time.Time
}

// newTestPage returns a page of servers, each HOST or HOST@SITE.
func newTestPage(names ...string) *testPage {
	t := &testPage{now: testStart}
	f := &Fleet{Dialer: new(wire.Dialer), Labels: map[string]map[string]string{}}
	for _, name := range names {
		host, site, ok := strings.Cut(name, "@")
		f.Servers = append(f.Servers, host)
		if ok {
			f.Labels[host] = map[string]string{"site": site, "stage": "prod"}
		}
	}
	t.Page = New(Config{Fleet: func() *Fleet { return f }, Interval: 10 * time.Second, Now: func() time.Time { return t.now }, Version: "test"})
	return t
}

// poll gives server i an answer, with later polls 10 seconds apart.
func (t *testPage) poll(i int, rows ...wire.FunctionStatus) {
	snap := &servers.Snapshot{Server: t.fleet.Servers[i], Version: servers.ParseVersion("1.1.20")}
	snap.Queues.Rows = rows
	t.take(t.Page.servers[i], snap, nil, t.now)
}

func (t *testPage) fail(i int, err error) {
	t.take(t.Page.servers[i], &servers.Snapshot{}, err, t.now)
}

func (t *testPage) later() { t.now = t.now.Add(10 * time.Second) }

func status(name string, total, running, workers int64) wire.FunctionStatus {
	return wire.FunctionStatus{Function: name, Total: total, Running: running, Workers: workers}
}

// get returns the answer to a request with this query.
func (t *testPage) get(query string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/"+query, nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	t.Handler([]Link{{"/metrics", "Metrics"}}).ServeHTTP(w, r)
	return w
}

// body returns the page, without style and script.
func (t *testPage) body(tb testing.TB, query string) string {
	tb.Helper()
	w := t.get(query)
	if w.Code != http.StatusOK {
		tb.Fatalf("%s: %d %s", query, w.Code, w.Body)
	}
	_, body, _ := strings.Cut(w.Body.String(), "</style>")
	body, _, _ = strings.Cut(body, "<script>")
	return body
}

func expect(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("no %q in:\n%.4000s", part, body)
		}
	}
}

func refuse(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(body, part) {
			t.Errorf("%q is in:\n%.4000s", part, body)
		}
	}
}

// Whatever a queue is called, its name is text: no element, attribute or control character of it gets into the page.
func TestHostileNamesAreText(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730", "gm2:4730")
	long := strings.Repeat("n", 1<<20)
	names := []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "' onmouseover='alert(1)", "</title></style></script>", "{{.}}", "javascript:alert(1)",
		"\u202egnp.exe", "a\x00b\x1b[31m", "tab\tnewline\n", "\xff\xfe", "مرحبا", "a&amp;b", strings.Repeat("é", 300), long,
	}
	var rows []wire.FunctionStatus
	for i, name := range names {
		rows = append(rows, status(name, int64(1000+i), 0, 0)) // every name is in a problem, too
	}
	p.poll(0, rows...)
	p.fail(1, errors.New("<b>refused</b>\u202e"))
	body := p.body(t, "?all=problems&q=%3Cscript")
	refuse(t, body, "<script", "<img", "<b>refused", "\u202e", "\x00", "\x1b", "onerror=alert(1)>")
	body = p.body(t, "?all=problems&sort=queue")
	refuse(t, body, "<script", "<img", "<b>refused", "\u202e", "\x00", "\x1b", "\xff", "' onmouseover='", "a&b", strings.Repeat("n", 1000))
	expect(t, body, "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>", `<bdi>\u202egnp.exe</bdi>`, `<bdi>a\x00b\x1b[31m</bdi>`, `<bdi>tab\tnewline\n</bdi>`, `<bdi>\xff\xfe</bdi>`,
		"<bdi>{{.}}</bdi>", "a&amp;amp;b", "(1048576 bytes, SHA-256 ", `(&lt;b&gt;refused&lt;/b&gt;\u202e)`)
	for _, link := range strings.Split(body, `href="`)[1:] {
		if c := link[0]; c != '?' && c != '#' && c != '/' && c != '"' && !strings.HasPrefix(link, "data:,") {
			t.Errorf("a link to %.40q", link)
		}
	}
	if n := strings.Count(body, `<tr id="q`); n != len(names) {
		t.Errorf("%d rows of %d queues", n, len(names))
	}
	for _, name := range names { // each can be found by the name that is shown
		q := query{sort: "waiting", filter: strings.ToLower(output.Escape(shortName(name)))}
		if !wantsQueue(q.filter, shortName(name)) {
			t.Errorf("%.50q is not found", name)
		}
	}
}

// What is wrong comes first, the worst first, in words, and as health says it.
func TestProblemsAreToldInWords(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730", "gm2:4730", "gm3:4730", "gm4:4730")
	p.poll(1, status("fine", 3, 3, 3))
	for i := range 13 {
		total := int64(100)
		p.poll(0, status("stuck", 17, 0, 0), status("fine", 5, 2, 2), status("hung", 9, 4, 4), status("rising", total+50*int64(i), 8, 8), status("odd", 1, 2, 1))
		p.poll(3)
		p.later()
	}
	p.fail(1, &wire.OpError{Server: "gm2:4730", Op: "dial", Err: errors.New("connection refused"), Safe: true})
	body := p.body(t, "")
	expect(t, body,
		`<b>CRITICAL</b> 1 of 4 servers does not answer; jobs wait without a worker in 1 queue; 3 queues are stalled; the numbers of 1 queue cannot be true; 1 more problem with a server.`,
		`<bdi>gm2:4730</bdi></a>: <bdi>no answer (cannot be reached: connection refused)</bdi></span> <span class="since">since <time datetime="2026-12-01T12:00:00Z">12:00:00</time>`,
		`17 jobs waiting without a worker</bdi></span> <span class="since">since <time datetime="2026-12-01T12:00:00Z">`,
		`stalled: 5 then 5 waiting after 2m, with 4 running throughout and 4 workers`,
		`no queues: no worker has registered and no job was submitted`, `more jobs running (2) than there are (1)`, `2 of 4 servers answer`,
	)
	first, last := strings.Index(body, "no answer (cannot"), strings.Index(body, "more jobs running (2)")
	if first < 0 || first > strings.Index(body, "17 jobs waiting without") || last < strings.Index(body, "stalled: 5") {
		t.Errorf("the order is wrong:\n%s", body)
	}
}

// A queue that grows is reported as rising while its workers do finish jobs, and not before ten polls.
func TestAQueueThatGrowsIsRising(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	waiting := int64(100)
	for i := range int64(12) {
		if i == 10 {
			refuse(t, p.body(t, ""), "RISING")
		}
		waiting += 30
		if i%3 == 2 { // jobs are done now and then
			waiting -= 50
		}
		p.poll(0, status("q", waiting, 1, 1), status("small", i%3, 0, 1))
		p.later()
	}
	expect(t, p.body(t, ""), "<b>OK</b> 1 queue is rising.", `<b class="tag">RISING</b>`, "rising: 159 then 259 waiting within 1m40s, 1 worker", `<b class="tag">rising</b>`)
	p.fail(0, errors.New("gone"))
	p.later()
	p.poll(0, status("q", 1000, 1, 1))
	refuse(t, p.body(t, ""), "RISING")
}

// The figures of a server that does not answer stay, marked as the last known, and count in no sum.
func TestTheLastKnownIsMarked(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730@berlin", "gm2:4730@munich", "gm3:4730@munich")
	p.poll(0, status("a", 7, 0, 1))
	p.poll(1, status("b", 9, 0, 0))
	p.later()
	p.fail(1, errors.New("gone"))
	body := p.body(t, "")
	expect(t, body, "1 of 3 servers answer: 1 queue, 7 jobs waiting, 0 running.", `<b class="tag">last known</b>`, "By site",
		`<bdi>munich</bdi></a></th><td class="n">0 of 2</td>`, `<bdi>stage=prod</bdi>`, `no answer since <time datetime="2026-12-01T12:00:00Z">`, "is being asked")
	refuse(t, body, "9 jobs waiting without")
	berlin := p.body(t, "?group=berlin")
	expect(t, berlin, `<option selected>berlin`, ">a</bdi>", "1 of 2 queues")
	refuse(t, berlin, ">b</bdi>", `id="s1"`)
}

func TestSortingAndFilter(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730", "gm2:4730")
	p.poll(0, status("alpha", 5, 1, 9), status("Beta", 50, 2, 3), status("gamma", 1, 1, 1))
	p.poll(1, status("alpha", 7, 0, 1))
	for query, want := range map[string]string{
		"": "Beta gm1 alpha gm2 alpha gm1 gamma gm1", "?sort=queue": "Beta gm1 alpha gm1 alpha gm2 gamma gm1", "?sort=-workers": "alpha gm1 Beta gm1 alpha gm2 gamma gm1",
		"?sort=running": "alpha gm2 alpha gm1 gamma gm1 Beta gm1", "?sort=-server": "alpha gm2 Beta gm1 alpha gm1 gamma gm1",
		"?q=ETA": "Beta gm1", "?q=*a%3F": "", "?q=a*": "alpha gm2 alpha gm1", "?server=gm2:4730": "alpha gm2", "?q=l&server=gm1:4730&sort=waiting": "alpha gm1",
		"?utm=x&q=gam": "gamma gm1",
	} {
		var got []string
		for _, row := range strings.Split(p.body(t, query), `<tr id="q`)[1:] {
			_, row, _ = strings.Cut(row, "<bdi>")
			name, row, _ := strings.Cut(row, "</bdi>")
			_, server, _ := strings.Cut(row, `<small class="narrow">`)
			server, _, _ = strings.Cut(server, ":")
			got = append(got, name, server)
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	expect(t, p.body(t, "?sort=-queue&q=a"), `id="c-queue" class=" c-queue" aria-sort="descending"><a href="?q=a&amp;sort=queue">`, `aria-sort="none"><a href="?q=a">Waiting`, `name="sort" value="-queue"`)
	for _, query := range []string{"?sort=nosuch", "?server=evil:1", "?group=x", "?all=x", "?q=%ff", "?q=%0a", "?q=" + strings.Repeat("a", maxFilter+1), "?q=%zz"} {
		if w := p.get(query); w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "<") || strings.Contains(w.Body.String(), "evil") {
			t.Errorf("%.30s: %d %s", query, w.Code, w.Body)
		}
	}
}

// An unchanged page is not sent again, and none may be kept by others or used without asking.
func TestHeaders(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	w := p.get("", "Accept-Encoding: gzip")
	tag := w.Header().Get("ETag")
	for name, want := range map[string]string{
		"Cache-Control": "private, no-cache", "Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Content-Type": "text/html; charset=utf-8",
		"X-Content-Type-Options": "nosniff", "Set-Cookie": "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	plain := p.get("").Body.String()
	for _, element := range []string{"style", "script"} {
		_, text, _ := strings.Cut(plain, "<"+element+">")
		text, _, _ = strings.Cut(text, "</"+element+">")
		sum := sha256.Sum256([]byte(text))
		if source := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(w.Header().Get("Content-Security-Policy"), source) {
			t.Errorf("the policy does not allow the %s: no %s", element, source)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("policy %q", policy)
	}
	if w := p.get("?sort=queue", "If-None-Match: "+tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("unchanged: %d", w.Code)
	}
	p.poll(0)
	if w := p.get("", "If-None-Match: "+tag); w.Code != http.StatusOK {
		t.Errorf("after a poll: %d", w.Code)
	}
	for offer, want := range map[string]bool{"": false, "br, gzip;q=0.5": true, "gzip;q=0": false, "GZIP": true, "xgzip": false, "gzip;q=x": false} {
		if got := p.get("", "Accept-Encoding: "+offer).Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: packed %v", offer, got)
		}
	}
}

// The same problem of a queue on several servers is one line, until all lines are asked for.
func TestTheSameProblemOnManyServersIsOneLine(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730", "gm2:4730", "gm3:4730")
	for i := range 3 {
		p.now = testStart.Add(time.Duration(3-i) * time.Second)
		p.poll(i, status("q", int64(10+i), 0, 0), status("other", int64(i), 0, 1))
	}
	p.poll(2, status("q", 12, 0, 0), status("other", 1, 0, 0))
	body := p.body(t, "")
	expect(t, body, `<a href="?q=q#queues"><bdi>q</bdi></a> on <bdi>3 servers</bdi>: <bdi>no worker: 33 jobs waiting</bdi></span> <span class="since">since <time datetime="2026-12-01T12:00:01Z">`,
		`<bdi>other</bdi></a> on <bdi>gm3:4730</bdi>: <bdi>1 job waiting without a worker`, `<a href="?all=problems#problems">Show all 4 problems</a>`)
	if n := strings.Count(body, `<li class="crit">`); n != 2 {
		t.Errorf("%d lines", n)
	}
	body = p.body(t, "?all=problems")
	expect(t, body, "12 jobs waiting without a worker", "10 jobs waiting without a worker")
	refuse(t, body, "Show all")
}

// A long list is cut, and a link shows all of it.
func TestLongListsAreCut(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	var rows []wire.FunctionStatus
	for i := range int64(3000) {
		rows = append(rows, status(fmt.Sprintf("queue%04d", i), i, 0, i%2))
	}
	p.poll(0, rows...)
	body := p.body(t, "")
	if n := strings.Count(body, `<tr id="q`); n != fewQueues {
		t.Errorf("%d rows", n)
	}
	expect(t, body, `<a href="?all=queues#queues">Show all 3,000 queues</a>`, `<a href="?all=problems#problems">Show 1,000 of 1,499 problems</a>`)
	body = p.body(t, "?all=queues&all=problems")
	if n := strings.Count(body, `<tr id="q`); n != 3000 {
		t.Errorf("%d rows", n)
	}
	expect(t, body, "The first 1,000 of 1,499 problems are shown.", `<a href="?all=problems#queues">Show fewer</a>`)
}

// Memory is bounded by the limits on queues and on series, which go to the queues with the most waiting jobs.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730", "gm2:4730")
	rows := make([]wire.FunctionStatus, maxQueues/2+10)
	for round := range int64(3) {
		for i := range rows {
			rows[i] = status(fmt.Sprint("q", i), int64(i)+1+round, 0, 1)
		}
		p.poll(0, append([]wire.FunctionStatus(nil), rows...)...)
		p.poll(1, status("other", 1<<40, 0, 1))
		p.later()
	}
	series := 0
	for name, q := range p.Page.servers[0].queues {
		if q.series != nil {
			series++
			if q.Waiting() < maxQueues/2-maxSeries {
				t.Errorf("%s with %d waiting jobs has a series", name, q.Waiting())
			}
		}
	}
	if n := len(p.Page.servers[0].queues); n != maxQueues/2 || series != maxSeries-1 {
		t.Errorf("%d queues and %d series are kept", n, series)
	}
	expect(t, p.body(t, ""), "10 queues left out: this page keeps 50,000 of each server, those with the most jobs", "45,001 queues with fewer waiting jobs are not kept: there is room for 5,000")
	p.now = p.now.Add(16 * time.Minute)
	p.poll(0, status("q1", 0, 0, 1))
	p.poll(1)
	if p.series != 0 || len(p.Page.servers[0].queues) != 1 {
		t.Errorf("%d series and %d queues are left", p.series, len(p.Page.servers[0].queues))
	}
}

// The trend begins with the zeros that were seen before the first job, and has a gap where the server did not answer.
func TestTrend(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	for _, n := range []int64{0, 0, 10, 5, -1, 20, 20} {
		if n < 0 {
			p.fail(0, errors.New("gone"))
		} else {
			p.poll(0, status("q", n, 0, 1))
		}
		p.later()
	}
	body := p.body(t, "")
	expect(t, body, `<path d="M83 20V20H85V11H86V16H87V20ZM88 20V1H90V20Z"/>`, "at first 0, at most 20, now 20", ">&#43;20<")
}

// A silent server, one that does not exist and one that is slow delay nobody, and what they said is shown with its age.
func TestASilentServerDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		network.Embedded(t, "good:4730")
		var dials atomic.Int64
		dial := func(ctx context.Context, kind, address string) (net.Conn, error) {
			if address == "silent:4730" {
				dials.Add(1)
				near, far := net.Pipe()
				go func() { defer far.Close(); io.Copy(io.Discard, far) }()
				return near, nil
			}
			return network.Dial(ctx, kind, address)
		}
		var fleet atomic.Pointer[Fleet]
		fleet.Store(&Fleet{Dialer: &wire.Dialer{Timeout: 5 * time.Second, NetDial: dial}, Servers: []string{"silent:4730", "good:4730", "absent:4730"}})
		p := New(Config{Fleet: fleet.Load, Interval: 10 * time.Second, Now: time.Now, Version: "test"})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); p.Run(ctx) }()
		time.Sleep(4 * time.Second)
		synctest.Wait()
		page := &testPage{Page: p}
		expect(t, page.body(t, ""), "1 of 3 servers answer", "1 of 3 servers does not answer", "connection refused", "is being asked")
		time.Sleep(60 * time.Second)
		synctest.Wait()
		body := page.body(t, "")
		expect(t, body, "2 of 3 servers do not answer", "no answer in time")
		if good := p.servers[1]; good.polls != 7 || dials.Load() != 7 {
			t.Errorf("in 64 seconds the good server was polled %d times, the silent one %d times", good.polls, dials.Load())
		}
		fleet.Store(&Fleet{Dialer: fleet.Load().Dialer, Servers: []string{"good:4730", "silent:4730", "new:4730"}})
		network.Embedded(t, "new:4730")
		time.Sleep(15 * time.Second)
		synctest.Wait()
		body = page.body(t, "")
		expect(t, body, "2 of 3 servers answer", "<bdi>new:4730</bdi>")
		refuse(t, body, "absent")
		if good := p.servers[0]; good.polls < 8 || good.name != "good:4730" {
			t.Errorf("what was known of the good server is lost: %d polls of %s", good.polls, good.name)
		}
		network.Remove("good:4730")
		network.Remove("new:4730")
		time.Sleep(15 * time.Second)
		synctest.Wait()
		expect(t, page.body(t, ""), "3 of 3 servers do not answer")
		stop()
		<-ended
		time.Sleep(time.Minute)
	})
}

// At most 64 servers are dialed at once, and those that hang leave slots to the others.
func TestDialsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		network.Embedded(t, "good:4730")
		var now, most atomic.Int64
		var asked []time.Duration // by the good server, whose polls follow each other
		begun := time.Now()
		dial := func(ctx context.Context, kind, address string) (net.Conn, error) {
			if address == "good:4730" {
				asked = append(asked, time.Since(begun))
				return network.Dial(ctx, kind, address)
			}
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		f := &Fleet{Dialer: &wire.Dialer{Timeout: 5 * time.Second, NetDial: dial}}
		for i := range 200 {
			f.Servers = append(f.Servers, fmt.Sprintf("hangs%d:4730", i))
		}
		f.Servers = append(f.Servers, "good:4730")
		c := Config{Fleet: func() *Fleet { return f }, Interval: 7 * time.Second, Now: time.Now}
		p := New(c)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); p.Run(ctx) }()
		time.Sleep(2 * time.Minute)
		stop()
		<-ended
		for i := len(asked) - 8; i < len(asked); i++ { // all the others hung before
			if gap := asked[i] - asked[i-1]; gap != c.Interval {
				t.Errorf("the good server was asked %v after the poll before", gap)
			}
		}
		if n := most.Load(); n != 64 {
			t.Errorf("%d servers were dialed at once", n)
		}
	})
}

// A server that was reached holds no slot while it does not answer: as many as there may be do not delay the others.
func TestWhoIsReachedHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		f := &Fleet{Dialer: &wire.Dialer{Timeout: 5 * time.Second, NetDial: network.Dial}}
		const servers, each = 2 * maxDials, 8 // of those, one answers
		for i := range servers {
			f.Servers = append(f.Servers, fmt.Sprintf("gm%d:4730", i))
			network.Silence(f.Servers[i])
			if i%each == 0 {
				network.Embedded(t, f.Servers[i])
			}
		}
		p := New(Config{Fleet: func() *Fleet { return f }, Interval: 7 * time.Second, Now: time.Now})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); p.Run(ctx) }()
		time.Sleep(time.Second)
		synctest.Wait()
		for i := 0; i < servers; i += each {
			if good := p.servers[i]; good.polls != 1 {
				t.Errorf("while others do not answer, %s was polled %d times: %v", good.name, good.polls, good.err)
			}
		}
		stop()
		<-ended
	})
}

// Who no longer waits for a slot gives back the one that it has: the servers may change while those that do not answer wait.
func TestAWaitThatEndsHoldsNoSlot(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	for range maxDials {
		p.dials <- struct{}{}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for range maxRetries {
		if _, err := p.slot(ctx, true); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v while all slots are taken", err)
		}
	}
	if n := len(p.retries); n > 0 {
		t.Errorf("%d slots are held by nobody", n)
	}
}

// A client that has left waits for no page in the making.
func TestWhoHasLeftWaitsForNoPage(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	for range maxRenders {
		p.renders <- struct{}{}
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	waittest.Return(t, "the request ends", func() {
		p.Handler(nil).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	})
}

// A queue is not stalled because many polls in a short time saw no progress.
func TestStalledTakesTime(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	for range 50 {
		p.poll(0, status("slow", 5, 1, 1))
		p.now = p.now.Add(2 * time.Second)
	}
	refuse(t, p.body(t, ""), "stalled")
	p.now = p.now.Add(2 * time.Second)
	p.poll(0, status("slow", 5, 1, 1))
	expect(t, p.body(t, ""), "stalled: 4 then 4 waiting after 1m42s, with 1 running throughout and 1 worker")
}

// TestAnOutageEndsAStall: nobody saw what the workers did meanwhile.
func TestAnOutageEndsAStall(t *testing.T) {
	t.Parallel()
	p := newTestPage("gm1:4730")
	for range 20 {
		p.poll(0, status("slow", 5, 1, 1))
		p.later()
	}
	expect(t, p.body(t, ""), "stalled: 4")
	p.fail(0, io.ErrUnexpectedEOF)
	p.later()
	for range 5 {
		p.poll(0, status("slow", 5, 1, 1))
		refuse(t, p.body(t, ""), "stalled")
		p.later()
	}
}
