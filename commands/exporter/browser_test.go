//go:build browser

package exporter_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// hostileQueues are names that would do something in a careless page. Each has waiting jobs and no worker.
var hostileQueues = []string{
	"<script>alert(1)</script>", `"><img src=//evil.example/x onerror=alert(1)>`, "' autofocus onfocus='alert(1)", "</style></title></textarea><svg onload=alert(1)>",
	"\u202egnp.exe", "\x1b[31mred\x00", "\xff\xfe", "مرحبا بالعالم", strings.Repeat("wide_", 100),
}

// pageServer answers with many queues; each answer has more jobs waiting than the one before.
type pageServer struct{ polls atomic.Int64 }

func (s *pageServer) serve(c net.Conn) {
	r := wire.NewReader(c)
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		if string(line) == "version" {
			io.WriteString(c, "OK 1.1.20\n")
			continue
		}
		n := s.polls.Add(1)
		var b strings.Builder
		for i, name := range hostileQueues {
			fmt.Fprintf(&b, "%s\t%d\t0\t0\n", name, 2000+i)
		}
		fmt.Fprintf(&b, "counter\t%d\t0\t1\n", 100_000+n)
		for i := len(hostileQueues) + 1; i < 3000; i++ {
			fmt.Fprintf(&b, "hostgroup_%04d\t%d\t%d\t%d\n", i, i%9*i/7, i%3, 1+i%4)
		}
		io.WriteString(c, b.String()+".\n")
	}
}

// startPage starts an exporter of a server with 3,000 queues, one without answer and one whose numbers cannot be true.
func startPage(t testing.TB, interval string) *runningExporter {
	t.Helper()
	s := new(pageServer)
	odd := servertest.StartBad(t, servertest.AnsweringLines(map[string]string{"version": "OK 1.1.19\n", "status": "odd\t1\t2\t1\nunreadable\n.\n"}))
	x := startExporter(t, servertest.StartBad(t, s.serve)+","+servertest.DeadAddr+","+odd, "--page", "--page-interval", interval)
	servertest.Until(t, "every server was polled", func() bool {
		_, body := x.get("/")
		return strings.Contains(body, "3,001 queues") && strings.Contains(body, "1 of 3 servers does not answer")
	})
	return x
}

// contrast returns the texts whose contrast with what is behind them is under 4.5.
const contrast = `
	const rgb = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
	const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
	const behind = e => e ? over(rgb(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : [255, 255, 255, 1];
	const low = [];
	for (const e of document.querySelectorAll("body *")) {
		const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join("");
		if (!text || e.closest("svg, script, style, noscript, option") || !e.checkVisibility()) continue;
		const back = behind(e), [a, b] = [light(over(rgb(getComputedStyle(e).color), back)), light(back)];
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5) low.push(ratio.toFixed(2) + " " + text.slice(0, 40));
	}
	return low.slice(0, 20);`

