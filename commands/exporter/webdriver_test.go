//go:build browser

package exporter_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// browser is a headless Chromium, driven by chromedriver over the protocol WebDriver.
type browser struct {
	t   testing.TB
	url string // of the session
}

// maxScript is how long a script may take: axe takes a second, and half a minute on a machine that does other things.
const maxScript = 3 * time.Minute

// startBrowser starts a browser that keeps nothing, until the test ends.
func startBrowser(t testing.TB) *browser {
	t.Helper()
	driver, err := exec.LookPath("chromedriver")
	if err != nil {
		t.Skip("chromedriver is not installed (Debian: apt-get install chromium chromium-driver)")
	}
	addr := gearmandtest.FreeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	cmd := exec.Command(driver, "--port="+port, "--log-level=SEVERE")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	servertest.Until(t, "chromedriver answers", func() bool {
		res, err := http.Get("http://" + addr + "/status")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	})
	b := &browser{t: t, url: "http://" + addr + "/session"}
	var session struct{ SessionID string }
	b.call("POST", "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome", "goog:loggingPrefs": map[string]string{"browser": "ALL", "performance": "ALL"},
		"goog:chromeOptions": map[string]any{"args": []string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"}},
	}}}, &session)
	b.url += "/" + session.SessionID
	b.call("POST", "/timeouts", map[string]int64{"script": maxScript.Milliseconds(), "pageLoad": maxScript.Milliseconds()}, nil)
	t.Cleanup(func() { b.call("DELETE", "", nil, nil) })
	return b
}

// call sends a request of WebDriver and stores the value of the answer in to, if not nil.
func (b *browser) call(method, path string, body, to any) {
	b.t.Helper()
	if body == nil {
		body = struct{}{}
	}
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequest(method, b.url+path, bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := (&http.Client{Timeout: 2 * maxScript}).Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %v %.2000s", method, path, err, answer)
	}
	if to != nil {
		if err := json.Unmarshal(answer, &struct{ Value any }{to}); err != nil {
			b.t.Fatalf("%s: %v in %.300s", path, err, answer)
		}
	}
}

// devtools sends a command of the Chrome DevTools Protocol.
func (b *browser) devtools(command string, params map[string]any, to any) {
	b.t.Helper()
	b.call("POST", "/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, to)
}

// open loads a page.
func (b *browser) open(url string) {
	b.t.Helper()
	b.call("POST", "/url", map[string]string{"url": url}, nil)
}

// show sets the width of the window and the colour scheme that the user prefers.
func (b *browser) show(width int, scheme string) {
	b.t.Helper()
	b.devtools("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.devtools("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// run runs the body of an asynchronous function in the page and returns what it returns.
func run[T any](b *browser, script string) (value T) {
	b.t.Helper()
	var answer struct {
		Value T
		Error string
	}
	b.call("POST", "/execute/async", map[string]any{"args": []any{}, "script": "const done = arguments[0];" +
		"(async () => {" + script + "})().then(v => done({Value: v}), e => done({Error: String(e.stack)}))"}, &answer)
	if answer.Error != "" {
		b.t.Fatalf("%.200s: %s", script, answer.Error)
	}
	return answer.Value
}

// wait waits until an expression is true in the page.
func (b *browser) wait(expression string) {
	b.t.Helper()
	servertest.Until(b.t, expression, func() bool { return run[bool](b, "return !!("+expression+")") })
}

// The keys of WebDriver.
const (
	keyTab   = "\ue004"
	keyEnter = "\ue007"
)

// press presses keys, one after the other.
func (b *browser) press(keys string) {
	b.t.Helper()
	var actions []map[string]string
	for _, k := range keys {
		actions = append(actions, map[string]string{"type": "keyDown", "value": string(k)}, map[string]string{"type": "keyUp", "value": string(k)})
	}
	b.call("POST", "/actions", map[string]any{"actions": []map[string]any{{"type": "key", "id": "keyboard", "actions": actions}}}, nil)
}

// screenshot writes a picture of the whole page into build.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	var shot struct{ Data string }
	b.devtools("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true, "clip": map[string]any{
		"x": 0, "y": 0, "width": run[int](b, "return innerWidth"), "height": min(2200, run[int](b, "return document.documentElement.scrollHeight")), "scale": 1,
	}}, &shot)
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	dir := filepath.FromSlash("../../build")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// logged returns the entries of a log since it was read last.
func (b *browser) logged(log string) []string {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.call("POST", "/se/log", map[string]string{"type": log}, &entries)
	var list []string
	for _, e := range entries {
		list = append(list, fmt.Sprintf("%s: %s", e.Level, e.Message))
	}
	return list
}

// requests returns the URLs that were requested since this was called last.
func (b *browser) requests() []string {
	b.t.Helper()
	var list []string
	for _, entry := range b.logged("performance") {
		var event struct {
			Message struct {
				Method string
				Params struct{ Request struct{ URL string } }
			}
		}
		_, text, _ := strings.Cut(entry, ": ")
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			b.t.Fatal(err)
		}
		if event.Message.Method == "Network.requestWillBeSent" {
			list = append(list, event.Message.Params.Request.URL)
		}
	}
	return list
}