// TestBrowserShowsThePage checks the page at two widths in both schemes: no part is wider than the window, every text can be
// read, nothing is requested from elsewhere, the console is empty, and axe finds nothing.
func TestBrowserShowsThePage(t *testing.T) {
	x := startPage(t, "5m")
	b := startBrowser(t)
	axe := ""
	if path := os.Getenv("GEARCTL_AXE"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		axe = string(text)
	} else {
		t.Log("without axe: GEARCTL_AXE is not set (make page-check sets it)")
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{1280, 390} {
			b.show(width, scheme)
			for _, query := range []string{"", "?all=queues", "?q=wide_&sort=-change", "?q=nosuch"} {
				where := fmt.Sprintf("%s at %d, %s", query, width, scheme)
				b.open(x.url + "/" + query)
				if n := run[int](b, "return document.documentElement.scrollWidth"); n > width {
					t.Errorf("%s: %d wide: %s", where, n, run[string](b, "return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility()).slice(0, 5).map(e => e.outerHTML.slice(0, 100)).join('\\n')"))
				}
				if low := run[[]string](b, contrast); len(low) > 0 {
					t.Errorf("%s: contrast under 4.5: %q", where, low)
				}
				if axe != "" && query != "?all=queues" {
					run[any](b, axe+"; window.axe = axe;")
					found := run[[]string](b, "const r = await axe.run(); return r.violations.map(v => v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(' | '))")
					if len(found) > 0 {
						t.Errorf("%s: axe: %s", where, strings.Join(found, "\n"))
					}
				}
				if query == "" {
					b.screenshot(fmt.Sprintf("page-%d-%s", width, scheme))
				}
			}
		}
	}
	if log := b.logged("browser"); len(log) > 0 {
		t.Errorf("the console says %q", log)
	}
	for _, url := range b.requests() {
		if !strings.HasPrefix(url, x.url+"/") && !strings.HasPrefix(url, "data:") {
			t.Errorf("requested: %s", url)
		}
	}
	t.Logf("3,000 queues: %s", run[string](b, "const n = performance.getEntriesByType('navigation')[0]; return JSON.stringify(n.toJSON())"))
}

// TestBrowserTakesNamesAsText: no name of a queue becomes an element, an attribute or a dialog.
func TestBrowserTakesNamesAsText(t *testing.T) {
	x := startPage(t, "5m")
	b := startBrowser(t)
	b.open(x.url + "/?all=problems&all=queues")
	for script, want := range map[string]int{
		"return document.scripts.length": 1, "return document.querySelectorAll('img, textarea, [onfocus], [onerror], [onload], [autofocus]').length": 0,
		"return document.querySelectorAll('tbody tr[id^=q]').length": 3001, "return document.querySelectorAll('style').length": 1,
	} {
		if n := run[int](b, script); n != want {
			t.Errorf("%s: got %d, want %d", script, n, want)
		}
	}
	names := run[[]string](b, "return [...document.querySelectorAll('.queues tr.crit bdi')].map(e => e.textContent)")
	for _, want := range []string{hostileQueues[0], hostileQueues[1], hostileQueues[2], `\u202egnp.exe`, `\x1b[31mred\x00`, `\xff\xfe`, "مرحبا بالعالم"} {
		if !strings.Contains("\n"+strings.Join(names, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("no %q among %q", want, names)
		}
	}
	b.open(x.url + "/?q=" + "%3Cscript%3Ealert(2)%3C/script%3E%22%3E")
	if got := run[string](b, "return document.getElementById('f-q').value"); got != `<script>alert(2)</script>">` {
		t.Errorf("the field holds %q", got)
	}
}

// TestBrowserWithoutScript: links and the form do without.
func TestBrowserWithoutScript(t *testing.T) {
	x := startPage(t, "5m")
	b := startBrowser(t)
	b.devtools("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	b.open(x.url + "/")
	if run[bool](b, "return !!document.getElementById('pause')") {
		t.Fatal("the script ran")
	}
	follow := func(selector string) {
		var element map[string]string
		b.call("POST", "/element", map[string]string{"using": "css selector", "value": selector}, &element)
		for _, id := range element {
			b.call("POST", "/element/"+id+"/click", nil, nil)
		}
	}
	follow("#c-queue a")
	b.wait("document.getElementById('c-queue').getAttribute('aria-sort') === 'ascending'")
	follow("#f-q")
	b.press("groUP_00" + keyEnter)
	b.wait("document.querySelectorAll('tr[id^=q]').length === 90 && document.getElementById('c-queue').getAttribute('aria-sort') === 'ascending'")
	follow("#clear")
	b.wait("document.querySelectorAll('tr[id^=q]').length === 100")
	follow("#queues .more a")
	b.wait("document.querySelectorAll('tr[id^=q]').length === 3001")
	if text := run[string](b, "return document.querySelector('noscript').textContent"); !strings.Contains(text, "does not refresh") {
		t.Errorf("noscript: %q", text)
	}
}

// TestBrowserByKeyboard: every stop of the tab key is seen, the first one leads to the queues, and Enter sorts.
func TestBrowserByKeyboard(t *testing.T) {
	x := startPage(t, "5m")
	b := startBrowser(t)
	b.open(x.url + "/")
	b.press(keyTab)
	if text := run[string](b, "const e = document.activeElement, r = e.getBoundingClientRect(); return e.textContent + (r.left >= 0 && r.top >= 0)"); text != "Skip to the queuestrue" {
		t.Errorf("the first stop is %q", text)
	}
	b.press(keyEnter)
	b.wait("document.activeElement.id === 'queues'")
	var stops []string
	for range 40 {
		b.press(keyTab)
		stop := run[string](b, `const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
			const seen = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 && r.width > 0 && r.bottom > 0 && r.top < innerHeight;
			return (e.id || e.textContent.trim()) + (seen ? "" : " NOT SEEN")`)
		stops = append(stops, stop)
		if strings.HasPrefix(stop, "Workers") {
			break
		}
	}
	if got := strings.Join(stops, ", "); !strings.HasPrefix(got, "f-q, f-server, Filter, Queue, Server, Waiting") || strings.Contains(got, "NOT SEEN") {
		t.Errorf("the stops are %s", got)
	}
	b.press(keyEnter)
	b.wait("document.getElementById('c-workers').getAttribute('aria-sort') === 'descending'")
	if e := run[string](b, "return document.activeElement.textContent"); !strings.HasPrefix(e, "Workers") {
		t.Errorf("after sorting the focus is on %q", e)
	}
}

// TestBrowserRefreshesInPlace: figures change by themselves while filter, focus and scrolling stay; a filter works while it is
// typed; Pause stops, and an exporter that is gone is noticed.
func TestBrowserRefreshesInPlace(t *testing.T) {
	x := startPage(t, "1s")
	b := startBrowser(t)
	b.show(1280, "light")
	b.open(x.url + "/?all=queues")
	const counter = "[...document.querySelectorAll('tr[id^=q]')].find(r => r.querySelector('bdi').textContent === 'counter').cells[2].textContent"
	run[any](b, "window.before = "+counter+"; window.row = document.querySelectorAll('tr[id^=q]')[1500]; row.scrollIntoView(); window.top0 = row.getBoundingClientRect().top; document.getElementById('f-q').focus({preventScroll: true})")
	b.wait(counter + " !== before")
	if state := run[string](b, "return [row.isConnected, Math.abs(row.getBoundingClientRect().top - top0) < 40, document.activeElement.id].join()"); state != "true,true,f-q" {
		t.Errorf("row kept, scroll kept, focus: %s", state)
	}
	b.press("counter")
	b.wait("document.querySelectorAll('tr[id^=q]').length === 1 && location.search.includes('q=counter')")
	if e := run[string](b, "return document.activeElement.id + document.activeElement.value"); e != "f-qcounter" {
		t.Errorf("after typing the focus is on %q", e)
	}
	run[any](b, "document.getElementById('pause').click(); window.before = "+counter+"; window.polled = document.getElementById('asof').textContent")
	b.wait("document.getElementById('pause').getAttribute('aria-pressed') === 'true'")
	n := run[int](b, "return performance.getEntriesByType('resource').length")
	servertest.Until(t, "two more polls", func() bool {
		_, body := x.get("/")
		return !strings.Contains(body, run[string](b, "return document.querySelector('#asof time').dateTime"))
	})
	if now := run[int](b, "return performance.getEntriesByType('resource').length"); now != n {
		t.Errorf("while paused it asked %d times", now-n)
	}
	run[any](b, "document.getElementById('again').click()")
	b.wait(counter + " !== before")
	run[any](b, "document.getElementById('pause').click()")
	if log := b.logged("browser"); len(log) > 0 {
		t.Errorf("the console says %q", log)
	}
	x.Stop()
	b.wait("document.getElementById('offline').textContent.includes('has not answered since')")
}
